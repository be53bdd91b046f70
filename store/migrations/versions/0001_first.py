"""The first schema. Frozen: later changes are migrations of their own."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Boolean, Column, Date, Float, Integer, LargeBinary, Text

from store.types import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(Integer, "sqlite")


def upgrade() -> None:
    """Make every table."""
    _reference_records()
    _items()
    _history()
    _gone_and_raw()
    _progress()
    _scores()
    _pushes()
    _hooks()
    _people_decisions()
    _ports()


def _text(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, Text, nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, UtcDateTime, nullable=nullable)


def _serial() -> Column[Any]:
    return Column("id", _SERIAL, primary_key=True, autoincrement=True)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def _partial(name: str, table: str, column: str, *, where: str, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, [column], unique=unique, sqlite_where=condition, postgresql_where=condition)


def _versioned(table: str, *columns: Column[Any]) -> None:
    """A bitemporal record table: one open row for an id."""
    op.create_table(
        table,
        _text("id"),
        _text("connection"),
        *columns,
        Column("hash", LargeBinary(16), nullable=False),
        _text("body"),
        _moment("known_from"),
        _moment("known_to", nullable=True),
        _key(table, "id", "known_from"),
    )
    _partial(f"uq_{table}_open", table, "id", where="known_to IS NULL", unique=True)


def _reference_records() -> None:
    for table in ("people", "tool_projects", "goals", "iterations"):
        _versioned(table)
    _versioned("milestones", _text("project_id"))
    _index("milestones", "project_id")
    _versioned("declared_statuses", _text("subject_id"))
    _index("declared_statuses", "subject_id")


def _items() -> None:
    _versioned("items", _text("key"), _text("parent_id", nullable=True), _moment("updated_at"))
    _index("items", "connection", "key")
    _index("items", "key")
    _index("items", "parent_id")


def _history() -> None:
    _versioned("changes", _text("item_id"), _text("field"), _text("former", nullable=True))
    _index("changes", "item_id")
    _partial("ix_changes_former", "changes", "former", where="former IS NOT NULL")
    _versioned(
        "memberships",
        _text("item_id"),
        _text("container_id"),
        _text("container_kind"),
        _moment("to_at", nullable=True),
        Column("from_history", Boolean, nullable=False),
    )
    _index("memberships", "item_id")
    _index("memberships", "container_id")
    _versioned(
        "links",
        _text("source_id", nullable=True),
        _text("target_id", nullable=True),
        _moment("to_at", nullable=True),
        Column("from_history", Boolean, nullable=False),
    )
    _index("links", "source_id")
    _index("links", "target_id")
    _versioned("worklogs", _text("item_id"))
    _index("worklogs", "item_id")


def _gone_and_raw() -> None:
    op.create_table(
        "tombstones",
        _text("item_id"),
        _text("connection"),
        _moment("gone_at"),
        _moment("known_from"),
        _moment("known_to", nullable=True),
        _key("tombstones", "item_id", "known_from"),
    )
    _partial("uq_tombstones_open", "tombstones", "item_id", where="known_to IS NULL", unique=True)
    _index("tombstones", "connection")
    op.create_table("known_histories", Column("item_id", Text, primary_key=True), _moment("known_from"))
    op.create_table(
        "raw_payloads",
        _text("connection"),
        _text("kind"),
        _text("vendor_id"),
        Column("hash", LargeBinary(16), nullable=False),
        Column("body", LargeBinary, nullable=False),
        _moment("fetched_at"),
        _text("via"),
        _key("raw_payloads", "connection", "kind", "vendor_id"),
    )


def _progress() -> None:
    op.create_table(
        "sync_states",
        Column("connection", Text, primary_key=True),
        _text("cursor", nullable=True),
        _text("checkpoint", nullable=True),
        _text("mapping_digest", nullable=True),
        _moment("started_at", nullable=True),
        _moment("last_finished_at", nullable=True),
    )
    op.create_table(
        "dirty_nodes",
        Column("node", Text, primary_key=True),
        _text("why"),
        _moment("marked_at"),
        Column("marks", Integer, nullable=False),
    )
    op.create_table(
        "runs",
        _serial(),
        _text("kind"),
        _moment("started_at"),
        _moment("finished_at", nullable=True),
        _text("outcome", nullable=True),
        _text("summary", nullable=True),
    )


def _scores() -> None:
    op.create_table(
        "scores",
        _serial(),
        _text("node"),
        _moment("as_of"),
        _moment("known_at"),
        Column("hash", LargeBinary(16), nullable=False),
        _text("body"),
    )
    _index("scores", "node", "as_of")
    op.create_table(
        "newest_scores",
        Column("node", Text, primary_key=True),
        Column("score_id", sa.BigInteger, nullable=False),
        _moment("as_of"),
    )
    op.create_table(
        "trend_points",
        _text("node"),
        _moment("at"),
        Column("score", Float),
        _text("band"),
        _text("basis"),
        _key("trend_points", "node", "at"),
    )


def _pushes() -> None:
    op.create_table(
        "written_states",
        _text("connection"),
        _text("target"),
        _text("channel"),
        _text("field"),
        _text("value"),
        _text("previous"),
        _moment("at"),
        _text("vendor_id", nullable=True),
        _text("signature", nullable=True),
        _key("written_states", "connection", "target", "channel", "field"),
    )
    op.create_table("write_audit", _serial(), _moment("at"), _text("run"), _text("node"), _text("body"))
    for column in ("at", "run", "node"):
        _index("write_audit", column)
    op.create_table("health_fields", Column("connection", Text, primary_key=True), _text("body"))


def _hooks() -> None:
    op.create_table(
        "hook_registrations",
        _text("connection"),
        _text("key"),
        _text("secret", nullable=True),
        Column("pending", Boolean, nullable=False),
        _moment("created_at"),
        _key("hook_registrations", "connection", "key"),
    )
    op.create_table(
        "hook_seen",
        _text("connection"),
        _text("dedupe_key"),
        _moment("at"),
        _key("hook_seen", "connection", "dedupe_key"),
    )
    _index("hook_seen", "at")
    op.create_table(
        "hook_deliveries",
        _serial(),
        _text("connection"),
        _text("events"),
        _moment("received_at"),
        _moment("done_at", nullable=True),
    )
    _partial("ix_hook_deliveries_pending", "hook_deliveries", "id", where="done_at IS NULL")


def _people_decisions() -> None:
    op.create_table(
        "overrides",
        _serial(),
        _text("node"),
        _text("band"),
        _text("reason"),
        _text("set_by"),
        _moment("at"),
        Column("until", Date, nullable=False),
        _moment("cleared_at", nullable=True),
        _text("cleared_by", nullable=True),
    )
    _index("overrides", "node")


def _ports() -> None:
    op.create_table("tokens", Column("connection", Text, primary_key=True), _text("body"))
    op.create_table(
        "limit_windows",
        _text("scope"),
        _moment("window_start"),
        Column("taken", sa.BigInteger, nullable=False),
        _key("limit_windows", "scope", "window_start"),
    )
    op.create_table("limit_pauses", Column("scope", Text, primary_key=True), _moment("until"))
