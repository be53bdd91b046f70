"""Hosts that a page gave, and when somebody who logs in elsewhere did so last."""

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0028"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the column. Who has a login elsewhere already did so when the newest session began."""
    op.create_table(
        "page_hosts",
        sa.Column("host", sa.Text, primary_key=True),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    op.add_column("accounts", sa.Column("entered_at", UtcDateTime))
    op.execute(
        "UPDATE accounts SET entered_at = COALESCE("
        "(SELECT MAX(made_at) FROM login_sessions WHERE login_sessions.account = accounts.id), made_at) "
        "WHERE issuer IS NOT NULL"
    )
