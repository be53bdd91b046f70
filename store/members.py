"""``uow.members``: which items are in which places of the tools now."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, and_, func, select

from store.dialect import among, chunked
from store.tables import items, memberships, tombstones

BELOW = "item:"
_PRESENT = and_(memberships.c.to_at.is_(None), memberships.c.known_to.is_(None))


class Members:
    """Memberships as they are believed now. ``item:<id>`` stands for everything below an item."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def of(self, containers: Sequence[str]) -> set[str]:
        """The items in any of these containers."""
        found: set[str] = set()
        for chunk in chunked([one for one in containers if not one.startswith(BELOW)]):
            inside = select(memberships.c.item_id).where(among(memberships.c.container_id, chunk), _PRESENT)
            found.update(self._conn.execute(inside).scalars())
        roots = [one.removeprefix(BELOW) for one in containers if one.startswith(BELOW)]
        return self._present(found | self._below(roots))

    def counts(self, containers: Sequence[str]) -> dict[str, int]:
        """How many items are in each of these containers; those without any are left out."""
        found: dict[str, int] = {}
        for chunk in chunked(containers):
            gone = select(tombstones.c.item_id).where(tombstones.c.known_to.is_(None))
            statement = (
                select(memberships.c.container_id, func.count(memberships.c.item_id.distinct()))
                .where(among(memberships.c.container_id, chunk), _PRESENT, memberships.c.item_id.not_in(gone))
                .group_by(memberships.c.container_id)
            )
            found.update({row[0]: row[1] for row in self._conn.execute(statement)})
        return found

    def places(self, item_ids: Iterable[str]) -> dict[str, set[str]]:
        """Item → the containers that it is in."""
        found: dict[str, set[str]] = defaultdict(set)
        for chunk in chunked(sorted(item_ids)):
            statement = select(memberships.c.item_id, memberships.c.container_id)
            for item, container in self._conn.execute(statement.where(among(memberships.c.item_id, chunk), _PRESENT)):
                found[item].add(container)
        return dict(found)

    def still_there(self, item_ids: Iterable[str]) -> set[str]:
        """Those of some items that have not gone."""
        return self._present(set(item_ids))

    def _below(self, roots: Sequence[str]) -> set[str]:
        found: set[str] = set()
        level = list(roots)
        while level:
            below: set[str] = set()
            for chunk in chunked(level):
                statement = select(items.c.id).where(among(items.c.parent_id, chunk), items.c.known_to.is_(None))
                below.update(self._conn.execute(statement).scalars())
            level = sorted(below - found)
            found |= below
        return found

    def _present(self, found: set[str]) -> set[str]:
        gone: set[str] = set()
        for chunk in chunked(sorted(found)):
            statement = select(tombstones.c.item_id).where(
                among(tombstones.c.item_id, chunk), tombstones.c.known_to.is_(None)
            )
            gone.update(self._conn.execute(statement).scalars())
        return found - gone
