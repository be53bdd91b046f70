"""`bellwether pmo`, `closure` and `lessons`: key figures, a checklist, a register."""

import json
import sqlite3
from contextlib import closing
from typing import Any

from click.testing import CliRunner

from app.cli import main
from tests.support.scene import Scene

Json = dict[str, Any]


def _invoked(scene: Scene, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, [*arguments, "--config", str(scene.write())], catch_exceptions=False)
    return result.exit_code, result.stdout


def _run(scene: Scene, *arguments: str) -> tuple[int, Json]:
    code, told = _invoked(scene, *arguments, "--json")
    return code, json.loads(told)


def test_the_key_figures_count_what_runs_and_what_has_ended(scene: Scene) -> None:
    empty = _run(scene, "pmo")[1]
    assert (empty["projects"]["active"], empty["unscored"], empty["score"], empty["finished"]) == (2, 2, None, [])
    assert "No project has finished yet" in _invoked(scene, "pmo")[1]
    assert "bellwether backtest" in _invoked(scene, "pmo")[1]
    _invoked(scene, "sync")
    _invoked(scene, "rollup")
    _invoked(scene, "backtest", "--every", "4")
    (replayed,) = _run(scene, "pmo")[1]["forecasts"]
    assert (replayed["class"], replayed["of"], replayed["projects"]) == ("standard", "replayed", 2)
    assert "replayed dates" in _invoked(scene, "pmo")[1]
    found = _run(scene, "pmo", "Growth")[1]
    assert (found["name"], found["unscored"], sum(found["bands"].values())) == ("Growth", 0, 2)
    assert 0 < found["score"] < 100
    assert found["dates_kept"]["n"] > 0
    assert any(one["rule"] == "has_sponsor" and one["broken"] == ["web", "launch"] for one in found["standards"])
    (steady,) = found["steadiness"]
    assert (steady["class"], steady["projects"], steady["changes"], steady["share"]) == ("standard", 2, 0, None)
    assert "0 changes of band counted in 2 projects" in _invoked(scene, "pmo", "Growth")[1]
    (compliance,) = found["compliance"]
    assert compliance["kept"] < compliance["asked"]
    for project in scene.document["portfolios"][0]["programs"][0]["projects"]:
        project["state"] = "closed"
    _invoked(scene, "rollup")
    closed = _run(scene, "pmo")[1]
    assert closed["projects"] == {"candidate": 0, "active": 0, "closed": 2}
    assert {one["node"] for one in closed["finished"]} == {"web", "launch"}
    assert all(one["days_late"] < 0 for one in closed["finished"])
    assert {one["class"]: one["projects"] for one in closed["forecasts"]} == {"standard": 2}
    told = _invoked(scene, "pmo")[1]
    assert "Finished projects beside their plans" in told
    assert "planning" in told


def test_a_project_is_closed_by_a_checklist(synced: Scene) -> None:
    code, found = _run(synced, "closure", "web")
    assert code == 1
    assert not found["ready"]
    work = next(check for check in found["checks"] if check["id"] == "work_closed")
    assert work["kept"] is False
    assert work["items"][0]["ref"].startswith("northlight-jira:WEB-")
    told = _invoked(synced, "closure", "Website")[1]
    assert "not yet" in told
    assert "✗ all work is closed" in told
    assert _run(synced, "closure", "growth")[0] == 2
    synced.document["portfolios"][0]["programs"][0]["projects"].append({"name": "Idea", "state": "candidate"})
    assert "candidate" in _run(synced, "closure", "idea")[1]["error"]["what"]


def test_who_waits_is_found_over_both_tools_while_they_run(synced: Scene) -> None:
    """The link is kept in one tool, by the address of the task in the other."""
    assert [one["title"] for one in _waited_for(synced, "launch")] == ["LAUNCH open 100"]
    assert _waited_for(synced, "web") == []
    for project in synced.document["portfolios"][0]["programs"][0]["projects"]:
        if project["id"] == "web":
            project["state"] = "closed"
    assert _waited_for(synced, "launch") == []


def _waited_for(scene: Scene, node: str) -> list[Json]:
    """The items of a project that others wait for."""
    return next(check["items"] for check in _run(scene, "closure", node)[1]["checks"] if check["id"] == "nobody_waits")


def test_lessons_are_kept_and_found_again(scene: Scene) -> None:
    assert "No lesson is kept here yet" in _invoked(scene, "lessons", "list")[1]
    said = ("--text", "It grew [twice].", "--advice", "Freeze it.", "--by", "Ada")
    code, made = _run(scene, "lessons", "add", "web", "--cause", "scope", *said)
    assert (code, made["lesson"]["number"], made["lesson"]["project_class"]) == (0, 1, "standard")
    _run(scene, "lessons", "add", "growth", "--worked", *said)
    assert [one["number"] for one in _run(scene, "lessons", "list", "growth")[1]["lessons"]] == [1, 2]
    assert [one["number"] for one in _run(scene, "lessons", "list", "web")[1]["lessons"]] == [1]
    assert [one["number"] for one in _run(scene, "lessons", "list", "--cause", "other")[1]["lessons"]] == [2]
    assert _run(scene, "lessons", "list", "--class", "support")[1]["lessons"] == []
    assert "It grew [twice]. → Freeze it.  (Ada)" in _invoked(scene, "lessons", "list")[1]
    assert _run(scene, "pmo")[1]["lessons"] == {"scope": 1, "other": 1}
    for arguments, where in (
        (("lessons", "add", "web", "--advice", "b", "--by", "c"), "--text"),
        (("lessons", "add", "web", "--text", "a", "--advice", " ", "--by", "c"), "--advice"),
        (("lessons", "add", "web", "--text", "a", "--advice", "b"), "--by"),
        (("lessons", "add", "nowhere", *said), "NODE"),
        (("lessons", "list", "nowhere"), "NODE"),
        (("pmo", "nowhere"), "NODE"),
    ):
        code, refused = _run(scene, *arguments)
        assert (code, refused["error"]["where"]) == (2, where), arguments


def test_what_an_older_version_scored_is_named_until_it_is_counted(synced: Scene) -> None:
    _invoked(synced, "rollup")
    database = synced.folder / "bellwether.db"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DELETE FROM project_figures")
    found = _run(synced, "pmo")[1]
    assert (found["unscored"], found["uncounted"], found["standards"]) == (0, 2, [])
    assert "not counted 2 projects" in _invoked(synced, "pmo")[1]
    _invoked(synced, "rollup")
    found = _run(synced, "pmo")[1]
    assert (found["uncounted"], sum(found["bands"].values())) == (0, 2)
