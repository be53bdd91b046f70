"""Webhooks out: the handshake, signed deliveries by a background thread, retries, heartbeats, deletion after a day."""

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx

from sandbox.asana.entities import Webhook, resource_type
from sandbox.asana.errors import RefusedError, bad
from sandbox.asana.events import Event, resource_in, shown

ANSWER_WITHIN_S = 10.0
RETRY_LOOK_S = 1.0
GIVE_UP_AFTER = timedelta(hours=24)
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
MUST_FILTER = frozenset({"team", "portfolio", "workspace"})
ACTIONS = frozenset({"added", "changed", "deleted", "removed", "undeleted"})

Post = Callable[[str, bytes, Mapping[str, str]], tuple[int, Mapping[str, str]]]


def post_over_http(url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str]]:
    """POST for real; status and headers of the answer, status 0 when there was none."""
    try:
        answer = httpx.post(url, content=body, headers=dict(headers), timeout=ANSWER_WITHIN_S)
    except (httpx.HTTPError, httpx.InvalidURL):
        return 0, {}
    return answer.status_code, answer.headers


def signature(secret: str, body: bytes) -> str:
    """X-Hook-Signature: hex HMAC-SHA256 of the raw body."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Hooks:
    """Queues events for the webhooks of a space and sends them."""

    def __init__(self, space: Any, post: Post) -> None:
        self._space = space
        self._post = post
        self._queues: dict[str, list[Event]] = {}
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._sending = threading.Lock()
        self._thread: threading.Thread | None = None
        self.allow_local = True  # Asana itself refuses localhost; a sandbox lives there.
        self.pause_s = 0.2
        self.lost: list[Event] = []  # what a planned fault kept back

    def offer(self, event: Event) -> None:
        """Queue an event for each webhook that wants it. Called under the space's lock."""
        if self._space.webhooks and self._space.faults.take(
            "lost_event", "POST", f"/webhooks/out/{resource_type(event.resource)}"
        ):
            self.lost.append(event)
            return
        for hook in self._space.webhooks.values():
            if hook.active and resource_in(event, hook.resource.gid) and _passes(hook, event):
                self._queues.setdefault(hook.gid, []).append(event)
                self._wake.set()

    def create(self, data: Mapping[str, Any], owner: Any) -> Webhook:
        """Register a webhook, with the handshake done before it returns; 400 or 403 when refused."""
        space = self._space
        with space.lock:
            hook = self._drafted(data, owner)
        status, headers = self._post(
            hook.target, b"{}", {"X-Hook-Secret": hook.secret, "Content-Type": "application/json"}
        )
        echoed = next((value for name, value in headers.items() if name.lower() == "x-hook-secret"), None)
        if status not in (200, 204):
            raise bad(f"The remote server which is intended to receive the webhook answered {status}")
        if echoed != hook.secret:
            raise RefusedError(403, "The remote server did not respond with the handshake secret.")
        with space.lock:
            hook.active = True
            hook.last_success_at = space.now()
            space.webhooks[hook.gid] = hook
        return hook

    def _drafted(self, data: Mapping[str, Any], owner: Any) -> Webhook:
        space = self._space
        target, resource = data.get("target"), space.anything(data.get("resource"))
        if not isinstance(target, str) or urlsplit(target).scheme not in ("http", "https"):
            raise bad("target: Not a valid URL")
        if not self.allow_local and urlsplit(target).hostname in LOCAL_HOSTS:
            raise RefusedError(403, "target: localhost is not allowed")
        for other in space.webhooks.values():
            if other.resource is resource and other.target == target and other.owner is owner:
                raise RefusedError(403, "Duplicated webhook")
        filters = checked_filters(data.get("filters"), resource)
        secret = hashlib.sha256(f"hook:{space.seed}:{len(space.webhooks)}:{target}".encode()).hexdigest()
        return Webhook(space.new_gid("webhook"), resource, target, secret, owner, space.now(), filters)

    def deliver_now(self) -> int:
        """Send everything that is queued, in the caller's thread; how many deliveries were tried."""
        with self._sending:
            with self._space.lock:
                due = [gid for gid in self._queues if self._is_due(gid)]
                queues = {gid: self._queues.pop(gid) for gid in due}
            for gid, events in queues.items():
                self._deliver(gid, events)
            return len(queues)

    def _is_due(self, gid: str) -> bool:
        hook = self._space.webhooks.get(gid)
        return hook is None or hook.next_attempt_after is None or hook.next_attempt_after <= self._space.now()

    def heartbeat(self) -> None:
        """Send each webhook its empty delivery, as Asana does every 8 hours."""
        with self._space.lock:
            gids = list(self._space.webhooks)
        for gid in gids:
            self._deliver(gid, [])

    def start(self) -> None:
        """Deliver in the background until ``stop``."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="asana-hooks", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Stop the background thread and wait for it."""
        if self._thread is not None:
            self._stop.set()
            self._wake.set()
            self._thread.join()
            self._thread = None
            self._stop.clear()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.wait(timeout=RETRY_LOOK_S if self._queues else None)
            # A short pause lets the several events of one edit travel together, as the vendor batches them.
            self._stop.wait(self.pause_s)
            self._wake.clear()
            self.deliver_now()

    def _deliver(self, gid: str, events: list[Event]) -> None:
        space = self._space
        with space.lock:
            hook = space.webhooks.get(gid)
            sent = [shown(event, named=False) for event in events]
        if hook is None:
            return
        planned = space.faults.take("duplicate_events", "POST", "/webhooks/out")
        body = json.dumps({"events": list(reversed(sent + sent)) if planned else sent}).encode()
        headers = {"Content-Type": "application/json", "X-Hook-Signature": signature(hook.secret, body)}
        status, _ = self._post(hook.target, body, headers)
        with space.lock:
            self._noted(hook, status, events, space.now())

    def _noted(self, hook: Webhook, status: int, events: list[Event], now: datetime) -> None:
        if 200 <= status < 300:
            hook.last_success_at, hook.retries = now, 0
            hook.failing_since = hook.next_attempt_after = None
            return
        hook.last_failure_at, hook.last_failure_content = now, f"status {status}" if status else "no answer"
        hook.retries += 1
        hook.failing_since = hook.failing_since or now
        hook.next_attempt_after = now + timedelta(seconds=min(2**hook.retries, 3600))
        self._queues[hook.gid] = events + self._queues.get(hook.gid, [])
        if now - hook.failing_since >= GIVE_UP_AFTER:
            self._space.webhooks.pop(hook.gid, None)
            self._queues.pop(hook.gid, None)


