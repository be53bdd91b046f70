"""Reading what changed since the last pull: one request a project tells, and only what it names is read again.

It comes with its whole history on the same page, unless very much changed: the histories of the rest are read later, when
others may have their turn in between. Each page's checkpoint no longer names what is on it.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import structlog

from connector.asana.client import AT_ONCE, INVISIBLE, AsanaClient, Json, PlanError, SyncTokenError
from connector.asana.cursor import Mark, Pending, State, Walk
from connector.asana.incremental import event_changes
from connector.asana.items import Items
from connector.asana.reference import Reference
from connector.asana.tree import Found, below, has_subtasks, sections_in, with_root
from connector.asana.walk import fresh_token, list_page, unreadable
from model.ids import item_id
from model.sync import Page, RawPayload, Skipped, Stage

MOST_WHOLE = 300
"""Tasks of one pull that come with their histories, each of which costs a request."""
AT_ONCE_ALONE = 100
"""Tasks on a page without them."""
FEW = 20
"""So many tasks are read one by one; more than that are looked for in one list first."""
_GONE = "It changed, but this account can no longer see it; what was last known of it is kept."
log = structlog.get_logger(__name__)


class Heard(NamedTuple):
    """What one request for events brought."""

    changes: Pending
    sync: str | None
    more: bool = False
    lost: bool = False


class Changes:
    """The second half of an incremental pull: ``state.listening`` first, then ``state.changed``."""

    def __init__(
        self, client: AsanaClient, now: Callable[[], datetime], state: State, *, items: Items, reference: Reference
    ) -> None:
        self._client = client
        self._now = now
        self._state = state
        self._items = items
        self._reference = reference
        self._known: dict[str, Json] = {}

    # -- events -------------------------------------------------------------------------------------------------------

    def listen(self) -> Iterator[Page]:
        """Read all events. A page (it only stores where we are) follows whatever was news, and each lost stream.

        Projects whose events were lost are added to ``state.todo``: they are read again from the beginning.
        """
        state = self._state
        while state.listening:
            now, rest = state.listening[:AT_ONCE], state.listening[AT_ONCE:]
            heard = dict(zip(now, self._client.in_parallel(self._hear, now), strict=True))
            for gid, each in heard.items():
                self._take(gid, state.cursor.marks[gid], each)
            state.listening = (*(gid for gid, each in heard.items() if each.more), *rest)
            state.changed = (*state.changed, *(gid for gid in now if self._concerns(gid)))
            if any(each.changes.any or each.lost for each in heard.values()):
                # A new token is stored before anything is read by it, so that a crash here loses no event.
                yield Page(stage=Stage.HISTORY, checkpoint=state.text(), done=state.done)

    def _concerns(self, gid: str) -> bool:
        mark = self._state.cursor.marks[gid]
        listed = gid not in self._state.todo and mark.list_due(self._state.started)
        return (mark.pending.any or listed) and gid not in (*self._state.listening, *self._state.changed)

    def _hear(self, gid: str) -> Heard:
        mark = self._state.cursor.marks[gid]
        if mark.sync is None:
            probing = "people" in self._state.due  # once a day: the account may have been given the right
            return Heard(Pending(), fresh_token(self._client, gid) if probing else None)
        try:
            events, token, more = self._client.events(gid, mark.sync)
        except SyncTokenError as exc:
            return Heard(Pending(), exc.fresh, lost=True)
        except (PlanError, *INVISIBLE):
            return Heard(Pending(), None)
        return Heard(event_changes(events), token, more)

    def _take(self, gid: str, mark: Mark, heard: Heard) -> None:
        mark.sync = heard.sync
        mark.pending.add(heard.changes)
        if heard.lost:
            self._state.todo = tuple(dict.fromkeys([*self._state.todo, gid]))
            log.warning("event_gap", connection=self._client.name, project=gid)

    # -- what they name -----------------------------------------------------------------------------------------------

    def read(self) -> Iterator[Page]:
        """Read what changed, project by project."""
        state = self._state
        while state.changed:
            gid = state.changed[0]
            mark = state.cursor.marks[gid]
            try:
                yield from self._project(gid, mark)
            except INVISIBLE as exc:
                state.unreadable.add(gid)
                yield self._page([], skipped=[unreadable(self._client.name, gid, exc)])
            state.changed, state.handled = state.changed[1:], set()
            state.walking.pop(gid, None)
            mark.pending = Pending()
            yield self._page([])

    def _project(self, gid: str, mark: Mark) -> Iterator[Page]:
        pending = mark.pending
        if pending.deleted:
            gone = tuple(item_id(self._client.name, each) for each in sorted(pending.deleted))
            yield Page(stage=Stage.HISTORY, gone=gone, checkpoint=self._state.text(), done=self._state.done)
            pending.deleted = set()
        if pending.project:
            yield from self._itself(gid)
        listed = mark.list_due(self._state.started)
        if listed and (mark.sync is not None or "projects" in self._state.due):
            pending.sections.update(self._renamed(gid))
        if len(pending.touched) > FEW or listed:
            yield from self._listed(gid, mark)
        yield from self._named(mark)
        yield from self._sections(sorted(pending.sections))

    def _itself(self, gid: str) -> Iterator[Page]:
        """The project's own record and the statuses declared on it."""
        raw, skipped = self._reference.project(gid)
        yield self._page(raw, skipped=skipped)

    def _renamed(self, gid: str) -> list[str]:
        """The sections of a project that have another name now: no list of what was modified shows their tasks."""
        try:
            return self._items.renamed(self._client.sections(gid))
        except (PlanError, *INVISIBLE):
            return []  # The account may not list sections: their tasks still tell their names.

    def _sections(self, gids: Sequence[str]) -> Iterator[Page]:
        """Sections that changed, with their tasks: a section's new name is another status, and touches no task."""
        for gid in gids:
            try:
                section = self._client.section(gid)
                tasks, following = self._client.task_page({"section": gid}, None)
                while following is not None:
                    more, following = self._client.task_page({"section": gid}, following)
                    tasks = [*tasks, *more]
            except INVISIBLE:
                continue  # Deleted: its tasks' moves have events of their own.
            found = [with_root(self._client, task, self._known) for task in tasks]
            raw, skipped = self._items.tasks(found)
            yield self._page([self._items.section(section), *raw], skipped=skipped)

    def _listed(self, gid: str, mark: Mark) -> Iterator[Page]:
        """A list of what was modified, or of everything when no task has told the time yet."""
        state, begun = self._state, self._now()
        since = mark.since.isoformat() if mark.since else None
        walk: Walk | None = state.walking.get(gid) or Walk()
        while walk is not None:
            listed = list_page(self._client, gid, walk, since=since)
            fresh = [
                each for each in listed.found
                if each.gid in mark.pending.touched or not mark.knows(each.task)
            ]  # fmt: skip
            deep = [each for each in fresh if mark.sync is None or each.gid in mark.pending.moved]
            yield from self._told(mark, self._unhandled([*fresh, *self._under(deep)]))
            for task in listed.tasks:
                mark.note(task, listed=True)
            walk, state.handled = listed.walk, set()
            if walk is not None:
                state.walking[gid] = walk
        mark.started = begun
        mark.forget_old()

    def _named(self, mark: Mark) -> Iterator[Page]:
        """What only the events tell: moves, subtasks; each read by itself."""
        wanted = sorted(mark.pending.touched)
        for start in range(0, len(wanted), AT_ONCE):
            now = wanted[start : start + AT_ONCE]
            moved = mark.pending.moved.intersection(now)
            tasks, missing = self._items.read(now)
            skipped = [self._items.skip(gid, _GONE) for gid in missing]
            if skipped:
                mark.pending.touched.difference_update(missing)
                yield self._page([], skipped=skipped)
            self._known.update((str(task["gid"]), task) for task in tasks)
            tops = [with_root(self._client, task, self._known) for task in tasks]
            found = self._unhandled([*tops, *self._under([each for each in tops if each.gid in moved])])
            yield from self._told(mark, found)

    def _under(self, tops: Sequence[Found]) -> list[Found]:
        """What is below tasks that moved: subtasks are wherever their top ancestor is."""
        deep = [each for each in tops if has_subtasks(each.task)]
        return below(self._client, deep, frozenset(self._state.projects) - self._state.unreadable)

    def _unhandled(self, found: Sequence[Found]) -> list[Found]:
        unique = {each.gid: each for each in found if each.gid not in self._state.handled}
        return list(unique.values())

    def _told(self, mark: Mark, found: Sequence[Found]) -> Iterator[Page]:
        """Pages with items and histories together, as long as these are not too many; then with items alone."""
        self._items.forget(each.gid for each in found)
        left = found
        while left:
            whole = self._state.done < MOST_WHOLE
            part = self._items.affordable(left) if whole else left[:AT_ONCE_ALONE]
            left = left[len(part):]
            raw, skipped = self._items.tasks(part)
            good = {payload.vendor_id for payload in raw}
            told = [each for each in part if each.gid in good]
            mark.pending.sections.update(self._items.renamed(section for each in part for section in sections_in(each.task)))
            raw += [*self._items.sections_of(part), *(self._items.histories(told) if whole else ())]
            for each in part:
                mark.note(each.task)
                mark.pending.touched.discard(each.gid)
            self._state.handled.update(each.gid for each in part)
            self._state.done += len(part)
            unread = () if whole else self._items.ids(told)
            yield self._page([*self._unknown_fields(part), *raw], skipped=skipped, unread=unread)

    def _unknown_fields(self, found: Sequence[Found]) -> list[RawPayload]:
        """The projects of tasks that show a custom field nobody knows: their records define it."""
        wanted = self._reference.homes_of_unknown_fields([each.task for each in found])
        return list(self._reference.read([f"project:{gid}" for gid in wanted])[0]) if wanted else []

    def _page(
        self, raw: Sequence[RawPayload], *, skipped: Sequence[Skipped] = (), unread: tuple[str, ...] = ()
    ) -> Page:
        return Page(
            stage=Stage.ITEMS if unread else Stage.HISTORY, raw=tuple(raw), skipped=tuple(skipped), unread=unread,
            checkpoint=self._state.text(), done=self._state.done,
        )  # fmt: skip
