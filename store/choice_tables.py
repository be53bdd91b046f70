"""The table of portfolio decisions."""

from sqlalchemy import Column, Integer, PrimaryKeyConstraint, Table, Text

from store.tables import METADATA
from store.types import UtcDateTime

# ``body``: JSON of the whole model.decision.Decision. Rows are added and never changed.
portfolio_decisions = Table(
    "portfolio_decisions",
    METADATA,
    Column("node", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("node", "number", name="pk_portfolio_decisions"),
)
