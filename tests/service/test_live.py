"""The worker's rounds: what they tell of a tool that is away."""

from dataclasses import replace
from datetime import timedelta

from service import live
from service.sync import sync
from tests.support.departures import gone_by_why
from tests.support.scene import Scene, no_progress

JIRA = "northlight-jira"


def test_a_tool_that_is_away_is_logged_once_and_once_more_when_it_is_back(scene: Scene) -> None:
    with scene.workspace() as workspace:
        sync(workspace, (), full=False, progress=no_progress)
        start, passed = workspace.clock(), [timedelta(0)]
        moving = replace(workspace, clock=lambda: start + passed[0])
        pulse = live.Pulse()

        def rounds(count: int) -> list[live.Beat]:
            told = []
            for _ in range(count):
                told.append(live.beat(moving, pulse))
                passed[0] += live.POLL_EVERY
            return told

        quiet = rounds(2)
        scene.jira.faults.set("html", times=1000)
        away = rounds(3)
        scene.jira.faults.clear()
        back = rounds(2)
    assert [len(one.lost) for one in quiet] == [0, 0]
    assert [[name for name, _error in one.lost] for one in away] == [[JIRA], [], []]
    assert [len(one.failures) for one in away] == [1, 1, 1]
    assert [one.back for one in back] == [[JIRA], []]


def test_a_census_is_taken_once_a_day(scene: Scene) -> None:
    with scene.workspace() as workspace:
        sync(workspace, (), full=False, progress=no_progress)
        scene.jira.delete_issue("WEB-101")
        scene.running.sandbox.jira.webhooks.clear()
        start, passed = workspace.clock(), [timedelta(0)]
        moving = replace(workspace, clock=lambda: start + passed[0])
        pulse = live.Pulse()
        gone = []
        for hours in (0, 12, 25):
            passed[0] = timedelta(hours=hours)
            live.beat(moving, pulse)
            gone.append(gone_by_why(workspace.db, JIRA))
    assert gone == [{}, {}, {"deleted": 1}]


def test_a_new_day_scores_every_node_again(scene: Scene) -> None:
    with scene.workspace() as workspace:
        sync(workspace, (), full=False, progress=no_progress)
        start, passed = workspace.clock(), [timedelta(0)]
        moving = replace(workspace, clock=lambda: start + passed[0])
        pulse = live.Pulse()
        live.beat(moving, pulse)
        passed[0] = timedelta(hours=25)
        assert set(live.beat(moving, pulse).scored) == {node.id for node in workspace.tree.nodes}


def test_a_mark_on_a_node_above_the_projects_is_scored_and_taken_away(scene: Scene) -> None:
    with scene.workspace() as workspace:
        sync(workspace, (), full=False, progress=no_progress)
        pulse = live.Pulse()
        live.beat(workspace, pulse)
        with workspace.db.begin() as uow:
            uow.dirty.mark(["growth"], why="override", at=workspace.clock())
        assert "growth" in live.beat(workspace, pulse).scored
        with workspace.db.read() as uow:
            assert uow.dirty.pending() == ()
