"""Every version of the configuration that the pages made or met."""

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "config_versions",
        sa.Column("id", sa.Integer, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("digest", "body", "made_by", "why")),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_config_versions_digest", "config_versions", ["digest"])
