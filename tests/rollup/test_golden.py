"""What each dimension says of fixed projects, kept by version: output changes only together with VERSION.

To accept a change: raise the dimension's VERSION and run with BELLWETHER_GOLDEN=write.
"""

import json
import os
from datetime import date
from pathlib import Path

import pytest

from model.baseline import PlannedMilestone
from model.landscape import Landscape, ProjectRecords
from model.tree import Budget, GoalRef
from model.work import ItemType
from rollup.dimensions import Dimension, all_dimensions
from tests.rollup.build import agreed, blocks, item, landscape, project, records, steady, view

FOLDER = Path(__file__).parent / "golden"


def fixed() -> tuple[Landscape, dict[str, ProjectRecords]]:
    """A dated project in trouble, a continuous one, one that another waits for, and an empty one."""
    late = item("late", due_on=date(2026, 10, 1), started=60, story_points=5.0, assignee_id="jira:user:a")
    blocker = item("blocker", connection="asana", due_on=date(2026, 12, 20), assignee_id="asana:user:1")
    waits = item("waits", due_on=date(2026, 12, 1), story_points=2.0)
    risk = item("risk", type=ItemType.RISK, risk={"probability": 0.6, "impact": 4}, assignee_id="jira:user:a")
    benefit = item(
        "benefit", type=ItemType.BENEFIT, benefit={"measure": "EUR", "baseline": 0, "target": 10, "actual": 4}
    )
    defects = [item(f"bug{n}", created=20 + 10 * n, type=ItemType.DEFECT, severity="high") for n in range(4)]
    hours = [item(f"h{n}", created=90, started=40, done=20, booked=12, estimate_hours=8.0) for n in range(6)]
    alpha = project(budget=Budget(hours=200), goals=(GoalRef(connection="asana", goal="1"),), sponsor="ada")
    nodes = (alpha, project("queue", target_on=None), project("beta"), project("empty"))
    known = {
        "alpha": records("alpha", *steady(), late, waits, risk, benefit, *defects, *hours),
        "queue": records(
            "queue", *steady("q", weeks=30, open_items=4), *[item(f"new{n}", created=n + 1) for n in range(9)]
        ),
        "beta": records("beta", blocker, *steady("b", weeks=20)),
    }
    return landscape(*nodes, links=(blocks(blocker, waits), blocks(late, waits))), known


BASELINED = frozenset({"schedule", "scope", "cost"})
"""The dimensions that measure against a baseline."""


def approved() -> tuple[Landscape, dict[str, ProjectRecords]]:
    """The dated project with a plan that a person set and another one approved, in place of an earlier one.

    Since then its target moved, its budget grew, a milestone slipped, and work came in that nobody had planned.
    """
    _, known = fixed()
    milestone = item("gate", type=ItemType.MILESTONE, due_on=date(2026, 12, 18))
    items = (*known["alpha"].items, milestone)
    node = project(budget=Budget(hours=200), start_on=date(2026, 6, 1), target_on=date(2027, 1, 31))
    planned = {"target_on": date(2026, 12, 15), "budget": Budget(hours=90)}
    gate = (PlannedMilestone(id=milestone.item.id, due_on=date(2026, 11, 1)),)
    first = agreed(records("alpha", *items), node, of=75, approved=70, **planned)
    return landscape(node), {"alpha": agreed(first, node, of=55, approved=50, milestones=gate, **planned)}


def said(dimension: Dimension) -> dict[str, object]:
    land, known = fixed()
    level = {"project": ("alpha", "queue", "empty"), "program": ("prog", "port"), "portfolio": ("port",)}
    found = {key: dimension.measure(view(land, known, key)) for key in level[dimension.level]}
    if dimension.name in BASELINED:
        found["approved"] = dimension.measure(view(*approved(), "alpha"))
    return {key: json.loads(finding.model_dump_json()) for key, finding in found.items()}


@pytest.mark.parametrize("dimension", all_dimensions(), ids=lambda dimension: dimension.name)
def test_a_dimension_says_what_its_version_said(dimension: Dimension) -> None:
    path = FOLDER / f"{dimension.name}.v{dimension.version}.json"
    told = said(dimension)
    if os.environ.get("BELLWETHER_GOLDEN") == "write":
        path.write_text(json.dumps(told, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
    assert json.loads(path.read_text()) == told


@pytest.mark.parametrize("dimension", all_dimensions(), ids=lambda dimension: dimension.name)
def test_an_approved_baseline_is_what_counts_and_is_told(dimension: Dimension) -> None:
    if dimension.name not in BASELINED:
        assert "approved" not in said(dimension)
        return
    finding = dimension.measure(view(*approved(), "alpha"))
    assert finding.values["baseline_basis"].value == "approved"
    assert finding.values["baseline_number"].value == 2
    assert finding.values["baseline_approved"].value == "2026-10-02"


def test_every_golden_file_belongs_to_a_dimension_of_its_version() -> None:
    expected = {f"{dimension.name}.v{dimension.version}.json" for dimension in all_dimensions()}
    assert {path.name for path in FOLDER.glob("*.json")} == expected
