"""Push-back that survives a kill: what is about to be written, what waits, what fails, what is held; notices; set-up."""

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def upgrade() -> None:
    """Make the tables, and let the audit log be searched by place."""
    for name in ("connection", "target", "channel", "result"):
        op.add_column("write_audit", sa.Column(name, sa.Text))
    op.add_column("written_states", sa.Column("field_id", sa.Text))
    place = ("connection", "target")
    op.create_table(
        "write_intents",
        *_text(*place, "channel", "node", "run", "body"),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint(*place, "channel", name="pk_write_intents"),
    )
    op.create_table(
        "push_due",
        *_text("node"),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("node", name="pk_push_due"),
    )
    op.create_table(
        "push_troubles",
        *_text(*place, "channel", "reason", "what"),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next_try_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint(*place, "channel", name="pk_push_troubles"),
    )
    op.create_table(
        "push_holds",
        *_text(*place, "run"),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint(*place, name="pk_push_holds"),
    )
    op.create_table(
        "questions",
        *_text(*place, "id"),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint(*place, "id", name="pk_questions"),
    )
    op.create_table(
        "setup_made",
        *_text("connection", "kind", "id", "within"),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("connection", "kind", "id", "within", name="pk_setup_made"),
    )
    op.create_table(
        "notices",
        *_text("key", "notifier", "node", "body"),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("sent_at", UtcDateTime),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next_try_at", UtcDateTime),
        sa.Column("gone", sa.Text),
        sa.PrimaryKeyConstraint("key", name="pk_notices"),
    )
    op.create_index("ix_notices_node", "notices", ["notifier", "node", "made_at"])
