"""The tables of background work."""

from sqlalchemy import BigInteger, Column, Integer, Table, Text

from store.tables import METADATA
from store.types import UtcDateTime

# ``wanted`` counts how often a job was asked for, ``begun`` and ``answered`` how far its last run reached and its last
# good run covered: it waits while wanted > begun, and runs while begun > answered.
jobs = Table(
    "jobs",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("lane", Text, nullable=False),
    Column("wanted", BigInteger, nullable=False),
    Column("begun", BigInteger, nullable=False),
    Column("answered", BigInteger, nullable=False),
    Column("wanted_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("again_at", UtcDateTime),
    Column("run", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("reason", Text),
    Column("error", Text),
    Column("started_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("told", Text),  # JSON
)
job_pauses = Table(
    "job_pauses",
    METADATA,
    Column("lane", Text, primary_key=True),
    Column("by", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
