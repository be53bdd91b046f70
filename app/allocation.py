"""How a process of ours treats its memory. Only the GNU C library can be told; where there is another, nothing is done."""

import ctypes
import functools
import gc
import threading
from typing import Any

M_ARENA_MAX = -8
ARENAS = 2
GIVE_BACK_EVERY_S = 60.0


@functools.cache  # once a process: what a second freeze finds lying in circles would be kept for ever
def calm_memory() -> None:
    """Let the garbage collector look less often, at little at a time, and never at what was loaded at the start.

    A sync holds ten thousands of records at a time, none of them in a circle: looking through them again and again
    took a quarter of its time. Looking at 200,000 objects at once holds every thread up for a quarter of a second, and
    who waits for a lock that one of them holds.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    _few_arenas()


def give_back(stop: threading.Event, every_s: float = GIVE_BACK_EVERY_S) -> None:
    """Give pages that the C library holds and nobody uses back to the system now and then, until ``stop`` is set.

    It keeps them where anything behind them is still in use: a tenth of a worker after some minutes of steady load. Takes
    6 ms for 100 MB.
    """
    trim = _told("malloc_trim")
    while trim is not None and not stop.wait(every_s):
        trim(0)


def _few_arenas() -> None:
    """Let all threads share two of the C library's arenas.

    It gives each of twenty threads an arena of its own, and what one frees there no other uses: half a worker's growth
    in half an hour.
    """
    limit = _told("mallopt")
    if limit is not None:
        limit(M_ARENA_MAX, ARENAS)


def _told(name: str) -> Any:
    """A function of the C library; None where it has none of that name."""
    return getattr(ctypes.CDLL(None), name, None)
