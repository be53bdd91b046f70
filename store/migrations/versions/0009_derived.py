"""Programs and projects made from what the tools hold, and since when."""

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "derived_nodes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("node", "key", "body")),
        sa.Column("known_from", UtcDateTime, nullable=False),
        sa.Column("known_to", UtcDateTime),
    )
    op.create_index("ix_derived_nodes_node", "derived_nodes", ["node"])
