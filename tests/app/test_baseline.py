"""`bellwether baseline`: set, approve, show, and what is refused."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli import main
from tests.support.scene import Scene


def _run(scene: Scene, *arguments: str) -> tuple[int, dict[str, Any]]:
    result = CliRunner().invoke(main, [*arguments, "--json", "--config", str(scene.write())], catch_exceptions=False)
    return result.exit_code, json.loads(result.stdout)


def _schedule(scene: Scene, *arguments: str) -> dict[str, Any]:
    node = _run(scene, "explain", "web", *arguments)[1]
    found: dict[str, Any] = next(one for one in node["dimensions"] if one["name"] == "schedule")
    return found


def test_a_baseline_is_set_approved_and_measured_against(synced: Scene) -> None:
    assert _schedule(synced)["values"]["baseline_basis"]["value"] == "reconstructed"
    code, made = _run(synced, "baseline", "web", "set", "--by", "bo")
    assert code == 0
    assert made["proposed"]["items"] > 60
    assert _schedule(synced)["values"]["baseline_basis"]["value"] == "reconstructed"
    code, held = _run(synced, "baseline", "web", "approve", "--by", "ada")
    assert code == 0
    assert held["baseline"]["approved_by"] == "ada"
    found = _schedule(synced)
    assert found["values"]["baseline_number"]["value"] == 1
    assert found["values"]["spi_t"]["value"] > 0
    week_ago = (date.today() - timedelta(days=7)).isoformat()
    assert _schedule(synced, "--as-of", week_ago)["values"]["baseline_basis"]["value"] == "reconstructed"


def test_what_changed_since_is_shown(synced: Scene) -> None:
    _run(synced, "baseline", "web", "set", "--as-of", (date.today() - timedelta(weeks=15)).isoformat())
    _run(synced, "baseline", "web", "approve", "--by", "ada")
    code, shown = _run(synced, "baseline", "Website", "show")
    assert code == 0
    assert shown["baseline"]["number"] == 1
    assert shown["proposed"] is None
    assert shown["changes"]["basis"] == "approved"
    assert shown["changes"]["added"] > 0
    assert shown["changes"]["added_items"]
    told = CliRunner().invoke(main, ["baseline", "web", "show", "--config", str(synced.path)]).stdout
    assert "Since the approved baseline of" in told
    assert "northlight-jira:WEB-" in told


def test_a_second_baseline_needs_a_reason(synced: Scene) -> None:
    _run(synced, "baseline", "web", "set")
    assert _run(synced, "baseline", "web", "set")[0] == 0  # The first was not approved yet.
    _run(synced, "baseline", "web", "approve", "--by", "ada")
    code, refused = _run(synced, "baseline", "web", "set")
    assert code == 2
    assert "reason" in refused["error"]["what"]
    assert _run(synced, "baseline", "web", "set", "--reason", "the board moved the date")[0] == 0
    history = _run(synced, "baseline", "web", "show")[1]["history"]
    assert [one["reason"] for one in history] == [None, None, "the board moved the date"]


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        (("web", "approve", "--by", "ada"), "NODE"),
        (("web", "approve"), "--by"),
        (("growth", "set"), "NODE"),
        (("nobody", "set"), "NODE"),
        (("web", "set", "--as-of", "2019-01-01"), "NODE"),
        (("web", "set", "--as-of", "soon"), "--as-of"),
        (("web", "show", "--reason", "x"), "--reason"),
    ],
)
def test_what_cannot_be_done_is_refused(synced: Scene, arguments: tuple[str, ...], where: str) -> None:
    code, refused = _run(synced, "baseline", *arguments)
    assert code == 2
    assert refused["error"]["where"] == where
    assert refused["error"]["fix"]


def test_an_approval_marks_the_project_to_be_scored_again(synced: Scene) -> None:
    _run(synced, "rollup")
    _run(synced, "baseline", "web", "set")
    _run(synced, "baseline", "web", "approve", "--by", "ada")
    with synced.workspace() as workspace, workspace.db.read() as uow:
        assert [(mark.node, mark.why) for mark in uow.dirty.pending()] == [("web", "baseline")]


def test_cost_is_told_in_money_from_the_budget_that_asana_keeps(scene: Scene) -> None:
    scene.asana.add_budget("LAUNCH", total=60000, actual=45000, currency="USD")
    _run(scene, "sync")
    assert _cost(scene)["reason_code"] == "cost_no_exchange_rate"
    scene.document |= {"currency": "EUR", "currencies": {"USD": 0.5}}
    found = _cost(scene)
    assert found["values"]["bac"] == {"value": 30000.0, "unit": "EUR"}
    assert found["values"]["ac"] == {"value": 22500.0, "unit": "EUR"}
    assert "€" in found["reason"]


def _cost(scene: Scene) -> dict[str, Any]:
    node = _run(scene, "explain", "launch")[1]
    found: dict[str, Any] = next(one for one in node["dimensions"] if one["name"] == "cost")
    return found
