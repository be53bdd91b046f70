"""What changed since the last pull: one search where nothing did.

The window of the search is counted in minutes from the site's own present (``updated >= -Nm``), so it is right in every
time zone of the account; the site's present is our clock and the skew remembered, checked against the answer's own
date. What comes with an ``updated`` that was seen already is left out. What was seen and does not come back is looked
at itself: an answer without it is believed only when the issue shows why.
"""

import math
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from connector.jira.ahead import read_ahead
from connector.jira.cursor import OVERLAP, Checkpoint, Cursor, Schedule, SeenStamps, moment_ms, updated_ms
from connector.jira.pull import BATCH, IssueReader
from connector.jira.reference import unknown_words
from connector.jira.scope import Scope, parts, refusal, source_text
from connector.jira.site import Json
from connector.sdk.http import UnexpectedAnswerError
from model.errors import RetryableError
from model.sync import Page, RawPayload, Skipped, Stage

if TYPE_CHECKING:
    from connector.jira.passes import Means

MOST_RECONCILED = 50
WORDS_EVERY = timedelta(days=1)
LISTS_EVERY = timedelta(hours=1)
BLIND = timedelta(minutes=15)  # how far our clock may be off where the site tells no time
_TRIES = 3


class OtherAccountError(Exception):
    """Somebody else reads now than the cursor was written for."""


