"""What was learned of a node since it was read last: of which of its items, and in which tables beside them."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    Select,
    Table,
    bindparam,
    exists,
    literal_column,
    or_,
    select,
    union,
    union_all,
)

from model.landscape import ProjectRecords
from store import tables
from store.dialect import among_listed, listed
from store.types import UtcDateTime

_SINCE = bindparam("since", type_=UtcDateTime)
_HOME = tables.memberships.alias()
_INSIDE = select(_HOME.c.item_id).where(among_listed(_HOME.c.container_id)).distinct().cte("inside")  # looked up once
_OF_ITEMS = (
    tables.items, tables.changes, tables.worklogs, tables.memberships, tables.tombstones, tables.known_histories
)  # fmt: skip
_BESIDE = (
    tables.milestones, tables.iterations, tables.declared_statuses, tables.budgets, tables.tool_projects
)  # fmt: skip


class Known(NamedTuple):
    """What was read of a node, and the moment from which on anything may have been learned that is not in it."""

    records: ProjectRecords
    since: datetime


class Items(NamedTuple):
    """Ids of items: of which anything was learned, and of which where they belong."""

    learned: frozenset[str]
    moved: frozenset[str]


def _of_items(table: Table, item: Column[str]) -> Select[str, int]:
    """The items ever in some containers of which a row was learned, or no longer believed, from a moment on.

    With each whether the row says where it belongs.
    """
    then = [table.c[name] >= _SINCE for name in ("known_from", "known_to") if name in table.c]
    belongs = literal_column("1" if table is tables.memberships else "0", Integer)
    return select(item, belongs).join_from(_INSIDE, table, item == _INSIDE.c.item_id).where(or_(*then))


def _in_table(table: Table) -> Select[str]:
    """The name of a table in which anything of a connection was learned, or is no longer believed, from a moment on."""
    of, moments = table.c.connection == bindparam("of"), (table.c.known_from, table.c.known_to)
    there = (exists().where(of, moment >= _SINCE) for moment in moments)  # one by one: each has an index
    return select(literal_column(f"'{table.name}'")).where(or_(*there))


# Every run of a worker asks these: built once.
_ITEMS = union(*(_of_items(table, table.c["id" if table is tables.items else "item_id"]) for table in _OF_ITEMS))
_TABLES = union_all(*map(_in_table, _BESIDE))


def items_learned(conn: Connection, containers: Sequence[str], since: datetime) -> Items:
    """The items that are or ever were in some containers of which anything was learned from a moment on."""
    learned, moved = set[str](), set[str]()
    for id_, belongs in conn.execute(_ITEMS, {**listed(containers), "since": since}):
        learned.add(id_)
        if belongs:
            moved.add(id_)
    return Items(frozenset(learned), frozenset(moved))


def tables_learned(conn: Connection, containers: Sequence[str], since: datetime) -> frozenset[Table]:
    """The tables of what stands beside items in which anything of the containers' connections was learned from a moment on:
    milestones, iterations, declared statuses, budgets, projects."""
    found: set[str] = set()
    for connection in {container.split(":", 1)[0] for container in containers}:
        found.update(conn.execute(_TABLES, {"of": connection, "since": since}).scalars())
    return frozenset(table for table in _BESIDE if table.name in found)
