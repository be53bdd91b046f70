"""Deliveries that were acknowledged and are on their way into the database: a small file of their own beside SQLite's.

Whoever writes to SQLite holds its one lock, and a project that is being scored holds it for tens of milliseconds. A tool
that tells of a change waits for none of that: what it sends goes into this file, which nobody else writes to for long, and
from there, many at a time, into the database.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Engine, Row, TextClause, bindparam, text
from sqlalchemy.exc import DBAPIError

from store.failures import translated
from store.hooks import Arrival, Came
from store.space import Space, rewrite
from store.types import from_microseconds, to_microseconds

# Another shape of it wants another name: processes of two versions may have the file open.
_TABLE = """CREATE TABLE IF NOT EXISTS spool_1 (
  id INTEGER PRIMARY KEY, connection TEXT NOT NULL, keys TEXT NOT NULL, events TEXT NOT NULL, at INTEGER NOT NULL, hook TEXT
)"""
_PUT = text(
    "INSERT INTO spool_1 (connection, keys, events, at, hook) SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'),"
    " json_extract(value, '$[2]'), json_extract(value, '$[3]'), json_extract(value, '$[4]') FROM json_each(:rows)"
)
_LOOK = text("SELECT id, connection, keys, events, at, hook FROM spool_1 ORDER BY id LIMIT :most")
_REMOVE = text("DELETE FROM spool_1 WHERE id IN :ids").bindparams(bindparam("ids", expanding=True))
_COUNT = text("SELECT connection, count(*) AS number FROM spool_1 WHERE keys != '[]' GROUP BY connection")
_TIDY = text("PRAGMA wal_checkpoint(PASSIVE)")


class Spool:
    """Safe to share between threads and between processes of one machine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._made = False

    def put(self, came: Sequence[Came]) -> None:
        """Keep all of them, or none. Raises what the database's transactions raise."""
        rows = [[one.connection, *_delivery(one.arrival), to_microseconds(one.at), one.hook] for one in came]
        self._run(_PUT, {"rows": json.dumps(rows)})

    def look(self, most: int) -> dict[int, Came]:
        """What came first and still lies here, by its place."""
        return {row.id: _read(row) for row in self._run(_LOOK, {"most": most})}

    def remove(self, places: Collection[int]) -> None:
        """These have come into the database."""
        self._run(_REMOVE, {"ids": list(places)})

    def waiting(self) -> dict[str, int]:
        """How many deliveries lie here, by connection."""
        return {row.connection: row.number for row in self._run(_COUNT, {})}

    def tidy(self) -> None:
        """Write the file's log into the file. No writer does it by the way: what it writes is waited for."""
        self._run(_TIDY, {})

    def rewrite(self) -> Space:
        """Write the file anew, so that nothing is left in it of what went through."""
        return rewrite(self._engine)

    def close(self) -> None:
        """Close all connections. The spool can be used again afterwards."""
        self._engine.dispose()

    def _run(self, statement: TextClause, values: Mapping[str, Any]) -> Sequence[Row[Any]]:
        try:
            with self._engine.connect() as conn:
                if not self._made:
                    conn.exec_driver_sql(_TABLE)
                    self._made = True
                found = conn.execute(statement, values)
                return found.all() if found.returns_rows else ()
        except DBAPIError as exc:
            self._made = False  # where somebody took the file away
            raise translated(exc, str(self._engine.url)) from exc


def _delivery(arrival: Arrival | None) -> tuple[str, str]:
    return ("[]", "[]") if arrival is None else (json.dumps(arrival.keys), arrival.events)


def _read(row: Row[Any]) -> Came:
    at, keys = from_microseconds(row.at), tuple(json.loads(row.keys))
    arrival = Arrival(row.connection, keys, row.events, at) if keys else None
    return Came(row.connection, at, arrival, row.hook)
