"""Census over both fake tools: what left is found, told apart, and no longer counted."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from model.sync import CensusReport
from sandbox.world import World
from service import scoring
from service.census import census
from service.sync import refetch_items, sync
from service.workspace import Workspace
from tests.support.departures import gone_by_why
from tests.support.scene import Scene, no_progress


def _synced(workspace: Workspace) -> None:
    sync(workspace, (), full=False, progress=no_progress)


def _reports(workspace: Workspace) -> dict[str, CensusReport]:
    outcome = census(workspace)
    assert outcome.failures == ()
    return {report.name: report for report in outcome.reports}


def _refs(counted: Any) -> set[str]:
    return {one.ref.split(":")[1] for one in counted}


def test_a_census_of_what_is_there_finds_nothing_and_marks_nothing(synced: Scene) -> None:
    with synced.workspace() as workspace:
        scoring.score_dirty(workspace)
        reports = _reports(workspace)
        with workspace.db.read() as uow:
            dirty = uow.dirty.pending()
    assert all(not any(report.found()) for report in reports.values())
    assert sum(report.checked for report in reports.values()) > 100
    assert dirty == ()


def test_deleted_items_are_found_once_and_no_longer_count(synced: Scene) -> None:
    with synced.workspace() as workspace:
        synced.jira.delete_issue("WEB-101")
        synced.asana.delete_task("LAUNCH-101", by="cy")
        first, second = _reports(workspace), _reports(workspace)
        counts = {name: gone_by_why(workspace.db, name) for name in workspace.connections}
        with workspace.db.read() as uow:
            dirty = {one.node for one in uow.dirty.pending()}
    assert [len(report.deleted) for report in first.values()] == [1, 1]
    assert _refs(first["northlight-jira"].deleted) == {"WEB-101"}
    assert not any(any(report.found()) for report in second.values())
    assert all(count == {"deleted": 1} for count in counts.values())
    assert {"web", "launch"} <= dirty


def test_an_item_that_comes_back_counts_again(synced: Scene) -> None:
    with synced.workspace() as workspace:
        with workspace.db.begin() as uow:
            item = uow.records.item("WEB-101")
            assert item is not None
            now = workspace.clock()
            uow.records.mark_gone([item.id], at=now, known_at=now)
        report = _reports(workspace)["northlight-jira"]
        assert gone_by_why(workspace.db, "northlight-jira") == {}
    assert _refs(report.back) == {"WEB-101"}


def test_an_issue_that_moved_elsewhere_is_told_as_moved_and_keeps_its_past(
    altered: Callable[[Callable[[World], None]], Scene],
) -> None:
    def one_more_project(world: World) -> None:
        world.projects["ELSE"] = replace(world.projects["WEB"], key="ELSE", name="Elsewhere", anchor=None)

    scene = altered(one_more_project)
    with scene.workspace() as workspace:
        _synced(workspace)
        moved = scene.jira.move_issue("WEB-101", "ELSE")
        report = _reports(workspace)["northlight-jira"]
        with workspace.db.read() as uow:
            item = uow.records.item(moved.key)
        _synced(workspace)
        again = _reports(workspace)["northlight-jira"]
    assert _refs(report.moved) == {"WEB-101"}
    assert again.moved == ()
    assert item is not None
    assert item.vendor_id == moved.id


def test_a_connection_that_cannot_be_counted_does_not_stop_the_other(synced: Scene) -> None:
    with synced.workspace() as workspace:
        synced.jira.faults.set("html", times=50)
        outcome = census(workspace)
    assert [report.name for report in outcome.reports] == ["northlight-asana"]
    assert [name for name, _error in outcome.failures] == ["northlight-jira"]


@pytest.mark.parametrize("evidence", [True, False])
def test_a_hint_that_an_item_is_not_there_proves_a_deletion_only_when_the_tool_said_so(
    synced: Scene, evidence: bool
) -> None:
    with synced.workspace() as workspace:
        number = synced.jira.issue("WEB-101").id
        synced.jira.delete_issue("WEB-101")
        refetch_items(workspace, workspace.connector("northlight-jira"), [number], deleted=[number] if evidence else [])
        counts = gone_by_why(workspace.db, "northlight-jira")
    assert counts == {"deleted" if evidence else "gone_or_hidden": 1}
