"""One pass over every task of some projects: who is there, where, and when it was last changed.

Whole tasks are asked for, as a first pull does: what turns out to differ is at hand then and needs no request of its own.
Of the others only the keys are held.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from connector.asana import fields
from connector.asana.client import INVISIBLE, AsanaClient, Json, OffsetExpiredError
from connector.asana.tree import Found, has_subtasks, homes, parent_of, places, slim_root, with_root
from model.errors import NotFoundError

_REFUSALS = 3
_FEW = 3
_HELD = ("gid", "created_at", "modified_at", "parent", "num_subtasks", "memberships")


class Standing(StrEnum):
    """What became of a project, as far as this account can tell. Asana answers 404 for what does not exist and 403
    for what the account may not see; it does not promise it, so neither proves that an item was deleted."""

    READABLE = "readable"
    ARCHIVED = "archived"
    DELETED = "deleted"
    HIDDEN = "hidden"


@dataclass(frozen=True)
class Key:
    """What a census knows of a task. ``modified_at``: None when it can't be read, so that the task is read again.
    ``containers``: kind and id of each place it counts in; ``root``: what is kept of its top ancestor beside it."""

    modified_at: datetime | None
    parent: str | None
    containers: frozenset[tuple[str, str]]
    project: str
    root: Json | None

    @property
    def projects(self) -> frozenset[str]:
        return frozenset(gid for kind, gid in self.containers if kind == "project")

    @classmethod
    def of(cls, task: Json, root: Json | None, *, project: str = "") -> "Key":
        """The key of a task; a subtask is also wherever its top ancestor is."""
        found: set[tuple[str, str]] = set()
        for home, section in [*places(task), *(places(root) if root else ())]:
            found.add(("project", home))
            if section:
                found.add(("section", str(section["gid"])))
        slim = slim_root(root) if root else None
        return cls(_moment(task.get("modified_at")), parent_of(task), frozenset(found), project, slim)


class KeyPass:
    """Reads all keys once. Raises what stops it: half a pass tells nothing.

    ``wanted``: whether the task of an id, with such a key, is to be held whole; asked from several threads.
    """

    def __init__(self, client: AsanaClient, projects: Sequence[str], wanted: Callable[[str, Key], bool]) -> None:
        self._client = client
        self._projects = tuple(projects)
        self._wanted = wanted
        self._standings: dict[str, Standing] = {}
        self._keys: dict[str, Key] = {}
        self.whole: dict[str, Found] = {}

    def read(self) -> dict[str, Key]:
        """Every task of the projects that can be read, by its id; those that are wanted are in ``whole`` then."""
        self._read_standings()
        readable = [gid for gid in self._projects if self._standings[gid] in (Standing.READABLE, Standing.ARCHIVED)]
        parents: list[tuple[str, tuple[str, ...], Json]] = []
        for gid, tasks in zip(readable, self._client.in_parallel(self._list, readable), strict=True):
            known = {str(task["gid"]): task for task in tasks}
            for task in tasks:
                if str(task["gid"]) in self._keys:
                    continue  # It shows in an earlier project, too.
                found = with_root(self._client, task, known, wanted=fields.KEYS)
                self._add(found, gid)
                if has_subtasks(task):
                    parents.append((gid, (found.gid,), slim_root(found.root or task)))
        while parents:
            parents = self._below(parents)
        return self._keys

    def _add(self, found: Found, project: str) -> None:
        if found.gid in self._keys:
            return
        key = self._keys[found.gid] = Key.of(found.task, found.root, project=project)
        if self._wanted(found.gid, key):
            self.whole[found.gid] = found

    def _slim(self, task: Json, root: Json | None) -> Json:
        """A task, or its key alone where no more will be wanted of it."""
        above_unknown = root is None and parent_of(task) is not None
        if above_unknown or self._wanted(str(task["gid"]), Key.of(task, root)):
            return task
        return {name: task.get(name) for name in _HELD}

    def _below(self, parents: Sequence[tuple[str, tuple[str, ...], Json]]) -> list[tuple[str, tuple[str, ...], Json]]:
        groups = self._client.in_parallel(lambda parent: self._children(parent[1][-1], parent[2]), parents)
        deeper = []
        ours = set(self._projects)
        for (project, above, root), group in zip(parents, groups, strict=True):
            for child in group:
                gid = str(child["gid"])
                if gid in above or ours.intersection(homes(child)):
                    continue  # A ring, or a subtask that its own project's list brings.
                self._add(Found(child, root), project)
                if has_subtasks(child):
                    deeper.append((project, (*above, gid), root))
        return deeper

    def _children(self, gid: str, root: Json) -> list[Json]:
        try:
            return [self._slim(child, root) for child in self._client.subtasks(gid)]
        except INVISIBLE:
            return []  # It vanished after it was listed: its subtasks are asked for one by one.

    def _list(self, project: str) -> list[Json]:
        """A project's tasks; section by section where the list is refused midway."""
        for _ in range(_REFUSALS):
            try:
                return self._listed({"project": project})
            except OffsetExpiredError:
                try:
                    every = [task for each in self._client.sections(project)
                             for task in self._listed({"section": str(each["gid"])})]  # fmt: skip
                    return list({str(task["gid"]): task for task in every}.values())
                except OffsetExpiredError:
                    continue
        return self._listed({"project": project})

    def _listed(self, place: dict[str, str]) -> list[Json]:
        page, following = self._client.task_page(place, None)
        tasks = [self._slim(task, None) for task in page]
        while following is not None:
            page, following = self._client.task_page(place, following)
            tasks += [self._slim(task, None) for task in page]
        return tasks

    # -- projects -----------------------------------------------------------------------------------------------------

    def standing(self, project: str) -> Standing:
        """What became of a project, also of one that is no longer among the sources."""
        if project not in self._standings:
            self._standings[project] = self._ask(project)
        return self._standings[project]

    def all_archived(self, projects: Iterable[str]) -> bool:
        """Whether every one of our projects among these is archived, and there is one."""
        ours = [gid for gid in projects if gid in self._projects]
        return bool(ours) and all(self._standings[gid] is Standing.ARCHIVED for gid in ours)

    def knows_any(self, projects: Iterable[str]) -> bool:
        """Whether one of these is among our projects and can be read."""
        return any(self._standings.get(gid) is Standing.READABLE for gid in projects if gid in self._projects)

    def _read_standings(self) -> None:
        missing = dict.fromkeys(self._projects)
        if len(missing) > _FEW:
            page, following = self._client.projects_page(None, fields.STANDING)
            while True:
                for each in page:
                    if str(each["gid"]) in missing:
                        del missing[str(each["gid"])]
                        self._standings[str(each["gid"])] = _of(each)
                if following is None or not missing:
                    break
                page, following = self._client.projects_page(following, fields.STANDING)
        left = list(missing)
        self._standings.update(zip(left, self._client.in_parallel(self._ask, left), strict=True))

    def _ask(self, project: str) -> Standing:
        try:
            return _of(self._client.project(project, fields.STANDING))
        except NotFoundError:
            return Standing.DELETED
        except INVISIBLE:
            return Standing.HIDDEN


def _moment(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value)).astimezone(UTC)
    except ValueError:
        return None


def _of(project: Json) -> Standing:
    return Standing.ARCHIVED if project.get("archived") else Standing.READABLE
