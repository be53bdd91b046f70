"""Errands: what people asked for on a page or through the API that takes longer than an answer may."""

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and the indexes by which the log of writes is read page by page."""
    op.create_table(
        "errands",
        sa.Column("id", _SERIAL, primary_key=True, autoincrement=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("kind", "asked", "by", "state")),
        sa.Column("at", UtcDateTime, nullable=False),
        *(sa.Column(name, UtcDateTime) for name in ("started_at", "ended_at")),
        sa.Column("error", sa.Text),
    )
    op.create_index("ix_errands_state", "errands", ["state"])
    op.create_table(
        "errand_writes",
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("errand", "number")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("connection", "result", "body")),
        sa.PrimaryKeyConstraint("errand", "number", name="pk_errand_writes"),
    )
    for column in ("connection", "channel", "result"):
        op.create_index(f"ix_write_audit_{column}", "write_audit", [column, "id"])
