"""Whether a person declared a status of a node, beside its newest score."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_SAID = '"declared_band":"'  # fields that are not set are not written


def upgrade() -> None:
    """Make the column, and fill it from the newest scores there are."""
    op.add_column("newest_scores", sa.Column("declared", sa.Boolean, nullable=False, server_default=sa.false()))
    newest = sa.table("newest_scores", sa.column("score_id"), sa.column("declared", sa.Boolean))
    scores = sa.table("scores", sa.column("id"), sa.column("body"))
    saying = sa.select(scores.c.id).where(
        scores.c.id.in_(sa.select(newest.c.score_id)), scores.c.body.contains(_SAID, autoescape=True)
    )
    op.execute(sa.update(newest).where(newest.c.score_id.in_(saying)).values(declared=True))
