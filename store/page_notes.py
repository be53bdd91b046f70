"""``uow.notes``: what background work leaves for the pages: how far a sync is, what a tool offers, what is about to be done.

Nothing depends on them: what is lost is found out again.
"""

import json

from pydantic import JsonValue
from sqlalchemy import Column, Connection, Table, Text, delete, select

from model.base import Instant, Record
from store.dialect import replace_row
from store.tables import METADATA
from store.types import UtcDateTime

notes = Table(
    "notes",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("body", Text, nullable=False),  # JSON
    Column("at", UtcDateTime, nullable=False),
)


class Note(Record):
    """What was left, and when."""

    body: JsonValue
    at: Instant


class Notes:
    """Notes by name; a newer one replaces the older."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def put(self, name: str, body: JsonValue, *, at: Instant) -> None:
        self._conn.execute(replace_row(self._conn, notes), {"name": name, "body": json.dumps(body), "at": at})

    def get(self, name: str) -> Note | None:
        row = self._conn.execute(select(notes.c.body, notes.c.at).where(notes.c.name == name)).one_or_none()
        return None if row is None else Note(body=json.loads(row.body), at=row.at)

    def drop(self, name: str) -> None:
        self._conn.execute(delete(notes).where(notes.c.name == name))
