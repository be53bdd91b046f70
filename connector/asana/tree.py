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
        return {**self.task, "root": {key: self.root.get(key) for key in ROOT_KEYS}}


def homes(task: Json) -> tuple[str, ...]:
    """The projects a task shows in."""
    found = []
    for each in task.get("memberships") or ():
        project = (each or {}).get("project") or {}
        if project.get("gid"):
            found.append(str(project["gid"]))
    return tuple(found)


def parent_of(task: Json) -> str | None:
    """The parent's id."""
    gid = (task.get("parent") or {}).get("gid")
    return str(gid) if gid else None


def with_root(client: AsanaClient, task: Json, known: dict[str, Json]) -> Found:
    """A task with its top ancestor, found by climbing. ``known`` keeps the ancestors already read.

    An ancestor that the account may not see ends the climb: what is below it counts as its own top.
    """
    top, seen = task, {str(task["gid"])}
    while (above := parent_of(top)) and above not in seen:
        seen.add(above)
        if above not in known:
            try:
                known[above] = client.task(above)
            except INVISIBLE:
                break
        top = known[above]
    return Found(task, None if top is task else top)


def below(client: AsanaClient, tops: Iterable[Found], listed: frozenset[str]) -> list[Found]:
    """All subtasks of the given tasks, at any depth: one request a parent.

    Subtasks that show in one of the ``listed`` projects themselves are left out: its own list brings them.
    """
    found: list[Found] = []
    level = _parents(tops)
    while level:
        children = [
            child
            for group in client.in_parallel(lambda parent: _children(client, parent), level)
            for child in group
            if not listed.intersection(homes(child.task))
        ]
        found.extend(children)
        level = _parents(children)
    return found


def _parents(tasks: Iterable[Found]) -> Sequence[Found]:
    return [each for each in tasks if (each.task.get("num_subtasks") or 0) > 0]


def _children(client: AsanaClient, parent: Found) -> list[Found]:
    try:
        return [Found(child, parent.root or parent.task) for child in client.subtasks(parent.gid)]
    except INVISIBLE:
        return []  # It was deleted after it was listed; the next pull's events say so.
