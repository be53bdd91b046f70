"""`bellwether portfolio`: rank, select, frontier, compare, decide, decisions, and what is refused."""

import json
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli import main
from tests.support.candidates import give_candidates
from tests.support.scene import Scene

Json = dict[str, Any]


def _invoked(scene: Scene, *arguments: str) -> tuple[int, str]:
    command = ["portfolio", *arguments, "--config", str(scene.write())]
    result = CliRunner().invoke(main, command, catch_exceptions=False)
    return result.exit_code, result.stdout


def _run(scene: Scene, *arguments: str) -> tuple[int, Json]:
    code, told = _invoked(scene, *arguments, "--json")
    return code, json.loads(told)


def _told(scene: Scene, *arguments: str) -> str:
    return _invoked(scene, *arguments)[1]


@pytest.fixture
def chooser(scene: Scene) -> Scene:
    """The small company with five candidates, a budget of 100,000 EUR and a designer."""
    give_candidates(scene.document)
    return scene


def test_candidates_are_ranked_with_what_each_lacks(chooser: Scene) -> None:
    code, found = _run(chooser, "rank", "growth")
    assert code == 0
    assert [(one["id"], one["place"]) for one in found["candidates"]][:3] == [("a", 1), ("b", 2), ("c", None)]
    first, last = found["candidates"][0], found["candidates"][-1]
    assert (first["wsjf"], first["expected"], first["roi"], first["payback_years"]) == (4.5, 7.2, 1.0, 1.5)
    assert [one["code"] for one in last["lacks"]] == ["value", "cost", "size", "benefit", "risk"]
    assert [one["id"] for one in _run(chooser, "rank", "growth", "--by", "value")[1]["candidates"]][:3] == ["a", "b", "c"]
    told = _told(chooser, "rank", "growth")
    assert "Idea E: no value: it counts as worth nothing" in told
    assert "100%" in told  # the return of A


def test_a_roll_up_shows_candidates_as_such_after_what_runs(chooser: Scene) -> None:
    projects = chooser.document["portfolios"][0]["programs"][0]["projects"]
    chooser.document["portfolios"][0]["programs"][0]["projects"] = projects[-5:] + projects[:-5]
    command = ["rollup", "--config", str(chooser.write())]
    lines = [one for one in CliRunner().invoke(main, command, catch_exceptions=False).stdout.splitlines() if "│" in one]
    ideas = [place for place, one in enumerate(lines) if "Idea" in one]
    running = [place for place, one in enumerate(lines) if "Website" in one or "Launch" in one]
    assert len(ideas) == 5
    assert max(running) < min(ideas)
    assert all("candidate" in lines[place] and "No data" not in lines[place] for place in ideas)


def test_a_selection_fits_budget_capacity_and_what_runs(chooser: Scene) -> None:
    code, found = _run(chooser, "select", "growth")
    assert code == 0
    assert found["selection"]["chosen"] == ["a", "b"]
    assert (found["selection"]["value"], found["selection"]["cost"], found["selection"]["gap"]) == (15.0, 100_000.0, 0.0)
    assert found["scenario"]["budget"] == 100_000.0
    (use,) = found["capacity"]
    assert (use["skill"], use["wanted_hours"], use["used_hours"]) == ("design", 600.0, 300.0)
    assert 300 < use["free_hours"] < 600
    assert {"no_value", "no_cost", "uncommitted"} <= {note["code"] for note in found["notes"]}
    richer = _run(chooser, "select", "growth", "--budget", "150000 EUR", "--exclude", "b")[1]
    assert richer["selection"]["chosen"] == ["a"]  # A and C want one designer more than there is
    more = _run(chooser, "select", "growth", "--budget", "150000", "--exclude", "Idea B", "--capacity", "design=+400h")[1]
    assert more["selection"]["chosen"] == ["a", "c", "d"]
    told = _told(chooser, "select", "growth")
    assert "proven best" in told
    assert "✓ chosen" in told


def test_what_can_not_be_kept_together_is_named_and_is_exit_1(chooser: Scene) -> None:
    code, found = _run(chooser, "select", "growth", "--require", "b", "--require", "d")
    assert code == 1
    assert [one["kind"] for one in found["conflict"]] == ["required", "required", "excludes", "needs"]
    assert found["selection"]["chosen"] == []
    assert "These can't be kept together" in _told(chooser, "select", "growth", "--require", "a", "--budget", "1000")
    assert _run(chooser, "frontier", "growth", "--require", "b", "--exclude", "b")[0] == 1
    assert _run(chooser, "compare", "growth", "--require", "e")[1]["after"]["conflict"][1]["kind"] == "cost_unknown"