class Incremental:
    """One incremental pull; ``kept``: the reference payloads."""

    def __init__(self, means: "Means", scope: Scope, kept: Sequence[RawPayload]) -> None:
        self._means = means
        self._site = means.site
        self._scope = scope
        self._every = tuple(source_text(source) for source in scope.sources)
        self._kept = {(one.kind, one.vendor_id): one for one in kept}
        self._skipped: list[Skipped] = []
        self._asked_at = means.now()

    def run(self, cursor: Cursor) -> Iterator[Page]:
        """Lists that are due, then changed issues whole, then the cursor. Raises OtherAccountError."""
        cursor = self._refused_before(cursor)
        cursor, found = self._search(cursor)
        stamps = {number: ms for number, issue in found.items() if (ms := updated_ms(issue)) is not None}
        missing = self._missing(cursor, stamps)
        schedule = cursor.schedule
        due = self._due(schedule)
        if due:
            yield Page(stage=Stage.REFERENCE, raw=tuple(due))
        fresh = set(cursor.fresh)
        changed = {number for number, ms in stamps.items() if cursor.seen.get(number) != ms or number in fresh}
        booked, booked_ms = self._booked(cursor, changed)
        seen = SeenStamps(cursor.watermark, cursor.seen, started=self._asked_at)
        below = set(cursor.below)
        done, ids = 0, sorted(changed | missing | booked)
        while ids:
            more: set[int] = set()
            for part, issues in self._read(cursor, ids):
                now = {int(issue["id"]): issue for issue in issues}
                self._distrust(cursor, {one: now[one] for one in missing & now.keys()}, below)
                more |= self._newly_below(now, below)
                yield from self._strange(issues)
                raw = self._reader(cursor).whole(issues, self._scope.queries_of(sorted(now)))
                seen.add((one, ms) for one, issue in now.items() if (ms := updated_ms(issue)) is not None)
                seen.forget(one for one in missing & set(part) if not self._comes_again(cursor, now.get(one), below))
                done += len(part)
                yield self._page(cursor, seen, raw, done=done, total=len(ids))
            ids = sorted(self._below(more, below) - set(ids)) if more else []
        yield self._last(cursor, seen, sorted(below), booked_ms=booked_ms, done=done)

    # -- the search ---------------------------------------------------------------------------------------------------

    def _search(self, cursor: Cursor) -> tuple[Cursor, dict[int, Json]]:
        """Everything in the window. A source that Jira began to refuse is left out and named."""
        try:
            return cursor, self._in_window(cursor)
        except UnexpectedAnswerError as exc:
            if exc.answer.status != 400:
                raise
            self._leave_out_refused(exc)
        # Issues below an epic may have been deleted, and Jira refuses a query that names them.
        alive = [int(one["id"]) for one in self._site.issues(cursor.below, ("summary",))] if cursor.below else []
        cursor = cursor.model_copy(update={"below": tuple(alive)})
        return cursor, self._in_window(cursor)

    def _in_window(self, cursor: Cursor) -> dict[int, Json]:
        start = cursor.window_start()
        present = self._present(cursor)
        reconcile = sorted(cursor.seen, key=lambda one: (-cursor.seen[one], one))[:MOST_RECONCILED]
        for _ in range(_TRIES):
            minutes = max(1, math.ceil((present - start).total_seconds() / 60) + 1)
            late: list[datetime] = []

            def moved_on(minutes: int = minutes, late: list[datetime] = late) -> bool:
                told = self._site.site_time()
                self._asked_at = told or self._means.now()
                if told is not None and told - timedelta(minutes=minutes) > start:
                    late.append(told)
                return bool(late)

            found = self._scope.changed(minutes, cursor.below, reconcile=reconcile, moved_on=moved_on)
            if found is not None:
                return found
            present = late[0]
        raise RetryableError("The site's clock moves faster than it can be asked.", where=self._means.connection)

    def _present(self, cursor: Cursor) -> datetime:
        """The site's present, as far as we know. A window too long costs little, one too short loses updates."""
        return self._means.now() + (BLIND if cursor.skew_s is None else timedelta(seconds=cursor.skew_s))

    def _leave_out_refused(self, exc: UnexpectedAnswerError) -> None:
        refused = [(source, why) for source in self._scope.sources if (why := self._scope.refusal_of(source))]
        if len(refused) == len(self._scope.sources) and refused:
            raise refusal(self._means.connection, *refused[0]) from exc
        reference = tuple(self._kept.values())
        self._skipped += [self._means.left_out(source, why, reference) for source, why in refused]
        self._scope = self._scope.without({source_text(source) for source, _ in refused})

    def _refused_before(self, cursor: Cursor) -> Cursor:
        """Sources that were refused before: asked for again every hour, and named each time."""
        if not cursor.refused:
            return cursor
        again = self._present(cursor) - cursor.schedule.refused_at >= LISTS_EVERY
        reference = tuple(self._kept.values())
        for source in self._scope.sources:
            if source_text(source) in cursor.refused:
                why = self._scope.refusal_of(source) if again else "It was refused when it was last asked for."
                if not why:  # it was never read: the next pull finds it new, and reads what it brings
                    told = tuple(one for one in cursor.sources if one != source_text(source))
                    cursor = cursor.model_copy(update={"sources": told})
                    why = "It is accepted now and is read by the next sync."
                self._skipped.append(self._means.left_out(source, why, reference))
        self._scope = self._scope.without(cursor.refused)
        if not again:
            return cursor
        schedule = cursor.schedule.model_copy(update={"refused_at": self._present(cursor)})
        return cursor.model_copy(update={"schedule": schedule})

    def _missing(self, cursor: Cursor, stamps: Collection[int]) -> set[int]:
        """What should have come back and did not. An empty or short answer counts only when given to ourselves."""
        edge = moment_ms(cursor.window_start())
        missing = {number for number, ms in cursor.seen.items() if ms >= edge and number not in stamps}
        if (missing or not stamps) and str(self._site.me()["accountId"]) != cursor.account:
            raise OtherAccountError
        return missing

    def _distrust(self, cursor: Cursor, shown: dict[int, Json], below: Collection[int]) -> None:
        """Refuse a search that left out what is there, unchanged and in scope."""
        settled = moment_ms(self._asked_at - OVERLAP)
        suspects = [
            number for number, issue in shown.items()
            if updated_ms(issue) == cursor.seen[number] <= settled and self._scope.holds(issue, below)
            and not (issue.get("fields") or {}).get("archiveddate")  # then it is there, but no search shows it
        ]
        if suspects and self._errs(suspects, sorted(below)):
            raise RetryableError(
                "Jira's search does not show an issue that is there; its answer is not believed.",
                where=self._means.connection, reason="search_incomplete",
            )

    def _errs(self, suspects: Sequence[int], below: Sequence[int]) -> bool:
        """Whether the search is wrong: it shows the issues when asked for them alone, or shows nothing at all.

        Else it keeps to its answer, and there is something about these issues; the census tells.
        """
        try:
            if self._scope.among(suspects, below):
                return True
        except UnexpectedAnswerError as exc:
            if exc.answer.status != 400:
                raise
        return not self._scope.shows_anything(below)

    def _comes_again(self, cursor: Cursor, issue: Json | None, below: Collection[int]) -> bool:
        """Whether the next search must show an issue that this one did not: it changed since, and is in scope."""
        if issue is None or not self._scope.holds(issue, below):
            return False
        return updated_ms(issue) != cursor.seen.get(int(issue["id"]))

    # -- what is read -------------------------------------------------------------------------------------------------

    def _reader(self, cursor: Cursor) -> IssueReader:
        words = self._means.read_words(tuple(self._kept.values()))
        return self._means.issues(words, cursor.fields)

    def _read(self, cursor: Cursor, ids: Sequence[int]) -> Iterator[tuple[Sequence[int], list[Json]]]:
        reader = self._reader(cursor)
        yield from read_ahead(parts(ids, BATCH), reader.issues)

    def _newly_below(self, fresh: dict[int, Json], below: set[int]) -> set[int]:
        """Issues that came to lie below an epic of the sources; they are added to ``below``."""
        if not self._scope.roots():
            return set()
        new = {number for number, issue in fresh.items() if number not in below and self._scope.lies_below(issue, below)}
        below |= new
        return new

    def _below(self, new: set[int], below: set[int]) -> set[int]:
        """What came along below them."""
        found = self._scope.descendants([str(number) for number in sorted(new)], below)
        below |= found
        return found

    def _booked(self, cursor: Cursor, changed: Collection[int]) -> tuple[set[int], int]:
        """Issues with bookings that their ``updated`` does not tell of, by the feed, when that is due."""
        if self._asked_at - cursor.schedule.feeds_at < LISTS_EVERY:
            return set(), cursor.schedule.booked_ms
        booked, until = self._site.booked_since(cursor.schedule.booked_ms)
        asked = sorted(booked.keys() - set(changed))
        shown = self._scope.among(asked, cursor.below) if asked else {}
        untold = {number for number, issue in shown.items() if booked[number] > (updated_ms(issue) or 0) + 1000}
        return untold, until

    def _due(self, schedule: Schedule) -> list[RawPayload]:
        """The lists whose time has come, freshly read."""
        reader, read = self._means.reader, list[RawPayload]()
        if self._asked_at - schedule.words_at >= WORDS_EVERY:
            read += reader.words()
        if self._asked_at - schedule.lists_at >= LISTS_EVERY:
            read += reader.lists(self._scope.project_keys())
        return self._keep(read)

    def _keep(self, read: list[RawPayload]) -> list[RawPayload]:
        self._kept.update({(one.kind, one.vendor_id): one for one in read})
        return read

    def _strange(self, issues: Sequence[Json]) -> Iterator[Page]:
        """The lists that issues name something unknown of."""
        words = self._means.read_words(tuple(self._kept.values()))
        strange, projects = unknown_words(issues, words)
        reader, read = self._means.reader, list[RawPayload]()
        if strange:
            read += reader.words()
        for key in projects:
            read += reader.versions(key)
        if read:
            yield Page(stage=Stage.REFERENCE, raw=tuple(self._keep(read)))

    # -- what is remembered -------------------------------------------------------------------------------------------

    def _page(self, cursor: Cursor, seen: SeenStamps, raw: tuple[RawPayload, ...], *, done: int, total: int) -> Page:
        """A page whose checkpoint is the old cursor, knowing what is stored by now."""
        kept = cursor.model_copy(update={"seen": {**cursor.seen, **seen.kept()}, "fresh": seen.fresh()})
        mark = Checkpoint(after=None, started=self._asked_at, cursor=kept)
        return Page(stage=Stage.HISTORY, raw=raw, checkpoint=mark.model_dump_json(), done=done, total=total)

    def _last(self, cursor: Cursor, seen: SeenStamps, below: Sequence[int], *, booked_ms: int, done: int) -> Page:
        at, old = self._asked_at, cursor.schedule
        schedule = old.model_copy(update={
            "words_at": at if at - old.words_at >= WORDS_EVERY else old.words_at,
            "lists_at": at if at - old.lists_at >= LISTS_EVERY else old.lists_at,
            "feeds_at": at if at - old.feeds_at >= LISTS_EVERY else old.feeds_at,
            "booked_ms": booked_ms,
        })
        told = self._site.site_time()
        left = {source_text(source) for source in self._scope.sources}
        last = cursor.model_copy(update={
            "watermark": seen.watermark, "seen": seen.kept(), "fresh": seen.fresh(), "asked_at": at, "schedule": schedule,
            "below": tuple(below),
            "skew_s": (told - self._means.now()).total_seconds() if told is not None else None,
            "sources": tuple(one for one in cursor.sources if one in self._every),
            "refused": tuple(one for one in self._every if one not in left),
        })
        return Page(
            stage=Stage.HISTORY, skipped=tuple(self._skipped), cursor=last.model_dump_json(), done=done, total=done
        )
