"""``uow.inbox``: verified deliveries whose events wait to be worked off, and those that can't be."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, literal, select, true, update

from model.base import Instant, Record
from model.events import ChangeEvent, EventKind
from store.dialect import among, chunked, elements_of, json_member
from store.tables import hook_deliveries

_EVENTS = TypeAdapter(tuple[ChangeEvent, ...])
_table = hook_deliveries


_DONE = (
    update(_table)
    .where(_table.c.id.in_(bindparam("ids", expanding=True)), _table.c.done_at.is_(None))
    .values(done_at=bindparam("at"))
)


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

    def pending(self, connection: str | None = None, *, limit: int | None = None) -> tuple[PendingDelivery, ...]:
        """What waits of one connection (None: of all), oldest first, no more than ``limit``."""
        mine = () if connection is None else (_table.c.connection == connection,)
        return tuple(self._read(*mine, *_WAITS, limit=limit))

    def waiting(self) -> dict[str, int]:
        """How many deliveries wait, by connection."""
        counted = select(_table.c.connection, func.count()).where(*_WAITS).group_by(_table.c.connection)
        return {row[0]: row[1] for row in self._conn.execute(counted)}

    def came(self, connections: Collection[str], *, since: Instant) -> int:
        """How many deliveries came from a moment on, done or not."""
        of_them = among(_table.c.connection, connections)
        return int(self._conn.execute(select(func.count()).where(of_them, _table.c.received_at >= since)).scalar_one())

    def naming(
        self, connection: str, vendor_ids: Collection[str], kinds: Collection[EventKind], *, since: Instant, until: Instant
    ) -> Sequence[Row[str, Instant]]:
        """When deliveries came between two moments, done or not, with an event of some kinds of one of these; with its id.

        The database looks through them: in a burst there are tens of thousands.
        """
        event = elements_of(_table.c.events)
        vendor_id, kind = (json_member(event.c.value, literal(name)) for name in ("vendor_id", "kind"))
        statement = (
            select(vendor_id, _table.c.received_at)
            .join_from(_table, event, true())
            .where(_table.c.connection == connection, _table.c.received_at.between(since, until))
            .where(among(vendor_id, vendor_ids), among(kind, kinds))
        )
        return self._conn.execute(statement).all()

    def given_up(self) -> tuple[PendingDelivery, ...]:
        """What could not be worked off, oldest first."""
        return tuple(self._read(_table.c.done_at.is_(None), _table.c.given_up_at.is_not(None)))

    def done(self, ids: Iterable[int], *, at: Instant) -> None:
        """These deliveries' events were worked off. Doing it twice changes nothing."""
        for chunk in chunked(ids, 500):
            self._conn.execute(_DONE, {"ids": chunk, "at": at})

    def let_go(self, connection: str, *, at: Instant) -> int:
        """Leave what waits for a connection that is configured no more; how many there were."""
        statement = update(_table).where(_table.c.connection == connection, *_WAITS)
        return self._conn.execute(statement.values(done_at=at)).rowcount

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

    def _read(self, *conditions: ColumnElement[bool], limit: int | None = None) -> Iterator[PendingDelivery]:
        for row in self._conn.execute(select(_table).where(*conditions).order_by(_table.c.id).limit(limit)):
            yield PendingDelivery(
                id=row.id, connection=row.connection, events=_EVENTS.validate_json(row.events),
                received_at=row.received_at, tries=row.tries, error=row.error, given_up_at=row.given_up_at,
            )  # fmt: skip


_WAITS = (_table.c.done_at.is_(None), _table.c.given_up_at.is_(None))
