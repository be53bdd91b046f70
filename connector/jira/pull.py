"""Reading all issues of some sources: lists first, then issues as they are, then their histories.

A full pull goes through the ids in their order, so a checkpoint is a stage and an id. An incremental pull asks for
what was updated since the last one, with an overlap, and leaves out what it has already seen with the same time stamp.
"""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from connector.jira.cloud import BULK_ISSUES, BULK_ISSUES_WITH_LISTS
from connector.jira.reference import ReferenceReader
from connector.jira.scope import Found, Scope
from connector.jira.site import Site
from connector.jira.vocabulary import Vocabulary
from model.errors import UsageError
from model.ids import item_id
from model.sync import Page, RawPayload, Stage

OVERLAP_MINUTES = 10  # search lags behind writes by up to minutes, and JQL knows no seconds
THREADS = 4
_NOISE = frozenset({"description", "environment", "Comment", "Attachment", "Rank", "RemoteIssueLink", "Workflow"})
T = TypeVar("T")
R = TypeVar("R")


class Cursor(BaseModel):
    """Where the next incremental pull starts: the site's time, and what lay in the overlap before it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    since: datetime
    seen: dict[str, str] = {}


class Checkpoint(BaseModel):
    """Where a full pull goes on: everything up to and including the issue ``after`` is stored for its stage."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: Stage
    after: int
    started: datetime
    seen: dict[str, str] = {}


class Puller:
    """One pull. Raises UsageError for a cursor or checkpoint that is not ours."""

    def __init__(self, site: Site, connection: str, reader: ReferenceReader) -> None:
        self._site = site
        self._connection = connection
        self._reader = reader

    def full(self, scope: Scope, words: Vocabulary, started: datetime, at: Checkpoint | None) -> Iterator[Page]:
        """Issues, then histories, from a checkpoint on."""
        found = scope.find(None)
        total = len(found.ids)
        seen = dict(at.seen) if at else {}
        for stage, size in ((Stage.ITEMS, BULK_ISSUES), (Stage.HISTORY, BULK_ISSUES_WITH_LISTS)):
            if at is not None and at.stage is Stage.HISTORY and stage is Stage.ITEMS:
                continue
            after = at.after if at is not None and at.stage is stage else -1
            left = [number for number in found.ids if number > after]
            done = total - len(left)
            read = self._items if stage is Stage.ITEMS else self._histories
            for ids, raw in self._ahead(left, size, lambda ids, read=read: read(ids, found, words)):  # type: ignore[misc]
                done += len(ids)
                if stage is Stage.ITEMS:
                    seen.update(_in_overlap(raw, started))
                mark = Checkpoint(stage=stage, after=ids[-1], started=started, seen=seen)
                yield Page(stage=stage, raw=tuple(raw), checkpoint=mark.model_dump_json(), done=done, total=total)
        last = Cursor(since=started, seen=seen)
        yield Page(stage=Stage.HISTORY, cursor=last.model_dump_json(), done=total, total=total)

    def incremental(self, scope: Scope, words: Vocabulary, started: datetime, cursor: Cursor) -> Iterator[Page]:
        """Issues updated since the cursor, each with its whole history on the same page."""
        minutes = math.ceil((started - cursor.since).total_seconds() / 60) + OVERLAP_MINUTES
        found = scope.find(f"-{max(minutes, 1)}m")
        seen: dict[str, str] = {}
        changed: list[int] = []
        for _, raw in self._ahead(found.ids, BULK_ISSUES, lambda ids: self._items(ids, found, words)):
            stamps = {one.vendor_id: _updated(one) for one in raw}
            seen.update(_in_overlap(raw, started))
            changed += [int(number) for number, at in stamps.items() if cursor.seen.get(number) != at]
        done = 0
        size = BULK_ISSUES_WITH_LISTS
        for ids, raw in self._ahead(changed, size, lambda ids: self._whole(ids, found, words, "sync")):
            done += len(ids)
            yield Page(stage=Stage.HISTORY, raw=tuple(raw), done=done, total=len(changed))
        last = Cursor(since=started, seen=seen)
        yield Page(stage=Stage.HISTORY, cursor=last.model_dump_json(), done=done, total=len(changed))

    def refetch(self, ids: Sequence[str], scope: Scope, words: Vocabulary) -> Page:
        """Single issues with their histories. ``gone``: those that Jira answers 404 for."""
        numbers = sorted({int(number) for number in ids if number.isdigit()})
        found = Found(tuple(numbers), {})
        raw = self._whole(numbers, found, words, "refetch") if numbers else []
        present = {int(one.vendor_id) for one in raw}
        missing = [number for number in numbers if number not in present]
        gone = [number for number in missing if self._site.is_gone(number)]
        queries = scope.queries_of(sorted(present))
        raw = [self._with_queries(one, queries.get(int(one.vendor_id), ())) for one in raw]
        return Page(
            stage=Stage.HISTORY, raw=tuple(raw), gone=tuple(item_id(self._connection, str(one)) for one in gone),
            done=len(present), total=len(numbers),
        )

    def _whole(self, ids: Sequence[int], found: Found, words: Vocabulary, via: str) -> list[RawPayload]:
        raw = [*self._items(ids, found, words), *self._histories(ids, found, words)]
        return [one.model_copy(update={"via": via}) for one in raw]

    def _items(self, ids: Sequence[int], found: Found, words: Vocabulary) -> list[RawPayload]:
        issues = self._site.issues(ids, words.roles.wanted())
        return [
            self._reader.raw("issue", str(issue["id"]), _slim(issue, found.queries.get(int(issue["id"]), ())))
            for issue in issues
        ]

    def _histories(self, ids: Sequence[int], found: Found, words: Vocabulary) -> list[RawPayload]:
        issues = self._site.issues(ids, words.roles.wanted_for_history())
        changes = self._site.changelogs([int(issue["id"]) for issue in issues]) if issues else {}
        return [self._history(issue, changes.get(int(issue["id"]), []), found) for issue in issues]

    def _history(self, issue: dict[str, Any], histories: list[dict[str, Any]], found: Found) -> RawPayload:
        number = int(issue["id"])
        booked = issue["fields"].pop("worklog", None) or {}
        worklogs = booked.get("worklogs") or []
        if booked.get("total", 0) > len(worklogs):  # an issue shows only its first bookings
            worklogs = self._site.worklogs([number])[number]
        document = {
            "issue": _slim(issue, found.queries.get(number, ())),
            "histories": [_quiet(history) for history in histories],
            "worklogs": [{key: value for key, value in log.items() if key != "comment"} for log in worklogs],
        }
        return self._reader.raw("issue_history", str(number), document)

    def _with_queries(self, raw: RawPayload, queries: tuple[str, ...]) -> RawPayload:
        if not queries:
            return raw
        document = json.loads(raw.body)
        (document["issue"] if raw.kind == "issue_history" else document)["bellwetherQueries"] = queries
        return self._reader.raw(raw.kind, raw.vendor_id, document, via=raw.via)

    def _ahead(
        self, ids: Sequence[int], size: int, read: Callable[[Sequence[int]], list[RawPayload]]
    ) -> Iterator[tuple[Sequence[int], list[RawPayload]]]:
        """Batches in order, a few of them being read ahead; never more than that in memory."""
        batches = [ids[start:start + size] for start in range(0, len(ids), size)]
        with ThreadPoolExecutor(THREADS, thread_name_prefix="jira-pull") as pool:
            waiting: list[tuple[Sequence[int], Future[list[RawPayload]]]] = []
            for batch in batches:
                waiting.append((batch, pool.submit(read, batch)))
                if len(waiting) >= THREADS:
                    first, future = waiting.pop(0)
                    yield first, future.result()
            for first, future in waiting:
                yield first, future.result()


