"""What a person and a program read of a movement, and of how firm a band is."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from click.testing import CliRunner
from rich.console import Console

from app.cli import main
from app.cli.movement import change_lines, sensitivity_lines
from model.health import Band
from model.language import words
from rollup.change import Cause, CausePoints, Explained, Part
from rollup.sensitivity import Flip, Sensitivity
from service.change import Moved
from store.records_read import ItemLabel
from tests.support.scene import Scene

THEN = datetime(2026, 11, 14, 23, 59, tzinfo=UTC)
ITEM = "acme:item:1"


def test_explain_since_gives_causes_and_parts_that_sum_to_the_movement(synced: Scene) -> None:
    runner = CliRunner()
    day = (datetime.now(UTC) - timedelta(days=14)).date().isoformat()
    with synced.workspace() as workspace:
        name = workspace.tree.projects()[0].id
    arguments = ["explain", name, "--since", day, "--config", str(synced.write())]
    document = json.loads(runner.invoke(main, [*arguments, "--json"], catch_exceptions=False).stdout)
    change = document["change"]
    assert change["refused"] is None
    assert sum(one["points"] for one in change["causes"]) == pytest.approx(change["moved"], abs=1e-9)
    assert sum(one["points"] for one in change["parts"]) == pytest.approx(change["moved"], abs=1e-9)
    assert document["sensitivity"]["by_score"] in set(Band)
    text = runner.invoke(main, arguments, catch_exceptions=False).stdout
    assert "How firm this is" in text
    assert "time passed" in text
    refused = runner.invoke(main, [*arguments[:3], "2999-01-01", *arguments[4:]])
    assert refused.exit_code == 2


def _said(moved: Moved) -> str:
    out = StringIO()
    change_lines(Console(file=out, width=120), moved, {ITEM: ItemLabel(ITEM, "acme:CRM-1", "A title", None)}, {})
    return out.getvalue()


def test_a_cause_is_told_with_its_places_and_items_and_what_is_small_is_counted() -> None:
    told = Explained(
        node="web", since=THEN, until=THEN, score_then=60.0, score_now=55.01,
        causes=(CausePoints(cause=Cause.DATES, points=-5.0), CausePoints(cause=Cause.COST, points=0.01)),
        parts=(Part(cause=Cause.DATES, points=-5.0, node="web", dimension="schedule", items=(ITEM,)),),
    )  # fmt: skip
    text = _said(Moved(told, remembered=True))
    assert "60.0 → 55.0  (-5.0)" in text
    assert " -5.0  dates moved" in text
    assert "-5.0 schedule  CRM-1 A title" in text
    assert "1 other cause changed something" in text
    assert "counted from history" not in text


def test_a_movement_without_a_score_to_begin_with_says_so() -> None:
    told = Explained(node="web", since=THEN, until=THEN, score_then=None, score_now=5.0, refused=True)
    text = _said(Moved(told, remembered=False))
    assert words("en").phrase("no_score") in text
    assert "by the rules and the tree of today" in text


def test_the_smallest_changes_that_would_move_the_band_are_told() -> None:
    told = Sensitivity(
        Band.AT_RISK, to_better=4.0, to_worse=26.0, better=(Flip("weight", "scope", 15.0, 30.0, Band.ON_TRACK),),
        worse=(Flip("score", "schedule", 60.0, 10.0, Band.OFF_TRACK),),
    )  # fmt: skip
    out = StringIO()
    sensitivity_lines(Console(file=out, width=120), told)
    text = out.getvalue()
    assert "4.0 points more: On track" in text
    assert "the weight of scope at 30 instead of 15 (+100%)" in text
    assert "schedule at 10.0 instead of 60.0" in text
    assert "no single weight would do it" in text
