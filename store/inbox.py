"""``uow.inbox``: verified deliveries whose events wait to be worked off, and those that can't be."""

from collections.abc import Iterable

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, func, select, update

from model.base import Instant, Record
from model.events import ChangeEvent
from store.tables import hook_deliveries

_EVENTS = TypeAdapter(tuple[ChangeEvent, ...])
_table = hook_deliveries


class PendingDelivery(Record):
    """A delivery that waits. ``tries``: how often it alone could not be worked off; ``error``: the last time's sentence."""

    id: int
    connection: str
    events: tuple[ChangeEvent, ...]
    received_at: Instant
    tries: int = 0
    error: str | None = None
    given_up_at: Instant | None = None


class Inbox:
    """A delivery stays until it is done, or given up: then a person may have it tried again or dropped."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def pending(self, connection: str, *, limit: int | None = None) -> tuple[PendingDelivery, ...]:
        """What waits of one connection, oldest first, no more than ``limit``."""
        waits = (_table.c.connection == connection, _table.c.done_at.is_(None), _table.c.given_up_at.is_(None))
        return self._read(*waits, limit=limit)

    def waiting(self) -> int:
        """How many deliveries wait."""
        waits = (_table.c.done_at.is_(None), _table.c.given_up_at.is_(None))
        count: int = self._conn.execute(select(func.count()).select_from(_table).where(*waits)).scalar_one()
        return count

    def given_up(self) -> tuple[PendingDelivery, ...]:
        """What could not be worked off, oldest first."""
        return self._read(_table.c.done_at.is_(None), _table.c.given_up_at.is_not(None))

    def done(self, ids: Iterable[int], *, at: Instant) -> None:
        """These deliveries' events were worked off. Doing it twice changes nothing."""
        statement = update(_table).where(_table.c.id.in_(list(ids)), _table.c.done_at.is_(None))
        self._conn.execute(statement.values(done_at=at))

    def failed(self, delivery_id: int, error: str, *, given_up_at: Instant | None) -> None:
        """A delivery alone could not be worked off; ``given_up_at``: it is not tried again by itself."""
        values = {"tries": _table.c.tries + 1, "error": error, "given_up_at": given_up_at}
        self._conn.execute(update(_table).where(_table.c.id == delivery_id).values(values))

    def retry(self, delivery_id: int) -> str | None:
        """Let a delivery that was given up wait again; its connection, or None when there is no such one."""
        statement = update(_table).where(_table.c.id == delivery_id, _table.c.given_up_at.is_not(None))
        row = self._conn.execute(statement.values(given_up_at=None, tries=0).returning(_table.c.connection)).first()
        return None if row is None else str(row.connection)

    def drop(self, delivery_id: int, *, at: Instant) -> bool:
        """Leave a delivery that was given up for good. False when there is no such one."""
        statement = update(_table).where(_table.c.id == delivery_id, _table.c.given_up_at.is_not(None))
        return self._conn.execute(statement.values(done_at=at)).rowcount == 1

    def _read(self, *conditions: ColumnElement[bool], limit: int | None = None) -> tuple[PendingDelivery, ...]:
        rows = self._conn.execute(select(_table).where(*conditions).order_by(_table.c.id).limit(limit))
        return tuple(
            PendingDelivery(
                id=row.id, connection=row.connection, events=_EVENTS.validate_json(row.events),
                received_at=row.received_at, tries=row.tries, error=row.error, given_up_at=row.given_up_at,
            )
            for row in rows
        )  # fmt: skip
