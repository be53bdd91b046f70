"""What can be prepared: what each kind of document is asked by, and how it is made."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar

from model.base import Instant, Record
from model.errors import UsageError
from model.jobs import DOCUMENTS, LENSES, MOVEMENTS, REPORTS, name_of
from model.lens import Lens
from model.tree import Language
from service.browse import levels_of
from service.change import moved_since
from service.change_document import change_document, labels_of_parts
from service.csv_table import Separator
from service.lens_at_hand import is_kept, question
from service.lens_at_hand import packed as packed_lens
from service.lenses import keep, score_lens
from service.movement import Span, can_be_split, packed, projects_below, split
from service.report import MOST_SPLIT, WEEK, Asked, report
from service.reports.formats import MEDIA_TYPES, made
from service.workspace import Workspace
from store.prepared import Document, DocumentKind

FILES = ("json", "csv", "xlsx")
"""Formats of reports that hold every line; the others are to be read, and are made at once."""


@dataclass(frozen=True)
class Made:
    """A document as it is sent."""

    media_type: str
    content: bytes


class SplitOf(Record):
    """The exact split of a movement between the ends of two days, for a page. ``lens``: of a node of this one."""

    kind: ClassVar[DocumentKind] = DocumentKind.SPLIT
    job: ClassVar[str] = name_of(DOCUMENTS, MOVEMENTS)
    since: date
    until: date
    lens: str | None = None

    def make(self, workspace: Workspace, node: str) -> Made:
        """Raises UsageError for an unknown lens or node."""
        return Made("application/json", packed(split(workspace, node, Span(self.since, self.until), self.lens)))


class ChangeOf(Record):
    """The same between any two moments, for programs. ``since`` None: a week before ``until``; ``until`` None: now."""

    kind: ClassVar[DocumentKind] = DocumentKind.CHANGE
    job: ClassVar[str] = name_of(DOCUMENTS, MOVEMENTS)
    since: Instant | None = None
    until: Instant | None = None
    language: Language = "en"

    @staticmethod
    def takes_long(workspace: Workspace, node: str) -> bool:
        """Whether it is more than anybody should wait for."""
        return not can_be_split(workspace, levels_of(workspace.tree), node)

    def begin(self, now: datetime) -> datetime:
        """The first moment. Raises UsageError where ``until`` has not come yet, or it is not before that."""
        end = self.until or now
        if end > now:
            raise UsageError("`until` has not come yet.", fix="Leave it out: then it is now.")
        since = self.since or end - WEEK
        if since >= end:
            raise UsageError(f"{since:%Y-%m-%d} is not before {end:%Y-%m-%d}.", where="since", fix="Give an earlier moment.")
        return since

    def make(self, workspace: Workspace, node: str) -> Made:
        moved = moved_since(workspace, node, since=self.begin(workspace.clock()), until=self.until)
        told = change_document(moved, labels_of_parts(workspace, moved), self.language)
        return Made("application/json", json.dumps(told, ensure_ascii=False, allow_nan=False).encode())


class FileOf(Record):
    """A report as a file, compared with so many days ago. ``names``: for somebody who may see names.

    ``causes``: its movement is to be split also where that is more than anybody should wait for.
    """

    kind: ClassVar[DocumentKind] = DocumentKind.REPORT
    job: ClassVar[str] = name_of(DOCUMENTS, REPORTS)
    format: str
    language: Language = "en"
    days: int = 7
    separator: Separator = Separator.COMMA
    lens: str | None = None
    names: bool = False
    causes: bool = False

    def takes_long(self, workspace: Workspace, node: str) -> bool:
        """Whether it is more than anybody should wait for."""
        if self.causes and causes_take_long(workspace, node, self.lens):
            return True
        many = self.format in FILES or self.lens is not None
        return many and files_take_long(workspace, node, self.lens)

    def make(self, workspace: Workspace, node: str) -> Made:
        """Raises UsageError for an unknown lens or node."""
        since = workspace.clock() - timedelta(days=self.days)
        causes = self.causes or None
        how = {"language": self.language, "since": since, "lens": self.lens, "names": self.names, "causes": causes}
        asked = Asked.while_waited_for(self.format, **how)
        return Made(MEDIA_TYPES[self.format], made(report(workspace, node, asked), self.format, self.separator))


def files_take_long(workspace: Workspace, node: str, lens: str | None) -> bool:
    """Whether a report of a node with every line of it is more than anybody should wait for."""
    if not is_kept(workspace):
        return False
    levels = levels_of(workspace.tree)
    return lens is not None or (node in levels.nodes and projects_below(levels, node) > workspace.patience.report)


def causes_take_long(workspace: Workspace, node: str, lens: str | None) -> bool:
    """Whether a report of a node can tell its movement by cause, and only if a worker makes it."""
    if lens is not None or not is_kept(workspace):
        return False
    levels = levels_of(workspace.tree)
    return node in levels.nodes and projects_below(levels, node) <= MOST_SPLIT


class LensOf(Record):
    """All scores of a lens, for its pages in an organisation of thousands of projects. ``like``: of its configuration."""

    kind: ClassVar[DocumentKind] = DocumentKind.LENS
    job: ClassVar[str] = name_of(DOCUMENTS, LENSES)
    lens: str
    like: str

    @classmethod
    def of(cls, lens: Lens) -> "LensOf":
        return cls.model_validate(question(lens))

    def make(self, workspace: Workspace, node: str) -> Made:
        """Scores that are shown in a tool are kept as those of other nodes, too. Raises UsageError for an unknown lens."""
        found = score_lens(workspace, self.lens, as_of=None)
        if found.grouping.lens.published:
            keep(workspace, found)
        return Made("application/json", packed_lens(found))


Wanted = SplitOf | ChangeOf | FileOf | LensOf


FORMS: Mapping[DocumentKind, type[Wanted]] = {form.kind: form for form in (SplitOf, ChangeOf, FileOf, LensOf)}


def wanted(document: Document) -> Wanted:
    """What somebody asked for."""
    return FORMS[document.kind].model_validate(document.asked)
