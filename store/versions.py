"""Writing bitemporal rows: what is equal is left alone, what differs closes the old row and opens a new one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, Table, Update, bindparam, null, or_, select, update

from store.dialect import AT, among_listed, chunked, listed, replace_row, write_many
from store.kinds import Current, Row

_CARRIED = ("item_id", "project_id", "container_id", "to_at", "from_history", "source_id", "target_id")


@dataclass(frozen=True)
class Outcome:
    """Ids of one write by what became of them. ``older``: left out, the store knows something newer."""

    created: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    older: frozenset[str] = frozenset()


class _Open(NamedTuple):
    """Since when a row is believed, and when the tool last changed what it says (where it tells)."""

    known_from: datetime
    updated_at: datetime | None


def current_by(conn: Connection, table: Table, column: str, values: Iterable[str]) -> dict[str, Current]:
    """What is believed now of the rows with one of these values in a column, by id."""
    found: dict[str, Current] = {}
    names, statement = _current_by(table, column)
    for chunk in chunked(values):
        for id_, content_hash, *carried in conn.execute(statement, listed(chunk)):
            found[id_] = Current(content_hash, dict(zip(names, carried, strict=True)))
    return found


@cache
def _current_by(table: Table, column: str) -> tuple[list[str], Select[Any]]:
    names = [name for name in _CARRIED if name in table.c]
    told = select(table.c.id, table.c.hash, *(table.c[name] for name in names))
    return names, told.where(among_listed(table.c[column]), table.c.known_to.is_(None))


def write_versions(
    conn: Connection, table: Table, rows: Mapping[str, Row], current: Mapping[str, Current], *, known_at: datetime
) -> Outcome:
    """Write the rows that differ from what is believed; older knowledge than the store's is left out.

    ``current``: what the caller has looked up already; the other rows are looked up by their ids.
    """
    hashes, later = _standing(conn, table, rows.keys() - current.keys(), known_at)
    hashes |= {id_: row.hash for id_, row in current.items()}
    new = {id_: row for id_, row in rows.items() if id_ not in hashes and id_ not in later}
    differing = {id_: row for id_, row in rows.items() if id_ in hashes and hashes[id_] != row["hash"]}
    open_ = _open_rows(conn, table, differing)
    changed = {id_: row for id_, row in differing.items() if not _older(row, open_[id_], known_at)}
    moments = {id_: _moment(open_[id_].known_from, known_at) for id_ in changed}
    close(conn, table, {id_: (open_[id_].known_from, moments[id_]) for id_ in changed})
    statement = replace_row(conn, table)
    write_many(conn, statement, list(new.values()), known_from=known_at, known_to=None)
    write_many(conn, statement, [{**row, "known_from": moments[id_]} for id_, row in changed.items()], known_to=None)
    older = differing.keys() - changed.keys()
    return Outcome(created=frozenset(new), changed=frozenset(changed), older=frozenset(older))


def close(conn: Connection, table: Table, spans: Mapping[str, tuple[datetime, datetime]]) -> None:
    """Stop believing rows: id → (their ``known_from``, when we stopped).

    A row closed at the very moment it was learned keeps an empty span: no question about the past can see it.
    """
    if not spans:
        return
    params = [{"b_id": id_, "b_from": start, "b_to": end} for id_, (start, end) in spans.items()]
    write_many(conn, _close(table), params)


@cache
def _close(table: Table) -> Update:
    mine = (table.c.id == bindparam("b_id"), table.c.known_from == bindparam("b_from"))
    return update(table).where(*mine).values(known_to=bindparam("b_to"))


def retract(conn: Connection, table: Table, ids: Iterable[str], *, known_at: datetime) -> frozenset[str]:
    """Stop believing rows that a complete history does not name; rows learned later than it are left alone."""
    open_ = _open_rows(conn, table, ids)
    spans = {id_: (row.known_from, known_at) for id_, row in open_.items() if row.known_from <= known_at}
    close(conn, table, spans)
    return frozenset(spans)


def _open_rows(conn: Connection, table: Table, ids: Iterable[str]) -> dict[str, _Open]:
    """Since when rows are believed. Asked for those that differ only: most rows of a sync do not."""
    found: dict[str, _Open] = {}
    for chunk in chunked(ids):
        for id_, known_from, updated in conn.execute(_open(table), listed(chunk)):
            found[id_] = _Open(known_from, updated)
    return found


@cache
def _open(table: Table) -> Select[Any]:
    updated_at = table.c.updated_at if "updated_at" in table.c else null()
    return select(table.c.id, table.c.known_from, updated_at).where(among_listed(table.c.id), table.c.known_to.is_(None))


def _older(row: Row, current: _Open, known_at: datetime) -> bool:
    """Whether a row was learned before what the store believes.

    The tool's own time of change decides where there is one: two workers' clocks may differ by seconds.
    """
    if known_at >= current.known_from:
        return False
    updated = row.get("updated_at")
    return updated is None or current.updated_at is None or updated <= current.updated_at


def _moment(known_from: datetime, known_at: datetime) -> datetime:
    """When a changed row begins: never before the row it replaces, so that the past stays as it was."""
    return known_at if known_at >= known_from else known_from + timedelta(microseconds=1)


def _standing(
    conn: Connection, table: Table, ids: Iterable[str], known_at: datetime
) -> tuple[dict[str, bytes], set[str]]:
    """The digests of ids that are believed now; and ids we stopped believing in after ``known_at``.

    A late batch must not bring those back.
    """
    hashes: dict[str, bytes] = {}
    later: set[str] = set()
    for chunk in chunked(ids):
        for id_, content_hash, known_to in conn.execute(_standing_or_later(table), listed(chunk) | {"at": known_at}):
            if known_to is None:
                hashes[id_] = content_hash
            else:
                later.add(id_)
    return hashes, later


@cache
def _standing_or_later(table: Table) -> Select[Any]:
    wanted = (among_listed(table.c.id), or_(table.c.known_to.is_(None), table.c.known_to > AT))
    return select(table.c.id, table.c.hash, table.c.known_to).where(*wanted)
