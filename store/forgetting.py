"""``uow.forgetting``: reading and changing every text that is kept, in every table, whatever it is about."""

import zlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Table, Text, bindparam, select, update

from model.work import Person
from store.dialect import chunked, digest
from store.raw import LEVEL
from store.tables import METADATA, people, raw_payloads

_AT_ONCE = 500


class Forgetting:
    """Works on rows as they are, past versions too: what a record means is nobody's business here."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def people(self) -> Iterator[tuple[Person, datetime]]:
        """Every version of every person that was ever known, and since when it was, in that order."""
        statement = select(people.c.body, people.c.known_from).order_by(people.c.id, people.c.known_from)
        for row in self._conn.execute(statement):
            yield Person.model_validate_json(row.body), row.known_from

    def payloads(self) -> Iterator[bytes]:
        """Every kept payload."""
        for body in self._conn.execute(select(raw_payloads.c.body)).scalars():
            yield zlib.decompress(body)

    def rewrite(
        self, text: Callable[[str], str], payload: Callable[[bytes], bytes], *, apply: bool
    ) -> Mapping[str, int]:
        """Put every text through ``text`` and every payload through ``payload``; how many rows differ, by table.

        Digests of what changed are made anew, so that nothing looks as if a tool had changed it. ``apply`` False: count only.
        """
        found: dict[str, int] = {}
        for table in METADATA.sorted_tables:
            changed = list(self._changed(table, text, payload))
            if changed:
                found[table.name] = len(changed)
            if apply:
                self._write(table, changed)
        return found

    def _changed(
        self, table: Table, text: Callable[[str], str], payload: Callable[[bytes], bytes]
    ) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """Rows that differ: the key as it is, and the new values."""
        keys = [column.name for column in table.primary_key]
        texts = [column.name for column in table.columns if isinstance(column.type, Text)]
        raw = table is raw_payloads
        wanted = {*keys, *texts, "hash", *(("body",) if raw else ())}
        columns: list[Column[Any]] = [column for column in table.columns if column.name in wanted]
        for row in self._conn.execute(select(*columns).execution_options(yield_per=_AT_ONCE)).mappings():
            held = {name: row[name] for name in texts if row[name] is not None}
            new: dict[str, Any] = {name: made for name, old in held.items() if (made := text(old)) != old}
            if raw and (body := payload(plain := zlib.decompress(row["body"]))) != plain:
                new |= {"body": zlib.compress(body, LEVEL), "hash": digest(body)}
            elif "hash" in row and "body" in new and row["hash"] == digest(row["body"].encode()):
                new["hash"] = digest(new["body"].encode())
            if new:
                yield {name: row[name] for name in keys}, new

    def _write(self, table: Table, changed: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
        """One statement for all rows in which the same columns differ."""
        by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for key, new in changed:
            row = {f"old_{name}": value for name, value in key.items()} | {f"new_{name}": value for name, value in new.items()}
            by_columns.setdefault(tuple(new), []).append(row)
        for names, rows in by_columns.items():
            keys = list(table.primary_key)
            statement = update(table).where(*(column == bindparam(f"old_{column.name}") for column in keys))
            statement = statement.values({name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names})
            for chunk in chunked(rows, _AT_ONCE):
                self._conn.execute(statement, chunk)
