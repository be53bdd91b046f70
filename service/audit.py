"""The log of every write ever made into a tool, as people look through it and take it along."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from model.push import Channel, Write
from service.csv_table import BYTE_ORDER_MARK, Cell, Separator, line
from service.documents import instant
from service.places import Place, places_of
from service.workspace import Workspace
from store.audit_log import AuditFilter
from store.pushes import AuditEntry

AT_ONCE = 500
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


def csv_lines(entries: Iterable[AuditEntry], separator: Separator = Separator.COMMA) -> Iterator[str]:
    """The log as CSV, a line at a time, the head first; parted by semicolons with the mark that such spreadsheets look for."""
    yield (BYTE_ORDER_MARK if separator is Separator.SEMICOLON else "") + line(_COLUMNS, separator)
    for entry in entries:
        told = document(entry)
        yield line([_cell(told[name]) for name in _COLUMNS], separator)


def _cell(value: Any) -> Cell:
    """A value as a cell: text and numbers as they are, everything else as JSON."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if value is None or number or isinstance(value, str) else json.dumps(value, ensure_ascii=False)
