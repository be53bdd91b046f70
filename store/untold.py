"""Versions of what no tool tells the history of, from those of the items that we learned."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select

from model.landscape import Untold
from model.work import ItemType, WorkItem
from store import tables
from store.dialect import among, chunked
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


def untold_of(conn: Connection, ids: Iterable[str], known_at: datetime | None) -> dict[str, tuple[Untold, ...]]:
    """Per item what it had before the version that is believed at a moment (None: now), oldest first, each value once."""
    table = tables.items
    found: dict[str, list[Untold]] = defaultdict(list)
    for chunk in chunked(ids):
        statement = select(table.c.body).where(among(table.c.id, chunk), table.c.known_to > table.c.known_from)
        if known_at is not None:
            statement = statement.where(table.c.known_to <= known_at)
        bodies = conn.execute(statement.order_by(table.c.id, table.c.known_from)).scalars()
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
