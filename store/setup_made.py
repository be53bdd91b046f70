"""What set-up made in each tool, so that removal takes away exactly that."""

from sqlalchemy import Connection, and_, delete, select

from model.base import Instant
from model.push import SetupMade
from store.dialect import upsert
from store.tables import setup_made


class SetupLedger:
    """The things of one deployment that set-up made, oldest first."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def made(self, connection: str) -> tuple[SetupMade, ...]:
        """Everything that set-up made in a connection and that has not been taken away."""
        table = setup_made
        statement = select(table.c.kind, table.c.id, table.c.within).where(table.c.connection == connection)
        rows = self._conn.execute(statement.order_by(table.c.at, table.c.kind, table.c.id, table.c.within))
        return tuple(SetupMade(kind=kind, id=made_id, within=within or None) for kind, made_id, within in rows)

    def remember(self, connection: str, made: SetupMade, at: Instant) -> bool:
        """Keep one thing; what is kept already keeps its moment. Whether it was not kept before."""
        row = {"connection": connection, "kind": made.kind, "id": made.id, "within": made.within or "", "at": at}
        added = self._conn.execute(upsert(self._conn, setup_made).values(row).on_conflict_do_nothing())
        return added.rowcount == 1

    def forget(self, connection: str, made: SetupMade) -> None:
        table = setup_made
        is_it = and_(
            table.c.connection == connection, table.c.kind == made.kind, table.c.id == made.id,
            table.c.within == (made.within or ""),
        )
        self._conn.execute(delete(table).where(is_it))
