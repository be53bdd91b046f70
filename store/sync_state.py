"""``uow.sync``: how far the pull of each connection has come."""

from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from model.base import Instant, Record
from store.dialect import upsert_on
from store.tables import sync_states

CLOCK_OFF = timedelta(hours=2)
"""A clock that is off by no more than this holds nothing up."""


class SyncState(Record):
    """``checkpoint`` and ``started_at`` are set while a pull is under way, ``cursor`` once one has been finished."""

    cursor: str | None = None
    checkpoint: str | None = None
    mapping_digest: str | None = None
    started_at: Instant | None = None
    last_finished_at: Instant | None = None
    learned_at: Instant | None = None


_STATE = select(sync_states).where(sync_states.c.connection == bindparam("of"))
_LEARNED = select(sync_states.c.connection, sync_states.c.learned_at).where(sync_states.c.learned_at.is_not(None))
_NEWEST = select(func.max(sync_states.c.learned_at))


@cache
def _put(dialect: str, columns: tuple[str, ...]) -> Any:
    """Columns of one state, put whether it is there or not; a pull that is under way keeps when it started."""
    statement = upsert_on(dialect, sync_states)
    changes = {name: statement.excluded[name] for name in columns}
    if "started_at" in changes and "last_finished_at" not in changes:
        changes["started_at"] = func.coalesce(sync_states.c.started_at, statement.excluded.started_at)
    return statement.on_conflict_do_update(index_elements=["connection"], set_=changes)


class SyncStates:
    """One state a connection."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def state(self, connection: str) -> SyncState:
        """The state; an empty one before the first sync."""
        row = self._conn.execute(_STATE, {"of": connection}).one_or_none()
        if row is None:
            return SyncState()
        return SyncState(**{name: value for name, value in row._mapping.items() if name != "connection"})

    def learning(self, connection: str, now: Instant) -> Instant:
        """The moment to note as when something was learned: never before what was learned already.

        A clock that was set back would make everything new look older than what is held, and be left out.
        """
        last = self.state(connection).learned_at
        moment = now if last is None or last < now else last + timedelta(microseconds=1)
        self._put(connection, learned_at=moment)
        return moment

    def learned(self) -> dict[str, Instant]:
        """Of each connection the newest moment at which anything was learned; each time something is, it is later."""
        return dict(self._conn.execute(_LEARNED).all())

    def changed_at(self, connection: str, moment: Instant, *, now: Instant) -> None:
        """A tool says that something changed at a moment. Where its clock is ahead of ours, or ours was set back, nothing
        is learned before that moment from now on: what happened must not lie in the future."""
        if now < moment <= now + CLOCK_OFF:
            last = self.state(connection).learned_at
            if last is None or last < moment:
                self._put(connection, learned_at=moment)

    def newest(self) -> Instant | None:
        """The newest moment at which anything was learned of any connection."""
        newest: Instant | None = self._conn.execute(_NEWEST).scalar_one()
        return newest

    def save_checkpoint(self, connection: str, checkpoint: str | None, *, at: Instant) -> None:
        """Note where a pull stands; the first checkpoint of a pull also notes when it started."""
        self._put(connection, checkpoint=checkpoint, started_at=at)

    def finish(self, connection: str, cursor: str | None, *, at: Instant) -> None:
        """A pull is done: the next one starts from ``cursor``. None keeps the cursor of the pull before."""
        told = {} if cursor is None else {"cursor": cursor}
        self._put(connection, checkpoint=None, started_at=None, last_finished_at=at, **told)

    def save_mapping_digest(self, connection: str, digest: str) -> None:
        self._put(connection, mapping_digest=digest)

    def _put(self, connection: str, **values: Any) -> None:
        self._conn.execute(_put(self._conn.dialect.name, tuple(values)), {"connection": connection, **values})
