"""Items that can't be read any more, and again: their projects are scored anew at once, though no item changed."""

from service import scoring
from service.memory import Memory
from service.sync import refetch_items
from service.workspace import Workspace
from tests.support.scene import Scene

JIRA = "northlight-jira"


def _unreadable(workspace: Workspace, memory: Memory) -> dict[str, tuple[str, ...]]:
    """Node → the items that it says can't be read, after what waits was scored; held against scoring everything."""
    scoring.score_dirty(workspace, memory)
    kept, whole = scoring.latest_scores(workspace), scoring.score(workspace, as_of=None).nodes
    assert [(one.id, one.trust, one.untrusted) for one in kept] == [(one.id, one.trust, one.untrusted) for one in whole]
    found = {one.id: check.items for one in kept for check in one.untrusted if check.check == "unreadable"}
    return {node: items for node, items in found.items() if items}


def test_an_item_that_can_not_be_read_any_more_lowers_trust_at_once_and_gives_it_back(synced: Scene) -> None:
    memory, issue = Memory(), synced.jira.issue("WEB-103")
    due = issue.fields["duedate"]
    with synced.workspace() as workspace:
        with workspace.db.begin() as uow:
            uow.dirty.mark([node.id for node in workspace.tree.nodes], why="begin", at=workspace.clock())
        assert _unreadable(workspace, memory) == {}
        for value, told in (("soon", True), (due, False)):
            synced.jira.spoil_issue("WEB-103", duedate=value)
            refetch_items(workspace, workspace.connector(JIRA), [issue.id])
            found = _unreadable(workspace, memory)
            assert bool(found) is told
            assert all(items == (f"{JIRA}:item:{issue.id}",) for items in found.values())
