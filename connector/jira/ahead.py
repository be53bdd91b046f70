"""Batches in their order, a few of them read ahead by threads; never more than those in memory."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

THREADS = 4
T = TypeVar("T")
R = TypeVar("R")


def read_ahead(batches: Iterable[T], read: Callable[[T], R]) -> Iterator[tuple[T, R]]:
    """Each batch with what ``read`` makes of it. Raises what ``read`` raised, at the batch's turn.

    ``batches`` is drawn from by the caller's thread only.
    """
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="jira-read")
    waiting: deque[tuple[T, Future[R]]] = deque()
    try:
        for batch in batches:
            waiting.append((batch, pool.submit(read, batch)))
            if len(waiting) >= THREADS:
                first, future = waiting.popleft()
                yield first, future.result()
        while waiting:
            first, future = waiting.popleft()
            yield first, future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
