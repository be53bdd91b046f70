"""The tables of what people decide and learn: portfolio decisions, lessons."""

from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, Table, Text

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
# ``body``: JSON of the whole model.lesson.Lesson. Rows are added and never changed.
lessons = Table(
    "lessons",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("node", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_lessons_node", "node"),
)
