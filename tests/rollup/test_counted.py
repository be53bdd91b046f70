"""What is counted of a project: which items are work, and when they began."""

from datetime import date

import pytest

from model.work import ChangeField
from rollup.facts import ProjectFacts
from tests.rollup.build import day, item, landscape, project, records, view

STATUS, STORY = ChangeField.STATUS, "jira:item:story"


def _facts(*items: object) -> ProjectFacts:
    return view(landscape(project()), {"alpha": records("alpha", *items)}, "alpha").facts  # type: ignore[arg-type]


def _below(name: str, parent: str = "story", **fields: object) -> object:
    return item(name, created=90, parent_id=f"jira:item:{parent}", **fields)


def test_an_item_below_which_everything_was_dropped_stands_for_itself() -> None:
    """Its sub-tasks were called off, the work was not: it is open, late, and counts with its own estimate."""
    story = item("story", started=50, story_points=5.0, due_on=date(2026, 11, 1))
    facts = _facts(story, _below("one", status="dropped", story_points=2.0), _below("two", status="dropped"))
    assert [leaf.id for leaf in facts.open_leaves] == [leaf.id for leaf in facts.overdue()] == [STORY]
    assert facts.total_work == 5
    done = _facts(item("story", started=50, done=20), _below("one", status="dropped"))
    assert [leaf.id for leaf in done.leaves if leaf.done_at and leaf.id == STORY] == [STORY]


def test_a_container_with_any_work_left_below_stays_one() -> None:
    epic, story = item("epic"), item("story", parent_id="jira:item:epic", status="dropped")
    facts = _facts(epic, story, _below("one", status="dropped"), _below("two"))
    assert [leaf.id for leaf in facts.open_leaves] == ["jira:item:two"]
    gone = _facts(item("epic", status="dropped"), item("story", parent_id="jira:item:epic", status="dropped"))
    assert [leaf.id for leaf in gone.leaves] == [STORY]


def test_what_was_created_in_progress_began_when_it_was_created() -> None:
    """Before and after it is closed or put back: it was started, and has a cycle time."""
    done = item("done", created=30, status="done", extra=[(STATUS, "in_progress", "done", 10)])
    reopened = [(STATUS, "in_progress", "done", 10), (STATUS, "done", "in_progress", 5)]
    again = item("again", created=30, status="in_progress", extra=reopened)
    back = item("back", created=30, status="todo", extra=[(STATUS, "in_progress", "todo", 10)])
    facts = _facts(done, again, back)
    assert {leaf.started_at for leaf in facts.leaves} == {day(30)}
    assert facts.cycle_days == ((10, 20),)
    found = {check.code: check.failed for check in facts.checks}
    assert found["discarded_changes"] == ("jira:item:back",)
    assert not found.keys() & {"completed_never_started", "stopped_before_started"}


@pytest.mark.parametrize("closed", [None, 10])
def test_what_was_created_closed_was_closed_until_it_was_reopened(closed: float | None) -> None:
    """On a day before it was taken up again: its closing date of today is that of another closing."""
    moves = [(STATUS, "done", "in_progress", 40)]
    moves += [(STATUS, "in_progress", "done", closed)] if closed else []
    ended = {"status": "done", "done_at": day(closed)} if closed else {"status": "in_progress"}
    known = {"alpha": records("alpha", item("a", created=80, extra=moves, **ended))}  # type: ignore[arg-type]
    facts = view(landscape(project()), known, "alpha", day(50)).facts
    assert [(leaf.status, leaf.done_at) for leaf in facts.leaves] == [("done", day(80))]
    assert [check.code for check in facts.checks if check.code == "created_in_wrong_status"] == ["created_in_wrong_status"]
