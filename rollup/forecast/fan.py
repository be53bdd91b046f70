"""The fan: what may remain week by week, and what did remain before.

The levels of progress after each week are one big integer with 64-bit slots, so a week is one multiplication: exact to 2^-31 a
slot, and the same on every machine.
"""

import math
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import erfc

from rollup.forecast.odds import (
    DRIFT_SIGMA,
    HORIZON_WEEKS,
    ROOM,
    WINDOWS,
    Odds,
    Pair,
    bounded,
    cell_of,
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
_SPREAD = 1 / (DRIFT_SIGMA * math.sqrt(2))
_ALIKE = 0.04  # of the logarithms of levels that are one place
_FAR = 4.0  # a factor that far from 1 has odds below 2^-48
_NEAR, _TRIES = 5e-4, 40  # of odds; false position takes six tries


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
    cell = cell_of(weeks, remaining)
    floor = math.ceil((remaining + swing(weeks)) / cell)
    top = floor + math.ceil((ROOM * remaining + swing(weeks)) / cell)
    scale = _Scale(remaining, cell, floor, top)
    found: list[FanWeek] = []
    for ahead, levels in enumerate(_mixed(weeks, scale, odds.quantile(SHARES[-1]) or HORIZON_WEEKS), start=1):
        least, reached, known = odds.weeks[ahead - 1], _Reached(levels, scale), [0.0]
        for share in SHARES:
            known.append(max(known[-1], reached.least(share)) if least < share else 0.0)
        found.append(FanWeek(ahead, *(round(value, 1) for value in known[1:])))
    return tuple(found)


class _Scale:
    """How levels are counted: ``floor`` is no progress, a level above it a ``cell`` of work more, a level below one less.

    Levels whose logarithms are nearly the same are one ``place``: the factor tells them apart by less than a thousandth.
    """

    def __init__(self, remaining: float, cell: float, floor: int, top: int) -> None:
        self.remaining, self.cell, self.floor, self.top = remaining, cell, floor, top
        logs = [math.log(level) for level in range(1, max(floor, top - floor) + 1)]
        bounds = [0]
        for level, log in enumerate(logs):
            if log - logs[bounds[-1]] > _ALIKE:
                bounds.append(level)
        self.places = [(*pair, sum(logs[slice(*pair)]) / (pair[1] - pair[0])) for pair in pairwise([*bounds, len(logs)])]


class _Reached:
    """After one week: the odds of each level, those of progress and those of lost ground apart by their logarithms."""

    def __init__(self, levels: Sequence[int], scale: _Scale) -> None:
        whole = len(WINDOWS) * _ONE
        self._scale = scale
        self._ahead = _placed(levels[scale.floor + 1 :], scale, whole)
        self._behind = _placed(levels[: scale.floor][::-1], scale, whole)
        self._gained, self._still = sum(share for share, _ in self._ahead), levels[scale.floor] / whole

    def least(self, share: float) -> float:
        """The least that remains at most with odds of ``share``."""
        scale = self._scale
        if share > self._gained + self._still:
            return scale.remaining + scale.cell * math.exp(self._log(self._behind, 1 - share, scale.floor))
        if share > self._gained:
            return scale.remaining
        return max(0.0, scale.remaining - scale.cell * math.exp(self._log(self._ahead, share, scale.top - scale.floor)))

    @staticmethod
    def _log(places: Sequence[tuple[float, float]], share: float, most: int) -> float:
        """The logarithm of the cells that factor × level passes with odds of ``share``, by false position (Illinois)."""
        low, high = -_FAR, math.log(most) + _FAR
        below, above = sum(odds for odds, _ in places) - share, -share
        if below <= 0:
            return low
        for _ in range(_TRIES):
            middle = (low * above - high * below) / (above - below)
            off = sum([odds * 0.5 * erfc((middle - log) * _SPREAD) for odds, log in places]) - share
            if abs(off) < _NEAR:
                return middle
            if off > 0:
                low, below, above = middle, off, above / 2
            else:
                high, above, below = middle, off, below / 2
        return (low + high) / 2


def _placed(levels: Sequence[int], scale: _Scale, whole: int) -> list[tuple[float, float]]:
    """(odds, logarithm) of each place that has any: ``levels`` from the one beside no progress on."""
    found = [(sum(levels[first:last]) / whole, log) for first, last, log in scale.places]
    return [(odds, log) for odds, log in found if odds > 1e-7]


def _mixed(weeks: Sequence[Pair], scale: _Scale, until: int) -> Iterator[Sequence[int]]:
    """After each week the odds of each level over all windows, in 2^-31 of as many as there are windows."""
    walks = [
        (round(weight * len(WINDOWS)), _walk(steps_of(pairs, scale.cell), start=scale.floor, top=scale.top))
        for pairs, weight in windows(weeks).items()
    ]
    for _ in range(until):
        state = sum(times * next(walk) for times, walk in walks)
        slots = array("Q")
        slots.frombytes(state.to_bytes(_SLOT_BYTES * (scale.top + 1), "little"))
        yield slots


def _walk(steps: Mapping[int, float], *, start: int, top: int) -> Iterator[int]:
    """After each week the odds of the levels 0 to ``top`` in 2^-31, a slot each: what falls below stays at 0, what rises
    above at top."""
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
        yield state


def _whole_parts(count: int) -> int:
    """The bits of so many slots that are not fraction: what a shift brought down from the slot above is not one's own."""
    one = ((1 << (_SLOT - _FRACTION)) - 1).to_bytes(_SLOT_BYTES, "little")
    return int.from_bytes(one * count, "little")
