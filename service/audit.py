"""The log of every write ever made into a tool, as people look through it and take it along."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from model.push import Channel, Write
from service.documents import instant
from service.places import Place, places_of
from service.workspace import Workspace
from store.audit_log import AuditFilter
from store.pushes import AuditEntry

AT_ONCE = 500
_FORMULA = ("=", "+", "-", "@", "|", "%")
_COLUMNS = ("at", "run", "by", *Write.model_fields)


@dataclass(frozen=True)
class Page:
    """Lines with their numbers, newest first; ``places``: how the targets are called; ``next``: before which line the
    next page begins (None: this was the last).
    """

    lines: tuple[tuple[int, AuditEntry], ...]
    places: Mapping[str, Place]
    next: int | None


def page(workspace: Workspace, wanted: AuditFilter, *, limit: int, before: int | None = None) -> Page:
    """One page of the log."""
    with workspace.db.read() as uow:
        found = uow.audit_log.page(wanted, limit=limit + 1, before=before)
    lines = found[:limit]
    named = {entry.target for _, entry in lines if entry.node and entry.channel is not Channel.SETUP}
    return Page(lines, places_of(workspace, sorted(named)), lines[-1][0] if len(found) > limit else None)


def every(workspace: Workspace, wanted: AuditFilter) -> Iterator[AuditEntry]:
    """Every line that is looked for, newest first, read a few at a time: a log may be longer than memory."""
    before: int | None = None
    while True:
        with workspace.db.read() as uow:
            lines = uow.audit_log.page(wanted, limit=AT_ONCE, before=before)
        yield from (entry for _, entry in lines)
        if len(lines) < AT_ONCE:
            return
        before = lines[-1][0]


def connections(workspace: Workspace) -> tuple[str, ...]:
    """Every connection that was ever written to."""
    with workspace.db.read() as uow:
        return uow.audit_log.connections()


def document(entry: AuditEntry) -> dict[str, Any]:
    """One line of the log as JSON."""
    return {"at": instant(entry.at), "run": entry.run, "by": entry.by, **entry.write.model_dump(mode="json")}


def csv_lines(entries: Iterable[AuditEntry]) -> Iterator[str]:
    """The log as CSV, a line at a time, the head first. No value is taken for a formula by a spreadsheet."""
    yield _line(_COLUMNS)
    for entry in entries:
        told = document(entry)
        yield _line([_cell(told[name]) for name in _COLUMNS])


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()


def _cell(value: Any) -> str:
    """A value as text that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if isinstance(value, str) and text.lstrip().startswith(_FORMULA) else text
