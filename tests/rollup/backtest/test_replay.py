"""A history replayed: nothing of the future is used, and what is unresolved counts as late."""

import random

import pytest

from rollup.backtest.judged import calibration_error, coverage, skill
from rollup.backtest.replay import Series, replay
from rollup.forecast import first_passage

CHANCE = random.Random(4)
DONE = tuple(CHANCE.randint(0, 6) for _ in range(75))


def test_what_was_said_does_not_change_with_what_came_later() -> None:
    before, changed = (replay(Series("a", (*DONE[:60], *later)), every=4) for later in ((1,) * 16, (30,) * 16))
    assert len(before.bets) > 50
    assert [bet.odds for bet in changed.bets[:50]] == [bet.odds for bet in before.bets[:50]]
    assert [(one.p50, one.p85) for one in changed.dates[:40]] == [(one.p50, one.p85) for one in before.dates[:40]]


def test_base_rates_are_of_outcomes_that_were_known() -> None:
    """Counted again by hand for 10 items within 4 weeks, at the last moments of the history."""
    found = [bet for bet in replay(Series("a", DONE)).bets if bet.odds in _odds_of_ten()]
    for now in (50, 70):
        odds = first_passage([(float(count), 0.0) for count in DONE[max(0, now - 52) : now]], 10).weeks[3]
        came = [sum(DONE[begin : begin + 4]) >= 10 for begin in range(12, now - 3)]
        recent = [sum(DONE[begin : begin + 4]) >= 10 for begin in range(now - 26 + 1 - 4, now - 3)]
        (bet,) = [one for one in found if one.odds == odds]
        assert bet.came_true == (sum(DONE[now : now + 4]) >= 10)
        assert bet.expanding == pytest.approx(sum(came) / len(came))
        assert bet.rolling == pytest.approx(sum(recent) / len(recent))


def _odds_of_ten() -> set[float]:
    return {
        first_passage([(float(count), 0.0) for count in DONE[max(0, now - 52) : now]], 10).weeks[3]
        for now in (50, 70)
    }


def test_a_project_that_stops_is_late_from_the_day_its_date_names() -> None:
    found = replay(Series("a", (*[3] * 40, *[0] * 30)))
    last = [one for one in found.dates if one.p85 is not None and one.took is None and one.p85_held is not None]
    assert last
    assert not any(one.p85_held for one in last)
    assert found.refused > 0


def test_no_more_items_are_asked_for_than_were_open_then() -> None:
    """Forty weeks of steady work that ends: who has little left is not asked when fifty more will be done."""
    done = (*[3] * 40, *[0] * 30)
    left = tuple(max(0, 120 - 3 * week) for week in range(len(done)))
    free, bound = replay(Series("a", done)), replay(Series("a", done, left))
    assert all(not one.p85_held for one in free.dates if one.took is None and one.p85_held is not None)
    assert not [one for one in bound.dates if one.took is None and one.p85_held is not None]
    assert 0 < len(bound.bets) < len(free.bets)
    assert (bound.moments, bound.refused) == (free.moments, free.refused)
    assert not replay(Series("a", done, (3,) * len(done))).bets


def test_a_short_history_gives_nothing_and_refused_moments_are_counted() -> None:
    assert replay(Series("a", (3,) * 12)).moments == 0
    idle = replay(Series("a", (0,) * 40))
    assert (idle.bets, idle.dates) == ((), ())
    assert idle.moments == idle.refused > 0


def test_odds_on_histories_of_the_model_itself_are_calibrated() -> None:
    """Ten made projects whose pace drifts: the odds are near what comes true, and better than the base rates."""
    chance, bets, dates = random.Random(2), [], []
    for number in range(10):
        pace, done = 4.0, []
        for _ in range(140):
            pace = min(12.0, max(0.7, pace * 1.06 ** chance.gauss(0, 1)))
            done.append(sum(chance.random() < pace / 20 for _ in range(20)))
        found = replay(Series(f"p{number}", tuple(done)), every=6)
        bets += found.bets
        dates += found.dates
    draw = random.Random(1).randrange
    assert (calibration_error(bets) or 1) < 0.1
    assert (skill(bets, "expanding", draw).value or 0) > 0.05
    assert (coverage(dates, "p85", draw).value or 0) > 0.8
