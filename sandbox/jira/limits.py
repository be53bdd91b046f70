"""The vendor's two limits for token traffic: a bucket for each endpoint and method, a window for writes to one issue.

Both answer 429 with ``RateLimit-Reason``. ``speed`` multiplies what is allowed, so that a demo can run faster.
"""

import math
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.jira.records import ApiError

REQUESTS_PER_SECOND = {"GET": 100.0, "POST": 100.0, "PUT": 50.0, "DELETE": 50.0}
OVERRIDES = {
    ("GET", "issue/<key>"): 150.0,
    ("GET", "issue/<key>/changelog"): 200.0,
    ("GET", "user"): 150.0,
    ("POST", "search/approximate-count"): 150.0,
}
ISSUE_WINDOWS = ((2.0, 20), (30.0, 100))
TOO_MANY = "Rate limit exceeded."


@dataclass
class _Bucket:
    tokens: float
    filled_s: float


class Limits:
    """Counts requests. ``monotonic`` gives seconds; ``clock`` only words the moment of the reset."""

    def __init__(self, monotonic: Callable[[], float], clock: Callable[[], datetime]) -> None:
        self._monotonic = monotonic
        self._clock = clock
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._writes: dict[str, deque[float]] = {}
        self.violations: Counter[str] = Counter()  # refusals by reason
        self.speed = 1.0
        self.enabled = True

    def take(self, method: str, template: str) -> dict[str, str]:
        """Take one request from the bucket; the headers of the answer. Raises ApiError 429 when it is empty."""
        if not self.enabled:
            return {}
        rate = OVERRIDES.get((method, template), REQUESTS_PER_SECOND.get(method, 100.0)) * self.speed
        now = self._monotonic()
        bucket = self._buckets.setdefault((method, template), _Bucket(rate, now))
        bucket.tokens = min(rate, bucket.tokens + (now - bucket.filled_s) * rate)
        bucket.filled_s = now
        if bucket.tokens < 1:
            self.refuse("jira-burst-based", (1 - bucket.tokens) / rate, int(rate))
        bucket.tokens -= 1
        near = bucket.tokens < rate * 0.2
        headers = {"X-RateLimit-Limit": str(int(rate)), "X-RateLimit-Remaining": str(int(bucket.tokens))}
        return headers | {"X-RateLimit-NearLimit": "true" if near else "false"}

    def write(self, issue_id: str) -> None:
        """Count one write to an issue. Raises ApiError 429 beyond 20 in 2 s or 100 in 30 s."""
        if not self.enabled:
            return
        now = self._monotonic()
        times = self._writes.setdefault(issue_id, deque())
        while times and times[0] < now - ISSUE_WINDOWS[-1][0]:
            times.popleft()
        for window_s, most in ISSUE_WINDOWS:
            allowed = int(most * self.speed)
            recent = [moment for moment in times if moment > now - window_s]
            if len(recent) >= allowed:
                self.refuse("jira-per-issue-on-write", recent[-allowed] + window_s - now, allowed)
        times.append(now)

    def refuse(self, reason: str, wait_s: float, limit: int) -> None:
        """Raise the vendor's 429: wait at least ``wait_s``, in whole seconds."""
        self.violations[reason] += 1
        seconds = max(1, math.ceil(wait_s))
        reset = self._clock() + timedelta(seconds=seconds)
        headers = {
            "Retry-After": str(seconds),
            "RateLimit-Reason": reason,
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": reset.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "X-RateLimit-NearLimit": "true",
        }
        raise ApiError(429, TOO_MANY, headers=headers)
