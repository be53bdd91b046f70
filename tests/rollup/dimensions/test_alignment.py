"""Alignment: effort tied to goals by whoever names whom, goals served by effort, orphans."""

import pytest

from model.health import Outcome
from model.landscape import Landscape
from model.policy import Policy
from model.tree import GoalRef, Source
from model.work import Goal, GoalSupport
from rollup.dimensions.alignment import measure
from tests.rollup.build import item, landscape, project, records, view

ONE = GoalRef(connection="asana", goal="1")
KNOWN = {"alpha": records("alpha", *[item(f"a{n}") for n in range(3)]), "beta": records("beta", item("b"))}


def goal(number: int, *supports: tuple[str, float]) -> Goal:
    supported_by = tuple(GoalSupport(subject_id=subject, weight=weight) for subject, weight in supports)
    return Goal(id=f"asana:goal:{number}", connection="asana", name=f"Goal {number}", supported_by=supported_by)


def land(*nodes: object, **fields: object) -> Landscape:
    return landscape(*(nodes or (project("alpha", goals=(ONE,)), project("beta"))), **fields)  # type: ignore[arg-type]


def test_alignment_is_the_share_of_open_work_tied_to_a_goal() -> None:
    finding = measure(view(land(), KNOWN, "port"))
    assert finding.values["tied_effort"].value == 0.75
    assert finding.evidence == ("jira:item:b",)


def test_effort_is_in_hours_where_most_of_it_has_hours() -> None:
    known = {
        "alpha": records("alpha", *[item(f"a{n}", estimate_hours=1.0) for n in range(3)]),
        "beta": records("beta", item("b", estimate_hours=9.0)),
    }
    finding = measure(view(land(), known, "port"))
    assert finding.values["tied_effort"].value == 0.25
    assert (finding.values["orphan_effort"].value, finding.values["orphan_effort"].unit) == (9, "hours")


def test_a_goal_that_names_a_projects_source_or_an_item_ties_its_work() -> None:
    fed = project("alpha", sources=(Source(connection="asana", kind="project", value="7"),))
    goals = (goal(1, ("asana:project:7", 1.0)), goal(2, ("jira:item:parent", 1.0)))
    known = {
        "alpha": KNOWN["alpha"],
        "beta": records("beta", item("b"), item("parent"), item("child", parent_id="jira:item:parent")),
    }
    finding = measure(view(land(fed, project("beta"), goals=goals), known, "port"))
    assert finding.evidence == ("jira:item:b",)
    contained = land(project("alpha"), project("beta"), goals=goals[:1], containers={"alpha": ("asana:project:7",)})
    assert measure(view(contained, KNOWN, "port")).values["tied_effort"].value == 0.75


def test_the_largest_orphan_project_is_named_with_what_tying_it_gives() -> None:
    nodes = (project("alpha", goals=(ONE,)), project("beta"), project("gamma"))
    known = {**KNOWN, "gamma": records("gamma", *[item(f"g{n}") for n in range(4)])}
    finding = measure(view(land(*nodes), known, "port"))
    assert finding.values["largest_orphan"].value == "Gamma"
    assert finding.improvement is not None
    assert finding.improvement.items[0] == "jira:item:g0"


def test_goals_are_served_by_weight_and_an_unserved_one_is_named() -> None:
    goals = (goal(1, ("asana:goal:2", 0.75), ("asana:goal:3", 0.25)), goal(2), goal(3))
    nodes = (project("alpha", goals=(GoalRef(connection="asana", goal="3"),)), project("beta", goals=(ONE,)))
    known = {"alpha": KNOWN["alpha"]}
    finding = measure(view(land(*nodes, goals=goals), known, "port"))
    assert finding.values["goals"].value == 2
    assert finding.values["goals_served"].value == 0.25
    assert finding.values["heaviest_unserved"].value == "Goal 2"


def test_contributions_of_zero_weigh_equally_and_goals_in_a_circle_end() -> None:
    zero = (goal(1, ("asana:goal:2", 0.0), ("asana:goal:3", 0.0)), goal(2), goal(3))
    nodes = (project("alpha", goals=(GoalRef(connection="asana", goal="3"),)), project("beta", goals=(ONE,)))
    finding = measure(view(land(*nodes, goals=zero), {"alpha": KNOWN["alpha"]}, "port"))
    assert finding.values["goals_served"].value == 0.5
    circle = (goal(1, ("asana:goal:2", 1.0)), goal(2, ("asana:goal:1", 1.0)))
    assert measure(view(land(goals=circle), KNOWN, "port")).outcome is Outcome.MEASURED


def test_an_item_in_a_tied_and_an_untied_project_is_no_orphan() -> None:
    shared = item("shared")
    known = {"alpha": records("alpha", shared), "beta": records("beta", shared)}
    finding = measure(view(land(), known, "port"))
    assert (finding.values["tied_effort"].value, finding.evidence) == (1, ())


@pytest.mark.parametrize(
    ("nodes", "known", "code"),
    [
        ((project("alpha"), project("beta")), KNOWN, "alignment_no_goals"),
        ((project("alpha", goals=(ONE,)),), {"alpha": records("alpha", item("d", done=3))}, "alignment_nothing_open"),
        ((project("alpha", goals=(ONE,)),), {}, "alignment_nothing_open"),
    ],
)
def test_without_goals_or_open_work_nothing_is_said(nodes, known, code) -> None:  # type: ignore[no-untyped-def]
    finding = measure(view(land(*nodes), known, "port"))
    assert (finding.outcome, finding.reason_code) == (Outcome.NOT_ENOUGH_DATA, code)


def test_weights_of_zero_measure_nothing() -> None:
    zero = {"alignment.tied.weight": 0.0, "alignment.served.weight": 0.0}
    weighed = land(policies={"default": Policy(name="default", curves=zero)})
    assert measure(view(weighed, KNOWN, "port")).reason_code == "alignment_no_weight"
