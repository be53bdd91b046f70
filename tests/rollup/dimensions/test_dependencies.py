"""Dependencies: links between projects and tools."""

from datetime import date

from model.health import Outcome
from rollup.dimensions.dependencies import measure
from tests.rollup.build import blocks, item, landscape, project, records, view

NODES = (project("alpha"), project("beta"), project("gamma"))


def test_a_late_blocker_in_another_tool_is_named_with_the_days() -> None:
    blocker = item("b", connection="asana", due_on=date(2026, 12, 15))
    waits = item("w", due_on=date(2026, 12, 1))
    land = landscape(*NODES, links=(blocks(blocker, waits),))
    finding = measure(view(land, {"alpha": records("alpha", waits), "beta": records("beta", blocker)}, "prog"))
    assert finding.score == 50
    assert finding.values["worst_late"].value == 14
    assert finding.evidence == ("jira:item:w", "asana:item:b")


def test_a_slip_is_carried_along_the_chain() -> None:
    first = item("f", due_on=date(2027, 1, 12))
    middle = item("m", due_on=date(2026, 12, 1))
    last = item("l", due_on=date(2026, 12, 29))
    land = landscape(*NODES, links=(blocks(first, middle), blocks(middle, last)))
    known = {"alpha": records("alpha", last), "beta": records("beta", middle), "gamma": records("gamma", first)}
    finding = measure(view(land, known, "prog"))
    assert finding.values["late"].value == 2


def test_a_cycle_between_projects_scores_nothing() -> None:
    one, two = item("one", due_on=date(2027, 1, 1)), item("two", due_on=date(2027, 1, 1))
    land = landscape(*NODES, links=(blocks(one, two), blocks(two, one)))
    finding = measure(view(land, {"alpha": records("alpha", one), "beta": records("beta", two)}, "prog"))
    assert finding.score == 0
    assert finding.reason_code == "dependencies_cycle"


def test_a_finished_blocker_is_no_conflict() -> None:
    blocker, waits = item("b", done=3), item("w", due_on=date(2026, 12, 1))
    land = landscape(*NODES, links=(blocks(blocker, waits),))
    finding = measure(view(land, {"alpha": records("alpha", waits), "beta": records("beta", blocker)}, "prog"))
    assert finding.outcome is Outcome.NOT_APPLICABLE
