"""Schedule, scope and cost against an approved baseline, and against a reconstructed one."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from model.baseline import PlannedItem, PlannedMilestone
from model.health import Finding, Outcome
from model.landscape import ItemHistory
from model.tree import Budget, Node
from model.work import ChangeField, ItemType
from rollup.dimensions import cost, schedule, scope
from rollup.world import View
from tests.rollup.build import agreed, day, item, landscape, project, records, view

Measure = Callable[[View], Finding]

PLANNED = [item(f"p{n}", created=200, story_points=5.0, due_on=date(2026, 7 + n, 1)) for n in range(5)]


def _said(measure: Measure, *items: ItemHistory, node: Node | None = None, of: float = 150, **plan: Any) -> Finding:
    node = node or project(start_on=date(2026, 6, 1), target_on=date(2027, 1, 31))
    before = records("alpha", *(one for one in items if one.item.created_at <= day(of)))
    known = agreed(before, node, of=of, **plan).model_copy(update={"items": items})
    return measure(view(landscape(node), {"alpha": known}, "alpha"))


def _done(*names: int) -> list[ItemHistory]:
    return [
        item(f"p{n}", created=200, started=60, done=30, story_points=5.0, due_on=date(2026, 7 + n, 1))
        if n in names
        else PLANNED[n]
        for n in range(5)
    ]


def test_earned_schedule_by_hand() -> None:
    """Two of five equal items are done: the plan expected that on 1 August, 61 days in; 173 days are spent.

    The plan ends with its last due date, 153 days in, before the target.
    """
    finding = _said(schedule.measure, *_done(0, 1))
    assert finding.values["es"].value == 61
    assert finding.values["at"].value == 173
    assert finding.values["spi_t"].value == round(61 / 173, 3)
    assert (
        finding.values["ieac_t"].value
        == date.fromordinal(date(2026, 6, 1).toordinal() + round(153 / (61 / 173))).isoformat()
    )
    assert finding.values["baseline_basis"].value == "approved"
    assert "baseline 1 of" in finding.reason


def test_a_reconstructed_baseline_is_said_to_be_one() -> None:
    node = project(start_on=date(2026, 6, 1), target_on=date(2027, 1, 31))
    known = records("alpha", *_done(0, 1))
    said = schedule.measure(view(landscape(node), {"alpha": known}, "alpha"))
    assert said.values["baseline_basis"].value == "reconstructed"
    assert "baseline reconstructed" in said.reason


def test_work_that_was_added_earns_nothing_of_the_approved_plan() -> None:
    added = item("new", created=40, started=30, done=20, story_points=100.0)
    assert _said(schedule.measure, *_done(0), added).values["done_share"].value == 0.2


def test_work_that_was_dropped_is_no_longer_awaited() -> None:
    gone = item("p4", created=200, story_points=5.0, due_on=date(2026, 11, 1), status="dropped")
    assert _said(schedule.measure, *_done(0, 1)[:4], gone).values["done_share"].value == 0.5


def test_a_split_item_stands_for_its_parts() -> None:
    parts = [
        item("a", created=40, started=30, done=20, parent_id="jira:item:p4", story_points=3.0),
        item("b", created=40, parent_id="jira:item:p4", story_points=3.0),
    ]
    assert _said(schedule.measure, *_done(), *parts).values["done_share"].value == 0.1
    grown = _said(scope.measure, *_done(), *parts)
    assert grown.values["added"].value == 0
    assert grown.values["removed"].value == 0
    assert grown.values["growth"].value == round(1 / 25, 4)


def test_work_without_a_date_is_planned_evenly_to_the_target() -> None:
    undated = [item(f"u{n}", created=200, story_points=1.0) for n in range(3)]
    dated = item("d", created=200, started=30, done=20, story_points=1.0, due_on=date(2026, 6, 1))
    finding = _said(schedule.measure, *undated, dated)
    assert finding.values["planned_share"].value == pytest.approx(0.25 + 0.75 * 173 / 244, abs=1e-3)


def test_a_target_that_moved_without_a_new_baseline_is_a_slip() -> None:
    node = project(start_on=date(2026, 6, 1), target_on=date(2027, 1, 31))
    finding = _said(schedule.measure, *_done(0), node=node, target_on=date(2027, 1, 3))
    assert finding.values["target_slip"].value == 28
    assert finding.parts["milestones"] == 0


def test_a_milestone_is_held_against_the_date_of_the_baseline() -> None:
    gate = item("gate", created=200, type=ItemType.MILESTONE, due_on=date(2027, 1, 11))
    planned = (PlannedMilestone(id="jira:item:gate", due_on=date(2026, 12, 28)),)
    finding = _said(schedule.measure, *_done(0), gate, milestones=planned)
    assert finding.values["milestone_slip"].value == 7  # 14 days of the gate, none of the target


def test_the_clock_of_earned_schedule_stops_when_the_planned_work_is_done() -> None:
    open_ = item("new", created=20)
    finding = _said(schedule.measure, *_done(0, 1, 2, 3, 4), open_)
    assert finding.values["at"].value == (day(30).date() - date(2026, 6, 1)).days


def test_scope_grows_from_the_approved_baseline() -> None:
    added = item("new", created=40, story_points=10.0)
    finding = _said(scope.measure, *_done(0), added)
    assert finding.values["growth"].value == 0.4
    assert finding.values["added"].value == 10
    assert finding.evidence[0] == "jira:item:new"
    assert "above baseline 1 of" in finding.reason


def test_a_past_day_is_measured_against_the_baseline_that_held_then() -> None:
    node = project(start_on=date(2026, 5, 20), target_on=date(2027, 1, 31))
    late = item("new", created=40, story_points=10.0)
    known = agreed(agreed(records("alpha", *PLANNED, late), node, of=100), node, of=20)
    land = landscape(node)

    def number(ago: float) -> object:
        values = scope.measure(view(land, {"alpha": known}, "alpha", day(ago))).values
        return values.get("baseline_number", values["baseline_basis"]).value

    assert [number(ago) for ago in (110, 90, 21, 1)] == ["reconstructed", 1, 1, 2]


def test_a_proposal_counts_for_nothing() -> None:
    node = project()
    known = agreed(records("alpha", *PLANNED), node, of=100)
    waiting = known.baselines[0].model_copy(update={"approved_at": None, "approved_by": None})
    proposed = known.model_copy(update={"baselines": (waiting,)})
    plain = known.model_copy(update={"baselines": ()})
    land = landscape(node)
    one, other = (scope.measure(view(land, {"alpha": each}, "alpha")) for each in (proposed, plain))
    assert one == other


def test_the_approved_budget_counts_until_there_is_a_new_baseline() -> None:
    node = project(budget=Budget(hours=500))
    booked = [item(f"b{n}", created=200, started=40, done=20, booked=10, estimate_hours=10.0) for n in range(4)]
    finding = _said(cost.measure, *booked, node=node, budget=Budget(hours=40))
    assert finding.values["bac"].value == 40
    assert finding.values["bac_from"].value == "approved baseline"


def test_a_baseline_of_work_that_is_all_gone_measures_no_progress() -> None:
    finding = _said(schedule.measure, item("x", created=20), items=(PlannedItem(id="jira:item:other"),))
    assert "progress" not in finding.parts


@pytest.mark.parametrize("items", [(), (PlannedItem(id="jira:item:p0", points=-5.0, hours=float("inf")),)])
def test_an_empty_or_absurd_baseline_has_a_stated_outcome(items: tuple[PlannedItem, ...]) -> None:
    for measure in (schedule.measure, scope.measure, cost.measure):
        assert _said(measure, *_done(0, 1), items=items).outcome is not Outcome.FAILED
    empty = _said(scope.measure, *_done(0, 1), items=())
    assert (empty.outcome, empty.reason_code) == (Outcome.NOT_ENOUGH_DATA, "scope_empty_baseline")


def test_open_work_now_due_later_than_agreed_is_evidence() -> None:
    later = item("p4", created=200, story_points=5.0, due_on=date(2027, 1, 1))
    planned = tuple(PlannedItem(id=f"jira:item:p{n}", due_on=date(2026, 7 + n, 1), points=5.0) for n in range(5))
    assert "jira:item:p4" in _said(schedule.measure, *_done(0)[:4], later, items=planned).evidence


ESTIMATED_LATER = [
    item(f"e{n}", created=200, story_points=5.0, extra=[(ChangeField.STORY_POINTS, None, "5.0", 100)]) for n in range(4)
]


@pytest.mark.parametrize("approved", [True, False])
def test_to_estimate_what_was_planned_is_no_growth(*, approved: bool) -> None:
    """Nothing was added; the first estimates came after the baseline stood."""
    node = project(start_on=date(2026, 6, 1), target_on=date(2027, 1, 31))
    known = records("alpha", *ESTIMATED_LATER)
    known = agreed(known, node, of=150) if approved else known
    finding = scope.measure(view(landscape(node), {"alpha": known}, "alpha"))
    assert (finding.values["baseline"].value, finding.values["growth"].value) == (20, 0)


def test_what_had_no_estimate_is_as_large_as_the_parts_it_was_split_into() -> None:
    node = project(start_on=date(2026, 6, 1), target_on=date(2027, 1, 31))
    parts = [item(name, created=40, parent_id="jira:item:whole", story_points=3.0) for name in "ab"]
    known = records("alpha", *PLANNED, item("whole", created=200), *parts)
    finding = scope.measure(view(landscape(node), {"alpha": agreed(known, node, of=150)}, "alpha"))
    assert (finding.values["baseline"].value, finding.values["growth"].value) == (31, 0)


def test_churn_names_what_changed_in_eight_weeks_and_nothing_else() -> None:
    early = item("early", created=100, story_points=5.0)
    changed = item("changed", created=200, story_points=8.0, extra=[(ChangeField.STORY_POINTS, "1.0", "8.0", 10)])
    node = project(start_on=date(2026, 5, 5))
    known = records("alpha", *ESTIMATED_LATER, early, changed, item("late", created=8, story_points=2.0))
    plan = view(landscape(node), {"alpha": known}, "alpha").facts.plan
    assert plan is not None
    assert plan.churned_ids == ("jira:item:changed", "jira:item:late")
    assert plan.churn == 9
