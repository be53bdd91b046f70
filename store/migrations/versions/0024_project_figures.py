"""Every project in a line, for key figures."""

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0024"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table. It is filled as projects are scored again; until then key figures say how many are not counted."""
    op.create_table(
        "project_figures",
        sa.Column("node", sa.Text, primary_key=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("score", sa.Float),
        sa.Column("band", sa.Text, nullable=False),
        *(sa.Column(name, sa.Float, nullable=False) for name in ("coverage", "trust")),
        sa.Column("counted", sa.Text),
    )
