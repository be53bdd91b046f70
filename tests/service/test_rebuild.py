"""Records that are made anew from what is kept: some items at a time, and again from the start where it was cut off."""

from typing import Any

import pytest

from model.ids import item_id
from model.sync import Records
from model.work import StatusCategory
from service import rebuild
from service.workspace import Workspace
from tests.support.scene import Scene

JIRA = "northlight-jira"


class _Cut:
    """A connector that is cut off when it has read so many parts."""

    def __init__(self, connector: Any, parts: int) -> None:
        self._connector, self._left = connector, parts

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connector, name)

    def normalise(self, *given: Any) -> Records:
        self._left -= 1
        if self._left < 0:
            raise KeyboardInterrupt
        found: Records = self._connector.normalise(*given)
        return found


def _started(workspace: Workspace) -> int:
    """Items of Jira that are in progress."""
    with workspace.db.read() as uow:
        found = uow.records.items([item_id(JIRA, one.vendor_id) for one in uow.raw.of_kinds(JIRA, ("issue",))])
    return sum(one.status is StatusCategory.IN_PROGRESS for one in found)


def test_a_rebuild_that_was_cut_off_keeps_what_it_did_with_its_marks_and_begins_again(synced: Scene) -> None:
    synced.document["mapping"][JIRA]["statuses"] = {"To Do": "in_progress"}
    with synced.workspace() as workspace:
        connector, before = workspace.connector(JIRA), _started(workspace)
        with workspace.db.begin() as uow:
            for mark in uow.dirty.pending():
                uow.dirty.clear(mark.node, marked_at=mark.marked_at)
        with pytest.raises(KeyboardInterrupt):
            rebuild.if_mapping_changed(workspace, _Cut(connector, parts=3), at_once=4)
        with workspace.db.read() as uow:
            marked = uow.dirty.pending()
        some = _started(workspace)
        again = rebuild.if_mapping_changed(workspace, connector, at_once=4)
        every = _started(workspace)
        once_more = rebuild.if_mapping_changed(workspace, connector)
    assert before < some < every
    assert marked
    assert (again, once_more) == (True, False)
