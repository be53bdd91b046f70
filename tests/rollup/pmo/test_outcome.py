"""How finished projects ended beside their plans, what they stumbled over, how good their forecasts were."""

from datetime import date, timedelta
from typing import Any

import pytest

from model.landscape import ItemHistory
from model.lesson import Cause
from model.outcome import Outcome
from model.tree import Budget, Node, ProjectState
from model.work import ItemType
from rollup.backtest.judged import Dates
from rollup.facts import ProjectFacts
from rollup.pmo.accuracy import Course, Published, accuracy, by_class, replayed
from rollup.pmo.closure import checklist, ready
from rollup.pmo.outcome import causes_of, outcome_of, recurring
from tests.rollup.build import NOW, agreed, blocks, counter, day, item, landscape, project, records

DUE = date(2026, 10, 1)


def _ended(*more: ItemHistory, late: bool = False) -> list[ItemHistory]:
    """Ten planned items, all finished 30 days before NOW (22 October)."""
    due = DUE - timedelta(days=30) if late else date(2026, 12, 1)
    return [
        *(item(f"p{n}", created=200, started=60, done=30, estimate_hours=10, booked=13, due_on=due) for n in range(10)),
        *more,
    ]


def _facts(items: list[ItemHistory], node: Node, *, plan: bool = True) -> ProjectFacts:
    known = records("alpha", *(one for one in items if one.item.created_at <= day(150)))
    known = agreed(known, node, of=150) if plan else known
    land = landscape(node)
    return counter(land, {"alpha": known.model_copy(update={"items": tuple(items)})})("alpha", NOW)


def test_a_finished_project_is_measured_against_its_approved_plan() -> None:
    added = [item(f"n{n}", created=100, started=50, done=40) for n in range(3)]
    node = project(start_on=date(2026, 8, 1), target_on=DUE)
    found = outcome_of(_facts(_ended(*added, late=True), node), "UTC")
    assert found is not None
    assert (found.planned_on, found.ended_on, found.days_late, found.agreed) == (DUE, date(2026, 10, 22), 21, True)
    assert found.growth == pytest.approx(0.3)
    assert found.effort == pytest.approx(1.3)
    assert found.dates_kept == 0.0
    assert found.start_delay_days == 52
    assert causes_of(found) == (Cause.SCOPE, Cause.ESTIMATES, Cause.DATES, Cause.START)


def test_what_runs_or_has_not_begun_has_no_outcome() -> None:
    node = project(target_on=DUE)
    assert outcome_of(_facts([*_ended(), item("open")], node), "UTC") is None
    assert outcome_of(_facts([], node), "UTC") is None
    assert outcome_of(_facts(_ended(), node.model_copy(update={"target_on": None})), "UTC") is None  # continuous
    closed = node.model_copy(update={"state": ProjectState.CLOSED})
    ended = outcome_of(_facts([*_ended(), item("open")], closed, plan=False), "UTC")
    assert ended is not None
    assert not ended.agreed
    assert Cause.PLANNING in causes_of(ended)


def _outcome(node: str, days: int | None, **more: Any) -> Outcome:
    planned = None if days is None else date(2026, 6, 1) - timedelta(days=days)
    told = {"project_class": "standard", "ended_on": date(2026, 6, 1), "agreed": True, "planned_on": planned} | more
    return Outcome(node=node, name=node, **told)


def test_a_cause_is_told_by_whom_it_struck_and_how_these_ended_beside_the_others() -> None:
    found = recurring([
        _outcome("a", 20, growth=0.5), _outcome("b", 10, growth=0.3), _outcome("c", -5, growth=0.0), _outcome("d", None),
    ])  # fmt: skip
    first = found[0]
    assert (first.cause, first.projects, first.known, first.spared) == (Cause.SCOPE, ("a", "b"), 3, 1)
    assert (first.late_with, first.late_without, first.days_with, first.days_without) == (2, 0, 15.0, -5.0)
    assert [one.projects for one in found if one.cause is Cause.QUALITY] == [()]
    assert all(one.known == 0 for one in recurring([]))


