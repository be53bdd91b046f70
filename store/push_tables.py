"""The tables of push-back: what we wrote and are about to write, what waits, fails or is held, and every write made."""

from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, Table, Text

from store.tables import METADATA, SERIAL
from store.types import UtcDateTime

# ``field`` is the empty text where a channel has none, so that it can stand in the key.
written_states = Table(
    "written_states",
    METADATA,
    Column("connection", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("value", Text, nullable=False),  # JSON
    Column("previous", Text, nullable=False),  # JSON
    Column("at", UtcDateTime, nullable=False),
    Column("vendor_id", Text),
    Column("signature", Text),
    Column("field_id", Text),
    PrimaryKeyConstraint("connection", "target", "channel", "field", name="pk_written_states"),
)
write_audit = Table(
    "write_audit",
    METADATA,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("run", Text, nullable=False),
    Column("node", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("connection", Text),  # this and the next three: None in rows older than these columns
    Column("target", Text),
    Column("channel", Text),
    Column("result", Text),
    Index("ix_write_audit_at", "at"),
    Index("ix_write_audit_run", "run"),
    Index("ix_write_audit_node", "node"),
    Index("ix_write_audit_connection", "connection", "id"),
    Index("ix_write_audit_channel", "channel", "id"),
    Index("ix_write_audit_result", "result", "id"),
)
# What is about to be written: kept before the first request, taken away with the record of the result. ``body``: the
# writes with what stood there before. After a kill it tells what may have been done.
write_intents = Table(
    "write_intents",
    METADATA,
    Column("connection", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("node", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("body", Text, nullable=False),  # JSON
    Column("at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("connection", "target", "channel", name="pk_write_intents"),
)
# Nodes whose targets are to be written in the background, and from when on.
push_due = Table(
    "push_due",
    METADATA,
    Column("node", Text, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)
# Places that can't be written, told of once and tried again with growing patience.
push_troubles = Table(
    "push_troubles",
    METADATA,
    Column("connection", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("channel", Text, nullable=False),  # "": the whole target
    Column("reason", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_try_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("connection", "target", "channel", name="pk_push_troubles"),
)
# Targets that were undone: nothing is written there until somebody says so.
push_holds = Table(
    "push_holds",
    METADATA,
    Column("connection", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("connection", "target", name="pk_push_holds"),
)
# Comments that asked for an explanation and were answered; the empty id: when a target was last looked through.
questions = Table(
    "questions",
    METADATA,
    Column("connection", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("connection", "target", "id", name="pk_questions"),
)
health_fields = Table(
    "health_fields",
    METADATA,
    Column("connection", Text, primary_key=True),
    Column("body", Text, nullable=False),
)
