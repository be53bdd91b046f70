"""Decisions of people about candidates: who, when, why, under which budget, and what had been proposed."""

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "portfolio_decisions",
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("node", "number", name="pk_portfolio_decisions"),
    )
