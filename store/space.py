"""Space that is free inside the database, given back to the disk."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from sqlalchemy import Connection, Engine

from model.base import Record

_PAGES_AT_ONCE = 500
_INCREMENTAL = 2
_READERS_MS = 2000


class Space(Record):
    """``bytes``: given back. ``whole``: False where something is left for a rewrite with nobody else there."""

    bytes: int = 0
    whole: bool = True


def give_back(engine: Engine, transaction: Callable[[], AbstractContextManager[Connection]]) -> Space:
    """SQLite: move free pages to the end and cut them off, so many in each transaction. PostgreSQL does so by itself."""
    if engine.dialect.name != "sqlite":
        return Space()
    with _bare(engine) as cursor:
        before = _bytes(cursor)
        able = _pragma(cursor, "auto_vacuum") == _INCREMENTAL
    freed = able
    while freed:
        with transaction() as conn:
            # Each row that is read frees one page; SQLAlchemy does not know that there are rows.
            conn.connection.cursor().execute(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})").fetchall()
            freed = conn.exec_driver_sql("PRAGMA freelist_count").scalar_one() > 0
    with _bare(engine) as cursor:
        # What is in the write-ahead log comes into the file as far as no reader stands in the way.
        cursor.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        return Space(bytes=max(0, before - _bytes(cursor)), whole=_pragma(cursor, "freelist_count") == 0)


def rewrite(engine: Engine) -> Space:
    """Write everything anew; on SQLite also so that space can be given back from then on."""
    with _bare(engine) as cursor:
        if engine.dialect.name != "sqlite":
            cursor.execute("VACUUM FULL")
            return Space()
        before = _bytes(cursor)
        cursor.execute(f"PRAGMA auto_vacuum={_INCREMENTAL}")
        cursor.execute("VACUUM")
        # Somebody who reads meanwhile keeps the log, and with it what stood there before. That may last: don't wait long.
        cursor.execute(f"PRAGMA busy_timeout={_READERS_MS}")
        busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return Space(bytes=max(0, before - _bytes(cursor)), whole=not busy)


@contextmanager
def _bare(engine: Engine) -> Iterator[Any]:
    """The driver's own cursor, outside of any transaction: what is done here is none of SQLAlchemy's."""
    bare = engine.raw_connection()
    try:
        if engine.dialect.name != "sqlite":
            bare.driver_connection.autocommit = True  # type: ignore[union-attr]
        cursor = bare.cursor()
        yield cursor
        cursor.close()
    finally:
        bare.invalidate()
        bare.close()


def _bytes(cursor: Any) -> int:
    return _pragma(cursor, "page_count") * _pragma(cursor, "page_size")


def _pragma(cursor: Any, name: str) -> int:
    return int(cursor.execute(f"PRAGMA {name}").fetchone()[0])
