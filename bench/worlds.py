"""Large worlds for the fakes: as many items as wanted, each with a history, the same ones every time."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sandbox.world import Event, Item, Link, Person, Portfolio, Program, Project, Sprint, Tool, Version, World

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
BEGIN = NOW - timedelta(days=400)
MOST_HISTORIES = 20
OLD, IN_OLD = "OLD", 3  # a small project, to be archived as a whole
OUTSIDE = "OUT"  # a project that no configuration names
_WORDS = ("Import", "Export", "Login", "Report", "Invoice", "Search", "Mobile", "Backup", "Audit", "Cache")
_STAGES = ("in_progress", "review", "in_progress", "review")


def jira_world(items: int, *, per_project: int = 1000) -> World:
    """``items`` issues in projects of a thousand, with 0 to 20 changes each, two versions and two sprints a project.

    The last three are in a project of their own; one more project has none.
    """
    keys = [*jira_keys(items, per_project=per_project), OUTSIDE]
    made = [_issue(keys[n // per_project], n % per_project + 1, random.Random(n)) for n in range(items - IN_OLD)]
    made += [_issue(OLD, n + 1, random.Random(n)) for n in range(IN_OLD)]
    day = timedelta(days=1)
    return _world(
        "jira", keys, made,
        versions=[Version(key, name, BEGIN.date(), (NOW + 30 * day).date()) for key in keys for name in ("1.0", "2.0")],
        sprints=[Sprint(key, f"Sprint {key} {n}", NOW - (28 - 14 * n) * day, NOW - (14 - 14 * n) * day, None, "active")
                 for key in keys for n in (0, 1)],
    )  # fmt: skip


def jira_keys(items: int, *, per_project: int = 1000) -> list[str]:
    """The keys of the projects that hold a Jira world's issues."""
    return [*(f"J{number}" for number in range(max(1, -(-items // per_project)))), OLD]


def asana_world(projects: int, tasks: int, *, subtasks_every: int = 10) -> World:
    """``tasks`` tasks in each project; every tenth has two subtasks of its own, every fifth waits for the one before."""
    keys = [f"A{number}" for number in range(projects)]
    made: list[Item] = []
    links: list[Link] = []
    for key in keys:
        for number in range(1, tasks + 1):
            task = _task(key, number, random.Random(number))
            made.append(task)
            if number % subtasks_every == 0:
                made += [_task(key, tasks + 2 * number + child, random.Random(child), parent=task.key) for child in (0, 1)]
            if number % 5 == 0:
                links.append(Link(f"{key}-{number - 1}", task.key, at=BEGIN + timedelta(days=30)))
    return _world("asana", keys, made, links=links)


def push_world(issues: int, projects: int) -> World:
    """Places to push to: ``issues`` issues in one Jira project; Asana projects, ten to a program, with a task each."""
    keys = [f"A{number}" for number in range(projects)]
    plain = [replace(_issue("J0", n + 1, random.Random(n)), version=None) for n in range(issues)]
    jira = _world("jira", ["J0"], plain)
    asana = _world("asana", keys, [_task(key, 1, random.Random(n)) for n, key in enumerate(keys)])
    programs = {
        f"g{n}": Program(f"g{n}", f"Program {n}", "p0", tuple(keys[n * 10 : n * 10 + 10])) for n in range(-(-projects // 10))
    } | {"j": Program("j", "Issues", "p0", ("J0",))}
    people = {
        name: Person(name, one.name, one.email, ("jira", "asana")) for name, one in jira.people.items()
    }  # fmt: skip
    return World(
        now=NOW, seed=1, people=people, projects={**jira.projects, **asana.projects}, programs=programs,
        portfolios={"every": Portfolio("every", "Everything", tuple(programs))}, items={**jira.items, **asana.items},
    )  # fmt: skip


def _world(tool: Tool, keys: list[str], items: list[Item], **more: object) -> World:
    people = {f"p{n}": Person(f"p{n}", f"Person {n}", f"p{n}@example.test", (tool,)) for n in range(20)}
    projects = {
        key: Project(key, f"Project {key}", tool, "p0", BEGIN, start=BEGIN.date(), sections=("To do", "Doing", "Done"))
        for key in keys
    }
    return World(
        now=NOW, seed=1, people=people, projects=projects,
        programs={"all": Program("all", "All", "p0", tuple(keys))},
        portfolios={"every": Portfolio("every", "Everything", ("all",))},
        items={item.key: item for item in items}, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def _issue(project: str, number: int, chance: random.Random) -> Item:
    born = BEGIN + timedelta(minutes=chance.randrange(500_000))
    events = list(_events(born, chance.randint(0, MOST_HISTORIES), chance))
    stage = next((event.new for event in reversed(events) if event.field == "stage"), "todo")
    due = next((event.new for event in reversed(events) if event.field == "due"), None)
    return Item(
        key=f"{project}-{number}", project=project, kind="story", title=f"{chance.choice(_WORDS)} {number}",
        created_at=born, reporter="p1", stage=stage or "todo", assignee=f"p{number % 20}",  # type: ignore[arg-type]
        due=datetime.fromisoformat(due).date() if due else None, points=float(chance.choice((1, 2, 3, 5, 8))),
        version=chance.choice(("1.0", "2.0")), events=events,
        done_at=events[-1].at if stage == "done" else None,
    )  # fmt: skip


def _events(born: datetime, count: int, chance: random.Random) -> Iterator[Event]:
    """Changes of status and due date in turns, the last one often to done."""
    stage, due, at = "todo", None, born
    for number in range(count):
        at = min(at + timedelta(hours=chance.randint(1, 60)), NOW - timedelta(hours=1))
        if number % 2:
            new = (born + timedelta(days=30 + number)).date().isoformat()
            yield Event(at, "p2", "due", due, new)
            due = new
        else:
            following = "done" if number >= count - 2 and chance.random() < 0.6 else _STAGES[(number // 2) % 4]
            if following != stage:
                yield Event(at, "p3", "stage", stage, following)
                stage = following


def _task(project: str, number: int, chance: random.Random, parent: str | None = None) -> Item:
    born = BEGIN + timedelta(minutes=chance.randrange(500_000))
    done = chance.random() < 0.4
    ended = born + timedelta(days=chance.randint(2, 20))
    events = [Event(born + timedelta(days=1), "p2", "stage", "todo", "in_progress")] if number % 3 else []
    if done:
        events.append(Event(ended, "p3", "stage", "in_progress" if events else "todo", "done"))
    stage = "done" if done else "in_progress" if events else "todo"
    return Item(
        key=f"{project}-{number}", project=project, kind="subtask" if parent else "task",
        title=f"{chance.choice(_WORDS)} {number}", created_at=born, reporter="p1", stage=stage,  # type: ignore[arg-type]
        assignee=f"p{number % 20}", due=(born + timedelta(days=60)).date(), parent=parent,
        section={"todo": "To do", "in_progress": "Doing", "done": "Done"}[stage], events=events,
        done_at=ended if done else None,
    )  # fmt: skip
