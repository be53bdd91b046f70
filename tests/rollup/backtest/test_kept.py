"""What came of published forecasts."""

import random
from datetime import date, timedelta

import pytest

from model.foresight import KeptForecast
from rollup.backtest.judged import gate
from rollup.backtest.kept import bets_of, dates_of, first_clear, series_of, settled
from rollup.facts import count_facts
from tests.rollup.build import NOW, day, item, landscape, project, records

MADE = date(2026, 3, 2)
KEPT = KeptForecast(
    node="a", made_on=MADE, p50=MADE + timedelta(28), p85=MADE + timedelta(56), target_on=MADE + timedelta(42), odds=0.6
)


@pytest.mark.parametrize(
    ("done_after", "looked_after", "expected"),
    [
        (None, 20, (None, None, None)),
        (10, 20, (None, None, None)),
        (10, 60, (True, True, True)),
        (35, 60, (False, True, True)),
        (50, 57, (False, True, False)),
        (None, 57, (False, False, False)),
    ],
)
def test_a_date_counts_when_its_day_is_over_and_what_is_unresolved_then_is_late(
    done_after: int | None, looked_after: int, expected: tuple[bool | None, ...]
) -> None:
    done_on = None if done_after is None else MADE + timedelta(done_after)
    found = settled(KEPT, done_on, MADE + timedelta(looked_after))
    assert (found.p50_held, found.p85_held, found.on_time) == expected


def test_what_is_decided_stays_decided() -> None:
    late = settled(KEPT, None, MADE + timedelta(57))
    again = settled(late, MADE + timedelta(10), MADE + timedelta(80))
    assert (again.p50_held, again.p85_held, again.on_time) == (False, False, False)


def test_beyond_a_year_was_right_once_a_year_is_over() -> None:
    beyond = KEPT.model_copy(update={"p85": None, "target_on": None, "odds": None})
    assert settled(beyond, None, MADE + timedelta(300)).p85_held is None
    found = settled(beyond, None, MADE + timedelta(365))
    assert (found.p85_held, found.on_time) == (True, None)
    assert dates_of([found])[0].decided


def test_the_first_day_on_which_nothing_was_open() -> None:
    """Two items open, one comes later and goes with the last; another day something comes back."""
    items = [item("a", created=90, done=50), item("b", created=90, done=30), item("c", created=40, done=30.5)]
    land = landscape(project())
    open_again = [*items, item("d", created=5)]
    for known, expected in ((items, day(30).date()), (open_again, day(30).date()), ([*items, item("e", created=90)], None)):
        facts = count_facts(records("alpha", *known), land.tree.by_id()["alpha"], land, NOW)
        assert first_clear(facts.leaves, day(60).date(), "UTC") == expected
    found = series_of("alpha", facts.leaves, NOW)
    assert sum(found.done) == 3
    assert found.open is not None
    for place, before in enumerate(range(len(found.done), 0, -1)):
        begun = NOW - timedelta(weeks=before)
        there = [leaf for leaf in facts.leaves if leaf.arrived_at < begun and (leaf.open or (leaf.done_at or begun) > begun)]
        assert found.open[place] == len(there)
    assert series_of("alpha", (), NOW).done == ()


def _over(node: str, made: int, lasts: int, odds: float, *, kept: bool) -> KeptForecast:
    start = MADE + timedelta(made)
    return KeptForecast(node=node, made_on=start, target_on=start + timedelta(lasts), odds=odds, on_time=kept)


def test_odds_are_bets_against_the_dates_that_were_over_when_they_were_made() -> None:
    old = [_over("a", number, 5, 0.5, kept=number < 4) for number in range(12)]
    new = _over("b", 300, 10, 0.7, kept=True)
    (bet,) = [bet for bet in bets_of([*old, new]) if bet.cluster == "b"]
    assert (bet.odds, bet.came_true, bet.expanding, bet.rolling) == (0.7, True, 4 / 12, 4 / 12)
    assert not [bet for bet in bets_of(old) if bet.cluster == "b"]


def test_good_odds_of_many_projects_earn_the_right_and_the_same_of_few_do_not() -> None:
    def history(projects: int) -> list[KeptForecast]:
        return [
            _over(f"p{number}", 7 * week, 14, 0.9 if (number + week) % 2 else 0.1, kept=bool((number + week) % 2))
            for number in range(projects)
            for week in range(20)
        ]

    assert gate(bets_of(history(8)), random.Random(1).randrange).earned
    assert not gate(bets_of(history(7)), random.Random(1).randrange).earned