def test_the_frontier_says_what_each_budget_buys(chooser: Scene) -> None:
    code, found = _run(chooser, "frontier", "growth", "--steps", "4")
    assert code == 0
    assert found["steps"][0]["chosen"] == []
    assert [step["value"] for step in found["steps"]] == sorted(step["value"] for step in found["steps"])
    assert [step["budget"] for step in found["steps"] if step["asked"]] == [100_000.0]
    assert "What each budget buys" in _told(chooser, "frontier", "growth")


def test_a_decision_is_kept_with_what_had_been_proposed(chooser: Scene) -> None:
    assert _run(chooser, "decisions", "growth")[1]["decisions"] == []
    said = ("--by", "Ada", "--reason", "the board wants C", "--take", "c", "--leave", "Idea B")
    code, made = _run(chooser, "decide", "growth", "--budget", "80000", *said)
    assert code == 0
    decision = made["decision"]
    assert (decision["number"], decision["by"], decision["reason"]) == (1, "Ada", "the board wants C")
    assert (decision["asked"]["budget"], decision["asked"]["unit"]) == (80_000.0, "EUR")
    assert (decision["proposal"], decision["chosen"], decision["added"]) == (["a"], ["a", "c"], ["c"])
    assert decision["broken"][0].startswith("the budget is 80,000 EUR")
    assert decision["broken"][1].startswith("design in ")
    for project in chooser.document["portfolios"][0]["programs"][0]["projects"]:
        if project.get("id") == "c":
            project |= {"state": "active", "sources": [{"connection": "northlight-jira", "project": "WEB"}]}
    (listed,) = _run(chooser, "decisions", "growth")[1]["decisions"]
    assert listed["now"]["c"] == "active"
    assert "the board wants C" in _told(chooser, "decisions", "growth")
    compared = _run(chooser, "compare", "growth", "--with", "1", "--budget", "200000")[1]
    assert compared["decision"] == 1
    assert "b" not in compared["before"]["selection"]["chosen"]
    assert "Difference" in _told(chooser, "compare", "growth", "--capacity", "design=-50%")


REFUSED = (
    (("select", "growth", "--budget", "much"), "--budget"),
    (("select", "growth", "--budget", "100 GBP"), "--budget"),
    (("select", "growth", "--budget", "100h"), "--budget"),
    (("select", "growth", "--capacity", "design=20%"), "--capacity"),
    (("select", "growth", "--capacity", "cooking=+20%"), "--capacity"),
    (("select", "growth", "--require", "web"), "--require"),
    (("select", "growth", "--exclude", "nobody"), "--exclude"),
    (("select", "nowhere"), "NODE"),
    (("compare", "growth", "--with", "7"), "--with"),
    (("decide", "growth", "--reason", "x"), "--by"),
    (("decide", "growth", "--by", "Ada"), "--reason"),
    (("decide", "growth", "--by", "Ada", "--reason", " "), "--reason"),
    (("decide", "growth", "--by", "Ada", "--reason", "x", "--take", "a", "--leave", "a"), "--leave"),
)


def test_what_cannot_be_meant_is_refused_with_its_option(chooser: Scene) -> None:
    for arguments, where in REFUSED:
        code, refused = _run(chooser, *arguments)
        assert (code, refused["error"]["where"]) == (2, where), arguments
        assert refused["error"]["fix"]
    assert _run(chooser, "decisions", "growth")[1]["decisions"] == []


def test_a_node_without_candidates_says_so(scene: Scene) -> None:
    code, found = _run(scene, "select", "growth")
    assert code == 0
    assert [note["code"] for note in found["notes"]] == ["no_candidates", "no_budget"]
    assert "There is no candidate here" in _told(scene, "rank", "growth")


def test_open_work_of_active_projects_is_taken_off(chooser: Scene) -> None:
    before = _run(chooser, "select", "growth")[1]["capacity"][0]["free_hours"]
    for person in chooser.document["people"]:
        person["skills"] = ["design"]
    idle = _run(chooser, "select", "growth")[1]["capacity"][0]["free_hours"]
    CliRunner().invoke(main, ["sync", "--config", str(chooser.write())], catch_exceptions=False)
    busy = _run(chooser, "select", "growth")[1]["capacity"][0]["free_hours"]
    assert idle == pytest.approx(3 * before)
    assert busy < idle  # Ada has open work in both projects until well into the next quarter
