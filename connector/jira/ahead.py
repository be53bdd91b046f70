"""Batches in their order, a few of them read ahead by threads; never more than those in memory."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from connector.sdk.spending import carried

THREADS = 4
T = TypeVar("T")
R = TypeVar("R")


def read_ahead(batches: Iterable[T], read: Callable[[T], R], *, ahead: int = THREADS) -> Iterator[tuple[T, R]]:
    """Each batch with what ``read`` makes of it. Raises what ``read`` raised, at the batch's turn.

    ``batches`` is drawn from by the caller's thread only. ``ahead``: how many are read at once in the beginning; where
    the caller is slower than the reading, it becomes less: what is not waited for only takes memory.
    """
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="jira-read")
    waiting: deque[tuple[T, Future[R]]] = deque()
    following = iter(batches)
    try:
        while True:
            for batch in islice(following, ahead - len(waiting)):
                waiting.append((batch, pool.submit(carried(read), batch)))
            if not waiting:
                return
            first, future = waiting.popleft()
            ahead = max(2, ahead - 1) if future.done() else min(THREADS, ahead + 1)
            yield first, future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
