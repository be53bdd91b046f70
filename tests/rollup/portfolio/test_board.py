"""The board: what is known of each candidate, and what people can do."""

from datetime import UTC, date, datetime

import pytest

from model.case import Case, Demand, Gain, quarter_days, quarter_of
from model.landscape import Absence, Landscape, PlannedTime, Teammate
from model.money import Money, Rate
from model.policy import Policy
from model.tree import Budget, Node, NodeKind, Parent, ProjectState, Tree
from rollup.facts import ProjectFacts
from rollup.portfolio.candidates import Board, Candidate, board_of
from rollup.portfolio.ranking import rank
from rollup.portfolio.supply import Pool, Shift, Supply, quarters_of, shifted, supply_of
from rollup.world import World
from tests.rollup.build import NOW, counter, item, landscape, project, records

TODAY = date(2026, 11, 20)
EUR = Money(currency="EUR", exchange={"USD": 0.5}, rates=(Rate(hourly=100.0, currency="EUR"),))


def _node(key: str, case: Case | None = None, state: ProjectState = ProjectState.CANDIDATE, **more: object) -> Node:
    told: dict[str, object] = {"id": key, "kind": NodeKind.PROJECT, "name": key.upper(), "parents": (Parent(id="g"),)}
    return Node.model_validate({**told, "case": case, "state": state, **more})


def _tree(*projects: Node, budget: Budget | None = None, model: tuple[tuple[str, float], ...] = ()) -> Tree:
    top = Node(id="p", kind=NodeKind.PORTFOLIO, name="P", budget=budget, value_model=model)
    return Tree(nodes=(top, Node(id="g", kind=NodeKind.PROGRAM, name="G", parents=(Parent(id="p"),)), *projects))


def _board(*projects: Node, budget: Budget | None = None, model: tuple[tuple[str, float], ...] = ()) -> Board:
    return board_of(_tree(*projects, budget=budget, model=model), "p", EUR, TODAY)


def test_a_weighted_value_counts_an_unrated_part_as_nothing_and_says_so() -> None:
    case = Case(parts=(("revenue", 8.0),), time_criticality=3.0, risk_reduction=1.0, size=5.0)
    (one,) = _board(_node("a", case), model=(("brand", 1.0), ("revenue", 3.0))).candidates
    assert one.value == 6.0
    assert one.wsjf == 2.0
    assert "part:brand" in one.lacks
    assert {"cost", "benefit", "risk"} <= set(one.lacks)


def test_return_is_gain_over_cost_in_money_and_hours_are_priced() -> None:
    gain = Gain(per_year=40_000.0, currency="USD", years=3.0)
    (one,) = _board(_node("a", Case(value=1.0, gain=gain), budget=Budget(hours=400.0))).candidates
    assert one.cost == 400.0  # the board counts hours: no candidate costs money
    assert (one.net, one.roi, one.payback_years) == (20_000.0, 0.5, 2.0)


def test_costs_are_in_the_unit_of_the_budget_and_what_runs_is_taken_off() -> None:
    board = _board(
        _node("a", budget=Budget(amount=100.0, currency="USD")),
        _node("b", budget=Budget(hours=2.0)),
        _node("c", budget=Budget(amount=1.0, currency="GBP")),
        _node("d", state=ProjectState.ACTIVE, budget=Budget(amount=300.0, currency="EUR")),
        _node("e", state=ProjectState.ACTIVE),
        _node("f", state=ProjectState.CLOSED, budget=Budget(amount=900.0, currency="EUR")),
        budget=Budget(amount=1000.0, currency="EUR"),
    )
    assert [(one.id, one.cost) for one in board.candidates] == [("a", 50.0), ("b", 200.0), ("c", None)]
    assert (board.unit, board.budget, board.committed, board.left) == ("EUR", 1000.0, 300.0, 700.0)
    assert board.uncommitted == ("e",)


