"""How a process of ours treats its memory. Only the GNU C library can be told; where there is another, nothing is done."""

import ctypes
import functools
import gc
import threading
from typing import Any

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8
ARENAS, APART_BYTES = 1, 128 * 1024
GIVE_BACK_EVERY_S = 30.0


@functools.cache  # once a process: what a second freeze finds lying in circles would be kept for ever
def calm_memory() -> None:
    """Let the garbage collector look less often, at little at a time, and never at what was loaded at the start.

    A sync holds ten thousands of records at a time, none of them in a circle: looking through them again and again
    took a quarter of its time. Looking at 200,000 objects at once holds every thread up for a quarter of a second, and
    who waits for a lock that one of them holds; 20,000 young ones, most of them in circles, for 30 ms and more.
    """
    gc.freeze()
    gc.set_threshold(5_000, 80, 20)
    _tidy_heap()


def give_back(stop: threading.Event, every_s: float = GIVE_BACK_EVERY_S) -> None:
    """Look for what lies in circles, and give unused pages back to the system, now and then until ``stop`` is set.

    Left to itself Python looks through everything only when a quarter of it is new, and the C library keeps pages where
    anything behind them is still in use. Takes a tenth of a second and 6 ms for a worker of 300 MB: not for a process
    that somebody waits for.
    """
    trim = _told("malloc_trim")
    while not stop.wait(every_s):
        gc.collect()
        if trim is not None:
            trim(0)


def _tidy_heap() -> None:
    """Let all threads share one of the C library's arenas, and keep what is large out of it.

    It gives each of twenty threads an arena of its own, and what one frees there no other uses: half a worker's growth
    in half an hour. One alone is that of the start, whose holes no other thread would fill. And what is larger than the
    largest piece that was ever given back (a payload of a megabyte) it carves out of an arena from then on, where the
    next small thing behind it keeps the whole: told a limit, it does not.
    """
    limit = _told("mallopt")
    if limit is not None:
        limit(M_ARENA_MAX, ARENAS)
        limit(M_MMAP_THRESHOLD, APART_BYTES)


def _told(name: str) -> Any:
    """A function of the C library; None where it has none of that name."""
    return getattr(ctypes.CDLL(None), name, None)
