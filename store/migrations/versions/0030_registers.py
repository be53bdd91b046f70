"""The registers of every project, as they were counted when it was scored."""

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables. They are filled as projects are scored again; until then registers are counted when asked for."""
    op.create_table(
        "project_risks",
        *(sa.Column(name, sa.Text, nullable=False) for name in ("node", "id")),
        *(sa.Column(name, sa.Float) for name in ("probability", "impact")),
        sa.Column("exposure", sa.Float, nullable=False),
        sa.Column("assessed", sa.Boolean, nullable=False),
        *(sa.Column(name, sa.Text) for name in ("response", "owner_id")),
        *(sa.Column(name, UtcDateTime, nullable=False) for name in ("raised_at", "touched_at")),
        sa.PrimaryKeyConstraint("node", "id"),
    )
    op.create_index("ix_project_risks_exposure", "project_risks", ["exposure", "id", "node"])
    op.create_table(
        "project_registers",
        sa.Column("node", sa.Text, primary_key=True),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("conflicts", sa.Text),
    )
