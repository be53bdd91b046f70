"""``uow.derived``: nodes made from what the tools hold, and when we knew them so."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select, update

from model.base import Instant
from model.derived import DerivedNode
from model.work import WorkItem
from store.dialect import among, chunked
from store.kinds import ITEMS
from store.tables import derived_nodes, items, memberships, tombstones


class DerivedNodes:
    """Rows are never changed: what differs closes the old row and opens a new one."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def at(self, moment: Instant | None = None) -> tuple[DerivedNode, ...]:
        """What was known at a moment (None: now), by node id. Before the first knowledge, that one holds."""
        table = derived_nodes
        if moment is None:
            condition: ColumnElement[bool] = table.c.known_to.is_(None)
        else:
            first = self._conn.execute(select(func.min(table.c.known_from))).scalar_one()
            at = max(moment, first) if first else moment
            condition = and_(table.c.known_from <= at, or_(table.c.known_to.is_(None), table.c.known_to > at))
        bodies = self._conn.execute(select(table.c.body).where(condition).order_by(table.c.node)).scalars()
        return tuple(DerivedNode.model_validate_json(body) for body in bodies)

    def ids(self) -> Mapping[str, str]:
        """The node id of every key that ever was: it stays the same, whatever the thing is called later."""
        table = derived_nodes
        rows = self._conn.execute(select(table.c.key, table.c.node).order_by(table.c.known_from))
        return {row.key: row.node for row in rows}

    def replace(self, connection: str, found: Sequence[DerivedNode], *, known_at: Instant) -> tuple[DerivedNode, ...]:
        """Make ``found`` all that is known of a connection. Returns what came, changed or went."""
        table = derived_nodes
        held = {one.node.id: one for one in self.at() if one.key.startswith(f"{connection}:")}
        wanted = {one.node.id: one for one in found}
        gone = [held[id_] for id_ in held if held[id_] != wanted.get(id_)]
        fresh = [wanted[id_] for id_ in wanted if wanted[id_] != held.get(id_)]
        for one in gone:
            open_row = and_(table.c.node == one.node.id, table.c.known_to.is_(None))
            self._conn.execute(update(table).where(open_row).values(known_to=known_at))
        for one in fresh:
            row = {"node": one.node.id, "key": one.key, "body": one.model_dump_json(), "known_from": known_at}
            self._conn.execute(insert(table).values(**row))
        return (*gone, *fresh)

    def members(self, containers: Sequence[str]) -> tuple[WorkItem, ...]:
        """The items that are in any of these containers now, by id; what left its tool is not."""
        found: set[str] = set()
        for chunk in chunked(containers):
            inside = select(memberships.c.item_id).where(
                among(memberships.c.container_id, chunk), memberships.c.to_at.is_(None), memberships.c.known_to.is_(None)
            )
            found.update(self._conn.execute(inside).scalars())
        return self._present(items.c.id, sorted(found))

    def children(self, parents: Sequence[str]) -> tuple[WorkItem, ...]:
        """The items right below these, by id."""
        return self._present(items.c.parent_id, parents)

    def _present(self, column: ColumnElement[Any], values: Sequence[str]) -> tuple[WorkItem, ...]:
        found: list[str] = []
        for chunk in chunked(values):
            gone = select(tombstones.c.item_id).where(tombstones.c.known_to.is_(None))
            statement = select(items.c.body).where(
                among(column, chunk), items.c.known_to.is_(None), items.c.id.not_in(gone)
            )
            found += self._conn.execute(statement).scalars()
        return tuple(sorted(ITEMS.load(found), key=lambda item: item.id))
