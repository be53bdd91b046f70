"""How many requests are under way at once: in this process, and where the vendor counts, in the whole deployment."""

import threading
from collections.abc import Callable

from connector.sdk.budget import Share

_ASK_EVERY_S = 1.0


class Slots:
    """At most ``at_once`` requests of this process, and no more than its share of what the vendor allows in all.

    ``rest`` sleeps so many seconds while other processes hold everything; it raises when that takes too long.
    """

    def __init__(self, at_once: int, share: Share | None, rest: Callable[[float, float], None]) -> None:
        self._at_once = at_once
        self._share = share
        self._rest = rest
        self._freed = threading.Condition()
        self._used = 0

    def enter(self) -> None:
        """Take a slot; waits for one. Raises RetryableError when other processes leave none for too long."""
        waited_s = 0.0
        while not self._entered():
            self._rest(_ASK_EVERY_S, waited_s)
            waited_s += _ASK_EVERY_S

    def leave(self) -> None:
        """Give the slot to the next one."""
        with self._freed:
            self._used -= 1
            self._freed.notify()

    def close(self) -> None:
        """Give back this process's share."""
        with self._freed:
            if self._share is not None:
                self._share.close()

    def _entered(self) -> bool:
        """True with a slot; False when this process has none at all, so that nobody here will free one."""
        with self._freed:
            while True:
                wanted = min(self._used + 1, self._at_once)
                allowed = wanted if self._share is None else min(wanted, self._share.upto(wanted))
                if self._used < allowed:
                    self._used += 1
                    return True
                if self._used == 0:
                    return False
                self._freed.wait(timeout=_ASK_EVERY_S)
