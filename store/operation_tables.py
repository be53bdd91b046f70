"""The tables of operation: how long changes take, what was counted, and which limits there are."""

from sqlalchemy import Column, Float, Integer, PrimaryKeyConstraint, Table, Text

from store.tables import METADATA
from store.types import UtcDateTime

# ``waiting_since``: the first change of a node that is not written yet. ``seen_at``, ``written_at``: the last that was.
node_freshness = Table(
    "node_freshness",
    METADATA,
    Column("node", Text, primary_key=True),
    Column("waiting_since", UtcDateTime),
    Column("seen_at", UtcDateTime),
    Column("written_at", UtcDateTime),
)
# Sums that only grow, kept with what they count. ``labels``: a JSON object.
tallies = Table(
    "tallies",
    METADATA,
    Column("name", Text, nullable=False),
    Column("labels", Text, nullable=False),
    Column("value", Float, nullable=False),
    PrimaryKeyConstraint("name", "labels", name="pk_tallies"),
)
# Up to when something was taken away for good.
retention_marks = Table(
    "retention_marks",
    METADATA,
    Column("what", Text, primary_key=True),
    Column("until", UtcDateTime, nullable=False),
)
# What a connection's requests are charged to, as far as it is counted over a minute or longer.
limit_scopes = Table(
    "limit_scopes",
    METADATA,
    Column("scope", Text, nullable=False),
    Column("connection", Text, nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("window_s", Float, nullable=False),
    PrimaryKeyConstraint("scope", "connection", name="pk_limit_scopes"),
)
