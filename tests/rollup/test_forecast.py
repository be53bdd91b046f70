"""The exact forecast against hand-made cases and against simulation."""

import math
import random
from datetime import date, timedelta
from itertools import pairwise

import pytest

from rollup.forecast import DRIFT_SIGMA, forecast, odds_of_done, on_time_words

START = date(2026, 11, 21)


def test_a_steady_pace_without_arrivals_is_done_at_its_median_week() -> None:
    odds = odds_of_done([2] * 52, [0] * 52, 10)
    assert odds.quantile(0.5) == 5
    assert odds.quantile(0.85) in (8, 9)


def test_the_exact_odds_agree_with_simulation() -> None:
    rnd = random.Random(7)
    done = [rnd.randint(0, 8) for _ in range(52)]
    arrived = [rnd.randint(0, 2) for _ in range(52)]
    weeks = []
    for _ in range(3000):
        window, pace = rnd.choice((8, 12, 26, 52)), math.exp(DRIFT_SIGMA * rnd.gauss(0, 1))
        left, week = 40.0, 0
        while left > 0 and week <= 52:
            pick = rnd.randrange(52 - window, 52)
            left -= pace * done[pick] - arrived[pick]
            week += 1
        weeks.append(week)
    odds = odds_of_done(done, arrived, 40)
    for horizon in (8, 13, 20, 30):
        simulated = sum(week <= horizon for week in weeks) / len(weeks)
        assert odds.weeks[horizon - 1] == pytest.approx(simulated, abs=0.05)


def test_odds_never_fall_with_time() -> None:
    odds = odds_of_done([0, 3, 1, 5] * 13, [1, 1, 0, 2] * 13, 33).weeks
    assert all(before <= after for before, after in pairwise(odds))


@pytest.mark.parametrize(
    ("done", "why"),
    [
        ([3] * 11, "weeks of history"),
        ([0] * 11 + [5], "items finished"),
        ([0] * 10 + [9, 9], "weeks with finished items"),
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
