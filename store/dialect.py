"""The few things SQLite and PostgreSQL say differently, and helpers every repository uses."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Table, and_, literal_column, or_, text, type_coerce
from sqlalchemy.dialects import postgresql, sqlite

from store.types import UtcDateTime

T = TypeVar("T")

CHUNK = 500
"""Ids in one IN list: long enough to be quick, short enough for every parameter limit."""


def chunked(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Lists of up to ``size`` values."""
    iterator = iter(values)
    while chunk := list(islice(iterator, size)):
        yield chunk


def upsert(conn: Connection, table: Table) -> Any:
    """An INSERT of this database that takes ``on_conflict_do_update`` and ``on_conflict_do_nothing``.

    Typed Any: the two dialects' classes share these methods but no base that declares them.
    """
    return sqlite.insert(table) if conn.dialect.name == "sqlite" else postgresql.insert(table)


def replace_row(conn: Connection, table: Table, *columns: str) -> Any:
    """An upsert by primary key that overwrites ``columns`` (all but the key when none are named)."""
    statement = upsert(conn, table)
    key = [column.name for column in table.primary_key]
    names = columns or tuple(column.name for column in table.columns if column.name not in key)
    return statement.on_conflict_do_update(index_elements=key, set_={name: statement.excluded[name] for name in names})


def known(table: Table, at: datetime | None) -> ColumnElement[bool]:
    """The rows believed at a moment; None: those believed now."""
    if at is None:
        return table.c.known_to.is_(None)
    return and_(table.c.known_from <= at, or_(table.c.known_to.is_(None), table.c.known_to > at))


def a_moment_after(conn: Connection, column: str) -> ColumnElement[datetime]:
    """One microsecond after a column's instant."""
    step = "1" if conn.dialect.name == "sqlite" else "interval '1 microsecond'"
    return type_coerce(literal_column(f"{column} + {step}"), UtcDateTime)


def digest(content: bytes) -> bytes:
    """16 bytes that differ when the content differs."""
    return hashlib.blake2b(content, digest_size=16).digest()


def lock(conn: Connection, name: str) -> None:
    """Hold a named lock until the transaction ends, so that two writers of one thing take turns.

    SQLite has one writer at a time anyway (every writing transaction begins IMMEDIATE).
    """
    if conn.dialect.name == "postgresql":
        number = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), signed=True)
        conn.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})
