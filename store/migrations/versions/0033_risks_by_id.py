"""Risks by their ids: which of them stand in several projects is told without sorting those of thousands."""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index("ix_project_risks_id", "project_risks", ["id", "node"])
