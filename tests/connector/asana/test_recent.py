"""Very many tasks that are fetched again at once: lists tell of those that changed of late, each other is asked for."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from bench.liveworld import live_world
from model.ids import item_id
from service.sync import refetch_items, sync
from service.workspace import Workspace
from tests.support.scene import Scene, no_progress, play

OPEN, PROJECTS = 70, 2
ASANA = "northlight-asana"


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A company with one project in each tool, of a hundred tasks, synced."""
    for scene in play(live_world(PROJECTS, OPEN), tmp_path_factory.mktemp("many")):
        with scene.workspace() as workspace:
            assert sync(workspace, (), full=False, progress=no_progress).failures == ()
        yield scene


def _renamed(scene: Scene, name: str, count: int) -> list[str]:
    gids = [gid for gid, task in scene.asana.tasks.items() if task.homes and task.completed_at is None][:count]
    for gid in gids:
        scene.asana.edit_task(gid, by=scene.asana.bot.gid, name=name)
    return gids


def _names(workspace: Workspace, gids: list[str]) -> set[str]:
    with workspace.db.read() as uow:
        return {item.title for item in uow.records.items([item_id(ASANA, gid) for gid in gids])}


def _fetch(
    scene: Scene, workspace: Workspace, gids: list[str], *, told_at: datetime | None = None
) -> tuple[int, int]:
    """How many items were other than they were stored, and the requests that it took to see it."""
    connector = workspace.connector(ASANA)
    before = connector.traffic().requests
    changed = refetch_items(workspace, connector, gids, told_at=told_at)
    return len(changed), connector.traffic().requests - before


def test_seventy_tasks_that_changed_just_now_take_two_requests(many: Scene) -> None:
    with many.workspace() as workspace:
        gids = _renamed(many, "Listed", OPEN)
        changed, requests = _fetch(many, workspace, gids)
        assert (changed, _names(workspace, gids)) == (OPEN, {"Listed"})
        assert requests <= 3


def test_few_tasks_are_asked_for_one_by_one_with_their_histories(many: Scene) -> None:
    with many.workspace() as workspace:
        gids = _renamed(many, "Single", 10)
        changed, requests = _fetch(many, workspace, gids)
        assert (changed, _names(workspace, gids)) == (10, {"Single"})
        assert requests >= 20


def test_what_the_tool_told_of_many_tasks_that_look_as_before_is_read_with_their_histories(many: Scene) -> None:
    """One may have been moved away and back."""
    with many.workspace() as workspace:
        gids = _renamed(many, "Once", OPEN)
        sync(workspace, (ASANA,), full=False, progress=no_progress)
        with workspace.db.read() as uow:
            before = uow.inventory.without_history(ASANA)
        changed, _ = _fetch(many, workspace, gids)
        with workspace.db.read() as uow:
            unread = uow.inventory.without_history(ASANA)
    assert (before, changed) == ((), 0)
    assert set(unread) == set(gids)


@pytest.mark.parametrize(("told_after", "listed"), [(timedelta(minutes=1), True), (timedelta(hours=1), False)])
def test_what_changed_long_before_the_tool_told_of_it_is_asked_for(
    many: Scene, told_after: timedelta, listed: bool
) -> None:
    with many.workspace() as workspace:
        gids = _renamed(many, f"Told {told_after}", OPEN)
        changed, requests = _fetch(many, workspace, gids, told_at=workspace.clock() + told_after)
        assert (changed, _names(workspace, gids)) == (OPEN, {f"Told {told_after}"})
        assert (requests <= 3) is listed


def test_what_no_list_tells_is_asked_for(many: Scene) -> None:
    with many.workspace() as workspace:
        gids = _renamed(many, "Hidden", OPEN)
        many.asana.faults.set("refused_400", "/tasks", times=None)
        try:
            changed, requests = _fetch(many, workspace, gids)
        finally:
            many.asana.faults.clear()
        assert (changed, _names(workspace, gids)) == (OPEN, {"Hidden"})
        assert requests > OPEN
