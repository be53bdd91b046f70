"""Slips carried along what projects wait for."""

import pytest

from rollup.forecast import Odds, odds_of_done
from rollup.forecast.program import program_forecast

SLOW = odds_of_done([1, 2] * 26, [0] * 52, 30)
QUICK = odds_of_done([4, 6] * 26, [0] * 52, 20)
MIDDLE = odds_of_done([3, 1] * 26, [0] * 52, 20)


def test_a_project_is_done_when_all_before_it_is() -> None:
    found = program_forecast({"a": SLOW, "b": QUICK}, [("b", "a")], members=("a", "b"))
    alone, carried = found.projects
    assert (alone.slip_weeks, alone.through) == (0, None)
    both = [one * other for one, other in zip(SLOW.weeks, QUICK.weeks, strict=True)]
    assert carried.odds.weeks == pytest.approx(both, abs=1e-8)
    assert carried.through == "a"
    assert carried.slip_weeks is not None
    assert carried.slip_weeks >= (SLOW.quantile(0.85) or 0) - (QUICK.quantile(0.85) or 0) > 5
    assert found.odds.weeks == carried.odds.weeks
    assert found.drivers[0][0] == "a"
    assert sum(share for _, share in found.drivers) == pytest.approx(1, abs=0.02)


def test_a_project_reached_by_two_ways_counts_once() -> None:
    own = {"a": SLOW, "b": QUICK, "c": QUICK, "d": QUICK}
    found = program_forecast(own, [("b", "a"), ("c", "a"), ("d", "b"), ("d", "c")], members=("d",))
    assert found.odds.weeks == pytest.approx([a * b**3 for a, b in zip(SLOW.weeks, QUICK.weeks, strict=True)], abs=1e-8)


def test_a_ring_is_named_and_cut_but_what_comes_before_it_is_carried_into_it() -> None:
    own = {"a": QUICK, "b": MIDDLE, "before": SLOW}
    found = program_forecast(own, [("a", "b"), ("b", "a"), ("a", "before"), ("a", "a")], members=("a", "b"))
    assert found.rings == (("a", "b"),)
    by_name = {one.project: one for one in found.projects}
    assert by_name["a"].through == "before"
    assert by_name["b"].odds.weeks == MIDDLE.weeks
    assert found.drivers[0][0] == "before"


def test_projects_without_a_forecast_are_named_and_the_rest_is_the_earliest() -> None:
    short = odds_of_done([3] * 5, [0] * 5, 4)
    found = program_forecast({"a": QUICK, "b": short}, [("a", "b")], members=("a", "b", "empty"))
    assert found.odds.weeks == QUICK.weeks
    assert found.without == (("b", short.refused),)


def test_continuous_work_is_no_part_of_all_of_it_unless_it_is_waited_for() -> None:
    own = {"desk": SLOW, "dated": QUICK}
    found = program_forecast(own, [], members=("desk", "dated", "idle"), dated=lambda key: key == "dated")
    assert found.odds.weeks == QUICK.weeks
    assert [one.project for one in found.projects] == ["dated"]
    assert found.ongoing == ("desk",)
    waited = program_forecast(own, [("dated", "desk")], members=("desk", "dated"), dated=lambda key: key == "dated")
    assert waited.odds.weeks == pytest.approx([a * b for a, b in zip(SLOW.weeks, QUICK.weeks, strict=True)], abs=1e-8)
    none_dated = program_forecast(own, [], members=("desk", "dated"), dated=lambda _: False)
    assert none_dated.ongoing == ()
    assert none_dated.odds.weeks == waited.odds.weeks


@pytest.mark.parametrize(
    ("own", "why"), [({}, "open work"), ({"a": Odds((), "too short")}, "has a forecast")], ids=["nothing", "refused"]
)
def test_a_program_of_which_nothing_can_be_said_says_so(own: dict[str, Odds], why: str) -> None:
    found = program_forecast(own, [], members=tuple(own))
    assert found.odds.refused is not None
    assert why in found.odds.refused
    assert found.projects == ()


def test_a_slip_beyond_the_horizon_is_said() -> None:
    never = odds_of_done([1] * 52, [1] * 52, 400)
    found = program_forecast({"a": never, "b": QUICK}, [("b", "a")], members=("a", "b"))
    assert found.projects[1].slip_weeks is None
    assert found.projects[1].through == "a"
    assert found.odds.quantile(0.5) is None
