"""``uow.skipped``: items whose payload could not be read. They lower the trust in what is counted without them."""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple

from sqlalchemy import Connection, Select, bindparam, insert, select, update

from model.sync import Departure, Skipped
from store import tables
from store.dialect import AT, among_listed, chunked, known, listed

# Every page of a sync asks these: built once.
_OF = (tables.skipped_items.c.connection == bindparam("of"), tables.skipped_items.c.known_to.is_(None))
_ALL = select(tables.skipped_items).where(*_OF).order_by(tables.skipped_items.c.item)
_MENDED = update(tables.skipped_items).where(*_OF, among_listed(tables.skipped_items.c.item_id)).values(known_to=AT)


@cache
def _unread(*, past: bool) -> Select[str, str | None, str]:
    table = tables.skipped_items
    return select(table.c.item, table.c.item_id, table.c.containers).where(known(table, AT if past else None))


@cache
def _hidden(*, past: bool) -> Select[str]:
    table = tables.tombstones
    away = table.c.why == Departure.HIDDEN.value, known(table, AT if past else None)
    return select(table.c.item_id).where(among_listed(table.c.item_id), *away)


class Unseen(NamedTuple):
    """Items that can't be seen, by id where they have one: unreadable, and no longer shown to us."""

    unreadable: tuple[str, ...]
    hidden: tuple[str, ...]


class SkippedItems:
    """What was skipped, since when, until when."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def save(
        self, connection: str, skipped: Iterable[Skipped], *, readable: Collection[str], known_at: datetime
    ) -> tuple[str, ...]:
        """Note what could not be read, and forget of it what is readable again (item ids).

        Returns the ids of the items and the containers of what was noted or forgotten.
        """
        before = self.all(connection)
        mended = [entry for entry in before if entry.item_id in readable]
        for chunk in chunked(entry.item_id for entry in mended if entry.item_id):
            self._conn.execute(_MENDED, {"of": connection, **listed(chunk), "at": known_at})
        held = {entry.item for entry in before} - {entry.item for entry in mended}
        fresh = {entry.item: entry for entry in skipped if entry.item not in held}
        rows = [
            {
                "connection": connection, "item": entry.item, "item_id": entry.item_id, "why": entry.why,
                "containers": json.dumps(entry.containers), "known_from": known_at, "known_to": None,
            }
            for entry in fresh.values()
        ]  # fmt: skip
        if rows:
            self._conn.execute(insert(tables.skipped_items), rows)
        return tuple({name for entry in (*mended, *fresh.values()) for name in (entry.item_id, *entry.containers) if name})

    def all(self, connection: str) -> tuple[Skipped, ...]:
        """What can't be read of a connection now."""
        return tuple(
            Skipped(item=row.item, why=row.why, item_id=row.item_id, containers=tuple(json.loads(row.containers)))
            for row in self._conn.execute(_ALL, {"of": connection})
        )

    def unseen(
        self, item_ids: Iterable[str], containers: Sequence[str], *, gone: Iterable[str], known_at: datetime | None = None
    ) -> Unseen:
        """Which items of some containers can't be seen. ``gone``: those that left."""
        ids, places = set(item_ids), set(containers)
        past = known_at is not None
        unseen = {
            item_id or item for item, item_id, told in self._conn.execute(_unread(past=past), {"at": known_at})
            if item_id in ids or not places.isdisjoint(json.loads(told))
        }  # fmt: skip
        hidden: set[str] = set()
        for chunk in chunked(gone):
            hidden.update(self._conn.execute(_hidden(past=past), {**listed(chunk), "at": known_at}).scalars())
        return Unseen(tuple(sorted(unseen)), tuple(sorted(hidden - unseen)))
