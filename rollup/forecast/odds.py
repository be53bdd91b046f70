"""When will what remains be done? Exact first passage of weekly throughput less arrivals, no random numbers.

Windows of the last 8, 12, 26 and 52 weeks count equally; in each, every week is as likely as any other to come again. The
whole net pace of a path is faster or slower by one lognormal factor (sigma 0.5). Source: the study of 42 public histories
named in docs/forecasts.md.

What remains is done in the first week in which factor × (finished − arrived) has reached it: when the highest level that
the path has reached by then, times the factor, is at least what remains. That highest level has the distribution of the
queue W(t) = max(0, W(t−1) + finished − arrived) (Lindley 1952: a path read backwards), and the factor is integrated in closed
form. The odds are taken back from the end: v(0, x), that the factor lifts level x to what remains; v(t, x), the same for a
queue that stands at x and has t weeks to come, which is one convolution of v(t−1). v(t, 0) are the odds of being done after
t weeks. All levels are one big integer with a slot for each, so a week is one multiplication: exact to 2^-24 a week, and the
same on every machine.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

WINDOWS = (8, 12, 26, 52)
DRIFT_SIGMA = 0.5
HORIZON_WEEKS = 52
FARTHEST_WEEKS = 520
"""Ten years: how far the pace is carried on for a target date that lies beyond the horizon. No date is told there."""

_FRACTION = 24
_ONE = 1 << _FRACTION
_SLOT = 2 * _FRACTION + 1  # a product of two odds, 1 included
_ONES = (1 << _SLOT) - 1
CELLS = 32  # what remains is counted in at least this many cells, or in whole items
ROOM = 5.0  # levels above so many times what remains are not told apart: a factor that slow has odds below 1 in 1,500
_NEVER = 1e-12

Pair = tuple[float, float]
"""What was finished in a week, and what arrived in it."""


@dataclass(frozen=True, slots=True)
class Odds:
    """``weeks[i]``: odds of being done after i+1 weeks. ``refused`` says why nothing is told, ``code`` names the reason,
    ``values`` are its numbers. ``later``: the odds of the weeks beyond the horizon, as far as a target date asks for them."""

    weeks: tuple[float, ...]
    refused: str | None = None
    code: str | None = None
    values: tuple[tuple[str, float], ...] = ()
    later: tuple[float, ...] = ()

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
        ahead, weeks = (target - start).days / 7, (*self.weeks, *self.later)
        if ahead <= 0:
            return 0.0
        below = min(int(ahead), len(weeks))
        low = weeks[below - 1] if below else 0.0
        high = weeks[min(below, len(weeks) - 1)]
        return low + (high - low) * (ahead - int(ahead))


DONE = Odds((1.0,) * HORIZON_WEEKS)


def weeks_until(start: date, target: date | None) -> int:
    """How many weeks ahead odds are needed: to the horizon, or to a target date beyond it."""
    days = 0 if target is None else (target - start).days
    return min(FARTHEST_WEEKS, max(HORIZON_WEEKS, math.ceil(days / 7)))


def first_passage(weeks: Sequence[Pair], remaining: float, ahead: int = HORIZON_WEEKS) -> Odds:
    """The distribution of the week in which ``remaining`` is done, at the pace of the windows of ``weeks`` (oldest first).

    Nothing is refused here: see ``rollup.forecast.published``. ``remaining`` is above 0. ``ahead``: weeks; the odds within the
    horizon are the same however many more are asked for.
    """
    near = _rising(_passage(weeks, remaining, HORIZON_WEEKS))
    if ahead <= HORIZON_WEEKS:
        return Odds(near)
    far = _passage(weeks, remaining, ahead)[HORIZON_WEEKS:]
    return Odds(near, later=_rising((near[-1], *far))[1:])


def _passage(weeks: Sequence[Pair], remaining: float, ahead: int) -> list[float]:
    """The odds of being done after each of the weeks ahead."""
    cell = cell_of(weeks, remaining, ahead)
    top = math.ceil((ROOM * remaining + swing(weeks, ahead)) / cell)
    reached = (round(_ONE * factor_above(remaining / (cell * level))) for level in range(1, top + 1))
    start = sum(odds << (_SLOT * level) for level, odds in enumerate(reached, start=1))
    total = [0.0] * ahead
    for pairs, weight in windows(weeks).items():
        for week, odds in enumerate(_done(bounded(steps_of(pairs, cell), top), start, top, ahead)):
            total[week] += weight * odds / _ONE
    return total


def cell_of(weeks: Sequence[Pair], remaining: float, ahead: int = HORIZON_WEEKS) -> float:
    """How much work is one cell: what remains is at least ``CELLS`` of them, or they are whole items.

    What a week's rounding to cells adds to the spread grows with the root of the weeks, so beyond the horizon they are finer.
    """
    cells = CELLS * math.sqrt(ahead / HORIZON_WEEKS)
    whole = all(value == int(value) for pair in weeks for value in pair)
    return max(1.0, remaining / cells) if whole else remaining / cells


def swing(weeks: Sequence[Pair], ahead: int = HORIZON_WEEKS) -> float:
    """How far a path may come back in the weeks ahead: three standard deviations of those of a year that lose ground."""
    lost = [min(0.0, done - arrived) for done, arrived in weeks[-max(WINDOWS) :]]
    return 3 * math.sqrt(ahead * sum(net * net for net in lost) / len(lost))


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
    """Odds that never fall: what was cut off below 2^-24 a week is not seen."""
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


def bounded(steps: Mapping[int, float], top: int) -> dict[int, float]:
    """The same with no step beyond ``top`` levels, up or down."""
    found: dict[int, float] = {}
    for step, share in steps.items():
        key = max(-top, min(top, step))
        found[key] = found.get(key, 0.0) + share
    return found


def _done(steps: Mapping[int, float], start: int, top: int, weeks: int) -> Iterator[int]:
    """After each of so many weeks the odds of being done, in 2^-24. ``start``: those of each level at the end, a slot a level.

    What falls below stays at 0 and what rises above at ``top``: their share of a slot is added to it. Of the levels only those
    are kept that the weeks still to come can reach.
    """
    parts = _parts(steps)
    up = max(0, max(parts))
    kernel = sum(part << (_SLOT * (up - step)) for step, part in parts.items())
    below = sum(part * _repeated(-step) for step, part in parts.items() if step < 0) << (_SLOT * up)
    above = sum((part * _repeated(step)) << (_SLOT * (top + 1 - step)) for step, part in parts.items() if step > 0)
    above, whole, shift = above << (_SLOT * up), _repeated(top + 1) * (_ONES >> _FRACTION), _SLOT * up + _FRACTION
    levels, kept = start, top
    for ahead in reversed(range(weeks)):
        product = levels * kernel + (levels & _ONES) * below
        if kept == top:
            product += (levels >> (_SLOT * top)) * above
        kept = min(top, ahead * up)
        levels = (product >> shift) & (whole >> (_SLOT * (top - kept)))
        yield levels & _ONES


def _parts(steps: Mapping[int, float]) -> dict[int, int]:
    """The odds of each step in 2^-24; together they are 1, the likeliest takes what rounding left."""
    parts = {step: round(share * _ONE) for step, share in steps.items()}
    likeliest = max(parts, key=lambda step: parts[step])
    parts[likeliest] += _ONE - sum(parts.values())
    return parts


def _repeated(count: int) -> int:
    """1 in each of so many slots."""
    return ((1 << (_SLOT * count)) - 1) // _ONES
