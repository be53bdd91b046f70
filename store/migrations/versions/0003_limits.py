"""What refusals taught of a limit, and who holds how many of what may be in use at once."""

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "limit_lessons",
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("capacity", sa.Integer, nullable=False),
        sa.Column("holds_until", UtcDateTime, nullable=False),
    )
    op.create_table(
        "leases",
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("slots", sa.Integer, nullable=False),
        sa.Column("until", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("scope", "holder", name="pk_leases"),
    )
