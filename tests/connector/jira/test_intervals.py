"""Membership intervals out of moves."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from connector.jira.intervals import intervals

BORN = datetime(2026, 1, 1, tzinfo=UTC)


def _at(day: int) -> datetime:
    return BORN + timedelta(days=day)


def test_a_container_without_a_move_counts_since_the_beginning() -> None:
    assert intervals(["1"], [], born=BORN) == {"1": [(BORN, None)]}


def test_a_move_ends_one_interval_and_begins_the_next() -> None:
    found = intervals(["2"], [(_at(3), {"1"}, {"2"})], born=BORN)
    assert found == {"1": [(BORN, _at(3))], "2": [(_at(3), None)]}


def test_coming_back_makes_a_second_interval() -> None:
    found = intervals(["1"], [(_at(1), {"1"}, set()), (_at(4), set(), {"1"})], born=BORN)
    assert found == {"1": [(BORN, _at(1)), (_at(4), None)]}


def test_the_present_wins_over_moves_that_say_otherwise() -> None:
    found = intervals([], [(_at(1), set(), {"1"}), (_at(2), set(), {"2"})], born=BORN)
    assert found == {"1": [(_at(1), _at(2))]}


@settings(deadline=None)  # a loaded machine is no wrong answer
@given(
    st.lists(st.sets(st.sampled_from("abc")), min_size=1, max_size=8),
    st.sets(st.sampled_from("abc")),
)
def test_intervals_never_overlap_and_end_open_where_the_item_is_now(steps: list[set[str]], now: set[str]) -> None:
    moves = [(_at(day + 1), before, after) for day, (before, after) in enumerate(pairwise(steps))]
    found = intervals(sorted(now), moves, born=BORN)
    assert {name for name, spans in found.items() if spans[-1][1] is None} == now
    for spans in found.values():
        for (_, end), (start, _) in pairwise(spans):
            assert end is not None
            assert end <= start
