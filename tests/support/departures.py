"""What a store holds of items that left: for tests."""

from sqlalchemy import func, select

from store.database import Database
from store.tables import tombstones


def gone_by_why(database: Database, connection: str) -> dict[str, int]:
    """How many items of a connection are gone, by why."""
    table = tombstones
    statement = (
        select(table.c.why, func.count())
        .where(table.c.connection == connection, table.c.known_to.is_(None))
        .group_by(table.c.why)
    )
    with database.transaction(write=False) as conn:
        return {str(why): int(number) for why, number in conn.execute(statement)}
