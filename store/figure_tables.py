"""The table of what key figures read of every project."""

from sqlalchemy import Column, Float, Table, Text

from store.tables import METADATA
from store.types import UtcDateTime

# A line for each project, of its newest score. ``counted``: JSON of model.outcome.Counted; NULL: not counted yet.
project_figures = Table(
    "project_figures",
    METADATA,
    Column("node", Text, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("score", Float),
    Column("band", Text, nullable=False),
    Column("coverage", Float, nullable=False),
    Column("trust", Float, nullable=False),
    Column("counted", Text),
)
