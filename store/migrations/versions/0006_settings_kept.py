"""What nodes were scored by at any time: tree, rules and people, so that a change of them can be told from a change of work."""

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "settings_kept",
        sa.Column("known_from", UtcDateTime, nullable=False),
        sa.Column("hash", sa.LargeBinary(16), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("known_from", name="pk_settings_kept"),
    )