def test_hours_are_the_unit_where_nothing_costs_money_and_none_where_nothing_costs() -> None:
    assert _board(_node("a", budget=Budget(hours=5.0))).unit == "hours"
    assert _board(_node("a"), budget=Budget(hours=5.0)).left == 5.0
    alone = board_of(_tree(_node("a", budget=Budget(hours=5.0))), "a", EUR, TODAY)
    assert (alone.budget, alone.candidates[0].cost) == (None, 5.0)  # a candidate by itself is no purse
    bare = _board(_node("a"))
    assert (bare.unit, bare.budget, bare.committed, bare.left) == (None, None, None, None)


def test_needs_and_exclusions_reach_to_what_runs_and_to_what_lies_elsewhere() -> None:
    projects = (
        _node("a", Case(value=1.0, needs=("run", "done", "b", "far"), excludes=("b",))),
        _node("b"),
        _node("run", Case(excludes=("b",)), ProjectState.ACTIVE),
        _node("done", Case(excludes=("a",)), ProjectState.CLOSED),
        _node("late", Case(demand=(Demand(skill="x", quarter="2026-Q3", hours=1.0),))),
        _node("far", parents=()),
    )
    known = _board(*projects).by_id()
    assert known["a"].needs == ("b",)
    assert known["a"].excludes == ("b",)
    assert known["b"].excludes == ("a",)
    assert known["a"].barred == (("needs_elsewhere", "far"),)
    assert known["b"].barred == (("excludes_active", "run"),)
    assert known["late"].barred == (("demand_past", "2026-Q3"),)
    assert "far" not in known


def test_the_rank_leaves_out_whom_it_cannot_judge_and_shows_value_against_risk() -> None:
    some = (
        Candidate("a", "A", value=5.0, wsjf=2.0, risk=0.5),
        Candidate("b", "B", value=5.0, wsjf=3.0, risk=0.2),
        Candidate("c", "C", value=9.0, risk=0.6),
        Candidate("d", "D", wsjf=3.0),
    )
    found = rank(some, "wsjf")
    assert [(one.candidate.id, one.place) for one in found] == [("b", 1), ("d", 1), ("a", 3), ("c", None)]
    assert {one.candidate.id: one.efficient for one in found} == {"a": False, "b": True, "c": True, "d": None}
    assert {one.candidate.id: one.expected for one in found}["b"] == 4.0
    assert [one.candidate.id for one in rank(some, "value")] == ["c", "a", "b", "d"]


def test_a_quarter_is_of_the_calendar() -> None:
    assert [quarter_of(date(2026, month, 5)) for month in (1, 3, 4, 12)] == ["2026-Q1", "2026-Q1", "2026-Q2", "2026-Q4"]
    assert quarter_days("2027-Q4") == (date(2027, 10, 1), date(2027, 12, 31))
    assert quarter_days("2028-Q1") == (date(2028, 1, 1), date(2028, 3, 31))


def _world(tree: Tree, *people: Teammate) -> World:
    def nothing(_node: str, _at: datetime) -> ProjectFacts:
        raise AssertionError("no project here has any work")

    landscape = Landscape(tree=tree, policies={"default": Policy(name="default")}, teammates=people)
    return World(landscape, nothing, datetime(2026, 11, 20, 12, tzinfo=UTC))


def test_hours_of_people_are_by_skills_calendar_and_absence() -> None:
    away = Absence(start_on=date(2027, 1, 1), end_on=date(2027, 2, 28))
    people = (
        Teammate(key="ada", name="Ada", accounts=("a",), skills=("x",), country="DE", other_work=0.0),
        Teammate(key="bo", name="Bo", accounts=("b",), skills=("y", "x"), hours_per_week=20.0, absences=(away,)),
        Teammate(key="cy", name="Cy", accounts=("c",)),
    )
    supply = supply_of(_world(_tree(), *people), ("2026-Q4", "2027-Q1"), 0.2)
    assert [sorted(pool.skills) for pool in supply.pools] == [["x"], ["x", "y"]]
    ada, bo = supply.pools
    assert ada.hours == {"2026-Q4": 28 * 8.0, "2027-Q1": 61 * 8.0}  # less Christmas, New Year and Easter
    assert bo.hours["2027-Q1"] == pytest.approx(23 * 4 * 0.8)
    assert supply.hours("x", "2027-Q1") == pytest.approx(61 * 8 + 23 * 4 * 0.8)
    assert supply.known
    assert not supply_of(_world(_tree(), people[2]), ("2027-Q1",), 0.2).known


