"""Forecasts that were published, what came of them, and how they were found to stand."""

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "kept_forecasts",
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("made_on", sa.Date, nullable=False),
        *(sa.Column(name, sa.Date) for name in ("p50", "p85", "target_on")),
        sa.Column("odds", sa.Float),
        *(sa.Column(name, sa.Boolean) for name in ("p50_held", "p85_held", "on_time")),
        sa.Column("done_on", sa.Date),
        sa.Column("settled", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("node", "made_on", name="pk_kept_forecasts"),
    )
    op.create_index("ix_kept_forecasts_settled", "kept_forecasts", ["settled"])
    op.create_table(
        "forecast_standings",
        sa.Column("at", UtcDateTime, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("record", "report")),
    )
