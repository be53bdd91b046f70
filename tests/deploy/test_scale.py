"""docs/scale.md: the simulated day is the one that bench.quota makes, and the simulation keeps to the limits."""

import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.quota import ASANA, ASANA_PER_MINUTE, DAY_S, JIRA, POINTS_PER_HOUR, POINTS_SHARE, Day, Scenario, table

DOCS = Path(__file__).parents[2] / "docs" / "scale.md"
SMALL = Scenario("small", ASANA, 1, 10_000, 50, 2)


def test_the_table_of_the_documentation_is_what_the_simulation_says() -> None:
    text = DOCS.read_text()
    assert "\n".join(table()) in text


def test_the_same_seed_gives_the_same_day_and_another_one_another() -> None:
    assert Day(SMALL, 1).run() == Day(SMALL, 1).run()
    assert Day(SMALL, 1).run() != Day(SMALL, 2).run()


@settings(max_examples=8, deadline=None)
@given(st.floats(0.1, 60), st.integers(1, 3), st.booleans())
def test_no_day_passes_a_limit_and_nothing_is_lost(events: float, accounts: int, oauth: bool) -> None:
    asana = Day(replace(SMALL, events_per_s=events, accounts=accounts), 3).run()
    assert asana.busiest_share <= 1.0 + 1e-9
    assert asana.requests <= ASANA_PER_MINUTE * accounts * DAY_S / 60
    jira = Day(replace(SMALL, tool=JIRA, events_per_s=events, accounts=accounts, oauth=oauth), 3).run()
    assert jira.busiest_share <= (POINTS_SHARE if oauth else 1.0) + 1e-9
    if oauth:
        assert jira.requests <= POINTS_PER_HOUR * POINTS_SHARE * 24


def test_more_accounts_never_let_a_change_wait_longer() -> None:
    busy = replace(SMALL, events_per_s=60.0)
    waits = [Day(replace(busy, accounts=number), random.Random(1).randint(1, 9)).run().p95_s for number in (1, 2, 4, 8)]
    assert waits == sorted(waits, reverse=True)
    assert waits[0] > 600 > 60 > waits[-1]


def test_polls_alone_fill_a_token_beyond_a_number_of_projects() -> None:
    quiet = replace(SMALL, events_per_s=0.0, items=0)
    assert Day(replace(quiet, projects=1000), 1).run().requests == pytest.approx(288 * 1000, rel=0.01)
