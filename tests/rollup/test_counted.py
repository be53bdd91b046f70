"""What is counted of a project: which items are work, and when they began."""

from datetime import date

from rollup.facts import ProjectFacts
from tests.rollup.build import item, landscape, project, records, view

STORY = "jira:item:story"


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