def checked_filters(filters: Any, resource: Any) -> list[dict[str, Any]]:
    """The filters of a webhook, or 400."""
    above_projects = resource_type(resource) in MUST_FILTER
    if above_projects and not filters:
        raise bad("filters: Webhooks on this kind of resource must have filters")
    for each in filters or []:
        if not isinstance(each, dict) or not isinstance(each.get("resource_type"), str):
            raise bad("filters: resource_type: Missing input")
        if each.get("action") not in (None, *ACTIONS):
            raise bad(f"filters: action: {each['action']} is not an action")
        if each.get("fields") and (each.get("action") != "changed" or above_projects):
            raise bad("filters: fields: only allowed with the action 'changed', and not on this kind of resource")
        if above_projects and each["resource_type"] in ("task", "story"):
            raise bad(f"filters: {each['resource_type']} events do not reach this kind of resource")
    return list(filters or [])


def _passes(hook: Webhook, event: Event) -> bool:
    if not hook.filters:
        return True
    return any(_matches(each, event) for each in hook.filters)


def _matches(wanted: dict[str, Any], event: Event) -> bool:
    if wanted["resource_type"] != resource_type(event.resource):
        return False
    if wanted.get("resource_subtype") not in (None, getattr(event.resource, "subtype", None)):
        return False
    if wanted.get("action") not in (None, event.action):
        return False
    fields = wanted.get("fields")
    return not fields or (event.change is not None and event.change.field in fields)
