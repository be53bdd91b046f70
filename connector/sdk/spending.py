"""What a piece of work spends in the tools, whoever else uses the same connections meanwhile."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import TypeVar

from model.sync import Traffic

T = TypeVar("T")
R = TypeVar("R")


class Spent:
    """A sum of traffic. Safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sum = Traffic()

    def add(self, *, requests: int = 0, received: int = 0, waited_s: float = 0.0) -> None:
        with self._lock:
            known = self._sum
            self._sum = Traffic(
                requests=known.requests + requests, bytes=known.bytes + received, waited_s=known.waited_s + waited_s
            )

    def so_far(self) -> Traffic:
        with self._lock:
            return self._sum


_SPENT: ContextVar[Spent | None] = ContextVar("spent", default=None)


@contextmanager
def counted() -> Iterator[Spent]:
    """What is spent inside this, by this thread and by those that work for it (``carried``)."""
    spent = Spent()
    token = _SPENT.set(spent)
    try:
        yield spent
    finally:
        _SPENT.reset(token)


def note(*, requests: int = 0, received: int = 0, waited_s: float = 0.0) -> None:
    """Count for the work that goes on here, if anybody counts it."""
    spent = _SPENT.get()
    if spent is not None:
        spent.add(requests=requests, received=received, waited_s=waited_s)


def carried(work: Callable[[T], R]) -> Callable[[T], R]:
    """``work`` for the threads of a pool: what it spends, and its spans, belong to what goes on here."""
    context = copy_context()
    return lambda item: context.copy().run(work, item)
