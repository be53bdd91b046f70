"""What is said of a distribution: what is refused and why, dates in whole weeks, odds in words, or as an earned number."""

import statistics
from collections.abc import Sequence
from datetime import date, timedelta

from model.health import Calibration, Forecast, ForecastRecord
from rollup.forecast.odds import DONE, Odds, first_passage

MIN_WEEKS, MIN_FINISHED, MIN_ACTIVE = 12, 6, 3
BULK_TIMES, BULK_LEAST = 5, 10
"""A week in which so many times the median of the other active weeks was finished, and at least so many items."""

PASSED, ALL_DONE = "passed", "done"
FINISH, ITEMS = "finish", "items"
"""The kinds of odds that need a right to be told as a number: a project's open scope done by its target date, and any so many
items done within so many weeks. See ``rollup.backtest.judged``."""
MANY_ITEMS, WITHIN_WEEKS = (10, 20, 50), (4, 8, 13)


def refusal(weekly_done: Sequence[int]) -> tuple[str, str] | None:
    """Why there is too little history for a forecast, and the code of the reason; None when there is enough."""
    last = weekly_done[-MIN_WEEKS:]
    if len(weekly_done) < MIN_WEEKS:
        return f"{len(weekly_done)} weeks of history, {MIN_WEEKS} are needed", "forecast_short_history"
    if not sum(last):
        return f"no item was finished in the last {MIN_WEEKS} weeks", "forecast_no_throughput"
    if sum(last) < MIN_FINISHED:
        why = f"{sum(last)} items finished in the last {MIN_WEEKS} weeks, {MIN_FINISHED} are needed"
        return why, "forecast_few_finished"
    active = sum(1 for count in last if count)
    if active < MIN_ACTIVE:
        why = f"{active} weeks with finished items in the last {MIN_WEEKS}, {MIN_ACTIVE} are needed"
        return why, "forecast_few_active"
    return None


def odds_of_done(
    weekly_done: Sequence[int], weekly_arrivals: Sequence[int], remaining: float, *, pace: float = 1.0
) -> Odds:
    """The distribution of the week in which ``remaining`` items are done, at the pace of the windows.

    Both series are oldest first and of one length. ``pace``: so many times what was finished, for "what if".
    """
    if remaining <= 0:
        return DONE
    why = refusal(weekly_done)
    if why is not None:
        return Odds((), *why)
    if pace <= 0:
        return Odds((), "nobody is left to work on it", "forecast_no_throughput")
    weeks = [(pace * done, float(arrived)) for done, arrived in zip(weekly_done, weekly_arrivals, strict=True)]
    return first_passage(weeks, remaining)


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
    return to_forecast(odds_of_done(weekly_done, weekly_arrivals, remaining), start=start, target=target)


def to_forecast(odds: Odds, *, start: date, target: date | None, record: ForecastRecord | None = None) -> Forecast:
    """The published form of a distribution. ``record``: what the organisation's own forecasts have shown; without the
    right to a number that it tells of, the odds of the date are a range in words."""
    coverage = record.coverage_p85 if record else Calibration(value=None, n=0)
    if odds.refused is not None:
        return Forecast(refused=odds.refused, coverage_p85=coverage)
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
    """Words and number of the target date. Of a date that has passed with work open there is nothing to bet on."""
    if target is None:
        return None, None
    if done:
        return ALL_DONE, None
    if target < start:
        return PASSED, None
    number = odds.by(start, target)
    return on_time_words(number), round(number, 2)
