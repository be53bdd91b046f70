"""Reading issues: all of some sources as they are now, batches of histories, single ones.

A full pull goes through the ids in their order, so a checkpoint is an id.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter

from connector.jira.ahead import read_ahead
from connector.jira.cursor import Checkpoint, Cursor, SeenStamps, updated_ms
from connector.jira.documents import is_untouched, kept_changelog, kept_issue, kept_worklogs, spends_time
from connector.jira.reference import ReferenceReader
from connector.jira.scope import Found, Scope, parts
from connector.jira.site import Json, Site
from connector.sdk.json_text import read_json
from model.ids import item_id
from model.sync import Page, RawPayload, Skipped, Stage

BATCH = 1000  # what one request brings
PAGE = 100  # what is stored at once: a thousand issues with their past are too much to hold as records


class IssueReader:
    """Issues and their histories as raw payloads. ``fields``: ids to ask for; ``epic_link``, ``sprint``: of these."""

    def __init__(
        self, site: Site, connection: str, reader: ReferenceReader, *, fields: Sequence[str],
        epic_link: str | None = None, sprint: str | None = None,
    ) -> None:
        self._site = site
        self._connection = connection
        self._reader = reader
        self._fields = tuple(fields)
        self._epic_link = epic_link
        self._sprint = sprint

    def present(self, ids: Sequence[int]) -> list[Json]:
        """Those of some issues that are shown, ordered by id, without asking twice."""
        return self._with_parents(self._site.issues(ids, self._fields)) if ids else []

    def issues(self, ids: Sequence[int]) -> list[Json]:
        """Present issues, ordered by id. What vanished in the meantime is left out.

        An account that Jira takes for nobody gets fewer issues without a word: where some are missing it is asked who
        we are, and for those again. Raises ConnectionUnusableError for nobody.
        """
        found = self.present(ids)
        shown = {int(issue["id"]) for issue in found}
        missing = [number for number in ids if number not in shown]
        if missing:
            self._site.me()
            found = sorted([*found, *self.present(missing)], key=lambda issue: int(issue["id"]))
        return found

    def _with_parents(self, issues: list[Json]) -> list[Json]:
        """Legacy Epic Links hold a key: where Jira tells no parent beside it, the key's id is asked for."""
        if self._epic_link is None:
            return issues
        links = [(fields, fields.get(self._epic_link)) for issue in issues if (fields := issue.get("fields") or {})]
        keys = {key for fields, key in links if isinstance(key, str) and key and not fields.get("parent")}
        ids = self._site.ids_by_key(sorted(keys)) if keys else {}
        for fields, key in links:
            if isinstance(key, str) and key in ids and not fields.get("parent"):
                fields["parent"] = {"id": str(ids[key]), "key": key}
        return issues

    def raw(self, issues: Iterable[Json], queries: dict[int, tuple[str, ...]], *, via: str = "sync") -> list[RawPayload]:
        """Issues as payloads."""
        return [
            self._reader.raw("issue", str(issue["id"]), kept_issue(issue, queries.get(int(issue["id"]), ())), via=via)
            for issue in issues
        ]

    def histories(self, issues: Sequence[Json], *, via: str = "sync") -> list[RawPayload]:
        """Changelogs, and bookings where time was spent, of issues with their fields."""
        ids = [int(issue["id"]) for issue in issues]
        asked = [int(issue["id"]) for issue in issues if not is_untouched(issue, self._sprint)]
        changes = self._site.changelogs(asked) if asked else {}
        if asked and not any(changes.values()):
            self._site.me()  # nobody's answer looks the same as that of issues without a history
            changes = self._site.changelogs(asked)
        spent = [int(issue["id"]) for issue in issues if spends_time(issue)]
        booked = self._site.worklogs(spent) if spent else {}
        found = []
        for one in ids:
            found.append(self._reader.kept("changelog", str(one), kept_changelog(changes.pop(one, ())), via=via))
            if one in booked:
                found.append(self._reader.raw("worklogs", str(one), kept_worklogs(booked.pop(one)), via=via))
        return found

    def whole(
        self, issues: Sequence[Json], queries: dict[int, tuple[str, ...]], *, via: str = "sync"
    ) -> tuple[RawPayload, ...]:
        """Issues with all their history, in thousands."""
        found: list[RawPayload] = []
        for part in parts(issues, BATCH):
            found += [*self.raw(part, queries, via=via), *self.histories(part, via=via)]
        return tuple(found)


