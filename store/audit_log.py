"""``uow.audit_log``: the log of every write, page by page, as people look through it."""

from sqlalchemy import ColumnElement, Connection, func, select

from model.base import Instant, Record
from model.push import Channel, WriteResult
from store.push_tables import write_audit
from store.pushes import AuditEntry


class AuditFilter(Record):
    """What of the log is looked for; None: everything. ``since`` and ``until`` are both included."""

    since: Instant | None = None
    until: Instant | None = None
    connection: str | None = None
    node: str | None = None
    run: str | None = None
    channel: Channel | None = None
    result: WriteResult | None = None


class AuditLog:
    """Newest first. Lines are never changed, so a line's number is where the next page begins."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def page(
        self, wanted: AuditFilter, *, limit: int, before: int | None = None
    ) -> tuple[tuple[int, AuditEntry], ...]:
        """Up to ``limit`` lines older than line ``before``, each with its number."""
        table = write_audit
        statement = select(table.c.id, table.c.body).where(*_conditions(wanted))
        if before is not None:
            statement = statement.where(table.c.id < before)
        rows = self._conn.execute(statement.order_by(table.c.id.desc()).limit(limit))
        return tuple((row.id, AuditEntry.model_validate_json(row.body)) for row in rows)

    def connections(self) -> tuple[str, ...]:
        """Every connection that was ever written to, also those that are configured no more.

        Each is asked for after the one before: the index leads to it, however long the log is.
        """
        column, found = write_audit.c.connection, [""]
        while (following := self._conn.execute(select(func.min(column)).where(column > found[-1])).scalar_one()) is not None:
            found.append(following)
        return tuple(found[1:])


def _conditions(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    table = write_audit.c
    found: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        found.append(table.at >= wanted.since)
    if wanted.until is not None:
        found.append(table.at <= wanted.until)
    for column, value in (
        (table.connection, wanted.connection), (table.node, wanted.node), (table.run, wanted.run),
        (table.channel, wanted.channel), (table.result, wanted.result),
    ):  # fmt: skip
        if value is not None:
            found.append(column == str(value))
    return found
