"""plan, push, undo and audit as people and programs use them."""

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.cli.moments import since
from model.errors import UsageError
from model.health import Band
from service import hooks
from tests.support.library import Library

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def told(library: Library) -> Library:
    """Two boards with a score each."""
    library.boards, library.publish = 2, {"comment": "on_band_change"}
    library.at = datetime.now(UTC)
    with library.workspace() as workspace:
        for node, score in (("b0", 50.0), ("b1", 45.5)):
            library.say(workspace, node, Band.AT_RISK, score)
    assert _run(library, "sync").exit_code == 0
    return library


def _run(library: Library, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--config", str(library.config)], catch_exceptions=False)


def _json(library: Library, *arguments: str) -> tuple[int, dict[str, Any]]:
    result = _run(library, *arguments, "--json")
    return result.exit_code, json.loads(result.stdout)


def test_a_plan_reads_like_a_diff_by_tool_and_target(told: Library) -> None:
    text = _run(told, "plan").stdout
    lines = [line.rstrip() for line in text.splitlines()]
    assert lines[:2] == ["books", "  project:b0 “Board 0”  b0"]
    assert lines[2:4] == ["    + health At risk, score 50.0", "        + Schedule: 2 items are late"]
    assert "    + comment At risk 50" in lines
    assert lines[-1] == "10 planned"


def test_a_kept_plan_is_pushed_once_and_refused_when_it_is_stale(told: Library, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    assert _run(told, "plan", "--out", str(path)).exit_code == 0
    assert _json(told, "push", str(path))[0] == 0
    code, document = _json(told, "push", str(path))
    assert code == 4
    assert "no longer fits" in document["error"]["what"]
    assert set(document["error"]) == {"what", "where", "fix"}


def test_a_plan_and_a_node_together_are_refused(told: Library, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    _run(told, "plan", "--out", str(path))
    assert _json(told, "push", str(path), "--only", "b0")[0] == 2


def test_a_plan_that_can_t_be_written_is_named(told: Library, tmp_path: Path) -> None:
    code, document = _json(told, "plan", "--out", str(tmp_path / "nowhere" / "plan.json"))
    assert code == 2
    assert document["error"]["where"].endswith("plan.json")


def test_undo_asks_what_and_shows_it_first(told: Library) -> None:
    _run(told, "push")
    assert _json(told, "undo")[0] == 2
    before = told.shown
    code, planned = _json(told, "undo", "--node", "b0", "--dry-run")
    assert (code, told.shown) == (0, before)
    assert {write["result"] for write in planned["writes"]} == {"planned"}
    code, done = _json(told, "undo", "--node", "b0")
    assert code == 0
    assert {write["node"] for write in done["writes"]} == {"b0"}
    assert [one["board"] for one in told.shown["comments"].values()] == ["b1"]


def test_what_was_undone_is_held_without_failing_the_next_push(told: Library) -> None:
    _run(told, "push")
    _run(told, "undo", "--since", "1h")
    code, again = _json(told, "push")
    assert code == 0
    assert {write["reason"] for write in again["writes"]} == {"held"}


def test_the_log_is_exported_as_a_table_that_no_spreadsheet_runs(told: Library, tmp_path: Path) -> None:
    with told.workspace() as workspace:
        told.say(workspace, "b0", Band.AT_RISK, 50.0, reason="=cmd|' /C calc'!A0")
    _run(told, "push")
    path = tmp_path / "audit.csv"
    assert _run(told, "audit", "--out", str(path)).exit_code == 0
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert {"at", "run", "by", "old", "new", "why", "result"} <= set(rows[0])
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
    _run(told, "audit", "--out", str(path), "--separator", "semicolon")
    assert len(path.read_text("utf-8-sig").splitlines()[0].split(";")) > 5


def test_the_log_of_one_run_and_of_one_node(told: Library, tmp_path: Path) -> None:
    _run(told, "push")
    _, whole = _json(told, "audit")
    run = whole["writes"][0]["run"]
    assert _json(told, "audit", "--run", run)[1] == whole
    assert {write["node"] for write in _json(told, "audit", "--node", "b1")[1]["writes"]} == {"b1"}
    path = tmp_path / "audit.json"
    assert _json(told, "audit", "--out", str(path), "--separator", "semicolon")[0] == 2
    _run(told, "audit", "--out", str(path))
    assert json.loads(path.read_text()) == whole
    assert _json(told, "audit", "--out", str(tmp_path / "audit.doc"))[0] == 2


def test_read_only_plans_and_refuses_everything_that_writes(told: Library) -> None:
    told.read_only = True
    with told.workspace():
        pass
    assert _json(told, "plan")[0] == 0
    for command in (["push"], ["undo", "--since", "1h"], ["setup", "--apply"], ["setup", "--remove"]):
        code, document = _json(told, *command)
        assert (code, document["error"]["where"]) == (4, "read_only"), command
    assert "writes" not in told.shown


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("90m", datetime(2026, 11, 21, 10, 30, tzinfo=UTC)),
        ("2d", datetime(2026, 11, 19, 12, tzinfo=UTC)),
        ("2026-11-20", datetime(2026, 11, 19, 23, tzinfo=UTC)),
        ("2026-11-20T10:00:00+01:00", datetime(2026, 11, 20, 9, tzinfo=UTC)),
        ("2026-11-20 10:00", datetime(2026, 11, 20, 9, tzinfo=UTC)),
    ],
)
def test_a_typed_time_is_the_begin_of_a_day_a_moment_or_so_long_ago(text: str, moment: datetime) -> None:
    assert since(text, timezone="Europe/Berlin", now=NOW, option="--since") == moment


@pytest.mark.parametrize("text", ["yesterday", "2h ago", "-3d", "2026-11-22", "2026-11-22T10:00", "9999999d"])
def test_a_time_that_is_none_or_has_not_come_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        since(text, timezone="Europe/Berlin", now=NOW, option="--since")


def test_setup_remove_takes_webhooks_away_and_check_says_how_they_fare(told: Library) -> None:
    with told.workspace() as workspace:
        (report,) = hooks.audit(workspace, "http://127.0.0.1:9")
    assert report.working == 1
    assert _json(told, "check")[1]["connections"][0]["webhooks"].startswith("1 of 1 working")
    assert "webhooks: 1 of 1 working" in _run(told, "check").stdout
    assert "The webhook was taken away." not in _run(told, "setup", "--remove", "--dry-run").stdout
    assert "The webhook was taken away." in _run(told, "setup", "--remove").stdout
    with told.workspace() as workspace, workspace.db.read() as uow:
        assert uow.hooks.registrations() == ()
