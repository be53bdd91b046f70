"""Versions of what no tool tells the history of, from those of the items that we learned."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import cache

from sqlalchemy import Connection, Select, select

from model.landscape import Untold
from model.work import ItemType, WorkItem
from store import tables
from store.dialect import AT, among_listed, chunked, listed
from store.kinds import ITEMS

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


@cache
def _earlier(*, past: bool) -> Select[str]:
    """The versions of items that are not believed any more. ``past``: those of which that was so at a moment."""
    table = tables.items
    over = [table.c.known_to > table.c.known_from, *([table.c.known_to <= AT] if past else [])]
    return select(table.c.body).where(among_listed(table.c.id), *over).order_by(table.c.id, table.c.known_from)


def untold_of(conn: Connection, ids: Iterable[str], known_at: datetime | None) -> dict[str, tuple[Untold, ...]]:
    """Per item what it had before the version that is believed at a moment (None: now), oldest first, each value once."""
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
            earlier = found[item.id]
            if not earlier or earlier[-1].model_copy(update={"from_at": version.from_at}) != version:
                earlier.append(version)
    return {id_: tuple(versions) for id_, versions in found.items()}
