"""How a process of ours treats its memory; said once, before it has threads."""

import ctypes
import functools
import gc

M_ARENA_MAX = -8
ARENAS = 2


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


def _few_arenas() -> None:
    """Let all threads share two of the C library's arenas.

    It gives each of twenty threads an arena of its own, and what one frees there no other uses: half a worker's growth
    in half an hour. Only the GNU library has them, and can be told.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, ARENAS)
