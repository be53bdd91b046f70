"""Reading every task of some projects: their lists first, then what is below them, a few requests at a time.

Each wave of requests is a page, and its checkpoint says exactly what is left. So a walk that is cut off anywhere loses
no more than the one wave that was on its way, and memory holds no more than a wave.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

from connector.asana.client import AT_ONCE, INVISIBLE, AsanaClient, Json, OffsetExpiredError, PlanError, SyncTokenError
from connector.asana.cursor import Mark, Parent, State, Walk
from connector.asana.items import Items
from connector.asana.tree import Found, children, has_subtasks, homes, slim_root, with_root
from model.errors import AppError
from model.sync import Page, Skipped, Stage

LISTS_AT_ONCE = AT_ONCE // 2
_REFUSALS = 3


class Listed(NamedTuple):
    """One page of one project's list. ``walk``: where it goes on (None: it is through); ``error``: it can't be read."""

    project: str
    found: list[Found]
    tasks: list[Json]
    walk: Walk | None
    mark: Mark | None = None
    error: AppError | None = None


def list_page(client: AsanaClient, project: str, walk: Walk, *, since: str | None = None) -> Listed:
    """The next page of a project's list, each task with its top ancestor.

    Asana refuses page tokens that have grown old, and the last page of very long lists, with the same 400: both are got
    round by starting again section by section.
    """
    try:
        tasks, following = client.task_page(walk.place(project), walk.offset, since=since)
    except OffsetExpiredError:
        if walk.refused >= _REFUSALS:
            raise
        sections = tuple(str(each["gid"]) for each in client.sections(project))
        return Listed(project, [], [], Walk(sections=sections, refused=walk.refused + 1))
    known = {str(task["gid"]): task for task in tasks}
    return Listed(project, [with_root(client, task, known) for task in tasks], tasks, walk.after(following))


def fresh_token(client: AsanaClient, project: str) -> str | None:
    """A token for the events from now on; None where the account has no event stream."""
    try:
        return client.events(project, None)[1]
    except SyncTokenError as exc:
        return exc.fresh
    except (PlanError, *INVISIBLE):
        return None


class Walker:
    """Walks ``state.todo`` to its end."""

    def __init__(self, client: AsanaClient, now: Callable[[], datetime], state: State, items: Items) -> None:
        self._client = client
        self._now = now
        self._state = state
        self._items = items
        self._order = {gid: number for number, gid in enumerate(state.projects)}

    def pages(self) -> Iterator[Page]:
        """Items as they are, a page a wave."""
        state = self._state
        while state.parents or state.walking or state.todo:
            yield self._below() if state.parents else self._lists()

    def _lists(self) -> Page:
        """The next page of a few projects at once."""
        state = self._state
        room = LISTS_AT_ONCE - len(state.walking)
        begun, state.todo = state.todo[:room], state.todo[room:]
        walks = {**state.walking, **{gid: Walk() for gid in begun}}
        results = self._client.in_parallel(self._list, list(walks.items()))
        found: list[Found] = []
        skipped: list[Skipped] = []
        for each in results:
            if each.error is not None:
                state.unreadable.add(each.project)
                skipped.append(unreadable(self._client.name, each.project, each.error))
            else:
                found.extend(self._take(each))
        state.walking = {each.project: each.walk for each in results if each.walk is not None}
        return self._page(found, skipped)

    def _list(self, at: tuple[str, Walk]) -> Listed:
        project, walk = at
        mark = self._state.cursor.marks.get(project)
        try:
            if mark is None:
                # The token is older than the list, so that nothing that happens meanwhile is missed.
                mark = Mark(started=self._now(), sync=fresh_token(self._client, project))
            elif walk == Walk():
                mark = mark.model_copy(update={"started": self._now()})
            return list_page(self._client, project, walk)._replace(mark=mark)
        except INVISIBLE as exc:
            return Listed(project, [], [], None, error=exc)

    def _take(self, listed: Listed) -> list[Found]:
        """Note how far the project is read; the tasks that no earlier project brings."""
        mark = listed.mark or Mark()
        self._state.cursor.marks[listed.project] = mark
        for task in listed.tasks:
            mark.note(task, listed=True)
        mark.forget_old()
        return [each for each in listed.found if self._first_home(each.task, listed.project) == listed.project]

    def _first_home(self, task: Json, project: str) -> str:
        """The first of our projects that shows a task: there it is read, and nowhere else."""
        return min(self._ours(task), key=self._order.__getitem__, default=project)

    def _ours(self, task: Json) -> list[str]:
        return [gid for gid in homes(task) if gid in self._order and gid not in self._state.unreadable]

    def _below(self) -> Page:
        """What is right below a few parents."""
        state = self._state
        now, rest = state.parents[:AT_ONCE], state.parents[AT_ONCE:]
        groups = self._client.in_parallel(self._children, now)
        found: list[Found] = []
        deeper: list[Parent] = []
        for parent, group in zip(now, groups, strict=True):
            for child in group:
                if child.gid in parent.above or self._ours(child.task):
                    continue  # A ring, or a subtask that its own project's list brings.
                found.append(child)
                if has_subtasks(child.task):
                    deeper.append(Parent(above=(*parent.above, child.gid), root=parent.root))
        state.parents = [*deeper, *rest]
        return self._page(found, [], deep=True)

    def _children(self, parent: Parent) -> list[Found]:
        return children(self._client, Found({"gid": parent.above[-1]}, parent.root))

    def _page(self, found: list[Found], skipped: list[Skipped], *, deep: bool = False) -> Page:
        state = self._state
        if not deep:
            state.parents = [
                Parent(above=(each.gid,), root=slim_root(each.root or each.task))
                for each in found if has_subtasks(each.task)
            ]  # fmt: skip
        raw, malformed = self._items.tasks(found)
        state.done += len(found)
        return Page(
            stage=Stage.ITEMS, raw=(*self._items.sections_of(found), *raw), skipped=(*skipped, *malformed),
            checkpoint=state.text(), done=state.done,
        )  # fmt: skip


def unreadable(connection: str, project: str, error: AppError) -> Skipped:
    """A project that can't be read, by name; with its container, so that its node knows that it is not seen whole."""
    place = f"{connection}:project:{project}"
    return Skipped(item=place, why=f"{error.what} What was last known of it is kept.", containers=(place,))
