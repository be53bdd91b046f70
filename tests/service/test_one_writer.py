"""One writer a connection, and a clock that was set back: neither may lose what is newer."""

from dataclasses import replace
from datetime import timedelta

import pytest

from model.errors import RetryableError
from service.census import census
from service.pages import exclusive
from service.sync import refetch_items, sync
from service.workspace import Workspace
from store.database import Database
from tests.support.scene import Scene, no_progress

JIRA = "northlight-jira"


def _synced(workspace: Workspace) -> None:
    assert sync(workspace, (), full=False, progress=no_progress).failures == ()


def test_while_one_reads_a_connection_another_does_nothing_and_says_so(synced: Scene) -> None:
    with synced.workspace() as workspace:
        with exclusive(workspace, JIRA):
            outcome = sync(workspace, (), full=False, progress=no_progress)
            counted = census(workspace)
            with pytest.raises(RetryableError) as caught:
                refetch_items(workspace, workspace.connector(JIRA), ["10001"])
        _synced(workspace)
    assert [(name, error.reason) for name, error in outcome.failures] == [(JIRA, "busy")]
    assert [(name, error.reason) for name, error in counted.failures] == [(JIRA, "busy")]
    assert caught.value.reason == "busy"
    assert len(outcome.reports) == 1


def test_only_one_at_a_time_is_alone_and_another_name_is_free(database: Database) -> None:
    with database.alone("sync:a") as first, database.alone("sync:a") as second, database.alone("sync:b") as other:
        assert (first, second, other) == (True, False, True)
    with database.alone("sync:a") as again:
        assert again


def test_what_is_learned_after_the_clock_was_set_back_is_not_taken_for_older(synced: Scene) -> None:
    with synced.workspace() as workspace:
        back = replace(workspace, clock=lambda: workspace.clock() - timedelta(hours=5))
        number = synced.jira.issue("WEB-101").id
        synced.jira.edit_issue("WEB-101", summary="Told late", labels=["one"])
        refetch_items(back, workspace.connector(JIRA), [number])
        synced.jira.edit_issue("WEB-101", labels=[])
        refetch_items(back, workspace.connector(JIRA), [number])
        with workspace.db.read() as uow:
            item = uow.records.item("WEB-101")
    assert item is not None
    assert (item.title, item.labels) == ("Told late", ())
