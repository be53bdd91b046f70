"""The whole flow against both fake tools: sync, score, set up, push, and again."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from model.errors import RefusedError, UsageError
from model.health import Band
from model.push import WriteResult
from model.sync import Page, Stage
from model.work import StatusCategory
from sandbox.world import World
from service import push_back, rebuild, scoring
from service import setup as set_up
from service.sync import sync, sync_connection
from service.workspace import Workspace
from store import tables
from tests.support.scene import Scene, no_progress

ITEMS = 134  # in both tools: 59 + 8 in Asana, the anchor more in Jira


def _synced(workspace: Workspace) -> None:
    sync(workspace, (), full=False, progress=no_progress)


def _run(workspace: Workspace) -> list[WriteResult]:
    _synced(workspace)
    scoring.score(workspace, as_of=None)
    return [write.result for write in push_back.push(workspace)]


def test_a_first_run_fills_both_tools_and_a_second_push_writes_nothing(scene: Scene) -> None:
    with scene.workspace() as workspace:
        set_up.setup(workspace, apply=True)
        first = _run(workspace)
        again = [write.result for write in push_back.push(workspace)]
    assert set(first) <= {WriteResult.WRITTEN, WriteResult.UNCHANGED}
    assert first.count(WriteResult.WRITTEN) > 10
    assert set(again) == {WriteResult.UNCHANGED}
    shown = scene.running.sandbox.jira.issue("WEB-1")
    assert "AT_RISK" in str(shown) or "At risk" in str(shown) or "On track" in str(shown)


def test_a_second_full_sync_finds_everything_unchanged(synced: Scene) -> None:
    with synced.workspace() as workspace:
        again = sync(workspace, (), full=True, progress=no_progress)
    counts = [(r.created, r.updated, r.deleted) for r in again.reports]
    assert counts == [(0, 0, 0), (0, 0, 0)]
    assert sum(report.unchanged for report in again.reports) == ITEMS - 1


def test_an_incremental_sync_brings_what_a_person_changed(synced: Scene) -> None:
    with synced.workspace() as workspace:
        synced.jira.edit_issue("WEB-101", status="Done")
        synced.asana.complete_task("LAUNCH-101", by="cy")
        again = sync(workspace, (), full=False, progress=no_progress)
        with workspace.db.read() as uow:
            jira = uow.records.item("WEB-101")
    assert all(len(report.changed_ids) == 1 for report in again.reports)
    assert jira is not None
    assert jira.status.value == "done"


def test_a_sync_that_was_cut_off_goes_on_and_loses_nothing(scene: Scene) -> None:
    def cut(_name: str, page: Page) -> None:
        if page.stage is Stage.ITEMS:
            raise KeyboardInterrupt

    with scene.workspace() as workspace:
        with pytest.raises(KeyboardInterrupt):
            sync(workspace, (), full=False, progress=cut)
        _synced(workspace)
        with workspace.db.read() as uow:
            count = sum(uow.records.item_count(name) for name in workspace.connections)
            history = uow.records.project_records("web", _containers(workspace)["web"])
    assert count == ITEMS - 1
    assert all(found.history_known for found in history.items)


def _containers(workspace: Workspace) -> dict[str, tuple[str, ...]]:
    from service.workspace import containers_by_node

    with workspace.db.read() as uow:
        return containers_by_node(workspace, uow)


def test_a_changed_mapping_reads_the_kept_payloads_anew_without_a_call(synced: Scene) -> None:
    synced.document["mapping"]["northlight-jira"]["statuses"] = {"To Do": "in_progress"}
    with synced.workspace() as workspace:
        connector = workspace.connector("northlight-jira")
        assert rebuild.if_mapping_changed(workspace, connector)
        spent = connector.traffic().requests
        with workspace.db.read() as uow:
            item = uow.records.item("WEB-105")
    assert spent == 0
    assert item is not None
    assert item.status.value == "in_progress"


def test_a_status_that_has_another_category_now_is_read_so_in_items_that_nobody_touched(synced: Scene) -> None:
    """The tool tells of it in its list of statuses alone. A status that is new changes nothing."""
    status = synced.jira.issue("WEB-105").fields["status"]
    with synced.workspace() as workspace:
        connector = workspace.connector("northlight-jira")

        def read_again() -> tuple[StatusCategory, int]:
            sync_connection(workspace, connector, full=False, progress=no_progress, lists_again=True)
            with workspace.db.transaction(write=False) as conn, workspace.db.read() as uow:
                item = uow.records.item("WEB-105")
                versions = conn.execute(select(func.count()).select_from(tables.items)).scalar_one()
            assert item is not None
            return item.status, versions

        before, versions = read_again()
        synced.jira.statuses["10999"] = {**synced.jira.statuses[status["id"]], "id": "10999", "name": "Parked"}
        assert read_again() == (before, versions)
        started = {"statusCategory": {"id": 4, "key": "indeterminate", "name": "In Progress", "colorName": "yellow"}}
        synced.jira.statuses[status["id"]] = {**synced.jira.statuses[status["id"]], **started}
        after, more = read_again()
        with workspace.db.read() as uow:
            marked = {mark.node for mark in uow.dirty.pending()}
    assert (before, after) == (StatusCategory.TODO, StatusCategory.IN_PROGRESS)
    assert more > versions
    assert "web" in marked


def test_a_field_that_somebody_changed_is_noticed_and_put_right(scene: Scene) -> None:
    with scene.workspace() as workspace:
        set_up.setup(workspace, apply=True)
        _run(workspace)
        with workspace.db.read() as uow:
            fields = uow.pushes.health_fields("northlight-jira")
        assert fields is not None
        issue = scene.jira.issue("WEB-1")
        issue.fields[fields.ids["score"]] = 3.0  # type: ignore[index]
        writes = [write for write in push_back.plan(workspace) if write.result is WriteResult.PLANNED]
    assert [(write.field, write.old) for write in writes] == [("score", 3.0)]
    assert "Somebody changed it" in writes[0].why


def test_before_set_up_push_writes_what_needs_no_field_and_names_the_rest(synced: Scene) -> None:
    with synced.workspace() as workspace:
        scoring.score(workspace, as_of=None)
        writes = push_back.push(workspace)
    skipped = [write for write in writes if write.result is WriteResult.SKIPPED]
    assert {write.channel.value for write in skipped} == {"field"}
    assert all("setup --apply" in write.why for write in skipped)
    assert "property" in {write.channel.value for write in writes if write.result is WriteResult.WRITTEN}


def test_read_only_plans_but_never_writes(synced: Scene) -> None:
    synced.document["read_only"] = True
    with synced.workspace() as workspace:
        scoring.score(workspace, as_of=None)
        assert push_back.plan(workspace)
        with pytest.raises(RefusedError):
            push_back.push(workspace)
        with pytest.raises(RefusedError):
            set_up.setup(workspace, apply=True)


def test_a_past_day_is_scored_from_history_and_marked_so(synced: Scene) -> None:
    then = datetime.now(UTC) - timedelta(weeks=4)
    with synced.workspace() as workspace:
        first = scoring.score(workspace, as_of=then, known_at=workspace.clock())
        again = scoring.score(workspace, as_of=then, known_at=first.known_at)
        with pytest.raises(UsageError):
            scoring.score(workspace, as_of=workspace.clock() + timedelta(days=2))
    assert {node.basis.value for node in first.nodes} == {"reconstructed"}
    assert first.model_dump_json() == again.model_dump_json()


def test_scoring_only_what_changed_gives_what_scoring_everything_gives(synced: Scene) -> None:
    with synced.workspace() as workspace:
        scoring.score(workspace, as_of=None)
        synced.jira.edit_issue("WEB-100", status="Done")
        _synced(workspace)
        touched = scoring.score_dirty(workspace)
        kept = {score.id: score for score in scoring.latest_scores(workspace)}
        full = {node.id: node for node in scoring.score(workspace, as_of=None).nodes}
    assert {"web", "reach", "growth"} <= set(touched)
    for node_id, score in kept.items():
        assert score.score == pytest.approx(full[node_id].score, abs=0.05)


Altered = Callable[[Callable[[World], None]], Scene]


def _without(predicate: Callable[[Any], bool]) -> Callable[[World], None]:
    def change(world: World) -> None:
        for key in [key for key, item in world.items.items() if predicate(item)]:
            del world.items[key]
        world.links.clear()

    return change


@pytest.mark.parametrize("left", [0, 1], ids=["an empty project", "a project of one item"])
def test_a_project_with_hardly_anything_in_it_has_no_data_and_stops_nothing(altered: Altered, left: int) -> None:
    keep = [f"LAUNCH-{number}" for number in range(100, 100 + left)]
    scene = altered(_without(lambda item: item.project == "LAUNCH" and item.key not in keep))
    with scene.workspace() as workspace:
        _synced(workspace)
        nodes = {node.id: node for node in scoring.score(workspace, as_of=None).nodes}
    assert nodes["launch"].band is Band.NO_DATA
    assert nodes["web"].score is not None


def test_a_project_without_dates_is_continuous_and_its_flow_is_scored(synced: Scene) -> None:
    for project in synced.document["portfolios"][0]["programs"][0]["projects"]:
        project.pop("target_date")
        project.pop("start_date")
        project["class"] = "support"
    with synced.workspace() as workspace:
        nodes = {node.id: node for node in scoring.score(workspace, as_of=None).nodes}
    flow = next(d for d in nodes["web"].dimensions if d.finding.dimension == "flow")
    schedule = next(d for d in nodes["web"].dimensions if d.finding.dimension == "schedule")
    assert flow.finding.outcome.value == "MEASURED"
    assert schedule.finding.outcome.value == "NOT_APPLICABLE"
