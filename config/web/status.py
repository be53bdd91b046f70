"""The line at the top of every page, read once for all pages of a few seconds."""

import threading
import time
from collections.abc import Callable

from model.errors import AppError
from service import status
from service.workspace import Workspace

HELD_S = 5.0


class StatusLine:
    """Safe to share between threads. While nothing can be read nothing is said: the page itself says why."""

    def __init__(self, *, held_s: float = HELD_S, elapsed_s: Callable[[], float] = time.monotonic) -> None:
        self._held_s, self._elapsed_s = held_s, elapsed_s
        self._lock = threading.Lock()
        self._known: tuple[float, tuple[str, ...]] | None = None

    def lines(self, workspace: Callable[[], Workspace]) -> tuple[str, ...]:
        """What is wrong, as of at most a few seconds ago."""
        now = self._elapsed_s()
        with self._lock:
            if self._known is not None and now - self._known[0] < self._held_s:
                return self._known[1]
        try:
            found = status.lines(workspace())
        except AppError:
            found = ()
        with self._lock:
            self._known = (now, found)
        return found