def full(
    reader: IssueReader, found: Found, at: Checkpoint, *, skipped: Sequence[Skipped]
) -> Iterator[Page]:
    """Issues as they are now from a checkpoint on, and at the end the cursor. ``found``: everything in scope."""
    after = -1 if at.after is None else at.after
    left = [number for number in found.ids if number > after]
    total = len(found.ids)
    done = total - len(left)
    cursor = at.cursor
    stamps = SeenStamps(cursor.watermark, cursor.seen, started=at.started)

    def read(ids: Sequence[int]) -> tuple[list[tuple[int, int]], list[RawPayload]]:
        # Made small in the thread that read it: what waits for its turn is held as bytes.
        issues = reader.issues(ids)
        return [(int(one["id"]), ms) for one in issues if (ms := updated_ms(one))], reader.raw(issues, found.queries)

    for ids, (told, raw) in read_ahead(parts(left, BATCH), read, ahead=2):
        stamps.add(told)
        cursor = _moved_on(cursor, stamps)
        for part in parts(raw, PAGE):
            last_id = int(part[-1].vendor_id)
            mark = Checkpoint(after=last_id, started=at.started, cursor=cursor)
            done_now = done + bisect_right(ids, last_id)
            yield Page(
                stage=Stage.ITEMS, raw=tuple(part), checkpoint=mark.model_dump_json(), done=done_now, total=total
            )
        done += len(ids)
    last = _moved_on(cursor, stamps).model_copy(update={"below": found.below})
    yield Page(
        stage=Stage.ITEMS, skipped=tuple(skipped), cursor=last.model_dump_json(), done=done, total=total
    )


def joined(
    reader: IssueReader, ids: Sequence[int], queries: Callable[[Sequence[int]], dict[int, tuple[str, ...]]]
) -> Iterator[Page]:
    """Issues that came into scope, as they are now. ``queries``: which queries of all sources bring them."""
    done = 0

    def read(batch: Sequence[int]) -> list[RawPayload]:
        issues = reader.issues(batch)
        return reader.raw(issues, queries(sorted(int(one["id"]) for one in issues)))

    for batch, raw in read_ahead(parts(ids, BATCH), read, ahead=2):
        done += len(batch)
        for part in parts(raw, PAGE):
            yield Page(stage=Stage.ITEMS, raw=tuple(part), done=done, total=len(ids))


def _moved_on(cursor: Cursor, stamps: SeenStamps) -> Cursor:
    return cursor.model_copy(update={"watermark": stamps.watermark, "seen": stamps.kept(), "fresh": stamps.fresh()})


def histories(reader: IssueReader, batches: Iterable[Sequence[RawPayload]]) -> Iterator[Page]:
    """The histories of kept issues, a page for some hundred of them."""
    def read(batch: Sequence[RawPayload]) -> list[RawPayload]:
        return reader.histories([read_json(one.body) for one in batch])

    for _, raw in read_ahead(batches, read, ahead=2):
        by_issue = [tuple(found) for _, found in groupby(raw, attrgetter("vendor_id"))]
        for part in parts(by_issue, PAGE):
            yield Page(stage=Stage.HISTORY, raw=tuple(one for found in part for one in found))


def refetch(reader: IssueReader, site: Site, scope: Scope, connection: str, vendor_ids: Sequence[str]) -> Page:
    """Single issues with their histories. ``gone``: those that Jira answers 404 for."""
    numbers = sorted({int(number) for number in vendor_ids if number.isdigit()})
    issues = reader.issues(numbers)
    present = {int(issue["id"]) for issue in issues}
    gone = [number for number in numbers if number not in present and site.is_gone(number)]
    raw = reader.whole(issues, scope.queries_of(sorted(present)), via="refetch") if issues else ()
    return Page(
        stage=Stage.HISTORY, raw=raw, gone=tuple(item_id(connection, str(one)) for one in gone),
        done=len(present), total=len(numbers),
    )
