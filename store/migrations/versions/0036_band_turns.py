"""When the bands of nodes became others, so that how steady they are costs no reading of scores."""

import json
from datetime import timedelta

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_REACH = timedelta(weeks=14)
"""As far back as anything that is shown of them reaches."""


def upgrade() -> None:
    """Make the table, and fill it from the scores of the last weeks there are."""
    op.create_table(
        "band_turns",
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("node", "at", name="pk_band_turns"),
        sqlite_with_rowid=False,
    )
    fill(op.get_bind())


def fill(conn: sa.Connection) -> None:
    """Tell the turns of every node from its scores: node by node, since all of them may be gigabytes."""
    scores = sa.table("scores", sa.column("id"), sa.column("node"), sa.column("as_of", UtcDateTime), sa.column("body"))
    newest = sa.table("newest_scores", sa.column("node"), sa.column("as_of", UtcDateTime))
    turns = sa.table("band_turns", sa.column("node"), sa.column("at", UtcDateTime), sa.column("before"), sa.column("after"))
    for node, until in conn.execute(sa.select(newest.c.node, newest.c.as_of)).all():
        told = sa.select(scores.c.as_of, scores.c.body).where(scores.c.node == node, scores.c.as_of >= until - _REACH)
        stood, found = None, {}
        for at, body in conn.execute(told.order_by(scores.c.as_of, scores.c.id)):
            band = json.loads(body)["computed_band"]
            if stood not in (None, band):
                found[at] = {"node": node, "at": at, "before": stood, "after": band}
            stood = band
        if found:
            conn.execute(sa.insert(turns), list(found.values()))
