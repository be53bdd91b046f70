"""The fan: what may remain week by week, and what did remain before.

The levels of progress after each week are one big integer with 64-bit slots, so a week is one multiplication: exact to 2^-31 a
slot, and the same on every machine.
"""

import math
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rollup.forecast.odds import (
    CELLS,
    HORIZON_WEEKS,
    ROOM,
    Odds,
    Pair,
    bounded,
    factor_above,
    steps_of,
    swing,
    windows,
)

SHARES = (0.15, 0.5, 0.85)
_SLOT_BYTES = 8
_SLOT = 8 * _SLOT_BYTES
_FRACTION = 31
_ONE = 1 << _FRACTION
_ONES = (1 << _SLOT) - 1
_HALVINGS = 11  # to a thousandth of what remains


@dataclass(frozen=True, slots=True)
class FanWeek:
    """So many weeks ahead: with odds of 15, 50 and 85 % no more than this remains, in items."""

    ahead: int
    p15: float
    p50: float
    p85: float


def fan(weeks: Sequence[Pair], remaining: float, odds: Odds) -> tuple[FanWeek, ...]:
    """What remains after each week, until even the slow end of it is done or the horizon is reached.

    ``odds``: of being done. Once all is done, nothing remains, whatever arrives later: where little remains but much comes
    back, the odds that at most so much remains are taken as at least those of being done.
    """
    if not odds.weeks or remaining <= 0:
        return ()
    cell = max(remaining / CELLS, 1e-9)
    floor = math.ceil((remaining + swing(weeks)) / cell)
    top = floor + math.ceil((ROOM * remaining + swing(weeks)) / cell)
    found: list[FanWeek] = []
    for ahead, levels in enumerate(_mixed(weeks, cell, floor, top), start=1):
        least, known = odds.weeks[ahead - 1], [0.0, 0.0, 0.0]
        for place, share in enumerate(SHARES):
            if least < share:
                known[place] = _remaining(levels, share, remaining, floor, cell)
        found.append(FanWeek(ahead, *(round(value, 1) for value in known)))
        if least >= SHARES[-1]:
            break
    return tuple(found)


def _mixed(weeks: Sequence[Pair], cell: float, floor: int, top: int) -> list[list[float]]:
    """After each week the odds of each level of progress, over all windows."""
    total = [[0.0] * (top + 1) for _ in range(HORIZON_WEEKS)]
    for pairs, weight in windows(weeks).items():
        for week, levels in enumerate(_walk(steps_of(pairs, cell), start=floor, top=top)):
            total[week] = [sum_ + weight * level / _ONE for sum_, level in zip(total[week], levels, strict=True)]
    return total


def _remaining(levels: Sequence[float], share: float, remaining: float, floor: int, cell: float) -> float:
    """The least that remains at most with odds of ``share``, by halving between nothing and all the room there is."""
    low, high = 0.0, remaining + floor * cell
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _at_most(levels, middle, remaining, floor, cell) >= share:
            high = middle
        else:
            low = middle
    return high


def _at_most(levels: Sequence[float], most: float, remaining: float, floor: int, cell: float) -> float:
    """Odds that remaining − factor × progress is at most ``most``."""
    needed = (remaining - most) / cell
    if needed > 0:
        ahead = range(floor + 1, len(levels))
        return sum(levels[at] * factor_above(needed / (at - floor)) for at in ahead if levels[at] > 1e-9)
    behind = range(floor) if needed < 0 else ()
    lost = sum(levels[at] * factor_above(max(-needed, 1e-9) / (floor - at)) for at in behind if levels[at] > 1e-9)
    return sum(levels) - lost - (sum(levels[:floor]) if needed == 0 else 0.0)


def _walk(steps: Mapping[int, float], *, start: int, top: int) -> Iterator[Sequence[int]]:
    """After each week the odds of the levels 0 to ``top`` in 2^-31: what falls below stays at 0, what rises above at top."""
    steps = bounded(steps, top)
    down, up = max(0, -min(steps)), max(0, max(steps))
    kernel = sum(round(share * _ONE) << (_SLOT * (step + down)) for step, share in steps.items())
    whole = _whole_parts(top + down + up + 1)
    below, levels = (1 << (_SLOT * (down + 1))) - 1, (1 << (_SLOT * (top + 1))) - 1
    state = _ONE << (_SLOT * start)
    for _ in range(HORIZON_WEEKS):
        product = (state * kernel >> _FRACTION) & whole
        fallen, moved = (product & below) % _ONES, product >> (_SLOT * down)
        beyond = (moved >> (_SLOT * (top + 1))) % _ONES if up else 0
        state = (moved & levels) - (moved & _ONES) + fallen + (beyond << (_SLOT * top))
        slots = array("Q")
        slots.frombytes(state.to_bytes(_SLOT_BYTES * (top + 1), "little"))
        yield slots


def _whole_parts(count: int) -> int:
    """The bits of so many slots that are not fraction: what a shift brought down from the slot above is not one's own."""
    one = ((1 << (_SLOT - _FRACTION)) - 1).to_bytes(_SLOT_BYTES, "little")
    return int.from_bytes(one * count, "little")
