"""Reading single records and lists of them, as believed now or at a past moment."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, TypeVar

from msgspec import Struct
from msgspec.json import Decoder
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    Table,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    union_all,
)

from model.errors import UsageError
from model.ids import ref
from model.landscape import GoalVersion
from model.work import (
    CLOSED,
    Allocation,
    Budget,
    ChangeField,
    DeclaredStatus,
    Goal,
    Iteration,
    Link,
    Milestone,
    Person,
    ToolProject,
    WorkItem,
)
from store import tables
from store.dialect import AT, among_listed, chunked, known, listed
from store.kinds import (
    ALLOCATIONS,
    BUDGETS,
    DECLARED,
    GOALS,
    ITEMS,
    ITERATIONS,
    LINKS,
    MILESTONES,
    PEOPLE,
    PROJECTS,
    Kind,
    Stored,
)
from store.types import UtcDateTime

S = TypeVar("S", bound=Stored)


@cache
def _bodies(column: Column[Any], *, past: bool) -> Select[str]:
    """The records that have one of some values in a column. ``past``: as believed at a moment, else now."""
    return select(column.table.c.body).where(among_listed(column), known(column.table, AT if past else None))


@cache
def _gone(*, past: bool) -> Select[str, datetime]:
    table = tables.tombstones
    return select(table.c.item_id, table.c.gone_at).where(
        among_listed(table.c.item_id), known(table, AT if past else None)
    )


def _learned_in(table: Table) -> Select[str]:
    """The name of a table in which anything of a connection was learned, or is no longer believed, since a moment."""
    of, since = table.c.connection == bindparam("of"), bindparam("since", type_=UtcDateTime)
    moments = (table.c.known_from, table.c.known_to)  # one by one: each has an index
    return select(literal_column(f"'{table.name}'")).where(or_(*(exists().where(of, one > since) for one in moments)))


_LEARNED = union_all(*(_learned_in(kind.table) for kind in (LINKS, GOALS, DECLARED, ALLOCATIONS)))
_NOWHERE = tables.links.c.source_id.is_(None) | tables.links.c.target_id.is_(None)
_BY_ADDRESS = select(tables.links.c.id).where(_NOWHERE, tables.links.c.known_to.is_(None)).limit(1)


class ItemLabel(NamedTuple):
    """How an item is shown to people: ``ref`` is ``<connection>:<key>``."""

    id: str
    ref: str
    title: str
    url: str | None


class _Shown(Struct):
    """As much of an item as its label: a page names hundreds, and a whole one takes twenty times as long to read."""

    id: str
    connection: str
    key: str
    title: str
    url: str | None = None
    restricted: bool = False


_SHOWN = Decoder(list[_Shown])


class RecordReader:
    """The reading half of ``uow.records``. ``known_at`` None: as believed now."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def item(self, id_or_ref_or_key: str) -> WorkItem | None:
        """One item by its id, its ref (``<connection>:<key>``) or its key alone; old keys too.

        Raises UsageError when a bare key names items of several connections.
        """
        found = self.items((id_or_ref_or_key,))
        if found:
            return found[0]
        connection, colon, label = id_or_ref_or_key.partition(":")
        if colon:
            return self.item_by_label(connection, label)
        return self._item_by_key(id_or_ref_or_key)

    def items(self, ids: Iterable[str]) -> tuple[WorkItem, ...]:
        """Items by id, in the order asked for; unknown ids are left out. Gone items are here as they last were."""
        wanted = list(dict.fromkeys(ids))
        found = {item.id: item for item in self._by(ITEMS, tables.items.c.id, wanted)}
        return tuple(found[id_] for id_ in wanted if id_ in found)

    def open_among(self, ids: Iterable[str]) -> frozenset[str]:
        """Which of some items are neither closed nor gone."""
        found = {item.id for item in self.items(ids) if item.status not in CLOSED}
        return frozenset(found - self._gone_at(found, None).keys())

    def labels(self, ids: Iterable[str], *, of_all_to_see: bool = False) -> dict[str, ItemLabel]:
        """How items are shown, by id, in the order asked for; unknown ids are left out.

        ``of_all_to_see``: those that few may see in their tool are left out, too.
        """
        wanted = list(dict.fromkeys(ids))
        shown = _SHOWN.decode(f"[{','.join(self._bodies(tables.items.c.id, wanted))}]")
        found = {one.id: one for one in shown if not (of_all_to_see and one.restricted)}
        each = (found[id_] for id_ in wanted if id_ in found)
        return {one.id: ItemLabel(one.id, ref(one.connection, one.key), one.title, one.url) for one in each}

    def item_by_label(self, connection: str, label: str) -> WorkItem | None:
        """An item by key, vendor id or a key it once had, in this order."""
        table = tables.items
        here = table.c.connection == connection
        by_key = self._present_first(self._select(ITEMS, here & (table.c.key == label)))
        if by_key:
            return by_key
        by_id = self.items((f"{connection}:item:{label}",))
        if by_id:
            return by_id[0]
        return self._present_first(self.items(self._once_called(label, connection)))

    def people(self) -> tuple[Person, ...]:
        return self._select(PEOPLE)

    def projects(self, connection: str | None = None) -> tuple[ToolProject, ...]:
        """The tools' own projects, of one connection or of all."""
        condition = None if connection is None else tables.tool_projects.c.connection == connection
        return self._select(PROJECTS, condition)

    def goals(self, *, known_at: datetime | None = None) -> tuple[Goal, ...]:
        return self._select(GOALS, known_at=known_at)

    def iterations(self, *, known_at: datetime | None = None) -> tuple[Iteration, ...]:
        """Every sprint of every tool, by id."""
        return self._select(ITERATIONS, known_at=known_at)

    def goal_versions(self, *, known_at: datetime | None = None) -> tuple[GoalVersion, ...]:
        """Every version of every goal that was known up to a moment, with the time in which it was believed."""
        table = tables.goals
        statement = select(table.c.body, table.c.known_from, table.c.known_to).order_by(table.c.id, table.c.known_from)
        if known_at is not None:
            statement = statement.where(table.c.known_from <= known_at)
        rows = self._conn.execute(statement).all()
        goals = GOALS.load(row.body for row in rows)
        return tuple(
            GoalVersion(
                goal=goal,
                from_at=row.known_from,
                to_at=None if known_at is not None and row.known_to and row.known_to > known_at else row.known_to,
            )
            for goal, row in zip(goals, rows, strict=True)
        )

    def budgets(self, project_ids: Sequence[str]) -> tuple[Budget, ...]:
        """What the tools say some of their projects may use (by record id)."""
        return self._by(BUDGETS, tables.budgets.c.project_id, project_ids)

    def allocations(self, project_ids: Sequence[str]) -> tuple[Allocation, ...]:
        """Who is planned for some of the tools' projects (by record id)."""
        return self._by(ALLOCATIONS, tables.allocations.c.project_id, project_ids)

    def all_allocations(self, *, known_at: datetime | None = None) -> tuple[Allocation, ...]:
        """Who is planned for anything, as known at a moment."""
        return self._select(ALLOCATIONS, known_at=known_at)

    def ever_allocated(self) -> dict[str, set[str]]:
        """The tools' projects (by record id) with every account that was ever planned for them."""
        bodies = self._conn.execute(select(tables.allocations.c.body)).scalars()
        found: dict[str, set[str]] = {}
        for allocation in ALLOCATIONS.load(bodies):
            if allocation.person_id is not None:
                found.setdefault(allocation.project_id, set()).add(allocation.person_id)
        return found

    def milestones(self, project_ids: Sequence[str] | None = None) -> tuple[Milestone, ...]:
        """Milestones of some tool projects (by record id), or all."""
        if project_ids is None:
            return self._select(MILESTONES)
        return self._by(MILESTONES, tables.milestones.c.project_id, project_ids)

    def declared(self, *, known_at: datetime | None = None) -> tuple[DeclaredStatus, ...]:
        return self._select(DECLARED, known_at=known_at)

    def declared_of(self, subjects: Iterable[str]) -> tuple[DeclaredStatus, ...]:
        """What people declared of these subjects, as known now."""
        return self._by(DECLARED, tables.declared_statuses.c.subject_id, subjects)

    def links(self, *, known_at: datetime | None = None) -> tuple[Link, ...]:
        return self._select(LINKS, known_at=known_at)

    def links_at(self, items: Iterable[str]) -> tuple[Link, ...]:
        """The links that begin or end at one of these items, by id."""
        wanted, table = list(items), tables.links
        found = {one.id: one for column in (table.c.source_id, table.c.target_id) for one in self._by(LINKS, column, wanted)}
        return tuple(found[key] for key in sorted(found))

    def links_by_address(self) -> tuple[Link, ...]:
        """The links of which an end is known by its address alone, by id."""
        return self._select(LINKS, _NOWHERE)

    def any_link_by_address(self) -> bool:
        """Whether an end of any link is known by its address alone."""
        return self._conn.execute(_BY_ADDRESS).first() is not None

    def learned_since(self, connection: str, moment: datetime) -> frozenset[str]:
        """The tables of what projects share in which anything of a connection differs from what was known then."""
        return frozenset(self._conn.execute(_LEARNED, {"of": connection, "since": moment}).scalars())

    def item_count(self, connection: str) -> int:
        """Items of a connection that have not gone."""
        items, gone = tables.items, tables.tombstones
        statement = (
            select(func.count())
            .select_from(items)
            .where(items.c.connection == connection, items.c.known_to.is_(None))
            .where(~exists().where(gone.c.item_id == items.c.id, gone.c.known_to.is_(None)))
        )
        return self._conn.execute(statement).scalar_one()

    def more_items_than(self, number: int) -> bool:
        """Whether more items than so many are known."""
        items = tables.items
        some = select(items.c.id).where(items.c.known_to.is_(None)).limit(number + 1).subquery()
        return self._conn.execute(select(func.count()).select_from(some)).scalar_one() > number

    def first_known_at(self, *, known_at: datetime | None = None) -> datetime | None:
        """When the first item of all was learned; None before any, also for who asks by what was known before it."""
        found: datetime | None = self._conn.execute(select(func.min(tables.items.c.known_from))).scalar_one()
        return None if found is not None and known_at is not None and found > known_at else found

    def _select(
        self, kind: Kind[S], condition: ColumnElement[bool] | None = None, *, known_at: datetime | None = None
    ) -> tuple[S, ...]:
        table = kind.table
        statement = select(table.c.body).where(known(table, known_at)).order_by(table.c.id)
        if condition is not None:
            statement = statement.where(condition)
        return kind.load(self._conn.execute(statement).scalars().all())

    def _by(
        self, kind: Kind[S], column: Column[Any], values: Iterable[str], *, known_at: datetime | None = None
    ) -> tuple[S, ...]:
        """The records with one of these values in a column."""
        return kind.load(self._bodies(column, values, known_at=known_at))

    def _bodies(self, column: Column[Any], values: Iterable[str], *, known_at: datetime | None = None) -> list[str]:
        found: list[str] = []
        statement = _bodies(column, past=known_at is not None)
        for chunk in chunked(values):
            # All at once: row by row takes three times as long.
            found += self._conn.execute(statement, {**listed(chunk), "at": known_at}).scalars().all()
        return found

    def _item_by_key(self, key: str) -> WorkItem | None:
        found = self._select(ITEMS, tables.items.c.key == key) or self.items(self._once_called(key, None))
        if len({item.connection for item in found}) > 1:
            refs = ", ".join(sorted(f"{item.connection}:{item.key}" for item in found))
            raise UsageError(
                f"{key!r} names work items of several connections: {refs}.",
                fix="Write the connection in front of the key.",
                reason="ambiguous_key",
            )
        return self._present_first(found)

    def _once_called(self, key: str, connection: str | None) -> list[str]:
        """Ids of items that once had this key, by their key changes or by what we ourselves held of them."""
        changes, items = tables.changes, tables.items
        told = select(changes.c.item_id).where(
            changes.c.former == key, changes.c.field == ChangeField.KEY.value, changes.c.known_to.is_(None)
        )
        held = select(items.c.id).where(items.c.key == key)
        if connection is not None:
            told = told.where(changes.c.connection == connection)
            held = held.where(items.c.connection == connection)
        ids = dict.fromkeys(self._conn.execute(told).scalars())
        return list(ids | dict.fromkeys(self._conn.execute(held).scalars()))

    def _present_first(self, items: Sequence[WorkItem]) -> WorkItem | None:
        """The one that has not gone, else the one touched last."""
        if len(items) < 2:
            return items[0] if items else None
        gone = self._gone_at([item.id for item in items], None)
        return max(items, key=lambda item: (item.id not in gone, item.updated_at))

    def _gone_at(self, ids: Iterable[str], known_at: datetime | None) -> dict[str, datetime]:
        """When items left the tool, of those that did."""
        found: dict[str, datetime] = {}
        for chunk in chunked(ids):
            rows = self._conn.execute(_gone(past=known_at is not None), {**listed(chunk), "at": known_at})
            found.update((id_, at) for id_, at in rows)
        return found

    def _column(self, column: ColumnElement[Any], table: Table, condition: ColumnElement[bool]) -> list[str]:
        """The distinct values of one column."""
        statement = select(column).select_from(table).where(condition).distinct()
        return list(self._conn.execute(statement).scalars())
