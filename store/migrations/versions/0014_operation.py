"""How long changes take, what was counted, which limits there are, and what was taken away for good."""

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "node_freshness",
        sa.Column("node", sa.Text, primary_key=True),
        *(sa.Column(name, UtcDateTime) for name in ("waiting_since", "seen_at", "written_at")),
    )
    op.create_table(
        "tallies",
        *(sa.Column(name, sa.Text, nullable=False) for name in ("name", "labels")),
        sa.Column("value", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("name", "labels", name="pk_tallies"),
    )
    op.create_table(
        "retention_marks",
        sa.Column("what", sa.Text, primary_key=True),
        sa.Column("until", UtcDateTime, nullable=False),
    )
    op.create_table(
        "limit_scopes",
        *(sa.Column(name, sa.Text, nullable=False) for name in ("scope", "connection")),
        sa.Column("capacity", sa.Integer, nullable=False),
        sa.Column("window_s", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("scope", "connection", name="pk_limit_scopes"),
    )
