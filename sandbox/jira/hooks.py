"""Webhooks out: a queue, and background threads that deliver, sign and try again.

The vendor tries up to five more times, 5 to 15 minutes apart, on 408, 409, 425, 429, 5xx or no answer; any other
answer ends a delivery. Every try of a delivery carries the same identifier. Twenty deliveries are under way to a host at
a time, so they come in any order.
"""

import base64
import hashlib
import heapq
import hmac
import json
import random
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

import requests

from sandbox.jira.records import Json, Webhook

RETRIES = 5
MOST_UNDER_WAY = 20
RETRY_STATUS = frozenset({408, 409, 425, 429})
Post = Callable[[str, bytes, dict[str, str]], int]


def signature(secret: str, body: bytes) -> str:
    """The value of ``X-Hub-Signature`` for a body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def token(secret: str, issued_s: int) -> str:
    """The JWT that a webhook of an OAuth app carries: HS256 under the app's client secret."""
    parts = ({"typ": "JWT", "alg": "HS256"}, {"iss": "sandbox-app", "iat": issued_s, "exp": issued_s + 180})
    signed = ".".join(_base64(json.dumps(part).encode()) for part in parts)
    return f"{signed}.{_base64(hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest())}"


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class _Open(threading.local):
    """The connections that a thread keeps open, as the vendor does."""

    def __init__(self) -> None:
        self.session = requests.Session()


_open = _Open()


def _post(url: str, body: bytes, headers: dict[str, str]) -> int:
    try:
        return _open.session.post(url, data=body, headers=headers, timeout=(5, 20)).status_code
    except requests.RequestException:
        return 503


@dataclass(order=True)
class _Delivery:
    due_s: float
    number: int
    url: str = field(compare=False)
    body: bytes = field(compare=False)
    headers: dict[str, str] = field(compare=False)
    tries: int = field(compare=False, default=0)


class HookSender:
    """Delivers in the background. ``post`` may be replaced by a test."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._guard = threading.Lock()
        self._wake = threading.Condition(self._guard)
        self._tried = threading.Condition(self._guard)
        self._waiting: list[_Delivery] = []
        self._threads = 0
        self._busy = 0
        self._count = 0
        self._random = random.Random(0)
        self.post: Post = _post
        self.speed = 1.0
        self.delivered = 0
        self.dropped = 0
        self.lost: list[tuple[str, str]] = []  # events that a planned fault kept back: name, issue id

    def send(self, hook: Webhook, event: Json, *, flow: str = "Primary") -> None:
        """Queue one event for one webhook; returns at once."""
        told = hook.reshape(event) if hook.reshape else event
        body = b"" if hook.exclude_body else json.dumps(told).encode()
        headers = {"Content-Type": "application/json; charset=UTF-8", "User-Agent": "Atlassian Webhook HTTP Client"}
        if hook.reshape is None:  # a server names no delivery
            headers |= {"X-Atlassian-Webhook-Identifier": str(uuid.uuid4()), "X-Atlassian-Webhook-Flow": flow}
        if hook.of_app:
            headers["Authorization"] = f"Bearer {token(hook.secret or '', int(event['timestamp']) // 1000)}"
        elif hook.secret:
            headers["X-Hub-Signature"] = signature(hook.secret, body)
        with self._guard:
            self._count += 1
            # A server tries once.
            tries = 0 if hook.reshape is None else RETRIES
            heapq.heappush(self._waiting, _Delivery(self._monotonic(), self._count, hook.url, body, headers, tries))
            if self._threads < min(MOST_UNDER_WAY, self._busy + len(self._waiting)):
                self._threads += 1
                threading.Thread(target=self._run, name="jira-webhooks", daemon=True).start()
            self._wake.notify()

    def flush(self, timeout_s: float = 60.0) -> bool:
        """Wait until every due delivery was tried; False when the time was too short."""
        with self._guard:
            return self._tried.wait_for(lambda: not self._busy and not self._due(), timeout_s)

    def _due(self) -> bool:
        return bool(self._waiting) and self._waiting[0].due_s <= self._monotonic()

    def _run(self) -> None:
        while True:
            delivery = self._next()
            status = self.post(delivery.url, delivery.body, delivery.headers)
            with self._guard:
                self._settle(delivery, status)
                self._busy -= 1
                self._tried.notify_all()

    def _next(self) -> _Delivery:
        with self._guard:
            while not self._due():
                wait_s = self._waiting[0].due_s - self._monotonic() if self._waiting else None
                self._wake.wait(wait_s)
            self._busy += 1
            return heapq.heappop(self._waiting)

    def _settle(self, delivery: _Delivery, status: int) -> None:
        if 200 <= status < 300:
            self.delivered += 1
            return
        again = status in RETRY_STATUS or status >= 500
        if not again or delivery.tries >= RETRIES:
            self.dropped += 1
            return
        delivery.tries += 1
        delivery.headers["X-Atlassian-Webhook-Retry"] = str(delivery.tries)
        delivery.due_s = self._monotonic() + self._random.uniform(300, 900) / self.speed
        heapq.heappush(self._waiting, delivery)
