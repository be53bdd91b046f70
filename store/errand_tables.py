"""The tables of errands: what people asked for that takes longer than a page may, and the writes it is about."""

from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, Table, Text

from store.tables import METADATA, SERIAL
from store.types import UtcDateTime

errands = Table(
    "errands",
    METADATA,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("asked", Text, nullable=False),  # JSON: what exactly was asked for
    Column("by", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("error", Text),
    Index("ix_errands_state", "state"),
)
# In their order; ``result`` and ``connection`` stand in the body, too, and here so that they can be counted and chosen.
errand_writes = Table(
    "errand_writes",
    METADATA,
    Column("errand", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("connection", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("body", Text, nullable=False),  # JSON of a model.push.Write
    PrimaryKeyConstraint("errand", "number", name="pk_errand_writes"),
)
