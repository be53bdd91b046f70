"""Webhooks: what of ours stands in a tool, counts, the hours we could be reached, and what polling found."""

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0013"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Widen the registrations and make the tables."""
    for column in (
        sa.Column("subject", sa.Text, nullable=False, server_default=""),
        sa.Column("vendor_id", sa.Text),
        sa.Column("url", sa.Text),
        sa.Column("active_since", UtcDateTime),
        sa.Column("expires_at", UtcDateTime),
        sa.Column("heard_at", UtcDateTime),
    ):
        op.add_column("hook_registrations", column)
    op.create_index("ix_hook_deliveries_received", "hook_deliveries", ["connection", "received_at"])
    op.create_table(
        "hook_counts",
        *(sa.Column(name, sa.Text, nullable=False) for name in ("connection", "outcome", "name")),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("connection", "day", "outcome", "name", name="pk_hook_counts"),
    )
    op.create_table(
        "hook_spans",
        sa.Column("process", sa.Text, nullable=False),
        sa.Column("from_at", UtcDateTime, nullable=False),
        sa.Column("to_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("process", "from_at", name="pk_hook_spans"),
    )
    op.create_index("ix_hook_spans_to_at", "hook_spans", ["to_at"])
    op.create_table(
        "hook_finds",
        *(sa.Column(name, sa.Text, nullable=False) for name in ("connection", "item_id")),
        *(sa.Column(name, UtcDateTime, nullable=False) for name in ("changed_at", "until_at", "found_at")),
        sa.Column("verdict", sa.Text),
        sa.Column("day", sa.Date),
        sa.PrimaryKeyConstraint("connection", "item_id", "changed_at", name="pk_hook_finds"),
    )
    open_ = sa.text("verdict IS NULL")
    op.create_index("ix_hook_finds_open", "hook_finds", ["until_at"], sqlite_where=open_, postgresql_where=open_)
    op.create_table(
        "hook_polls",
        sa.Column("connection", sa.Text, primary_key=True),
        sa.Column("began_at", UtcDateTime, nullable=False),
        sa.Column("sources", sa.LargeBinary(16), nullable=False),
    )
    op.create_table(
        "hook_audits",
        sa.Column("connection", sa.Text, primary_key=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
