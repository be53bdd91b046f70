"""``uow.pushes``: what we last wrote where, what stood there before us, and every write ever made."""

import json

from pydantic import JsonValue
from sqlalchemy import Connection, Row, insert, select

from model.base import Instant, Record
from model.push import Channel, HealthFields, Write, WriteResult
from store.dialect import replace_row, upsert
from store.tables import health_fields, write_audit, written_states


class Written(Record):
    """What we last wrote at one place, and ``previous``: what was there before our first write.

    ``vendor_id``: the tool's id of what we made there (a comment, a status update).
    """

    connection: str
    target: str
    channel: Channel
    field: str | None
    value: JsonValue
    previous: JsonValue
    at: Instant
    vendor_id: str | None = None
    signature: str | None = None


class Made(Record):
    """How a write was made: in which run, what stood there just before, the tool's id of what came to be.

    ``signature``: what the content meant, for "unchanged": equal ones are the same to a reader.
    """

    run: str
    previous: JsonValue = None
    vendor_id: str | None = None
    signature: str | None = None


class AuditEntry(Write):
    """A write as it was made. ``previous``: what stood there just before."""

    at: Instant
    run: str
    previous: JsonValue = None
    vendor_id: str | None = None

    @property
    def write(self) -> Write:
        """The write alone, as it was recorded."""
        return Write(**{name: getattr(self, name) for name in Write.model_fields})


class PushRepository:
    """Written state and audit log, kept in step."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def written(self, connection: str, target_label: str, channel: Channel, field: str | None) -> Written | None:
        """What we last wrote there; None: we never did."""
        table = written_states
        statement = select(table).where(
            table.c.connection == connection,
            table.c.target == target_label,
            table.c.channel == Channel(channel).value,
            table.c.field == (field or ""),
        )
        row = self._conn.execute(statement).one_or_none()
        return None if row is None else _written(row)

    def written_at_target(self, connection: str, target_label: str) -> tuple[Written, ...]:
        """Everything we last wrote at one target, by channel and field."""
        table = written_states
        statement = select(table).where(table.c.connection == connection, table.c.target == target_label)
        return tuple(_written(row) for row in self._conn.execute(statement.order_by(table.c.channel, table.c.field)))

    def record(self, write: Write, made: Made, *, at: Instant) -> None:
        """Append a write to the audit log and, when it was made (WRITTEN), remember its value as ours.

        What stood there just before is kept as the state before us at our first write only.
        """
        entry = AuditEntry(**dict(write), at=at, run=made.run, previous=made.previous, vendor_id=made.vendor_id)
        row = {"at": at, "run": made.run, "node": write.node, "body": entry.model_dump_json(exclude_defaults=True)}
        self._conn.execute(insert(write_audit), row)
        if write.result is WriteResult.WRITTEN:
            self._remember(write, made, at=at)

    def audit(
        self, *, since: Instant | None = None, node: str | None = None, run: str | None = None
    ) -> tuple[AuditEntry, ...]:
        """Writes in the order they were made."""
        table = write_audit
        statement = select(table.c.body).order_by(table.c.id)
        if since is not None:
            statement = statement.where(table.c.at >= since)
        if node is not None:
            statement = statement.where(table.c.node == node)
        if run is not None:
            statement = statement.where(table.c.run == run)
        return tuple(AuditEntry.model_validate_json(body) for body in self._conn.execute(statement).scalars())

    def health_fields(self, connection: str) -> HealthFields | None:
        """The ids of our fields in a connection; None before ``setup``."""
        statement = select(health_fields.c.body).where(health_fields.c.connection == connection)
        body = self._conn.execute(statement).scalar_one_or_none()
        return None if body is None else HealthFields.model_validate_json(body)

    def save_health_fields(self, fields: HealthFields) -> None:
        row = {"connection": fields.connection, "body": fields.model_dump_json()}
        self._conn.execute(replace_row(self._conn, health_fields), row)

    def forget_health_fields(self, connection: str) -> None:
        self._conn.execute(health_fields.delete().where(health_fields.c.connection == connection))

    def _remember(self, write: Write, made: Made, *, at: Instant) -> None:
        values = {"value": json.dumps(write.new), "at": at, "signature": made.signature}
        if made.vendor_id is not None:
            values["vendor_id"] = made.vendor_id
        statement = upsert(self._conn, written_states).values(
            connection=write.connection,
            target=write.target,
            channel=write.channel.value,
            field=write.field or "",
            previous=json.dumps(made.previous),
            **values,
        )
        key = [column.name for column in written_states.primary_key]
        self._conn.execute(statement.on_conflict_do_update(index_elements=key, set_=values))


def _written(row: Row[tuple[object, ...]]) -> Written:
    found = row._mapping
    return Written(
        connection=found["connection"],
        target=found["target"],
        channel=found["channel"],
        field=found["field"] or None,
        value=json.loads(found["value"]),
        previous=json.loads(found["previous"]),
        at=found["at"],
        vendor_id=found["vendor_id"],
        signature=found["signature"],
    )