def test_work_and_allocations_of_what_runs_are_booked() -> None:
    """Ada holds 60 hours due on 31 March (29 of the 93 weekdays until then are of this year) and work that says no hours."""
    node, other = project("alpha"), project("beta", state=ProjectState.CANDIDATE)
    due = {"assignee_id": "a", "due_on": date(2027, 3, 31)}
    items = [item("dated", estimate_hours=60.0, **due), item("blank", **due)]
    items += [item(f"d{n}", done=20 + n, assignee_id="a") for n in range(12)]  # one a week: an item takes a week of 32 hours
    reserved = [
        PlannedTime(id="x", account="a", nodes=("alpha",), start_on=date(2027, 1, 1), hours=10.0),
        PlannedTime(id="y", account="a", nodes=("beta",), hours=40.0),
        PlannedTime(id="z", account="a", start_on=date(2027, 1, 1), end_on=date(2027, 1, 15), percent=50.0),
    ]
    ada = Teammate(key="ada", name="Ada", accounts=("a",), skills=("x",), other_work=0.2)
    land = landscape(node, other, teammates=(ada,), planned=tuple(reserved))
    world = World(land, counter(land, {"alpha": records("alpha", *items)}), NOW)
    supply = supply_of(world, ("2026-Q4", "2027-Q1"), 0.0)
    (pool,) = supply.pools
    assert supply.unestimated == 0
    assert pool.booked["2026-Q4"] == pytest.approx(92 * 29 / 93)
    assert pool.booked["2027-Q1"] == pytest.approx(10 * 64 / 5 + 16 * 11 / 5)  # the allocation is more than the work
    declared = node.model_copy(update={"case": Case(demand=(Demand(skill="x", quarter="2027-Q1", hours=7.0),))})
    land = landscape(declared, other, teammates=(ada,), planned=tuple(reserved))
    told = supply_of(World(land, counter(land, {"alpha": records("alpha", *items)}), NOW), ("2027-Q1",), 0.0)
    assert told.pools[0].booked["2027-Q1"] == pytest.approx(16 * 11 / 5)
    assert told.promised == {("x", "2027-Q1"): 7.0}


def test_a_running_project_that_declares_its_demand_counts_for_what_is_left_of_the_quarter() -> None:
    case = Case(demand=(Demand(skill="x", quarter="2026-Q4", hours=66.0), Demand(skill="x", quarter="2027-Q1", hours=50.0)))
    candidate = _node("c", Case(demand=(Demand(skill="x", quarter="2026-Q4", hours=1.0),)))
    tree = _tree(_node("a", case, ProjectState.ACTIVE), candidate)
    board = board_of(tree, "p", EUR, TODAY)
    assert quarters_of(board.candidates, TODAY) == ("2026-Q4",)
    assert supply_of(_world(tree), ("2026-Q4", "2027-Q1"), 0.0).promised == {
        ("x", "2026-Q4"): pytest.approx(29.0), ("x", "2027-Q1"): 50.0,
    }  # fmt: skip


def test_more_of_a_skill_comes_alone_and_less_takes_other_skills_along() -> None:
    supply = Supply((Pool(frozenset("x"), {"q": 100.0}), Pool(frozenset("xy"), {"q": 100.0}, {"q": 30.0})))
    more = shifted(supply, (Shift("x", share=0.5),), ("q",))
    assert (more.free("x", "q"), more.free("y", "q")) == (270.0, 70.0)
    less = shifted(supply, (Shift("x", hours=-50.0),), ("q",))
    assert (less.free("x", "q"), less.free("y", "q")) == (120.0, 45.0)
    none = shifted(supply, (Shift("x", hours=-900.0), Shift("z", hours=7.0)), ("q",))
    assert (none.free("x", "q"), none.free("z", "q")) == (0.0, 7.0)
