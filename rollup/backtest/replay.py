"""A history of weekly throughput replayed: what would have been forecast each week, and what came.

"Any N items": odds that N are done within so many weeks, and the weeks until N are. Only what was known then is used, for the
forecast and for the base rates. No more items are asked for than were open then: nobody forecasts work that is not there, and
a project that ran out of work was not slow.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rollup.backtest.judged import Bet, Dates
from rollup.forecast import HORIZON_WEEKS, Odds, first_passage, refusal
from rollup.forecast.published import MANY_ITEMS, WITHIN_WEEKS

ROLLING_WEEKS = 26
KNOWN_BEFORE = 10
"""Outcomes that must be known before a bet counts."""
PACE_WEEKS = 12
LEAST_WEEKS, MOST_WEEKS = 2, 26
"""A number of items is dated only where it is so many weeks of the trailing mean."""


@dataclass(frozen=True, slots=True)
class Series:
    """A project's weekly finished items, oldest first. ``open``: what was open when each week began; None: not known, and any
    number of items is asked for."""

    name: str
    done: tuple[int, ...]
    open: tuple[int, ...] | None = None

    def has(self, items: int, now: int) -> bool:
        """Whether so many items could be asked for when a week began."""
        return self.open is None or items <= self.open[now]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What was said over a history. ``refused``: moments at which nothing was, of ``moments``."""

    bets: tuple[Bet, ...]
    dates: tuple[Dates, ...]
    moments: int
    refused: int


def replay(series: Series, *, every: int = 1, whole_year: bool = False) -> Replayed:
    """Replay one history, at every so manyth week. ``whole_year``: only at moments with a year of future behind them.

    A date is decided once its own day has passed, whether or not it was met: what is unresolved then counts as late.
    """
    bets: list[Bet] = []
    dates: list[Dates] = []
    bases = {(items, weeks): _Base() for items in MANY_ITEMS for weeks in WITHIN_WEEKS}
    last = len(series.done) - (HORIZON_WEEKS if whole_year else 1)
    moments = refused = 0
    for now in range(PACE_WEEKS, len(series.done)):
        said = _said(series.done[:now]) if now <= last and (now - PACE_WEEKS) % every == 0 else None
        if said is not None:
            moments += 1
            refused += not said
        for (items, weeks), base in bases.items():
            base.forget(now)
            if said and series.has(items, now):
                bets += _bet(series, now, items, weeks, base, said[items])
            base.learn(series, now, items, weeks)
        if said:
            asked = ((items, odds) for items, odds in _to_date(series.done[:now], said) if series.has(items, now))
            dates += [_date(series, now, items, odds) for items, odds in asked]
    return Replayed(tuple(bets), tuple(dates), moments, refused)


def _said(known: Sequence[int]) -> dict[int, Odds]:
    """Number of items → odds week by week, for all that is asked at a moment; nothing where it is refused."""
    if refusal(known) is not None:
        return {}
    weeks = [(float(done), 0.0) for done in known[-HORIZON_WEEKS:]]
    wanted = {*MANY_ITEMS, *(items for items in _of_pace(known))}
    return {items: first_passage(weeks, items) for items in sorted(wanted)}


def _of_pace(known: Sequence[int]) -> list[int]:
    """4, 8 and 13 weeks of work, in items: fast projects have a real horizon, too."""
    mean = sum(known[-PACE_WEEKS:]) / PACE_WEEKS
    return [items for weeks in WITHIN_WEEKS if (items := round(weeks * mean)) > 0]


def _to_date(known: Sequence[int], said: dict[int, Odds]) -> Iterator[tuple[int, Odds]]:
    mean = sum(known[-PACE_WEEKS:]) / PACE_WEEKS
    fixed = [items for items in MANY_ITEMS if LEAST_WEEKS <= items / mean <= MOST_WEEKS]
    for items in dict.fromkeys((*fixed, *_of_pace(known))):
        yield items, said[items]


def _bet(series: Series, now: int, items: int, weeks: int, base: "_Base", odds: Odds) -> list[Bet]:
    """A bet whose outcome is known by the end of the history, once enough outcomes were known before."""
    if now + weeks > len(series.done) or base.known < KNOWN_BEFORE:
        return []
    came = sum(series.done[now : now + weeks]) >= items
    return [Bet(series.name, odds.weeks[weeks - 1], came, base.expanding, base.rolling)]


def _date(series: Series, now: int, items: int, odds: Odds) -> Dates:
    future, took, done = series.done[now : now + HORIZON_WEEKS], None, 0
    for week, count in enumerate(future, start=1):
        done += count
        if done >= items:
            took = week
            break
    over = len(future)
    said = odds.quantile(0.5), odds.quantile(0.85)
    held = [_held(weeks, took, over) for weeks in said]
    decided = took is not None or over == HORIZON_WEEKS
    return Dates(series.name, *said, held[0], held[1], took, decided)


def _held(said: int | None, took: int | None, over: int) -> bool | None:
    """Whether a date held; "beyond a year" was right whenever it came. None until the day it names is over."""
    if said is None:
        return True if over == HORIZON_WEEKS else None
    return (took is not None and took <= said) if over >= said else None


@dataclass
class _Base:
    """The base rates of one question, as known at a moment: of all outcomes so far, and of those of the last half-year."""

    came: int = 0
    known: int = 0
    recent: deque[tuple[int, bool]] = field(default_factory=deque)

    @property
    def expanding(self) -> float:
        return self.came / self.known

    @property
    def rolling(self) -> float:
        """The last half-year's; where none is known of it, that of all."""
        return sum(came for _, came in self.recent) / len(self.recent) if self.recent else self.expanding

    def learn(self, series: Series, now: int, items: int, weeks: int) -> None:
        """The outcome of what was asked ``weeks`` before the end of this week is known from the next moment on."""
        begin = now + 1 - weeks
        if begin >= PACE_WEEKS and series.has(items, begin):
            came = sum(series.done[begin : now + 1]) >= items
            self.came += came
            self.known += 1
            self.recent.append((now + 1, came))

    def forget(self, now: int) -> None:
        while self.recent and self.recent[0][0] <= now - ROLLING_WEEKS:
            self.recent.popleft()
