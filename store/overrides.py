"""``uow.overrides``: bands set by a person, with everything that was ever set."""

from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from model.base import Instant
from model.health import Override
from store.dialect import lock
from store.tables import overrides

_EVERY = select(overrides).order_by(overrides.c.node, overrides.c.id)
_STANDING = _EVERY.where(overrides.c.cleared_at.is_(None))


class OverrideRepository:
    """At most one override of a node stands at a time; the day it ends is for the reader to judge."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def all(self, *, known_at: Instant | None = None) -> tuple[Override, ...]:
        """The overrides that stood at a moment (None: that stand now), by node."""
        table, statement = overrides, _STANDING
        if known_at is not None:
            statement = _EVERY.where(
                table.c.at <= known_at, or_(table.c.cleared_at.is_(None), table.c.cleared_at > known_at)
            )
        return tuple(_override(row) for row in self._conn.execute(statement))

    def of(self, node: str) -> Override | None:
        """The override of a node that stands now; it may be over by its day."""
        table = overrides
        row = self._conn.execute(select(table).where(table.c.node == node, table.c.cleared_at.is_(None))).one_or_none()
        return None if row is None else _override(row)

    def alone(self, node: str) -> None:
        """Let nobody else change the override of a node until this transaction ends."""
        lock(self._conn, f"override:{node}")

    def last_ended(self, node: str) -> tuple[str, Instant] | None:
        """Who ended the last of a node's overrides that were ended, and when; None: nobody ever did."""
        table = overrides
        statement = select(table.c.cleared_by, table.c.cleared_at).where(table.c.node == node, table.c.cleared_at.is_not(None))
        row = self._conn.execute(statement.order_by(table.c.id.desc()).limit(1)).one_or_none()
        return None if row is None else (row.cleared_by, row.cleared_at)

    def set(self, override: Override) -> None:
        """Set a node's band by hand; an earlier override of the node ends now, and is kept as history."""
        self.alone(override.node)
        self.clear(override.node, by=override.by, at=override.at)
        row = {
            "node": override.node,
            "band": override.band.value,
            "reason": override.reason,
            "set_by": override.by,
            "at": override.at,
            "until": override.until,
        }
        self._conn.execute(insert(overrides), row)

    def clear(self, node: str, *, by: str, at: Instant) -> bool:
        """End a node's override; False when none stands."""
        table = overrides
        statement = update(table).where(table.c.node == node, table.c.cleared_at.is_(None))
        return self._conn.execute(statement.values(cleared_at=at, cleared_by=by)).rowcount > 0


def _override(row: Row[Any]) -> Override:
    return Override(node=row.node, band=row.band, reason=row.reason, by=row.set_by, at=row.at, until=row.until)
