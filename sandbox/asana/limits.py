"""Asana's limits: requests a minute per token, searches a minute, concurrent reads and writes.

A rejected request counts as well, as the vendor's does: whoever ignores Retry-After waits longer.
"""

import math
import threading
from collections import defaultdict, deque
from collections.abc import Callable

from sandbox.asana.errors import RefusedError

PER_MINUTE = {"free": 150, "paid": 1500}
SEARCHES_PER_MINUTE = 60
CONCURRENT_READS = 50
CONCURRENT_WRITES = 15
WINDOW_S = 60.0


class Limiter:
    """Counts requests. ``speed`` makes minutes pass faster (60 = a minute's allowance every second)."""

    def __init__(self, tick: Callable[[], float]) -> None:
        self.speed = 1.0
        self.rejected = 0
        self._tick = tick
        self._guard = threading.Lock()
        self._seen: dict[tuple[str, str], deque[float]] = defaultdict(deque)
        self._running: dict[tuple[str, str], int] = defaultdict(int)

    def admit(self, token: str, *, scope: str, limit: int, cost: int = 1) -> None:
        """Count ``cost`` requests of ``token`` in ``scope``; 429 with Retry-After when that is over ``limit``."""
        with self._guard:
            now, window = self._tick(), WINDOW_S / self.speed
            seen = self._seen[(scope, token)]
            while seen and seen[0] <= now - window:
                seen.popleft()
            seen.extend([now] * cost)
            if len(seen) <= limit:
                return
            self.rejected += 1
            # The oldest of the last `limit` requests must leave the window before one more fits.
            wait_s = max(seen[len(seen) - limit] + window - now, 0.001)
        raise _too_many(math.ceil(wait_s))

    def enter(self, token: str, *, write: bool, places: int = 1) -> None:
        """Take places among the concurrent requests, or 429 and none."""
        key = ("write" if write else "read", token)
        with self._guard:
            if self._running[key] + places > (CONCURRENT_WRITES if write else CONCURRENT_READS):
                self.rejected += 1
                raise _too_many(1)
            self._running[key] += places

    def leave(self, token: str, *, write: bool, places: int = 1) -> None:
        """Give the places back."""
        with self._guard:
            self._running[("write" if write else "read", token)] -= places


def _too_many(retry_after_s: int) -> RefusedError:
    return RefusedError(
        429,
        "You have made too many requests recently. Please, be chill.",
        headers={"Retry-After": str(retry_after_s)},
        extra={"retry_after": retry_after_s},
    )
