"""Each kind of record, its table, and the columns it is searched by."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from msgspec.json import Decoder
from pydantic import TypeAdapter
from sqlalchemy import Table

from model.work import (
    Allocation,
    Budget,
    Change,
    ChangeField,
    DeclaredStatus,
    Goal,
    Iteration,
    Link,
    Membership,
    Milestone,
    Person,
    ToolProject,
    WorkItem,
    Worklog,
)
from store import tables
from store.dialect import digest

Row = dict[str, Any]


class Stored(Protocol):
    """What every stored record has."""

    @property
    def id(self) -> str: ...
    @property
    def connection(self) -> str: ...


R = TypeVar("R", bound=Stored)


@dataclass(frozen=True)
class Kind(Generic[R]):
    """``columns`` gives the searched columns of a record beyond id and connection.

    ``quick`` reads records that are slotted dataclasses, which come by the hundred thousand: it holds their fields to
    their types as ``adapter`` does, in half the time, and makes each moment one in UTC without asking Python.
    """

    table: Table
    adapter: TypeAdapter[list[R]]
    columns: Callable[[R], Row]
    quick: Decoder[list[R]] | None = None

    def row(self, record: R) -> Row:
        """The row without its known times. Fields at their defaults are left out of ``body``.

        So a field added to a record later changes no digest, and rewrites no history.
        """
        body = self.adapter.serializer.to_json([record], exclude_defaults=True)[1:-1]
        return {
            "id": record.id,
            "connection": record.connection,
            "hash": digest(body),
            "body": body.decode(),
            **self.columns(record),
        }

    def load(self, bodies: Iterable[str]) -> tuple[R, ...]:
        """Records from their bodies, in the same order. One parse of all is twice as quick as one each."""
        text = f"[{','.join(bodies)}]"
        if self.quick is not None:
            return tuple(self.quick.decode(text))
        records = self.adapter.validate_json(text)
        share_fields_set(records)
        return tuple(records)


_FIELDS_SETS: dict[frozenset[str], set[str]] = {}


def share_fields_set(records: Iterable[object]) -> None:
    """Let records that were given the same fields have one set of their names: of an item it is half of what it takes.

    Nobody changes it: records are frozen, and a copy of one copies it first.
    """
    for record in records:
        given: set[str] | None = getattr(record, "__pydantic_fields_set__", None)  # a dataclass has none
        if given is not None:
            shared = _FIELDS_SETS.setdefault(frozenset(given), given)
            object.__setattr__(record, "__pydantic_fields_set__", shared)


def _nothing(record: Stored) -> Row:
    return {}


def _item(item: WorkItem) -> Row:
    return {"key": item.key, "parent_id": item.parent_id, "updated_at": item.updated_at}


def _change(change: Change) -> Row:
    remembered = change.field in (ChangeField.KEY, ChangeField.PARENT)
    return {"item_id": change.item_id, "field": change.field.value, "former": change.old if remembered else None}


def _membership(membership: Membership) -> Row:
    return {
        "item_id": membership.item_id,
        "container_id": membership.container_id,
        "container_kind": membership.container_kind.value,
        "to_at": membership.to_at,
        "from_history": False,
    }


def _link(link: Link) -> Row:
    return {"source_id": link.source_id, "target_id": link.target_id, "to_at": link.to_at, "from_history": False}


PEOPLE = Kind(tables.people, TypeAdapter(list[Person]), _nothing)
PROJECTS = Kind(tables.tool_projects, TypeAdapter(list[ToolProject]), _nothing)
GOALS = Kind(tables.goals, TypeAdapter(list[Goal]), _nothing)
ITERATIONS = Kind(tables.iterations, TypeAdapter(list[Iteration]), _nothing)
MILESTONES = Kind(tables.milestones, TypeAdapter(list[Milestone]), lambda m: {"project_id": m.project_id})
ITEMS = Kind(tables.items, TypeAdapter(list[WorkItem]), _item)
CHANGES = Kind(tables.changes, TypeAdapter(list[Change]), _change, Decoder(list[Change]))
MEMBERSHIPS = Kind(tables.memberships, TypeAdapter(list[Membership]), _membership, Decoder(list[Membership]))
LINKS = Kind(tables.links, TypeAdapter(list[Link]), _link)
WORKLOGS = Kind(tables.worklogs, TypeAdapter(list[Worklog]), lambda w: {"item_id": w.item_id}, Decoder(list[Worklog]))
BUDGETS = Kind(tables.budgets, TypeAdapter(list[Budget]), lambda b: {"project_id": b.project_id})
ALLOCATIONS = Kind(tables.allocations, TypeAdapter(list[Allocation]), lambda a: {"project_id": a.project_id})
DECLARED = Kind(tables.declared_statuses, TypeAdapter(list[DeclaredStatus]), lambda d: {"subject_id": d.subject_id})


@dataclass(frozen=True)
class Current:
    """What is believed of one id now, as far as a writer needs it. ``row`` has the searched columns of dependents."""

    hash: bytes
    row: Row
