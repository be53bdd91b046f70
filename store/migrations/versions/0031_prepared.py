"""Documents that somebody asked for and that a worker prepares: splits of movements, reports as files."""

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "prepared_documents",
        sa.Column("id", _SERIAL, primary_key=True, autoincrement=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("kind", "node", "asked", "by", "state")),
        sa.Column("begun", sa.Integer, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        *(sa.Column(name, UtcDateTime) for name in ("started_at", "ended_at")),
        *(sa.Column(name, sa.Text) for name in ("error", "media_type")),
        sa.Column("body", sa.LargeBinary),
        sqlite_autoincrement=True,
    )