def test_forecasts_count_once_a_week_and_beyond_a_year_holds() -> None:
    end = date(2026, 6, 12)
    published = (
        Published(date(2026, 5, 18), date(2026, 6, 1), date(2026, 6, 20)),
        Published(date(2026, 5, 20), date(2026, 6, 5), date(2026, 6, 10)),  # the last of that week counts
        Published(date(2026, 5, 27), None, None),
        Published(date(2026, 6, 9), date(2026, 6, 12), date(2026, 6, 12)),  # the week of the end: no forecast any more
    )
    (found,) = accuracy([Course("a", "standard", end, published), Course("b", "support", end, ())])
    assert (found.project_class, found.projects, found.forecasts) == ("standard", 1, 2)
    assert (found.held_p50, found.held_p85, found.bias_days) == (0.5, 0.5, 7)


def test_a_class_is_judged_by_its_history_replayed_of_the_projects_that_count() -> None:
    def dates(node: str, held: int, late: int) -> list[Dates]:
        known = [Dates(node, 4, 8, number < held, number < held, 4 + late, decided=True) for number in range(10)]
        return [*known, Dates(node, 4, 8, None, None, None, decided=False)]

    alone = replayed([*dates("b", 6, 2), *dates("a", 9, 0), *dates("c", 0, 9), *dates("hidden", 0, 9)])
    assert [(one.node, one.forecasts, one.held_p85, one.bias_days) for one in alone][:2] == [("a", 10, 9, 0), ("b", 10, 6, 14)]
    first, second = by_class(alone, {"a": "standard", "b": "standard", "c": "support"})
    assert (first.project_class, first.projects, first.forecasts, first.of) == ("standard", 2, 20, "replayed")
    assert first.held_p85 == 0.75
    assert (first.bias_days, second.held_p50) == (7, 0.0)
    assert by_class(alone, {}) == by_class((), {"a": "standard"}) == ()


def test_the_checklist_names_what_stands_in_the_way_of_closing() -> None:
    node = project(target_on=DUE, budget=Budget(hours=100))
    waiting, waited = item("theirs", connection="jira"), item("ours")
    items = [
        *_ended(waited), item("risk", type=ItemType.RISK), item("benefit", type=ItemType.BENEFIT),
        item("stone", type=ItemType.MILESTONE, due_on=date(2026, 9, 1)),
    ]  # fmt: skip
    other = project("beta")
    land = landscape(node, other).model_copy(update={"links": (blocks(waited, waiting),)})
    known = {"alpha": records("alpha", *items), "beta": records("beta", waiting)}
    facts, theirs = counter(land, known)("alpha", NOW), {waiting.item.id}
    checks = {check.id: check for check in checklist(facts, land.links, open_elsewhere=theirs, lessons=0)}
    broken = {key for key, check in checks.items() if check.kept is False}
    assert broken == {
        "work_closed", "risks_closed", "milestones_reached", "nobody_waits", "benefits_handed_over", "plan_approved",
        "lessons_kept", "closed",
    }  # fmt: skip
    assert checks["nobody_waits"].items == ("jira:item:ours",)
    assert checks["cost_known"].kept
    assert not ready(tuple(checks.values()))


def test_a_project_that_left_nothing_open_can_be_closed_even_if_no_plan_was_approved() -> None:
    node = project(target_on=DUE)
    land = landscape(node)
    facts = counter(land, {"alpha": records("alpha", *_ended())})("alpha", NOW)
    checks = checklist(facts, (), open_elsewhere=(), lessons=1)
    assert ready(checks)
    assert {check.id for check in checks if check.kept is None} == {
        "milestones_reached", "nobody_waits", "benefits_handed_over", "cost_known",
    }  # fmt: skip
