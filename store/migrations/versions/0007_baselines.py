"""Baselines: the plans that projects are measured against, with everything that was ever set."""

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "baselines",
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("set_by", sa.Text, nullable=False),
        sa.Column("set_at", UtcDateTime, nullable=False),
        sa.Column("approved_by", sa.Text),
        sa.Column("approved_at", UtcDateTime),
        sa.Column("superseded_at", UtcDateTime),
        sa.Column("plan", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("node", "number", name="pk_baselines"),
    )
