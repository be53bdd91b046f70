"""The tables around webhooks that are not the inbox: counts, when we could be reached, what polling found, audits."""

from sqlalchemy import Column, Date, Index, Integer, LargeBinary, PrimaryKeyConstraint, Table, Text, text

from store.tables import METADATA
from store.types import UtcDateTime

_OPEN = text("verdict IS NULL")

# How many deliveries came to what, a day (UTC). ``name``: the vendor's name of an event nobody knows, else empty.
hook_counts = Table(
    "hook_counts",
    METADATA,
    Column("connection", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("count", Integer, nullable=False),
    PrimaryKeyConstraint("connection", "day", "outcome", "name", name="pk_hook_counts"),
)
# From when to when a web process answered. Between spans, deliveries could not be taken.
hook_spans = Table(
    "hook_spans",
    METADATA,
    Column("process", Text, nullable=False),
    Column("from_at", UtcDateTime, nullable=False),
    Column("to_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("process", "from_at", name="pk_hook_spans"),
    Index("ix_hook_spans_to_at", "to_at"),
)
# Changes that a sync found by asking, made between ``changed_at`` and ``until_at`` (one moment where the tool tells it),
# by our clock. ``verdict``: model.hooks.Verdict, empty until the time for a delivery is over.
hook_finds = Table(
    "hook_finds",
    METADATA,
    Column("connection", Text, nullable=False),
    Column("item_id", Text, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("until_at", UtcDateTime, nullable=False),
    Column("found_at", UtcDateTime, nullable=False),
    Column("verdict", Text),
    Column("day", Date),
    PrimaryKeyConstraint("connection", "item_id", "changed_at", name="pk_hook_finds"),
    Index("ix_hook_finds_open", "until_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
)
# When each connection was last asked for changes, and a digest of what was asked.
hook_polls = Table(
    "hook_polls",
    METADATA,
    Column("connection", Text, primary_key=True),
    Column("began_at", UtcDateTime, nullable=False),
    Column("sources", LargeBinary(16), nullable=False),
)
hook_audits = Table(
    "hook_audits",
    METADATA,
    Column("connection", Text, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("body", Text, nullable=False),  # JSON of a model.hooks.AuditReport
)
