"""What is said of a distribution: what is refused and why, dates in whole weeks, odds in words, or as an earned number."""

import statistics
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from model.health import ALL_DONE, Calibration, Forecast, ForecastRecord
from rollup.forecast.odds import DONE, HORIZON_WEEKS, Odds, first_passage, weeks_until

MIN_WEEKS, MIN_FINISHED, MIN_ACTIVE = 12, 6, 3
BULK_TIMES, BULK_LEAST = 5, 10
"""A week in which so many times the median of the other active weeks was finished, and at least so many items."""

PASSED = "passed"
NOT_HELD = "forecast_not_held"
FINISH, ITEMS = "finish", "items"
"""The kinds of odds that need a right to be told as a number: a project's open scope done by its target date, and any so many
items done within so many weeks. See ``rollup.backtest.judged``."""
MANY_ITEMS, WITHIN_WEEKS = (10, 20, 50), (4, 8, 13)


def refusal(weekly_done: Sequence[int]) -> Odds | None:
    """Why there is too little history for a forecast; None when there is enough."""
    last = weekly_done[-MIN_WEEKS:]
    active = sum(1 for count in last if count)
    if len(weekly_done) < MIN_WEEKS:
        why, code = f"{_counted(len(weekly_done), 'week')} of history, {MIN_WEEKS} are needed", "forecast_short_history"
        return Odds((), why, code, (("weeks", len(weekly_done)), ("needed", MIN_WEEKS)))
    if not sum(last):
        why, code = f"no item was finished in the last {MIN_WEEKS} weeks", "forecast_no_throughput"
        return Odds((), why, code, (("weeks", MIN_WEEKS),))
    if sum(last) < MIN_FINISHED:
        why = f"{_counted(sum(last), 'item')} finished in the last {MIN_WEEKS} weeks, {MIN_FINISHED} are needed"
        values = (("finished", sum(last)), ("weeks", MIN_WEEKS), ("needed", MIN_FINISHED))
        return Odds((), why, "forecast_few_finished", values)
    if active < MIN_ACTIVE:
        why = f"{_counted(active, 'week')} with finished items in the last {MIN_WEEKS}, {MIN_ACTIVE} are needed"
        return Odds((), why, "forecast_few_active", (("active", active), ("weeks", MIN_WEEKS), ("needed", MIN_ACTIVE)))
    return None


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count != 1 else ''}"


def odds_of_done(
    weekly_done: Sequence[int],
    weekly_arrivals: Sequence[int],
    remaining: float,
    *,
    pace: float = 1.0,
    ahead: int = HORIZON_WEEKS,
) -> Odds:
    """The distribution of the week in which ``remaining`` items are done, at the pace of the windows.

    Both series are oldest first and of one length. ``pace``: so many times what was finished, for "what if". ``ahead``: weeks.
    """
    if remaining <= 0:
        return DONE
    refused = refusal(weekly_done)
    if refused is not None:
        return refused
    if pace <= 0:
        return Odds((), "nobody is left to work on it", "forecast_nobody")
    weeks = [(pace * done, float(arrived)) for done, arrived in zip(weekly_done, weekly_arrivals, strict=True)]
    return first_passage(weeks, remaining, ahead)


def by_record(odds: Odds, record: ForecastRecord | None) -> Odds:
    """The same, refused where this organisation's own dates have been shown not to hold. The odds stay, to be judged."""
    if record is None or not record.refuted or odds.refused is not None or odds.weeks[0] >= 1.0:
        return odds
    held, n = record.coverage_p85.value or 0.0, record.coverage_p85.n
    why = f"of {n} such dates here only {held:.0%} held, 85% should have"
    return replace(odds, refused=why, code=NOT_HELD, values=(("n", n), ("held", held)))


def bulk_weeks(weekly_done: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """(weeks ago, items) of each week that looks like a bulk close, the latest first. They count like any other week:
    leaving them out or capping them made no forecast better (docs/forecasts.md); the reader is told."""
    found = []
    for index, count in enumerate(weekly_done):
        others = [other for place, other in enumerate(weekly_done) if other and place != index]
        if count >= BULK_LEAST and others and count >= BULK_TIMES * statistics.median(others):
            found.append((len(weekly_done) - 1 - index, count))
    return tuple(reversed(found))


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
    odds = odds_of_done(weekly_done, weekly_arrivals, remaining, ahead=weeks_until(start, target))
    return to_forecast(odds, start=start, target=target)


def to_forecast(odds: Odds, *, start: date, target: date | None, record: ForecastRecord | None = None) -> Forecast:
    """The published form of a distribution. ``record``: what the organisation's own forecasts have shown; without the
    right to a number that it tells of, the odds of the date are a range in words; where it refutes the dates, none is told."""
    coverage = record.coverage_p85 if record else Calibration(value=None, n=0)
    odds = by_record(odds, record)
    if odds.refused is not None:
        return Forecast(
            refused=odds.refused, refused_code=odds.code, refused_values=dict(odds.values), coverage_p85=coverage,
            weeks=odds.weeks,
        )  # fmt: skip
    done = odds.weeks[0] >= 1.0
    words, number = _on_time(odds, start, target, done=done)
    earned = record is not None and FINISH in record.earned
    return Forecast(
        p50=start if done else day_of(odds, 0.5, start),
        p85=start if done else day_of(odds, 0.85, start),
        on_time=number if earned else None,
        on_time_words=words,
        coverage_p85=coverage,
        weeks=odds.weeks,
    )


def day_of(odds: Odds, share: float, start: date) -> date | None:
    """The day by which the odds reach a share, in whole weeks from ``start``; None beyond the horizon."""
    weeks = odds.quantile(share)
    return start + timedelta(weeks=weeks) if weeks else None


def _on_time(odds: Odds, start: date, target: date | None, *, done: bool) -> tuple[str | None, float | None]:
    """Words and number of the target date. Of a date that has passed with work open there is nothing to bet on.

    Beyond the horizon the pace is only carried on, which no forecast was ever held against: words, and no number.
    """
    if target is None:
        return None, None
    if done:
        return ALL_DONE, None
    if target < start:
        return PASSED, None
    number = odds.by(start, target)
    return on_time_words(number), None if beyond_horizon(start, target) else round(number, 2)


def beyond_horizon(start: date, target: date) -> bool:
    """Whether a day is later than what is forecast."""
    return target > start + timedelta(weeks=HORIZON_WEEKS)
