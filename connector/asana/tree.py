"""Tasks with their subtasks, each with its top ancestor beside it."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from connector.asana.client import INVISIBLE, AsanaClient, Json

ROOT_KEYS = ("gid", "created_at", "memberships")


class Found(NamedTuple):
    """A task as Asana sent it, and its top ancestor (None: it is one)."""

    task: Json
    root: Json | None

    @property
    def gid(self) -> str:
        return str(self.task["gid"])

    def body(self) -> Json:
        """The payload to keep: what Asana sent, with what matters of the top ancestor."""
        if self.root is None:
            return self.task
        return {**self.task, "root": slim_root(self.root)}


def slim_root(task: Json) -> Json:
    """What matters of a top ancestor."""
    return {key: task.get(key) for key in ROOT_KEYS}


def places(task: Json) -> list[tuple[str, Json | None]]:
    """The projects a task shows in, each with the section there (None: not told)."""
    found = []
    for each in task.get("memberships") or ():
        project = (each or {}).get("project") or {}
        if project.get("gid"):
            found.append((str(project["gid"]), each.get("section") or None))
    return found


def homes(task: Json) -> tuple[str, ...]:
    """The projects a task shows in."""
    return tuple(project for project, _ in places(task))


def sections_in(task: Json) -> list[Json]:
    """The sections a task shows in."""
    return [section for _, section in places(task) if section and section.get("gid")]


def parent_of(task: Json) -> str | None:
    """The parent's id."""
    gid = (task.get("parent") or {}).get("gid")
    return str(gid) if gid else None


def has_subtasks(task: Json) -> bool:
    return (task.get("num_subtasks") or 0) > 0


def with_root(
    client: AsanaClient, task: Json, known: dict[str, Json], *, wanted: Sequence[str] | None = None
) -> Found:
    """A task with its top ancestor, found by climbing. ``known`` keeps the ancestors already read.

    An ancestor that the account may not see ends the climb: what is below it counts as its own top. So does a task that
    is met again: Asana should not allow such a ring, and nobody waits for its end here.
    """
    top, seen = task, {str(task["gid"])}
    while (above := parent_of(top)) and above not in seen:
        seen.add(above)
        if above not in known:
            try:
                known[above] = client.task(above, wanted) if wanted else client.task(above)
            except INVISIBLE:
                break
        top = known[above]
    return Found(task, None if top is task else top)


def below(client: AsanaClient, tops: Iterable[Found], listed: frozenset[str]) -> list[Found]:
    """All subtasks of the given tasks, at any depth: one request a parent.

    Subtasks that show in one of the ``listed`` projects themselves are left out: its own list brings them.
    """
    found: dict[str, Found] = {}
    asked: set[str] = set()
    level = _parents(tops, asked)
    while level:
        groups = client.in_parallel(lambda parent: children(client, parent), level)
        fresh = [
            child for group in groups for child in group
            if child.gid not in found and not listed.intersection(homes(child.task))
        ]  # fmt: skip
        found.update((child.gid, child) for child in fresh)
        level = _parents(fresh, asked)
    return list(found.values())


def _parents(tasks: Iterable[Found], asked: set[str]) -> Sequence[Found]:
    """Those with subtasks that nobody has asked for yet."""
    fresh = {each.gid: each for each in tasks if has_subtasks(each.task) and each.gid not in asked}
    asked.update(fresh)
    return list(fresh.values())


def children(client: AsanaClient, parent: Found) -> list[Found]:
    """The subtasks right below a task; none when it was deleted after it was listed: the next events say so."""
    try:
        return [Found(child, parent.root or parent.task) for child in client.subtasks(parent.gid)]
    except INVISIBLE:
        return []