def read_cursor(text: str | None, connection: str) -> Cursor | None:
    """A cursor of ours. Raises UsageError for a text that is none."""
    return _read(Cursor, text, connection, "cursor")


def read_checkpoint(text: str | None, connection: str) -> Checkpoint | None:
    """A checkpoint of ours. Raises UsageError for a text that is none."""
    return _read(Checkpoint, text, connection, "checkpoint")


M = TypeVar("M", bound=BaseModel)


def _read(shape: type[M], text: str | None, connection: str, what: str) -> M | None:
    if text is None:
        return None
    try:
        return shape.model_validate_json(text)
    except ValidationError as exc:
        raise UsageError(
            f"The stored {what} of this connection can't be read.", where=connection, fix="Run sync --full.",
            reason=f"bad_{what}",
        ) from exc


def _slim(issue: dict[str, Any], queries: Sequence[str]) -> dict[str, Any]:
    """An issue without addresses and pictures; with the queries that brought it."""
    told = {"id": issue["id"], "key": issue["key"], "fields": _bare(issue["fields"])}
    return {**told, "bellwetherQueries": list(queries)} if queries else told


_DECORATION = frozenset({"self", "iconUrl", "avatarUrls", "avatarId", "description", "emailAddress", "timeZone"})


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _bare(inner) for key, inner in value.items() if key not in _DECORATION}
    return [_bare(inner) for inner in value] if isinstance(value, list) else value


def _quiet(history: dict[str, Any]) -> dict[str, Any]:
    """A changelog entry without long texts and without what says nothing about the work."""
    items = [item for item in history.get("items") or () if item.get("field") not in _NOISE]
    return {**_bare({key: value for key, value in history.items() if key != "items"}), "items": items}


def _updated(raw: RawPayload) -> str:
    return str(json.loads(raw.body)["fields"].get("updated"))


def _in_overlap(raw: Sequence[RawPayload], started: datetime) -> dict[str, str]:
    """Time stamps of what the next pull will see again."""
    edge = started - timedelta(minutes=OVERLAP_MINUTES + 2)
    stamps = {one.vendor_id: _updated(one) for one in raw if one.kind == "issue"}
    return {number: at for number, at in stamps.items() if _moment(at) is None or _moment(at) >= edge}  # type: ignore[operator]


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")
    except ValueError:
        return None
