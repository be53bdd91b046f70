"""Searches that somebody waits for on a page: one at a time in the whole deployment, and what was found is remembered.

A search takes a processor for seconds, and whoever may look may ask: without a bound one visitor could keep every processor
busy. The same question gets the answer that it got: the solver is deterministic up to its time limit.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from operator import is_
from threading import BoundedSemaphore, Lock

from model.errors import RetryableError
from rollup.portfolio.limits import Setting
from rollup.portfolio.selection import Effort, Selection, select
from store.database import Database

Search = Callable[[Setting, Effort], Selection]
TURN = "portfolio-search"
MOST_KEPT = 128
MOST_WAITING = 3
"""Threads of a process that may search or wait for it: the others go on answering."""
WAIT_S, LOOK_S = 6.0, 0.1


@dataclass
class Found:
    """What the searches of a process found, by the digest of what was asked; the longest unused goes first."""

    kept: OrderedDict[bytes, Selection] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)
    places: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(MOST_WAITING))

    def get(self, key: bytes) -> Selection | None:
        with self.lock:
            if key in self.kept:
                self.kept.move_to_end(key)
            return self.kept.get(key)

    def keep(self, key: bytes, selection: Selection) -> None:
        with self.lock:
            self.kept[key] = selection
            while len(self.kept) > MOST_KEPT:
                self.kept.popitem(last=False)


FOUND = Found()


class _Telling:
    """Digests of what is asked. What the last question was about is digested once: a frontier asks ten times about it."""

    def __init__(self) -> None:
        self._about: tuple[object, ...] = ()
        self._digest = b""

    def key(self, setting: Setting, effort: Effort) -> bytes:
        about = (setting.board, setting.supply, setting.quarters, setting.short)
        if not self._about or not all(map(is_, self._about, about)):
            self._about, self._digest = about, sha256(repr(about).encode()).digest()
        return sha256(self._digest + repr((setting.scenario, effort)).encode()).digest()


def in_turn(db: Database, found: Found = FOUND, *, search: Search = select, wait_s: float = WAIT_S) -> Search:
    """The same search, one at a time, remembered.

    It raises RetryableError (``search_busy``) after ``wait_s`` in which others searched, and at once where too many wait.
    """

    told = _Telling()

    def asked(setting: Setting, effort: Effort) -> Selection:
        key = told.key(setting, effort)
        known = found.get(key)
        if known is not None:
            return known
        with _turn(db, found, wait_s):
            known = found.get(key) or search(setting, effort)
        found.keep(key, known)
        return known

    return asked


@contextmanager
def _turn(db: Database, found: Found, wait_s: float) -> Iterator[None]:
    """Be the only one that searches. Raises RetryableError."""
    if not found.places.acquire(blocking=False):
        raise _busy()
    try:
        until = time.monotonic() + wait_s
        while True:
            with db.alone(TURN) as got:
                if got:
                    yield
                    return
            if time.monotonic() >= until:
                raise _busy()
            time.sleep(LOOK_S)
    finally:
        found.places.release()


def _busy() -> RetryableError:
    what = "Another selection is being searched for, and only one is at a time."
    return RetryableError(
        what, where="Choose projects", fix="Ask again in a few seconds.", reason="search_busy", retry_after_s=3
    )
