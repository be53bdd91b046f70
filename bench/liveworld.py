"""A company for live load: as many projects as wanted, half of them in Asana, each with health of its own to show; and
the edits that people make to it, the same ones for the same numbers every time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.document import ASANA, JIRA
from sandbox.server import Sandbox
from sandbox.world import Event, Item, Person, Portfolio, Program, Project, World

WEEKS = 20
DONE, OPEN = 32, 12
"""Items of a project that are done, and that are open and due next month."""
OPEN_FOR_LONG = 200
"""Open items where edits go on for long: each is edited as often in half an hour as a busy item in months, not in years."""
PER_PROGRAM = 10


def live_world(projects: int, open_items: int = OPEN) -> World:
    """So many projects, each with so many open items; every second one is in Asana."""
    now = datetime.now(UTC).replace(microsecond=0)
    start = now - timedelta(weeks=WEEKS)
    people = {f"p{n}": Person(f"p{n}", f"Person {n}", f"p{n}@example.test", ("jira", "asana")) for n in range(10)}
    made = {key: _project(key, start, now) for key in map(key_of, range(projects))}
    keys = list(made)
    programs = {
        f"g{n}": Program(f"g{n}", f"Program {n}", "p0", tuple(keys[n * PER_PROGRAM : (n + 1) * PER_PROGRAM]))
        for n in range(-(-projects // PER_PROGRAM))
    }
    items = [item for key in keys for item in _items(key, start, now, open_items)]
    return World(
        now=now, seed=1, people=people, projects=made, programs=programs,
        portfolios={"every": Portfolio("every", "Everything", tuple(programs))},
        items={item.key: item for item in items},
    )  # fmt: skip


def key_of(number: int) -> str:
    """The key of the project with this number."""
    return f"A{number}" if number % 2 else f"L{number}"


def _project(key: str, start: datetime, now: datetime) -> Project:
    jira = key.startswith("L")
    return Project(
        key, f"Project {key}", "jira" if jira else "asana", "p0", start, start=start.date(),
        target=(now + timedelta(weeks=10)).date(), sections=() if jira else ("To do", "Doing", "Done"),
        anchor=f"{key}-1" if jira else None,
    )  # fmt: skip


def _items(key: str, start: datetime, now: datetime, open_items: int) -> Iterator[Item]:
    if key.startswith("L"):
        yield Item(f"{key}-1", key, "epic", f"Health of {key}", start, "p0", "todo", assignee="p0")
    for number in range(DONE):
        begun = start + timedelta(days=4 * number, hours=1)
        ended = begun + timedelta(days=4)
        events = [Event(begun + timedelta(days=1), "p1", "stage", "todo", "in_progress"),
                  Event(ended, "p1", "stage", "in_progress", "done")]  # fmt: skip
        yield Item(f"{key}-{number + 2}", key, "task", f"Work {number}", begun, "p1", "done", assignee=f"p{number % 10}",
                   section="Done", done_at=ended, events=events, points=3)  # fmt: skip
    for number in range(open_items):
        yield Item(f"{key}-{number + 100}", key, "task", f"Open work {number}", now - timedelta(days=20), "p1", "todo",
                   assignee=f"p{number % 10}", due=(now + timedelta(days=30)).date(), section="To do", points=3)  # fmt: skip


def edit(sandbox: Sandbox, number: int, projects: int, open_items: int = OPEN) -> dict[str, Any]:
    """What people do as their ``number``-th deed: move a due date. Each item goes into the past, then back, and so on.

    Returns: the node whose health it changes, the item as its tool calls it, and when.
    """
    project, turn = number % projects, number // projects
    key, late = key_of(project), turn // open_items % 2 == 0
    today = sandbox.clock().date()
    due = today - timedelta(days=3 + turn % OPEN) if late else today + timedelta(days=30 + turn % OPEN)
    at, item = sandbox.clock(), f"{key}-{100 + turn % open_items}"
    if project % 2 == 0:
        sandbox.jira.edit_issue(item, duedate=due.isoformat())
        return {"node": key.lower(), "connection": JIRA, "item": sandbox.jira.issue(item).id, "at": at.timestamp()}
    space = sandbox.asana
    doer = next(one.gid for one in space.users.values() if one is not space.bot)
    task = space.edit_task(item, by=doer, due_on=due.isoformat())
    return {"node": key.lower(), "connection": ASANA, "item": task.gid, "at": at.timestamp()}
