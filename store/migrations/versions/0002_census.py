"""Why an item is gone, which histories are out of date, and which payloads could not be read."""

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what a census needs. Items gone until now were all reported as deleted by their tool."""
    op.add_column("tombstones", sa.Column("why", sa.Text, nullable=False, server_default="deleted"))
    op.add_column("known_histories", sa.Column("outdated", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "skipped_items",
        sa.Column("connection", sa.Text, nullable=False),
        sa.Column("item", sa.Text, nullable=False),
        sa.Column("item_id", sa.Text),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("containers", sa.Text, nullable=False),
        sa.Column("known_from", UtcDateTime, nullable=False),
        sa.Column("known_to", UtcDateTime),
        sa.PrimaryKeyConstraint("connection", "item", "known_from", name="pk_skipped_items"),
    )
    _read_jira_again()


def _read_jira_again() -> None:
    """Histories of Jira issues are kept in another form now: each connection that has any starts with a full pull."""
    op.execute(
        "UPDATE sync_states SET cursor = NULL, checkpoint = NULL WHERE connection IN "
        "(SELECT DISTINCT connection FROM raw_payloads WHERE kind = 'issue_history')"
    )
    op.execute("UPDATE known_histories SET outdated = true WHERE item_id IN "
               "(SELECT connection || ':item:' || vendor_id FROM raw_payloads WHERE kind = 'issue_history')")
    op.execute("DELETE FROM raw_payloads WHERE kind = 'issue_history'")
