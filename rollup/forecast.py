"""When will what remains be done? Exact first passage of weekly throughput minus arrivals, no random numbers.

Windows of the last 8, 12, 26 and 52 weeks count equally; each also with the pace drifting by a lognormal factor
(sigma 0.5) on seven Gauss-Hermite nodes. P50 and P85 only, in whole weeks, within a year.
Source: the study of 42 public histories named in docs/health-model.md.

The distribution over remaining work is one big integer with 60-bit slots, so a week of convolution is one
multiplication: exact to 2^-28 per slot, and the same on every machine.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from model.health import Calibration, Forecast

WINDOWS = (8, 12, 26, 52)
DRIFT_SIGMA = 0.5
HORIZON_WEEKS = 52
MIN_WEEKS, MIN_FINISHED, MIN_ACTIVE = 12, 6, 3

# Nodes and weights of the 7-point Gauss-Hermite rule for a standard normal variable.
_NODES = (
    (-3.750439717725742, 0.0005482688559722185),
    (-2.366759410734541, 0.030757123967586491),
    (-1.154405394739968, 0.24012317860501270),
    (0.0, 0.45714285714285714),
    (1.154405394739968, 0.24012317860501270),
    (2.366759410734541, 0.030757123967586491),
    (3.750439717725742, 0.0005482688559722185),
)
_SLOT = 60
_FRACTION = 28
_ONE = 1 << _FRACTION
_CELLS = 24  # remaining work is counted in at most this many cells
_ROOM = 3  # arrivals may push it up to this many times as far before it counts as beyond the horizon


@dataclass(frozen=True, slots=True)
class Odds:
    """``weeks[i]``: odds of being done after i+1 weeks; ``refused`` says why there are none."""

    weeks: tuple[float, ...]
    refused: str | None = None

    def quantile(self, share: float) -> int | None:
        """The first week by which the odds reach ``share``; None beyond the horizon."""
        for index, odds in enumerate(self.weeks):
            if odds >= share:
                return index + 1
        return None

    def by(self, start: date, target: date) -> float:
        """Odds of being done by a day, between weeks on a straight line."""
        if not self.weeks:
            return 0.0
        ahead = (target - start).days / 7
        if ahead <= 0:
            return 0.0
        below = min(int(ahead), len(self.weeks))
        low = self.weeks[below - 1] if below else 0.0
        high = self.weeks[min(below, len(self.weeks) - 1)]
        return low + (high - low) * (ahead - int(ahead))


def refusal(weekly_done: Sequence[int]) -> str | None:
    """Why there is too little history for a forecast; None when there is enough."""
    last = weekly_done[-MIN_WEEKS:]
    if len(weekly_done) < MIN_WEEKS:
        return f"{len(weekly_done)} weeks of history, {MIN_WEEKS} are needed"
    if sum(last) < MIN_FINISHED:
        return f"{sum(last)} items finished in the last {MIN_WEEKS} weeks, {MIN_FINISHED} are needed"
    active = sum(1 for count in last if count)
    if active < MIN_ACTIVE:
        return f"{active} weeks with finished items in the last {MIN_WEEKS}, {MIN_ACTIVE} are needed"
    return None


def odds_of_done(weekly_done: Sequence[int], weekly_arrivals: Sequence[int], remaining: float) -> Odds:
    """The distribution of the week in which ``remaining`` items are done, at the pace of the windows.

    Both series are oldest first and of one length.
    """
    if remaining <= 0:
        return Odds((1.0,) * HORIZON_WEEKS)
    why = refusal(weekly_done)
    if why is not None:
        return Odds((), why)
    cell = max(1.0, remaining / _CELLS)
    total = [0.0] * HORIZON_WEEKS
    for window in WINDOWS:
        pairs = list(zip(weekly_done[-window:], weekly_arrivals[-window:], strict=True))
        for node, weight in _NODES:
            pace = math.exp(DRIFT_SIGMA * node)
            shifts = _shifts(pairs, pace, cell)
            for week, share in enumerate(_first_passage(shifts, remaining / cell)):
                total[week] += weight * share / len(WINDOWS)
    return Odds(tuple(min(1.0, max(0.0, round(value, 9))) for value in total))


def _shifts(pairs: Sequence[tuple[int, int]], pace: float, cell: float) -> dict[int, float]:
    """Cells of progress in a week → probability; a fraction of a cell is split between its neighbours."""
    shifts: dict[int, float] = {}
    each = 1 / len(pairs)
    for done, arrived in pairs:
        net = (pace * done - arrived) / cell
        low = math.floor(net)
        above = net - low
        shifts[low] = shifts.get(low, 0.0) + each * (1 - above)
        if above:
            shifts[low + 1] = shifts.get(low + 1, 0.0) + each * above
    return shifts


def _first_passage(shifts: dict[int, float], cells: float) -> list[float]:
    """Share of paths that have passed zero after each week."""
    start = max(1, math.ceil(cells))
    limit = _ROOM * start + 1
    # More progress than all the room there is, is the same as just that much; so is a fall out of the room.
    bounded: dict[int, float] = {}
    for shift, share in shifts.items():
        key = max(-limit, min(limit, shift))
        bounded[key] = bounded.get(key, 0.0) + share
    most = max(0, max(bounded))
    kernel = sum(round(share * _ONE) << (_SLOT * (most - shift)) for shift, share in bounded.items())
    mask = _mask(limit + 1)
    low_mask = (1 << (_SLOT * (most + 1))) - 1
    ones = (1 << _SLOT) - 1
    kept, above = mask << (_SLOT * most) | _slots(mask, most), ~ones & mask
    state = _ONE << (_SLOT * start)
    passed = 0
    found: list[float] = []
    for _ in range(HORIZON_WEEKS):
        if state:
            product = (state * kernel) >> _FRACTION
            product &= kept
            passed += (product & low_mask) % ones
            state = (product >> (_SLOT * most)) & above
        found.append(passed / _ONE)
    return found


@cache
def _mask(count: int) -> int:
    """The whole part of so many slots."""
    return sum(((1 << (_SLOT - _FRACTION)) - 1) << (_SLOT * index) for index in range(count))


def _slots(mask: int, count: int) -> int:
    return mask & ((1 << (_SLOT * count)) - 1)


def on_time_words(odds: float) -> str:
    """A range of odds in words: what may be said where no number has been earned."""
    for bound, words in ((0.1, "very unlikely"), (0.35, "unlikely"), (0.65, "about even"), (0.9, "likely")):
        if odds < bound:
            return words
    return "very likely"


def forecast(
    weekly_done: Sequence[int],
    weekly_arrivals: Sequence[int],
    remaining: float,
    *,
    start: date,
    target: date | None = None,
) -> Forecast:
    """P50 and P85 dates "if all output goes to this scope"; None beyond a year; ``refused`` where history is too short."""
    return to_forecast(odds_of_done(weekly_done, weekly_arrivals, remaining), start=start, target=target)


def to_forecast(odds: Odds, *, start: date, target: date | None) -> Forecast:
    """The published form of a distribution. No number of odds: this organisation's own record has not earned one yet."""
    unmeasured = Calibration(value=None, n=0)
    if odds.refused is not None:
        return Forecast(refused=odds.refused, coverage_p85=unmeasured)
    dates = [start + timedelta(weeks=weeks) if (weeks := odds.quantile(share)) else None for share in (0.5, 0.85)]
    if odds.weeks[0] >= 1.0:
        dates = [start, start]
    words = on_time_words(odds.by(start, target)) if target is not None else None
    if odds.weeks[0] >= 1.0 and target is not None:
        words = "done"
    return Forecast(p50=dates[0], p85=dates[1], on_time_words=words, coverage_p85=unmeasured, weeks=odds.weeks)
