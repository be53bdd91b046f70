"""``uow.retention``: taking away what is not needed any more, so many rows at a time."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, exists, select, tuple_

from model.base import Instant
from store import tables
from store.dialect import replace_row
from store.operation_tables import retention_marks
from store.types import EPOCH

HISTORY = "history"
AT_ONCE = 1000
"""Rows of one transaction: few enough that nobody waits for them."""

Key = tuple[Any, ...]


class Retention:
    """``keys`` reads what is to go, ``take_away`` deletes of it what still is; nothing else writes meanwhile for long."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def keys(self, what: str, before: Instant, limit: int) -> Sequence[Key]:
        """Up to ``limit`` rows of a kind (one of ``KINDS``) that are older than a moment, by their primary keys."""
        if what == "scores":
            return self._thinned(before, limit)
        table, condition = KINDS[what]
        statement = select(*table.primary_key).where(condition(before)).limit(limit)
        return [tuple(row) for row in self._conn.execute(statement)]

    def _thinned(self, before: Instant, limit: int) -> Sequence[Key]:
        """Old scores that are not the last of their node and week."""
        table = tables.scores
        statement = select(table.c.id, table.c.node, table.c.as_of).where(table.c.as_of < before)
        found: list[Key] = []
        last: tuple[int, str, int] | None = None
        for id_, node, as_of in self._conn.execute(statement.order_by(table.c.node, table.c.as_of, table.c.id)):
            week = (as_of - EPOCH) // timedelta(weeks=1)
            if last is not None and last[1:] == (node, week):
                found.append((last[0],))
            last = (id_, node, week)
            if len(found) == limit:
                break
        return found

    def take_away(self, what: str, before: Instant, keys: Sequence[Key]) -> int:
        """Delete these rows, as far as they still are older than the moment; how many went."""
        table, condition = KINDS[what]
        chosen = tuple_(*table.primary_key).in_(keys)
        return self._conn.execute(delete(table).where(chosen, condition(before))).rowcount

    def mark(self, what: str, until: Instant) -> None:
        """Note up to when something is gone for good; an older mark never replaces a newer one."""
        known = self.horizon(what)
        if known is None or known < until:
            self._conn.execute(replace_row(self._conn, retention_marks), {"what": what, "until": until})

    def horizon(self, what: str = HISTORY) -> Instant | None:
        """Up to when something is gone; None: nothing is."""
        statement = select(retention_marks.c.until).where(retention_marks.c.what == what)
        until: Instant | None = self._conn.execute(statement).scalar_one_or_none()
        return until


def _raw_of_gone(before: Instant) -> ColumnElement[bool]:
    """Payloads of items that left: they have nothing to be read anew for."""
    raw, gone = tables.raw_payloads, tables.tombstones
    item = raw.c.connection + ":item:" + raw.c.vendor_id
    return exists().where(gone.c.item_id == item, gone.c.known_to.is_(None), gone.c.known_from < before)


def _superseded(table: Table, *, but_first: bool = False) -> Callable[[Instant], ColumnElement[bool]]:
    """What is not believed any more. ``but_first``: since when a thing was known at all stays known."""

    def condition(before: Instant) -> ColumnElement[bool]:
        old = table.c.known_to < before
        if not but_first:
            return old
        first = table.alias()
        return and_(old, exists().where(first.c.id == table.c.id, first.c.known_from < table.c.known_from))

    return condition


def _told(before: Instant) -> ColumnElement[bool]:
    """Messages sent or given up, of which there is a newer one to the same about the same."""
    mine, newer = tables.notices, tables.notices.alias()
    later = exists().where(
        newer.c.notifier == mine.c.notifier, newer.c.node == mine.c.node, newer.c.made_at > mine.c.made_at
    )
    return and_(mine.c.made_at < before, (mine.c.sent_at.is_not(None)) | (mine.c.gone.is_not(None)), later)


KINDS: Mapping[str, tuple[Table, Callable[[Instant], ColumnElement[bool]]]] = {
    "raw_payloads": (tables.raw_payloads, _raw_of_gone),
    "deliveries": (tables.hook_deliveries, lambda before: tables.hook_deliveries.c.done_at < before),
    "deliveries_seen": (tables.hook_seen, lambda before: tables.hook_seen.c.at < before),
    "scores": (tables.scores, lambda before: tables.scores.c.as_of < before),
    "runs": (tables.runs, lambda before: tables.runs.c.started_at < before),
    "notices": (tables.notices, _told),
    "history_items": (tables.items, _superseded(tables.items, but_first=True)),
    **{
        f"history_{table.name}": (table, _superseded(table))
        for table in (
            tables.changes, tables.memberships, tables.links, tables.worklogs, tables.people, tables.tombstones,
            tables.skipped_items,
        )
    },
}  # fmt: skip
