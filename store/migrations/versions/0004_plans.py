"""Budgets and allocations as the tools keep them; when anything of a connection was last learned."""

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the two bitemporal record tables and the column."""
    op.add_column("sync_states", sa.Column("learned_at", UtcDateTime))
    for name in ("budgets", "allocations"):
        op.create_table(
            name,
            sa.Column("id", sa.Text, nullable=False),
            sa.Column("connection", sa.Text, nullable=False),
            sa.Column("project_id", sa.Text, nullable=False),
            sa.Column("hash", sa.LargeBinary(16), nullable=False),
            sa.Column("body", sa.Text, nullable=False),
            sa.Column("known_from", UtcDateTime, nullable=False),
            sa.Column("known_to", UtcDateTime),
            sa.PrimaryKeyConstraint("id", "known_from", name=f"pk_{name}"),
        )
        is_open = sa.text("known_to IS NULL")
        op.create_index(
            f"uq_{name}_open", name, ["id"], unique=True, sqlite_where=is_open, postgresql_where=is_open
        )
        op.create_index(f"ix_{name}_project_id", name, ["project_id"])
