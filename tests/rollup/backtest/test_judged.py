"""Scores of forecasts, by hand and against each other."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollup.backtest.judged import (
    Bet,
    Dates,
    brier,
    calibration_error,
    coverage,
    gate,
    judge,
    pinball,
    refuted,
    reliability,
    skill,
)


def _draw(seed: int = 1) -> random.Random:
    return random.Random(seed)


def _bets(clusters: int, each: int, *, sure: float, base: float = 0.5) -> list[Bet]:
    """In every cluster half come true; ``sure``: what is said of those that do, and its rest of those that don't."""
    return [
        Bet(f"p{cluster}", sure if number % 2 else 1 - sure, bool(number % 2), base, base)
        for cluster in range(clusters)
        for number in range(each)
    ]


def test_brier_skill_and_calibration_by_hand() -> None:
    bets = [Bet("a", 0.8, True, 0.5, 0.6), Bet("a", 0.7, False, 0.5, 0.6), Bet("b", 0.1, False, 0.5, 0.6)]
    assert brier(bets) == pytest.approx((0.04 + 0.49 + 0.01) / 3)
    assert skill(bets, "expanding", _draw().randrange).value == pytest.approx(1 - 0.54 / 0.75)
    assert skill(bets, "rolling", _draw().randrange).value == pytest.approx(1 - 0.54 / (0.16 + 0.36 + 0.36))
    assert calibration_error(bets) == pytest.approx((0.2 + 0.7 + 0.1) / 3)
    assert [(one.said, one.came_true, one.n) for one in reliability(bets)] == [(0.1, 0, 1), (0.7, 0, 1), (0.8, 1, 1)]


def test_dates_count_once_their_day_is_over_and_a_late_one_costs_more_than_an_early_one() -> None:
    dates = [
        Dates("a", 4, 8, True, True, 3, True),
        Dates("a", 4, 8, False, False, 10, True),
        Dates("b", 4, None, False, None, None, False),
        Dates("b", None, None, True, True, None, True),
    ]
    found = coverage(dates, "p85", _draw().randrange)
    assert (found.value, found.n, found.clusters) == (pytest.approx(2 / 3), 3, 2)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.value <= found.high
    early, late = 0.5 * 1 + 0.15 * 5, 0.5 * 6 + 0.85 * 2
    assert pinball(dates) == pytest.approx((early + late + 0) / 3)


def test_nothing_that_was_said_is_judged_as_nothing() -> None:
    found = judge([], [], _draw().randrange)
    assert (found.brier, found.calibration_error, found.p85.value, found.pinball, found.gate.earned) == (None,) * 4 + (False,)


@pytest.mark.parametrize(
    ("bets", "why"),
    [
        (_bets(7, 20, sure=0.9), "projects"),
        (_bets(8, 6, sure=0.9), "outcomes, 50"),
        (_bets(10, 20, sure=0.4), "no skill"),
        (_bets(10, 20, sure=0.9), None),
    ],
    ids=["few projects", "few outcomes", "no skill", "earned"],
)
def test_a_right_is_earned_by_enough_outcomes_of_enough_projects_and_by_skill(bets: list[Bet], why: str | None) -> None:
    found = gate(bets, _draw().randrange)
    assert found.earned is (why is None)
    assert (why or "") in (found.why or "")


def test_one_lucky_project_earns_nothing_for_all() -> None:
    """Skill in one of ten, its reverse in the nine others: pooled above nothing, but not whichever projects are drawn."""
    lucky = [Bet("lucky", 0.99, True, 0.5, 0.5) for _ in range(400)]
    others = [Bet(f"p{n}", 0.3, True, 0.5, 0.5) for n in range(9) for _ in range(30)]
    found = gate([*lucky, *others], _draw().randrange)
    assert found.skill.value is not None
    assert found.skill.value > 0
    assert not found.earned


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.floats(0, 1), st.booleans(), st.floats(0.05, 0.95)), min_size=2, max_size=40),
    st.integers(0, 5),
)
def test_the_same_seed_gives_the_same_bound_and_the_order_of_bets_changes_no_score(
    rows: list[tuple[int, float, bool, float]], seed: int
) -> None:
    bets = [Bet(f"p{cluster}", odds, came, base, base) for cluster, odds, came, base in rows]
    one, other = (skill(bets, "rolling", _draw(seed).randrange) for _ in range(2))
    assert one == other
    back = bets[::-1]
    assert skill(back, "rolling", _draw(seed).randrange).value == pytest.approx(one.value)
    assert calibration_error(back) == pytest.approx(calibration_error(bets))
    assert 0 <= (calibration_error(bets) or 0) <= 1


def _dates(clusters: int, each: int, held: int) -> list[Dates]:
    """In every cluster so many of the P85 dates held."""
    return [
        Dates(f"p{cluster}", 4, 8, number < held, number < held, 6, decided=True)
        for cluster in range(clusters)
        for number in range(each)
    ]


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (_dates(8, 50, 20), True),
        (_dates(3, 20, 8), True),
        (_dates(2, 100, 40), False),
        (_dates(8, 6, 2), False),
        (_dates(8, 50, 42), False),
        ([*_dates(2, 50, 20), *[Dates("good", 4, 8, True, True, 6, decided=True)] * 50], False),
    ],
    ids=["40 %", "three projects", "two projects", "48 dates", "84 %", "one of three holds"],
)
def test_dates_are_refuted_by_enough_that_did_not_hold(dates: list[Dates], expected: bool) -> None:
    assert refuted(coverage(dates, "p85", _draw().randrange)) is expected
