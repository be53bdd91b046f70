"""``uow.inventory``: what is held of each connection's items, as a census and the reading of histories ask for it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, and_, exists, func, or_, select, update

from model.ids import item_id
from model.sync import KnownItem
from model.work import WorkItem
from store import tables
from store.dialect import among_listed, chunked, listed

_OUTDATED = update(tables.known_histories).where(among_listed(tables.known_histories.c.item_id)).values(outdated=True)


class Inventory:
    """Reads across all items of a connection."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def known_items(self, connection: str) -> tuple[KnownItem, ...]:
        """Every item of a connection, also those that are gone, ordered by id."""
        containers, gone = self._containers(connection), self._gone(connection)
        table = tables.items
        bodies = self._conn.execute(
            select(table.c.body).where(table.c.connection == connection, table.c.known_to.is_(None)).order_by(table.c.id)
        ).scalars()
        return tuple(_known(WorkItem.model_validate_json(body), containers, gone) for body in bodies)

    def without_history(self, connection: str) -> tuple[str, ...]:
        """Vendor ids of items whose history was never read or is out of date, the last touched first.

        What is below one top ancestor stands together, where the first of it stands, the ancestor before all others: a
        tool may need the ancestor's history for each of them, and has read it then.
        """
        items, histories, gone = tables.items, tables.known_histories, tables.tombstones
        start = len(item_id(connection, "")) + 1
        statement = (
            select(func.substr(items.c.id, start), func.substr(items.c.parent_id, start))
            .select_from(items.outerjoin(histories, histories.c.item_id == items.c.id))
            .where(items.c.connection == connection, items.c.known_to.is_(None))
            .where(or_(histories.c.item_id.is_(None), histories.c.outdated))
            .where(~exists().where(and_(gone.c.item_id == items.c.id, gone.c.known_to.is_(None))))
            .order_by(items.c.updated_at.desc(), items.c.id)
        )
        return tuple(_by_family({row[0]: row[1] for row in self._conn.execute(statement)}))

    def outdate_histories(self, item_ids: Iterable[str]) -> None:
        """Note that items changed and their histories were not read again."""
        for chunk in chunked(item_ids):
            self._conn.execute(_OUTDATED, listed(chunk))

    def _containers(self, connection: str) -> dict[str, list[str]]:
        """What each item belongs to now. Container ids are many times the same: each is held once."""
        table = tables.memberships
        statement = select(table.c.item_id, table.c.container_id).where(
            table.c.connection == connection, table.c.known_to.is_(None), table.c.to_at.is_(None)
        )
        once: dict[str, str] = {}
        found: dict[str, list[str]] = defaultdict(list)
        for item, container in self._conn.execute(statement.order_by(table.c.item_id, table.c.container_id)):
            found[item].append(once.setdefault(container, container))
        return found

    def _gone(self, connection: str) -> set[str]:
        table = tables.tombstones
        statement = select(table.c.item_id).where(table.c.connection == connection, table.c.known_to.is_(None))
        return set(self._conn.execute(statement).scalars())


def _known(item: WorkItem, containers: dict[str, list[str]], gone: set[str]) -> KnownItem:
    belongs: Sequence[str] = containers.get(item.id, ())
    return KnownItem.model_construct(
        id=item.id, vendor_id=item.vendor_id, key=item.key, updated_at=item.updated_at, parent_id=item.parent_id,
        containers=tuple(belongs), restricted=item.restricted, gone=item.id in gone,
    )


def _by_family(parents: Mapping[str, str | None]) -> list[str]:
    """The ids in their order, with those of one top ancestor together behind it where the first of them stands."""
    places: dict[str, int] = {}
    tops = {id_: _top(id_, parents) for id_ in parents}
    return sorted(parents, key=lambda id_: (places.setdefault(tops[id_], len(places)), id_ != tops[id_]))


def _top(id_: str, parents: Mapping[str, str | None]) -> str:
    """The top ancestor; of a circle, where it closes."""
    top, seen = id_, {id_}
    while (above := parents.get(top)) and above not in seen:
        seen.add(above)
        top = above
    return top
