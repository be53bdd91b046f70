"""A company of two small projects, one in each tool: enough for every use case, quick enough for every test."""

from datetime import date, datetime, timedelta

from sandbox.world import Event, Item, Link, Person, Portfolio, Program, Project, Status, World

WEEKS = 30


def small_world(now: datetime) -> World:
    """Jira project WEB (with its anchor WEB-1) and Asana project LAUNCH; a task of LAUNCH blocks an issue of WEB."""
    people = {
        "ada": Person("ada", "Ada Berg", "ada@example.test", ("jira", "asana")),
        "bo": Person("bo", "Bo Lund", "bo@example.test", ("jira",)),
        "cy": Person("cy", "Cy Holm", "cy@example.test", ("asana",)),
    }
    start = now - timedelta(weeks=WEEKS)
    projects = {
        "WEB": _project("WEB", "Website", "jira", "bo", start, now, anchor="WEB-1"),
        "LAUNCH": _project("LAUNCH", "Launch", "asana", "cy", start, now, sections=("To do", "Doing", "Done")),
    }
    items = [_anchor(start), *_done("WEB", "bo", start), *_done("LAUNCH", "cy", start)]
    items += _open("WEB", "ada", start, now) + _open("LAUNCH", "ada", start, now)
    return World(
        now=now,
        seed=1,
        people=people,
        projects=projects,
        programs={"reach": Program("reach", "Reach", "ada", ("WEB", "LAUNCH"))},
        portfolios={"growth": Portfolio("growth", "Growth", ("reach",))},
        items={item.key: item for item in items},
        links=[Link("LAUNCH-100", "WEB-100", "blocks", at=start + timedelta(weeks=20))],
        statuses=[Status("LAUNCH", now - timedelta(days=3), "cy", "on_track", "All is well.")],
    )


def _project(key: str, name: str, tool: str, lead: str, start: datetime, now: datetime, **rest: object) -> Project:
    return Project(
        key=key,
        name=name,
        tool=tool,  # type: ignore[arg-type]
        lead=lead,
        created_at=start,
        start=start.date(),
        target=(now + timedelta(weeks=8)).date(),
        estimates="points" if tool == "jira" else "hours",
        **rest,  # type: ignore[arg-type]
    )


def _anchor(start: datetime) -> Item:
    return Item("WEB-1", "WEB", "epic", "Website health", start, "bo", "todo", assignee="bo")


def _done(project: str, who: str, start: datetime) -> list[Item]:
    """Two items finished in every week of the past."""
    found = []
    for number in range(2 * (WEEKS - 1)):
        begun = start + timedelta(days=3.5 * number, hours=1)
        finished = begun + timedelta(days=5)
        events = [
            Event(begun + timedelta(days=1), who, "stage", "todo", "in_progress"),
            Event(finished, who, "stage", "in_progress", "done"),
        ]
        item = Item(
            f"{project}-{number + 2}",
            project,
            "story",
            f"{project} work {number}",
            begun,
            who,
            "done",
            assignee=who,
            points=3,
            estimate_hours=8,
            remaining_hours=0,
            done_at=finished,
            events=events,
            section="Done",
        )
        found.append(item)
    return found


def _open(project: str, who: str, start: datetime, now: datetime) -> list[Item]:
    """Eight open items; number 100 is in progress and due last week."""
    found = []
    for number in range(100, 108):
        late = number == 100
        due: date = (now + timedelta(days=-7 if late else 7 * (number - 99))).date()
        begun = start + timedelta(weeks=20)
        events = [Event(begun + timedelta(days=2), who, "stage", "todo", "in_progress")] if late else []
        item = Item(
            f"{project}-{number}",
            project,
            "task",
            f"{project} open {number}",
            begun,
            who,
            "in_progress" if late else "todo",
            assignee=who,
            due=due,
            points=3,
            estimate_hours=8,
            remaining_hours=8,
            events=events,
            section="Doing" if late else "To do",
        )
        found.append(item)
    return found
