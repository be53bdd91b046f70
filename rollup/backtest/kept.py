"""Forecasts that were published and kept: what came of them, and the bets that they were."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from model.foresight import KeptForecast
from model.work import StatusCategory
from rollup.backtest.judged import Bet, Dates
from rollup.backtest.replay import KNOWN_BEFORE, ROLLING_WEEKS, Series
from rollup.facts import Leaf
from rollup.forecast import HORIZON_WEEKS


def first_clear(leaves: Iterable[Leaf], made_on: date, timezone: str) -> date | None:
    """The first day after ``made_on`` at whose end nothing was open; None: it has not been so yet.

    Counted of the items that are in the project now, without dropped ones.
    """
    zone, steps, open_then = ZoneInfo(timezone), dict[date, int](), 0
    for leaf in leaves:
        if leaf.status is StatusCategory.DROPPED:
            continue
        came = leaf.arrived_at.astimezone(zone).date()
        went = None if leaf.open or leaf.done_at is None else leaf.done_at.astimezone(zone).date()
        open_then += came <= made_on and (went is None or went > made_on)
        for day, step in ((came, 1), (went, -1)):
            if day is not None and day > made_on and (went is None or went > made_on):
                steps[day] = steps.get(day, 0) + step
    for day in sorted(steps):
        open_then += steps[day]
        if open_then <= 0:
            return day
    return None


def settled(kept: KeptForecast, done_on: date | None, today: date) -> KeptForecast:
    """The same with all that is decided by now: what is unresolved on its day counts as late; what is decided stays."""
    year = kept.made_on + timedelta(weeks=HORIZON_WEEKS)
    return kept.model_copy(
        update={
            "p50_held": kept.p50_held if kept.p50_held is not None else _held(kept.p50, done_on, today, year),
            "p85_held": kept.p85_held if kept.p85_held is not None else _held(kept.p85, done_on, today, year),
            "on_time": kept.on_time if kept.on_time is not None else _on_time(kept, done_on, today),
            "done_on": kept.done_on or done_on,
        }
    )


def _held(day: date | None, done_on: date | None, today: date, year: date) -> bool | None:
    if day is None:
        return True if today > year else None
    return (done_on is not None and done_on <= day) if today > day else None


def _on_time(kept: KeptForecast, done_on: date | None, today: date) -> bool | None:
    """A date counts once it is over, met or not: else only the good news would be in."""
    if kept.target_on is None or today <= kept.target_on:
        return None
    return done_on is not None and done_on <= kept.target_on


@dataclass(frozen=True, slots=True)
class _Known:
    on: date
    came_true: bool


def bets_of(kept: Sequence[KeptForecast]) -> tuple[Bet, ...]:
    """The odds of target dates that are over, each with the base rates of the dates that were over when it was made."""
    over = [one for one in kept if one.on_time is not None and one.target_on is not None and one.odds is not None]
    known = sorted((_Known(one.target_on, bool(one.on_time)) for one in over if one.target_on), key=lambda one: one.on)
    found = []
    for one in sorted(over, key=lambda one: (one.made_on, one.node)):
        before = [other for other in known if other.on < one.made_on]
        if len(before) < KNOWN_BEFORE or one.odds is None:
            continue
        since = one.made_on - timedelta(weeks=ROLLING_WEEKS)
        recent = [other for other in before if other.on >= since] or before
        found.append(Bet(one.node, one.odds, bool(one.on_time), _share(before), _share(recent)))
    return tuple(found)


def _share(known: Sequence[_Known]) -> float:
    return sum(one.came_true for one in known) / len(known)


def dates_of(kept: Sequence[KeptForecast]) -> tuple[Dates, ...]:
    """The dates that were published, in weeks from the day on which they were."""
    return tuple(
        Dates(
            one.node,
            _weeks(one.made_on, one.p50),
            _weeks(one.made_on, one.p85),
            one.p50_held,
            one.p85_held,
            _weeks(one.made_on, one.done_on),
            one.done_on is not None or (one.p85 is None and one.p85_held is not None),
        )
        for one in kept
    )


def _weeks(start: date, day: date | None) -> int | None:
    return None if day is None else max(0, -(-(day - start).days // 7))


def series_of(name: str, leaves: Iterable[Leaf], as_of: datetime) -> Series:
    """What was finished since the first item came, by rolling weeks that end at ``as_of``; what was open when each began."""
    items = [leaf for leaf in leaves if leaf.status is not StatusCategory.DROPPED]
    if not items:
        return Series(name, (), ())
    weeks = (as_of - min(leaf.arrived_at for leaf in items)) // timedelta(weeks=1)
    done, open_ = [0] * weeks, [0] * weeks
    for leaf in items:
        went = weeks if leaf.open else _week(leaf.done_at, as_of, weeks) if leaf.done_at else -1
        for place in range(_week(leaf.arrived_at, as_of, weeks) + 1, min(weeks, went + 1)):
            open_[place] += 1
        if 0 <= went < weeks:
            done[went] += 1
    return Series(name, tuple(done), tuple(open_))


def _week(at: datetime, as_of: datetime, weeks: int) -> int:
    """The place of a moment among so many weeks; -1 before the first."""
    return max(-1, weeks - 1 - (as_of - at) // timedelta(weeks=1))
