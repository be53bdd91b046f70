"""The tables of forecasts: those that were published, and how they were found to stand."""

from sqlalchemy import Boolean, Column, Date, Float, Index, PrimaryKeyConstraint, Table, Text

from store.tables import METADATA
from store.types import UtcDateTime

kept_forecasts = Table(
    "kept_forecasts",
    METADATA,
    Column("node", Text, nullable=False),
    Column("made_on", Date, nullable=False),
    Column("p50", Date),
    Column("p85", Date),
    Column("target_on", Date),
    Column("odds", Float),
    Column("p50_held", Boolean),
    Column("p85_held", Boolean),
    Column("on_time", Boolean),
    Column("done_on", Date),
    Column("settled", Boolean, nullable=False),  # nothing of it is undecided any more
    PrimaryKeyConstraint("node", "made_on", name="pk_kept_forecasts"),
    Index("ix_kept_forecasts_settled", "settled"),
)
# ``record``, ``report``: JSON. Never changed: a later check stands beside the earlier ones.
forecast_standings = Table(
    "forecast_standings",
    METADATA,
    Column("at", UtcDateTime, primary_key=True),
    Column("record", Text, nullable=False),
    Column("report", Text, nullable=False),
)
