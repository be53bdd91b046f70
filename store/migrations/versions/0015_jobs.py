"""Background work: what was asked for, how it stands, what is paused; since when a node waits to be scored; deliveries
that can't be worked off."""

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and columns."""
    op.create_table(
        "jobs",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("lane", sa.Text, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("wanted", "begun", "answered")),
        *(sa.Column(name, UtcDateTime, nullable=False) for name in ("wanted_at", "due_at")),
        sa.Column("again_at", UtcDateTime),
        sa.Column("run", sa.BigInteger, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Text) for name in ("reason", "error")),
        *(sa.Column(name, UtcDateTime) for name in ("started_at", "ended_at")),
        sa.Column("told", sa.Text),
    )
    op.create_table(
        "job_pauses",
        sa.Column("lane", sa.Text, primary_key=True),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    op.add_column("dirty_nodes", sa.Column("since", UtcDateTime))
    op.add_column("hook_deliveries", sa.Column("tries", sa.Integer, nullable=False, server_default="0"))
    op.add_column("hook_deliveries", sa.Column("given_up_at", UtcDateTime))
    op.add_column("hook_deliveries", sa.Column("error", sa.Text))
