"""One pull, from what is remembered to what is to be remembered: whole, gone on with, or what changed."""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from connector.jira.cursor import Checkpoint, Cursor, Schedule, moment_ms
from connector.jira.fields import wanted
from connector.jira.incremental import Incremental, OtherAccountError
from connector.jira.pull import IssueReader, full, joined
from connector.jira.reference import ReferenceReader, has_words
from connector.jira.scope import Scope, refusal, source_text
from connector.jira.site import Site
from connector.jira.vocabulary import Vocabulary
from model.sync import Page, RawPayload, Skipped, Stage
from model.tree import Source

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Means:
    """What a pull works with. ``read_words`` makes a vocabulary of reference payloads; ``containers`` names what a
    source fills, by reference payloads."""

    site: Site
    connection: str
    reader: ReferenceReader
    now: Callable[[], datetime]
    read_words: Callable[[Sequence[RawPayload]], Vocabulary]
    containers: Callable[[Source, Sequence[RawPayload]], tuple[str, ...]]

    def issues(self, words: Vocabulary, fields: Sequence[str]) -> IssueReader:
        """A reader of issues with these fields."""
        return IssueReader(
            self.site, self.connection, self.reader, fields=fields, epic_link=words.roles.epic_link,
            sprint=words.roles.sprint,
        )

    def left_out(self, source: Source, why: str, reference: Sequence[RawPayload]) -> Skipped:
        """A source that Jira refuses, as the report names it."""
        error = refusal(self.connection, source, why)
        return Skipped(
            item=f"{self.connection}:{source.kind}:{source.value}", why=f"{error.what} {error.fix}",
            containers=self.containers(source, reference),
        )


class PullPass:
    """One pull. ``reference``: the kept payloads, so that they need not be asked for."""

    def __init__(self, means: Means, scope: Scope, reference: Sequence[RawPayload]) -> None:
        self._means = means
        self._scope = scope
        self._kept = tuple(reference)

    def run(self, cursor: Cursor | None, at: Checkpoint | None) -> Iterator[Page]:
        """Pages to the end. Reads everything where there is no cursor, or where it can't be gone on from."""
        if at is not None and at.lists is not None:
            yield from self._full(at)
            return
        remembered = at.cursor if at is not None else cursor
        if remembered is None:
            yield from self._full(None)
            return
        if not has_words(self._kept):
            yield from self._read_reference(at)
        why = self._outgrown(remembered)
        new = [source for source in self._scope.sources if source_text(source) not in remembered.sources]
        if why is None and at is not None and at.after is not None:
            if not new:
                yield from self._full(at)
                return
            why = "a source is new, and the others were not read to their end"
        if why is None:
            try:
                if new:
                    remembered = yield from self._joined(remembered, new)
                yield from Incremental(self._means, self._scope, self._kept).run(remembered)
                return
            except OtherAccountError:
                why = "another account reads now"
        log.info("full_pull_needed", connection=self._means.connection, why=why)
        yield from self._full(None)

    def _outgrown(self, cursor: Cursor) -> str | None:
        """Why a cursor says too little about the present configuration; None where it is enough."""
        if not set(cursor.sources) & {source_text(source) for source in self._scope.sources}:
            return "every source is new"
        if not set(self._means.read_words(self._kept).roles.own()) <= set(cursor.fields):
            return "the mapping needs a field that was never asked for"
        return None

    def _joined(self, cursor: Cursor, new: Sequence[Source]) -> Generator[Page, None, Cursor]:
        """What sources bring that were never read, and the cursor that knows them. The others are left as they are.

        A pull that is cut off meanwhile finds them new again. Raises OtherAccountError.
        """
        if str(self._means.site.me()["accountId"]) != cursor.account:
            raise OtherAccountError
        scope = self._scope.only({source_text(source) for source in new})
        log.info("new_sources_read", connection=self._means.connection, sources=len(new))
        lists = tuple(self._means.reader.read(scope.project_keys(), scope.roots()))
        self._kept = tuple({(one.kind, one.vendor_id): one for one in (*self._kept, *lists)}.values())
        yield Page(stage=Stage.REFERENCE, raw=lists)
        found = scope.find()
        refused = {source_text(source) for source, _ in found.refused}
        skipped = tuple(self._means.left_out(source, why, self._kept) for source, why in found.refused)
        if skipped:
            yield Page(stage=Stage.ITEMS, skipped=skipped)
        issues = self._means.issues(self._means.read_words(self._kept), cursor.fields)
        known = self._scope.without({*cursor.refused, *refused})
        yield from joined(issues, found.ids, known.queries_of)
        return cursor.model_copy(
            update={
                "sources": (*cursor.sources, *(source_text(source) for source in new)),
                "below": tuple(sorted({*cursor.below, *found.below})),
                "refused": (*cursor.refused, *sorted(refused - set(cursor.refused))),
            }
        )

    def _read_reference(self, at: Checkpoint | None) -> Iterator[Page]:
        self._kept = tuple(self._means.reader.read(self._scope.project_keys(), self._scope.roots()))
        mark = at.model_dump_json() if at is not None else None
        yield Page(stage=Stage.REFERENCE, raw=self._kept, checkpoint=mark)

    def _full(self, at: Checkpoint | None) -> Iterator[Page]:
        if at is None:
            at = self._begin()
        if at.lists is not None:
            at = yield from self._lists(at, at.lists)
        words = self._means.read_words(self._kept)
        found = self._scope.find()
        if not found.ids and self._scope.sources:
            self._means.site.me()  # nobody in particular is shown nothing either
            found = self._scope.find()
        if self._scope.sources and len(found.refused) == len(self._scope.sources):
            raise refusal(self._means.connection, *found.refused[0])
        refused = tuple(source_text(source) for source, _ in found.refused)
        at = at.model_copy(update={"cursor": at.cursor.model_copy(update={"refused": refused})})
        skipped = [self._means.left_out(source, why, self._kept) for source, why in found.refused]
        yield from full(self._means.issues(words, at.cursor.fields), found, at, skipped=skipped)

    def _lists(self, at: Checkpoint, stored: int) -> Generator[Page, None, Checkpoint]:
        """The site's lists, which every page after them is read with; ``stored`` of them are held already."""
        held = {(one.kind, one.vendor_id): one for one in self._kept} if stored else {}
        keys, roots = self._scope.project_keys(), self._scope.roots()
        for number, raw in self._means.reader.in_parts(keys, roots, after=stored):
            held.update(((one.kind, one.vendor_id), one) for one in raw)
            at = at.model_copy(update={"lists": number})
            yield Page(stage=Stage.REFERENCE, raw=tuple(raw), checkpoint=at.model_dump_json())
        self._kept = tuple(held.values())
        words = self._means.read_words(self._kept)
        cursor = at.cursor.model_copy(update={"fields": wanted(words.fields, words.roles)})
        return at.model_copy(update={"lists": None, "cursor": cursor})

    def _begin(self) -> Checkpoint:
        """Who we are, and what time it is there."""
        site, means = self._means.site, self._means
        account = str(site.me()["accountId"])
        ours, told = means.now(), site.site_time()
        started = told or ours
        cursor = Cursor(
            watermark=None, asked_at=started, account=account,
            skew_s=(told - ours).total_seconds() if told is not None else None,
            fields=(),
            sources=tuple(source_text(source) for source in self._scope.sources),
            schedule=Schedule(
                words_at=started, lists_at=started, feeds_at=started, booked_ms=moment_ms(started), refused_at=started
            ),
        )
        return Checkpoint(after=-1, lists=0, started=started, cursor=cursor)
