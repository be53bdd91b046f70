"""Items that are fetched again by their ids: some at once, and what was fetched is kept whatever happens to the rest."""

from contextlib import closing
from dataclasses import replace

import pytest

from app.bootstrap import surroundings
from connector.sdk.base import Connector
from connector.sdk.registry import create
from model.errors import RetryableError
from model.ids import item_id
from service.sync import refetch_items, sync
from service.workspace import Workspace
from tests.support.scene import Scene, no_progress

ASANA = "northlight-asana"


def _edited(scene: Scene, count: int) -> list[str]:
    """Ids of tasks that were renamed after they were read."""
    gids = [gid for gid, task in scene.asana.tasks.items() if task.homes][:count]
    for gid in gids:
        scene.asana.edit_task(gid, by=scene.asana.bot.gid, name="Again")
    return gids


def _tireless(scene: Scene, workspace: Workspace) -> Connector:
    """A connector that repeats a call as often as any, but does not sleep in between."""
    configuration = scene.configuration()
    around = replace(surroundings(configuration, workspace.db, ()), sleep=lambda _s: None)
    return create(configuration.connections[ASANA], around)


def _renamed(workspace: Workspace, gids: list[str]) -> set[str]:
    with workspace.db.read() as uow:
        items = uow.records.items([item_id(ASANA, gid) for gid in gids])
    return {item.vendor_id for item in items if item.title == "Again"}


def test_items_are_fetched_some_at_once_and_all_of_them(scene: Scene) -> None:
    with scene.workspace() as workspace:
        assert sync(workspace, (), full=False, progress=no_progress).failures == ()
        gids = _edited(scene, 5)
        changed = refetch_items(workspace, workspace.connector(ASANA), gids, at_once=2)
        assert len(changed) == 5
        assert _renamed(workspace, gids) == set(gids)


def test_what_was_fetched_stays_where_the_tool_goes_away_before_the_rest(scene: Scene) -> None:
    with scene.workspace() as workspace, closing(_tireless(scene, workspace)) as asana:
        assert sync(workspace, (), full=False, progress=no_progress).failures == ()
        gids = _edited(scene, 5)
        scene.asana.faults.set("error_500", f"/tasks/{gids[3]}*", times=None)
        with pytest.raises(RetryableError):
            refetch_items(workspace, asana, gids, at_once=2)
        assert _renamed(workspace, gids) == set(gids[:2])
        scene.asana.faults.clear()
        assert len(refetch_items(workspace, asana, gids, at_once=2)) == 3
