"""When will what remains be done? Exact first passage of weekly throughput less arrivals, no random numbers.

Windows of the last 8, 12, 26 and 52 weeks count equally; in each, every week is as likely as any other to come again. The
whole net pace of a path is faster or slower by one lognormal factor (sigma 0.5). Source: the study of 42 public histories
named in docs/forecasts.md.

What remains is done in the first week in which factor × (finished − arrived) has reached it: when the highest level that
the path has reached by then, times the factor, is at least what remains. That highest level has the distribution of the
queue W(t) = max(0, W(t−1) + finished − arrived) (Lindley 1952: a path read backwards), which is one convolution a week; the
factor is then integrated in closed form. A distribution is one big integer with 64-bit slots, so a week is one
multiplication: exact to 2^-31 a slot, and the same on every machine.
"""

import math
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import mul

WINDOWS = (8, 12, 26, 52)
DRIFT_SIGMA = 0.5
HORIZON_WEEKS = 52

_SLOT_BYTES = 8
_SLOT = 8 * _SLOT_BYTES
_FRACTION = 31
ONE = 1 << _FRACTION
_ONES = (1 << _SLOT) - 1
CELLS = 32  # what remains is counted in at least this many cells, or in whole items
ROOM = 5.0  # levels above so many times what remains are not told apart: a factor that slow has odds below 1 in 1,500
_NEVER = 1e-12

Pair = tuple[float, float]
"""What was finished in a week, and what arrived in it."""


@dataclass(frozen=True, slots=True)
class Odds:
    """``weeks[i]``: odds of being done after i+1 weeks; ``refused`` says why there are none, ``code`` names the reason."""

    weeks: tuple[float, ...]
    refused: str | None = None
    code: str | None = None

    def quantile(self, share: float) -> int | None:
        """The first week by which the odds reach ``share``; None beyond the horizon."""
        for index, odds in enumerate(self.weeks):
            if odds >= share:
                return index + 1
        return None

    def by(self, start: date, target: date) -> float:
        """Odds of being done by a day, between weeks on a straight line; of a day not after ``start`` none."""
        if not self.weeks:
            return 0.0
        ahead = (target - start).days / 7
        if ahead <= 0:
            return 0.0
        below = min(int(ahead), len(self.weeks))
        low = self.weeks[below - 1] if below else 0.0
        high = self.weeks[min(below, len(self.weeks) - 1)]
        return low + (high - low) * (ahead - int(ahead))


DONE = Odds((1.0,) * HORIZON_WEEKS)


def first_passage(weeks: Sequence[Pair], remaining: float) -> Odds:
    """The distribution of the week in which ``remaining`` is done, at the pace of the windows of ``weeks`` (oldest first).

    Nothing is refused here: see ``rollup.forecast.published``. ``remaining`` is above 0.
    """
    whole = all(value == int(value) for pair in weeks for value in pair)
    cell = max(1.0, remaining / CELLS) if whole else remaining / CELLS
    top = math.ceil((ROOM * remaining + swing(weeks)) / cell)
    reached = [0.0, *(factor_above(remaining / (cell * level)) for level in range(1, top + 1))]
    total = [0.0] * HORIZON_WEEKS
    for pairs, weight in windows(weeks).items():
        for week, levels in enumerate(walk(steps_of(pairs, cell), start=0, top=top)):
            total[week] += weight * float(sum(map(mul, levels, reached))) / ONE
    return Odds(_rising(total))


def swing(weeks: Sequence[Pair]) -> float:
    """How far a path may come back within the horizon: three standard deviations of a year's weeks that lose ground."""
    lost = [min(0.0, done - arrived) for done, arrived in weeks[-max(WINDOWS) :]]
    return 3 * math.sqrt(HORIZON_WEEKS * sum(net * net for net in lost) / len(lost))


def windows(weeks: Sequence[Pair]) -> dict[tuple[Pair, ...], float]:
    """The weeks of each window with its weight; windows longer than the history are one."""
    found: dict[tuple[Pair, ...], float] = {}
    for window in WINDOWS:
        pairs = tuple(weeks[-window:])
        found[pairs] = found.get(pairs, 0.0) + 1 / len(WINDOWS)
    return found


def factor_above(bound: float) -> float:
    """Odds that the drift factor of a path is at least ``bound``."""
    return 0.5 * math.erfc(math.log(bound) / (DRIFT_SIGMA * math.sqrt(2)))


def _rising(values: Sequence[float]) -> tuple[float, ...]:
    """Odds that never fall: what was cut off below 2^-31 a slot is not seen."""
    found: list[float] = []
    for value in values:
        found.append(max(found[-1] if found else 0.0, min(1.0, round(value, 9))))
    return tuple(found)


def steps_of(pairs: Sequence[Pair], cell: float) -> dict[int, float]:
    """Cells of progress in a week → probability; a fraction of a cell is split between its neighbours."""
    steps: dict[int, float] = {}
    each = 1 / len(pairs)
    for done, arrived in pairs:
        net = (done - arrived) / cell
        low = math.floor(net)
        above = net - low
        steps[low] = steps.get(low, 0.0) + each * (1 - above)
        if above > _NEVER:
            steps[low + 1] = steps.get(low + 1, 0.0) + each * above
    return steps


def walk(steps: Mapping[int, float], *, start: int, top: int) -> Iterator[Sequence[int]]:
    """After each week the odds of the levels 0 to ``top`` in 2^-31: what falls below stays at 0, what rises above at top."""
    bounded: dict[int, float] = {}
    for step, share in steps.items():
        key = max(-top, min(top, step))
        bounded[key] = bounded.get(key, 0.0) + share
    down, up = max(0, -min(bounded)), max(0, max(bounded))
    kernel = sum(round(share * ONE) << (_SLOT * (step + down)) for step, share in bounded.items())
    whole = _whole_parts(top + down + up + 1)
    below, levels = (1 << (_SLOT * (down + 1))) - 1, (1 << (_SLOT * (top + 1))) - 1
    state = ONE << (_SLOT * start)
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
