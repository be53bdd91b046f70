"""Selection: what the solver finds is what trying everything finds, and a conflict is one, and no larger than it has to be."""

from dataclasses import replace

import pytest

from bench.brute import CASES, EXACT, Q1, best, keeps, small, subsets
from bench.selection import Kind, made_setting
from rollup.portfolio.candidates import Board, Candidate
from rollup.portfolio.frontier import difference, frontier
from rollup.portfolio.limits import Scenario, Setting, limits_of, setting_of
from rollup.portfolio.selection import Effort, Selection, broken, measured, select
from rollup.portfolio.supply import Pool, Shift, Supply


def test_it_equals_brute_force_on_five_hundred_small_portfolios() -> None:
    infeasible = 0
    for seed in range(CASES):
        setting = small(seed)
        found, known = select(setting, EXACT), best(setting)
        if known is None:
            infeasible += 1
            limits = [clash.limit for clash in found.conflict]
            ids = [one.id for one in setting.board.candidates]
            assert limits, seed
            assert not any(keeps(setting, limits, chosen) for chosen in subsets(ids)), seed
            for left_out in limits:
                rest = [limit for limit in limits if limit is not left_out]
                assert any(keeps(setting, rest, chosen) for chosen in subsets(ids)), (seed, left_out)
        else:
            assert (found.value, -found.cost) == pytest.approx(known, rel=1e-6, abs=1e-6), seed
            assert found.gap == 0.0, seed
            assert keeps(setting, limits_of(setting), found.chosen), seed
            assert not broken(setting, found.chosen), seed
    assert 20 < infeasible < 250  # both outcomes are tried


@pytest.mark.parametrize(("kind", "seed"), [("tight", 1), ("loose", 1), ("correlated", 2)])
def test_two_hundred_candidates_are_within_one_percent_of_the_best(kind: Kind, seed: int) -> None:
    made = made_setting(kind, 200, seed=seed)
    found = select(made, Effort(seconds=60.0, gap=0.01))  # a busy machine may take longer than bench/selection.py allows
    assert found.feasible
    assert found.gap <= 0.01
    assert found.bound == pytest.approx(found.value * (1 + found.gap))
    assert not broken(made, found.chosen)


def _setting(
    *candidates: Candidate, budget: float | None = None, pools: tuple[Pool, ...] = (), **asked: tuple[str, ...]
) -> Setting:
    scenario = Scenario(budget=budget, require=asked.get("require", ()), exclude=asked.get("exclude", ()))
    return setting_of(Board("p", "EUR", candidates), Supply(pools), scenario, (Q1,))


def _told(found: Selection) -> list[tuple[str, str, str]]:
    return [(clash.limit.kind, clash.limit.candidate, clash.limit.other) for clash in found.conflict]


A, B, C = (Candidate(key, key.upper(), value=5.0, cost=40.0) for key in "abc")
MUST_A, MUST_B = replace(A, mandatory=True), replace(B, mandatory=True)


def test_mandatory_work_beyond_the_budget_is_named_with_what_it_takes() -> None:
    found = select(_setting(MUST_A, MUST_B, C, budget=70.0), EXACT)
    assert not found.feasible
    assert _told(found) == [("mandatory", "b", ""), ("mandatory", "a", ""), ("budget", "", "")]
    assert (found.conflict[-1].needed, found.conflict[-1].allowed) == (80.0, 70.0)
    assert found.chosen == ()


@pytest.mark.parametrize(
    ("setting", "conflict"),
    [
        (_setting(MUST_A, exclude=("a",)), [("mandatory", "a", ""), ("excluded", "a", "")]),
        (
            _setting(replace(MUST_A, excludes=("b",)), MUST_B),
            [("mandatory", "b", ""), ("mandatory", "a", ""), ("excludes", "a", "b")],
        ),
        (
            _setting(replace(A, needs=("b",)), B, require=("a",), exclude=("b",)),
            [("required", "a", ""), ("needs", "a", "b"), ("excluded", "b", "")],
        ),
        (
            _setting(replace(MUST_A, barred=(("demand_past", "2026-Q1"),))),
            [("mandatory", "a", ""), ("barred", "a", "demand_past")],
        ),
        (_setting(replace(MUST_A, cost=None), budget=10.0), [("mandatory", "a", ""), ("cost_unknown", "a", "")]),
        (
            _setting(replace(MUST_A, demand={("x", Q1): 9.0}), pools=(Pool(frozenset("x"), {Q1: 8.0}),)),
            [("mandatory", "a", ""), ("capacity", "", "x")],
        ),
    ],
)  # fmt: skip
def test_a_conflict_names_its_limits_and_no_other(setting: Setting, conflict: list[tuple[str, str, str]]) -> None:
    assert _told(select(setting, EXACT)) == conflict


def test_needs_in_a_circle_are_all_or_nothing() -> None:
    ring = (replace(A, needs=("b",)), replace(B, needs=("c",)), replace(C, needs=("a",)))
    assert select(_setting(*ring, budget=119.0), EXACT).chosen == ()
    assert select(_setting(*ring, budget=120.0), EXACT).chosen == ("a", "b", "c")


