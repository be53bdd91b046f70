"""What is said of a distribution: refusals, dates, words, and numbers only by right."""

from datetime import date, timedelta

import pytest

from model.health import Calibration, ForecastRecord
from rollup.forecast import bulk_weeks, forecast, odds_of_done, on_time_words, to_forecast

START = date(2026, 11, 21)


def test_a_steady_pace_without_arrivals_is_done_at_its_median_week() -> None:
    odds = odds_of_done([2] * 52, [0] * 52, 10)
    assert odds.quantile(0.5) == 5
    assert odds.quantile(0.85) in (8, 9)


@pytest.mark.parametrize(
    ("done", "why"),
    [
        ([3] * 11, "weeks of history"),
        ([0] * 52, "no item was finished"),
        ([0] * 11 + [5], "items finished"),
        ([0] * 10 + [9, 9], "2 weeks with finished items"),
        ([0] * 11 + [9], "1 week with finished items"),
        ([3], "1 week of history"),
        ([0] * 11 + [1], "1 item finished"),
    ],
)
def test_too_little_history_is_refused_with_a_reason(done: list[int], why: str) -> None:
    told = forecast(done, [0] * len(done), 5, start=START)
    assert told.refused is not None
    assert why in told.refused
    assert told.p50 is None


def test_nothing_left_is_done_today() -> None:
    assert forecast([], [], 0, start=START).p50 == START


def test_a_backlog_that_grows_is_beyond_a_year() -> None:
    told = forecast([1] * 52, [3] * 52, 50, start=START, target=START + timedelta(weeks=20))
    assert told.p85 is None
    assert told.on_time is None
    assert told.on_time_words == "very unlikely"


def test_a_single_burst_is_no_pace() -> None:
    assert odds_of_done([0] * 40 + [40] + [0] * 11, [0] * 52, 5).refused is not None


def test_words_follow_the_odds() -> None:
    assert [on_time_words(odds) for odds in (0.05, 0.2, 0.5, 0.8, 0.95)] == [
        "very unlikely",
        "unlikely",
        "about even",
        "likely",
        "very likely",
    ]


def test_a_number_of_odds_needs_the_right_to_it() -> None:
    odds, target = odds_of_done([2] * 52, [0] * 52, 10), START + timedelta(weeks=8)
    held = Calibration(value=0.86, n=64)
    without = ForecastRecord(coverage_p50=held, coverage_p85=held)
    earned = without.model_copy(update={"earned": ("finish",)})
    other = without.model_copy(update={"earned": ("items",)})
    told = [to_forecast(odds, start=START, target=target, record=one) for one in (None, without, other, earned)]
    assert [one.on_time for one in told] == [None, None, None, pytest.approx(odds.by(START, target), abs=0.005)]
    assert {one.on_time_words for one in told} == {"likely"}
    assert [one.coverage_p85.n for one in told if one.coverage_p85] == [0, 64, 64, 64]


def test_a_target_in_the_past_is_no_bet() -> None:
    record = ForecastRecord(
        coverage_p50=Calibration(value=None, n=0), coverage_p85=Calibration(value=None, n=0), earned=("finish",)
    )
    odds = odds_of_done([2] * 52, [0] * 52, 10)
    told = to_forecast(odds, start=START, target=START - timedelta(days=1), record=record)
    assert (told.on_time_words, told.on_time) == ("passed", None)
    assert told.p85 is not None
    assert to_forecast(odds_of_done([], [], 0), start=START, target=START - timedelta(days=1)).on_time_words == "done"


def test_beyond_the_horizon_odds_are_words_and_no_number() -> None:
    held = Calibration(value=0.86, n=64)
    record = ForecastRecord(coverage_p50=held, coverage_p85=held, earned=("finish",))
    odds = odds_of_done([2] * 52, [0] * 52, 300, ahead=300)
    told = [to_forecast(odds, start=START, target=START + timedelta(weeks=weeks), record=record) for weeks in (52, 53, 300)]
    assert [one.on_time_words for one in told] == ["very unlikely", "very unlikely", "very likely"]
    assert [one.on_time is None for one in told] == [False, True, True]
    assert {(one.p85, len(one.weeks)) for one in told} == {(None, 52)}


def test_fewer_people_are_slower_and_nobody_never_ends() -> None:
    done, none = [3, 5] * 20, [0] * 40
    days = [odds_of_done(done, none, 40, pace=pace).quantile(0.85) or 99 for pace in (1.5, 1.0, 0.8, 0.5)]
    assert days == sorted(set(days))
    assert odds_of_done(done, none, 40, pace=0.0).code == "forecast_nobody"


def test_bulk_closes_are_marked_and_steady_weeks_are_not() -> None:
    assert bulk_weeks([3, 4, 87, 2, 5, 3, 0, 4, 2, 3, 4, 3]) == ((9, 87),)
    assert bulk_weeks([3, 4, 5, 2, 5, 3, 0, 4, 2, 3, 9, 3]) == ()
    assert bulk_weeks([0, 0, 40]) == ()
