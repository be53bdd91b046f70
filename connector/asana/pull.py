"""Bringing raw payloads: everything once, then only what changed."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from connector.asana.client import INVISIBLE, AsanaClient, OffsetExpiredError, PlanError, SyncTokenError
from connector.asana.cursor import Cursor, Mark, State, read_cursor, read_state
from connector.asana.incremental import Changes, event_changes
from connector.asana.items import Items
from connector.asana.reference import Reference
from connector.asana.tree import Found, below, homes, parent_of, with_root
from connector.sdk.base import Surroundings
from model.ids import item_id
from model.sync import Page, Skipped, Stage
from model.tree import Source

HISTORY_PAGE = 100


class Puller:
    """One pull at a time over one client."""

    def __init__(self, client: AsanaClient, surroundings: Surroundings) -> None:
        self._client = client
        self._now = surroundings.now
        self._items = Items(client, surroundings.now)

    def pages(self, sources: Sequence[Source], *, cursor: str | None, checkpoint: str | None) -> Iterator[Page]:
        """The pages of a pull; the last one is empty and carries the cursor."""
        state = read_state(checkpoint)
        if state is None:
            known = read_cursor(cursor)
            state = State(full=known is None, cursor=known or Cursor())
            reference = Reference(self._client, self._now, state)
            raw, skipped = reference.read(sources)
            yield Page(stage=Stage.REFERENCE, raw=tuple(raw), skipped=tuple(skipped), checkpoint=state.text())
        if state.full:
            yield from self._everything(state)
        else:
            yield from self._changes(state)
        marks = {gid: mark for gid, mark in state.cursor.marks.items() if gid in state.projects}
        final = state.cursor.model_copy(update={"marks": marks})
        yield Page(stage=Stage.HISTORY, cursor=final.model_dump_json(), done=state.done, total=state.done)

    # -- everything ---------------------------------------------------------------------------------------------------

    def _everything(self, state: State) -> Iterator[Page]:
        """All items first, then all histories: the same walk twice, so that memory stays flat."""
        if state.stage == "items":
            while state.project < len(state.projects):
                yield from self._all_items(state)
                state.next_project()
            state.stage, state.project, state.done = "history", 0, 0
        while state.project < len(state.projects):
            for tasks in self._listing(state, None):
                found = self._found(state, tasks)
                state.done += len(found)
                raw = self._items.histories(found)
                yield Page(stage=Stage.HISTORY, raw=tuple(raw), checkpoint=state.text(), done=state.done)
            state.next_project()

    def _all_items(self, state: State) -> Iterator[Page]:
        gid = state.projects[state.project]
        mark = state.cursor.marks.get(gid)
        if mark is None or (state.offset is None and state.unit == 0):
            mark = state.cursor.marks[gid] = Mark(sync=self._fresh_token(gid), started=self._now())
        for tasks in self._listing(state, None):
            found = self._found(state, tasks)
            for each in (*tasks, *(one.task for one in found)):
                mark.note(each)
            mark.forget_old()
            state.done += len(found)
            raw = tuple(self._items.task(each) for each in found)
            yield Page(stage=Stage.ITEMS, raw=raw, checkpoint=state.text(), done=state.done)

    def _fresh_token(self, project: str) -> str | None:
        """A token for the events from now on; None where the account has no event stream."""
        try:
            return self._client.events(project, None)[1]
        except SyncTokenError as exc:
            return exc.fresh
        except (PlanError, *INVISIBLE):
            return None

    def _listing(self, state: State, since: str | None) -> Iterator[list[dict[str, object]]]:
        """Pages of the present project's tasks; ``state`` already points behind the page that is yielded.

        Asana refuses page tokens that have grown old, and the last page of very long lists, with the same 400: both are
        got round by starting again section by section.
        """
        gid, refused = state.projects[state.project], 0
        while state.unit < max(len(state.sections), 1):
            place = {"section": state.sections[state.unit]} if state.sections else {"project": gid}
            try:
                for tasks, following in self._client.task_pages(**place, modified_since=since, start=state.offset):
                    state.offset = following
                    if following is None:
                        state.unit += 1
                    yield tasks
            except OffsetExpiredError:
                refused += 1
                if refused > 2:
                    raise
                state.sections = tuple(str(each["gid"]) for each in self._client.sections(gid))
                state.unit, state.offset = 0, None

    def _found(self, state: State, tasks: Sequence[dict[str, object]]) -> list[Found]:
        """What a listed page adds: tasks not yet met in an earlier project, and all that is below them."""
        gid = state.projects[state.project]
        known: dict[str, dict[str, object]] = {}
        tops = [with_root(self._client, task, known) for task in tasks if self._first_home(state, task) == gid]
        return [*tops, *below(self._client, tops, frozenset(state.projects))]

    @staticmethod
    def _first_home(state: State, task: dict[str, object]) -> str:
        """The first of our projects that shows a task: there it is read, and nowhere else."""
        places = homes(task)
        return next((gid for gid in state.projects if gid in places), state.projects[state.project])

    # -- what changed -------------------------------------------------------------------------------------------------

    def _changes(self, state: State) -> Iterator[Page]:
        handled: set[str] = set()
        while state.project < len(state.projects):
            gid = state.projects[state.project]
            mark = state.cursor.marks.get(gid)
            new = mark is None
            mark = mark or Mark(sync=self._fresh_token(gid))
            started = self._now()
            changes, lost_now = self._events(gid, mark, new=new)
            if lost_now:
                # The new token is kept before the project is read again, so that a crash here loses no event.
                state.cursor.marks[gid] = mark
                yield Page(stage=Stage.ITEMS, checkpoint=state.text(), done=state.done)
            yield from self._changed_project(state, mark, changes, handled=handled, new=new)
            mark.started, mark.lost = started, False
            mark.forget_old()
            state.cursor.marks[gid] = mark
            state.next_project()
            if changes.sections:
                raw = Reference(self._client, self._now, state).sections_of(gid)
                yield Page(stage=Stage.HISTORY, raw=tuple(raw), checkpoint=state.text(), done=state.done)
            elif changes.any or lost_now:
                yield Page(stage=Stage.HISTORY, checkpoint=state.text(), done=state.done)

    def _events(self, gid: str, mark: Mark, *, new: bool) -> tuple[Changes, bool]:
        """What the events since the last pull name, and whether events were lost."""
        if new or mark.sync is None:
            mark.sync = mark.sync or self._fresh_token(gid)
            return Changes(streamed=False), False
        found: list[dict[str, object]] = []
        try:
            more = True
            while more:
                events, mark.sync, more = self._client.events(gid, mark.sync)
                found.extend(events)
        except SyncTokenError as exc:
            mark.sync, mark.lost = exc.fresh, True
            return event_changes(found), True
        except (PlanError, *INVISIBLE):
            mark.sync = None
            return Changes(streamed=False), False
        return event_changes(found), False

    def _changed_project(
        self, state: State, mark: Mark, changes: Changes, *, handled: set[str], new: bool
    ) -> Iterator[Page]:
        """Pages of what changed in the present project, each with the whole history of its tasks."""
        again, before = new or mark.lost, mark.since
        since = None if again else before
        known: dict[str, dict[str, object]] = {}
        listed: set[str] = set()
        for tasks in self._listing(state, since.isoformat() if since else None):
            fresh = [
                task for task in tasks
                if str(task["gid"]) not in handled
                and (again or str(task["gid"]) in changes.touched or not mark.knows(task))
            ]  # fmt: skip
            listed.update(str(task["gid"]) for task in tasks)
            tops = [with_root(self._client, task, known) for task in fresh]
            deep = [each for each in tops if again or not changes.streamed or each.gid in changes.moved]
            found = [*tops, *below(self._client, deep, frozenset(state.projects))]
            for each in found:
                mark.note(each.task)
            handled.update(each.gid for each in found)
            settled = {each.gid for each in found if mark.lost and not new and _settled(each.task, before)}
            yield from self._changed(state, found, without_history=settled)
        yield from self._touched(state, mark, changes, wanted=changes.touched - listed - handled, handled=handled)

    def _changed(self, state: State, found: Sequence[Found], *, without_history: set[str]) -> Iterator[Page]:
        """Pages with items and histories together; their checkpoint is where the project begins."""
        for start in range(0, len(found), HISTORY_PAGE):
            part = found[start : start + HISTORY_PAGE]
            state.done += len(part)
            told = [each for each in part if each.gid not in without_history]
            raw = [*(self._items.task(each) for each in part), *self._items.histories(told, always_times=True)]
            yield Page(stage=Stage.HISTORY, raw=tuple(raw), checkpoint=self._before(state), done=state.done)

    @staticmethod
    def _before(state: State) -> str:
        """The checkpoint at the beginning of the present project."""
        return state.model_copy(update={"sections": (), "unit": 0, "offset": None}).text()

    def _touched(
        self, state: State, mark: Mark, changes: Changes, *, wanted: set[str], handled: set[str]
    ) -> Iterator[Page]:
        """What only the events tell: moves, subtasks, deletions."""
        gone = sorted(changes.deleted)
        if gone:
            ids = tuple(item_id(self._client.name, gid) for gid in gone)
            yield Page(stage=Stage.HISTORY, gone=ids, checkpoint=self._before(state), done=state.done)
        tasks, skipped = self._items.read(sorted(wanted))
        if skipped:
            yield Page(stage=Stage.HISTORY, skipped=_hidden(skipped), checkpoint=self._before(state), done=state.done)
        known: dict[str, dict[str, object]] = {}
        tops = [with_root(self._client, task, known) for task in tasks]
        deep = [each for each in tops if each.gid in changes.moved and not parent_of(each.task)]
        found = [*tops, *(each for each in below(self._client, deep, frozenset(state.projects)))]
        unique = {each.gid: each for each in found if each.gid not in handled}
        for each in unique.values():
            mark.note(each.task)
        handled.update(unique)
        yield from self._changed(state, list(unique.values()), without_history=set())


def _settled(task: dict[str, object], since: datetime | None) -> bool:
    """A task that was finished and untouched when events were lost: its present state is read, its history is not."""
    modified = str(task.get("modified_at") or "")
    return bool(task.get("completed")) and since is not None and "" < modified < since.isoformat()


def _hidden(items: Sequence[str]) -> tuple[Skipped, ...]:
    why = "It changed, but this account can no longer see it; what was last known of it is kept."
    return tuple(Skipped(item=item, why=why) for item in items)