def test_without_value_it_is_chosen_only_where_it_is_needed_and_without_cost_only_without_a_budget() -> None:
    worthless, free = replace(A, value=None), replace(B, cost=None)
    assert select(_setting(worthless, free, C, budget=500.0), EXACT).chosen == ("c",)
    found = select(_setting(worthless, free, replace(C, needs=("a",))), EXACT)
    assert found.chosen == ("a", "b", "c")
    assert found.unpriced == ("b",)
    assert found.cost == 80.0


def test_small_values_are_told_apart() -> None:
    some = [replace(one, value=1e-8 * place) for place, one in enumerate((A, B, C), start=1)]
    assert select(_setting(*some, budget=80.0), EXACT).chosen == ("b", "c")


def test_nothing_to_choose_from_is_an_empty_selection() -> None:
    found = select(_setting(budget=10.0), EXACT)
    assert (found.chosen, found.value, found.gap, found.feasible) == ((), 0.0, 0.0, True)
    assert [step.selection.chosen for step in frontier(_setting(budget=10.0), EXACT).steps] == [(), ()]  # none, and ten


def test_an_hour_of_somebody_with_two_skills_is_used_once() -> None:
    one = replace(A, demand={("x", Q1): 60.0})
    other = replace(B, demand={("y", Q1): 60.0})
    both = Pool(frozenset({"x", "y"}), {Q1: 100.0})
    assert len(select(_setting(one, other, pools=(both,)), EXACT).chosen) == 1
    more = setting_of(Board("p", None, (one, other)), Supply((both,)), Scenario(shifts=(Shift("y", share=0.2),)), (Q1,))
    assert len(select(more, EXACT).chosen) == 2
    assert [clash.limit.other for clash in broken(_setting(one, other, pools=(both,)), ("a", "b"))] == ["x", "y"]


def test_what_active_projects_promised_beyond_what_anybody_can_do_bars_nothing_else() -> None:
    supply = Supply((Pool(frozenset("x"), {Q1: 50.0}), Pool(frozenset("y"), {Q1: 50.0})), promised={("x", Q1): 80.0})
    some = (replace(A, demand={("x", Q1): 1.0}), replace(B, demand={("y", Q1): 50.0}))
    setting = setting_of(Board("p", None, some), supply, Scenario(), (Q1,))
    found = select(setting, EXACT)
    assert setting.short == {("x", Q1): pytest.approx(30.0)}
    assert found.chosen == ("b",)
    assert [(use.skill, use.free, use.promised, use.wanted, use.used) for use in found.uses] == [
        ("x", 50.0, 80.0, 1.0, 0.0), ("y", 50.0, 0.0, 50.0, 50.0),
    ]  # fmt: skip


def test_when_time_is_up_what_is_forced_stands_with_its_gap() -> None:
    made = made_setting("correlated", 60, seed=1)
    found = select(made, Effort(seconds=0.0))
    assert found.feasible
    assert found.gap >= 0.0
    assert keeps(made, limits_of(made), found.chosen)


def test_more_budget_never_buys_less_and_each_step_is_what_enters_and_leaves() -> None:
    made = made_setting("tight", 25, seed=3, forced=0.0)
    found = frontier(made, Effort(seconds=0.5, gap=0.001), steps=6)
    chosen: set[str] = set()
    values = [step.selection.value for step in found.steps]
    assert len(found.steps) >= 4
    assert values == sorted(values)
    for step in found.steps:
        assert step.selection.cost <= step.budget + 1e-6
        chosen = (chosen - set(step.difference.leaves)) | set(step.difference.enters)
        assert chosen == set(step.selection.chosen)
    assert [step.budget for step in found.steps if step.asked] == [made.scenario.budget]
    assert found.steps[-1].selection.value == found.top.value


def test_a_frontier_without_any_way_tells_the_conflict() -> None:
    found = frontier(_setting(MUST_A, exclude=("a",), budget=100.0), EXACT)
    assert found.steps == ()
    assert [clash.limit.kind for clash in found.top.conflict] == ["mandatory", "excluded"]


def test_two_selections_differ_by_what_enters_and_leaves() -> None:
    setting = _setting(A, replace(B, value=7.0, cost=50.0), C)
    moved = difference(measured(setting, {"a", "c"}), measured(setting, {"b", "c"}))
    assert (moved.enters, moved.leaves, moved.value, moved.cost) == (("b",), ("a",), 2.0, 10.0)


def test_a_choice_of_peoples_own_is_told_every_limit_that_it_breaks() -> None:
    some = (replace(A, needs=("b",), excludes=("c",)), MUST_B, C)
    kinds = {clash.limit.kind for clash in broken(_setting(*some, budget=70.0, require=("b",)), ("a", "c"))}
    assert kinds == {"budget", "needs", "excludes", "mandatory", "required"}
