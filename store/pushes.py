"""``uow.pushes``: what we last wrote where, what stood there before us, what is about to be written, every write made."""

import json
from collections.abc import Iterable, Mapping

from pydantic import Field, JsonValue
from sqlalchemy import Connection, Row, case, delete, func, insert, or_, select, update

from model.base import Instant, Record
from model.push import Channel, HealthFields, Write, WriteResult
from store.dialect import replace_row, upsert
from store.push_tables import health_fields, write_audit, write_intents, written_states
from store.tallies import Tallies

Spot = tuple[Channel, str | None]
"""A channel of a target, and the field in it."""


class Written(Record):
    """What we last wrote at one place, and ``previous``: what was there before our first write.

    ``vendor_id``: the tool's id of what we made there (a comment, a status update). ``field_id``: the tool's field that
    it was written into; another one under the same role is another place.
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
    field_id: str | None = None


class Intent(Record):
    """What is about to be written in one channel of one target. ``mark``: by what a message is known again.

    ``field_ids``: the tool's fields behind the writes, by role. ``unanswered_at``: when the tool gave no answer, so that
    it may still turn up.
    """

    connection: str
    target: str
    channel: Channel
    node: str
    run: str
    by: str
    mark: str
    signature: str
    writes: tuple[Write, ...]
    at: Instant
    field_ids: dict[str, str] = Field(default_factory=dict)
    unanswered_at: Instant | None = None


class Made(Record):
    """How a write was made: in which run, by whom, what stood there just before, the tool's id of what came to be.

    ``signature``: what the content meant, for "unchanged": equal ones are the same to a reader.
    """

    run: str
    by: str = "cli"
    previous: JsonValue = None
    vendor_id: str | None = None
    signature: str | None = None
    field_id: str | None = None


class AuditEntry(Write):
    """A write as it was made. ``by``: who had it made. ``previous``: what stood there just before."""

    at: Instant
    run: str
    by: str = "cli"
    previous: JsonValue = None
    vendor_id: str | None = None
    signature: str | None = None
    field_id: str | None = None

    @property
    def write(self) -> Write:
        """The write alone, as it was recorded."""
        return Write(**{name: getattr(self, name) for name in Write.model_fields})


class PushRepository:
    """Written state, intents and audit log, kept in step."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def written(self, connection: str) -> Mapping[str, Mapping[Spot, Written]]:
        """Everything we last wrote in a connection: by target, then by channel and field."""
        table = written_states
        statement = select(table).where(table.c.connection == connection)
        found: dict[str, dict[Spot, Written]] = {}
        for row in self._conn.execute(statement.order_by(table.c.target, table.c.channel, table.c.field)):
            one = _written(row)
            found.setdefault(one.target, {})[one.channel, one.field] = one
        return found

    def record(self, write: Write, made: Made, *, at: Instant) -> None:
        """Append a write to the audit log and, when it was made (WRITTEN), remember its value as ours.

        What stood there just before is kept as the state before us at our first write only.
        """
        self._note(write, made, at=at)
        Tallies(self._conn).add("writes", connection=write.connection, channel=write.channel, result=write.result)
        if write.result is WriteResult.WRITTEN:
            self._remember(write, made, at=at)

    def note_setup(self, write: Write, made: Made, *, at: Instant) -> None:
        """Append a deed of set-up to the audit log."""
        self._note(write, made, at=at)

    def _note(self, write: Write, made: Made, *, at: Instant) -> None:
        entry = AuditEntry(**dict(write), at=at, **dict(made))
        row = {
            "at": at,
            "run": made.run,
            "node": write.node,
            "body": entry.model_dump_json(exclude_defaults=True),
            "connection": write.connection,
            "target": write.target,
            "channel": write.channel.value,
            "result": write.result.value,
        }
        self._conn.execute(insert(write_audit), row)

    def comment_is_gone(self, connection: str, target: str, *, channel: Channel, signature: str) -> None:
        """Somebody deleted our comment at a target: what it said last is kept, with that it is gone."""
        last = self.written(connection).get(target, {}).get((channel, channel.value))
        if last is None:
            return
        said = last.value if isinstance(last.value, dict) else {"band": last.value}
        table = written_states
        place = (table.c.connection == connection, table.c.target == target)
        statement = update(table).where(*place, table.c.channel == channel.value)
        self._conn.execute(statement.values(value=json.dumps({**said, "gone": True}), signature=signature))

    def status_updates(self, connection: str, target: str) -> frozenset[str]:
        """The tool's ids of every status update that was ever posted at a target."""
        table = write_audit
        made = (table.c.connection == connection, table.c.target == target, table.c.channel == Channel.STATUS_UPDATE.value)
        bodies = self._conn.execute(select(table.c.body).where(*made)).scalars()
        ids = (AuditEntry.model_validate_json(body).vendor_id for body in bodies)
        return frozenset(one for one in ids if one is not None)

    def forget(self, write: Write) -> None:
        """Nothing of ours stands at a place any more: what was there before us does."""
        table = written_states
        place = (table.c.connection == write.connection, table.c.target == write.target)
        spot = (table.c.channel == write.channel.value, table.c.field == (write.field or ""))
        self._conn.execute(delete(table).where(*place, *spot))

    def audit(
        self, *, since: Instant | None = None, node: str | None = None, run: str | None = None, setup: bool = False
    ) -> tuple[AuditEntry, ...]:
        """Writes in the order they were made. ``setup``: the deeds of set-up, too, which no undoing takes back."""
        table = write_audit
        statement = select(table.c.body).order_by(table.c.id)
        if since is not None:
            statement = statement.where(table.c.at >= since)
        if node is not None:
            statement = statement.where(table.c.node == node)
        if run is not None:
            statement = statement.where(table.c.run == run)
        if not setup:
            statement = statement.where(or_(table.c.channel.is_(None), table.c.channel != Channel.SETUP.value))
        return tuple(AuditEntry.model_validate_json(body) for body in self._conn.execute(statement).scalars())

    def made_since(self, connection: str, since: Instant) -> Mapping[tuple[str, Channel], int]:
        """How many times each channel of each target was written since a moment: a moment's fields count as one."""
        table = write_audit
        statement = (
            select(table.c.target, table.c.channel, func.count(table.c.run.distinct()))
            .where(table.c.at >= since, table.c.connection == connection, table.c.result == WriteResult.WRITTEN.value)
            .group_by(table.c.target, table.c.channel)
        )
        return {(target, Channel(channel)): count for target, channel, count in self._conn.execute(statement)}

    # -- what is about to be written --------------------------------------------------------------------------------

    def intend(self, intents: Iterable[Intent]) -> None:
        """Keep what is about to be written; an older intent for the same channel of a target is replaced."""
        rows = [
            {
                "connection": one.connection,
                "target": one.target,
                "channel": one.channel.value,
                "node": one.node,
                "run": one.run,
                "body": one.model_dump_json(exclude_defaults=True),
                "at": one.at,
            }
            for one in intents
        ]
        if rows:
            self._conn.execute(replace_row(self._conn, write_intents), rows)

    def intents(self, connection: str) -> tuple[Intent, ...]:
        """What was about to be written in a connection and has no result yet."""
        table = write_intents
        statement = select(table.c.body).where(table.c.connection == connection)
        rows = self._conn.execute(statement.order_by(table.c.target, table.c.channel)).scalars()
        return tuple(Intent.model_validate_json(body) for body in rows)

    def settle(self, connection: str, target: str, channel: Channel) -> None:
        """What became of an intent is known: it is taken away."""
        table = write_intents
        place = (table.c.connection == connection, table.c.target == target, table.c.channel == channel.value)
        self._conn.execute(delete(table).where(*place))

    # -- our fields ---------------------------------------------------------------------------------------------------

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
        values = {"value": json.dumps(write.new), "at": at, "signature": made.signature, "field_id": made.field_id}
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
        old, new = written_states.c, statement.excluded
        # Another field of the tool under the same role is another place, with something else before us.
        same = or_(old.field_id.is_(None), old.field_id == new.field_id)
        before = case((same, old.previous), else_=new.previous)
        self._conn.execute(statement.on_conflict_do_update(index_elements=key, set_={**values, "previous": before}))


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
        field_id=found["field_id"],
    )
