"""Versions of what no tool tells the history of, from those of the items that we learned.

What counts is when the tool changed an item, not when we heard of it: a version that comes late stands where it belongs.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from operator import attrgetter

from sqlalchemy import Connection, Select, select

from model.landscape import Untold
from model.work import ItemType, WorkItem
from store import tables
from store.dialect import AT, among_listed, chunked, listed, replace_row, write_many
from store.kinds import ITEMS, Row

_REGISTERS = (ItemType.RISK, ItemType.BENEFIT)


def concerned(items: Iterable[WorkItem], booked: Iterable[str]) -> list[str]:
    """The items that have such values: entries of registers, and those with hours of their own. ``booked``: ids of items
    with bookings, which have a history."""
    logged = set(booked)
    return [
        item.id
        for item in items
        if item.type in _REGISTERS or item.risk or item.benefit or (item.spent_hours and item.id not in logged)
    ]


def keep_late(conn: Connection, items: Iterable[WorkItem], *, known_at: datetime) -> None:
    """Keep versions that came after newer ones. They were never believed, so their span of time is empty."""
    late = {item.id: ITEMS.row(item) for item in items}
    held: dict[str, set[bytes]] = defaultdict(set)
    taken: dict[str, set[datetime]] = defaultdict(set)
    for chunk in chunked(late):
        for id_, content_hash, since in conn.execute(_VERSIONS, listed(chunk)):
            held[id_].add(content_hash)
            taken[id_].add(since)
    rows: list[Row] = []
    for id_, row in late.items():
        moment = known_at
        while moment in taken[id_]:
            moment += timedelta(microseconds=1)
        if row["hash"] not in held[id_]:
            rows.append({**row, "known_from": moment, "known_to": moment})
    write_many(conn, replace_row(conn, tables.items), rows)


_VERSIONS = select(tables.items.c.id, tables.items.c.hash, tables.items.c.known_from).where(among_listed(tables.items.c.id))


@cache
def _earlier(*, past: bool) -> Select[str]:
    """The versions of items that are not believed any more, in the order in which we learned of them.

    ``past``: those of which that was so at a moment.
    """
    table = tables.items
    over = table.c.known_to <= AT if past else table.c.known_to.is_not(None)
    return select(table.c.body).where(among_listed(table.c.id), over).order_by(table.c.id, table.c.known_from)


def untold_of(conn: Connection, ids: Iterable[str], known_at: datetime | None) -> dict[str, tuple[Untold, ...]]:
    """Per item what it had before the version that is believed at a moment (None: now), oldest first, each value once.

    Of two versions that the tool dates alike the one that we learned last comes last.
    """
    found: dict[str, list[Untold]] = defaultdict(list)
    for chunk in chunked(ids):
        bodies = conn.execute(_earlier(past=known_at is not None), {**listed(chunk), "at": known_at}).scalars()
        for item in ITEMS.load(bodies):
            version = Untold(
                from_at=item.updated_at,
                spent_hours=item.spent_hours,
                response=item.risk.response if item.risk else None,
                benefit=item.benefit,
            )
            found[item.id].append(version)
    return {id_: _each_once(sorted(versions, key=attrgetter("from_at"))) for id_, versions in found.items()}


def _each_once(versions: Iterable[Untold]) -> tuple[Untold, ...]:
    """Without those that say what the one before them said."""
    found: list[Untold] = []
    for version in versions:
        if not found or found[-1].model_copy(update={"from_at": version.from_at}) != version:
            found.append(version)
    return tuple(found)
