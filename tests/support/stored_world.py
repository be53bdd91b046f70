"""A small organisation in a store, out of a number: pages as a tool would bring them, and a workspace that scores them."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from model.health import RollupResult
from model.landscape import ItemHistory
from model.policy import Policy
from model.sync import Records
from model.tree import Node, NodeKind, Parent, Source, Tree
from model.work import ContainerKind, Link, Membership, Risk, RiskResponse
from service import scoring
from service.pages import PageStore
from service.workspace import Workspace
from store.database import Database
from store.tables import METADATA
from tests.rollup.build import NOW, blocks, day, project
from tests.rollup.worlds import some_items

CONNECTION = "jira"
_TABLES = tuple(table.name for table in reversed(METADATA.sorted_tables))
_FILLED = f"SELECT {', '.join(f'EXISTS (SELECT 1 FROM {table})' for table in _TABLES)}"


class Reader:
    """A tool's connector as far as counting needs it."""

    name = CONNECTION
    reference_kinds = frozenset[str]()

    def container_ids(self, source: Source, _reference: object) -> tuple[str, ...]:
        return (f"{CONNECTION}:project:{source.value}",)


@dataclass
class Stored:
    """An empty store and a workspace on it, whose clock stands at ``moment``."""

    db: Database
    moment: list[datetime] = field(default_factory=lambda: [NOW])

    def emptied(self) -> "Stored":
        """The same with nothing in it: far cheaper than a new database, and most tables hold nothing."""
        with self.db.transaction() as conn:
            filled = zip(_TABLES, conn.exec_driver_sql(_FILLED).one(), strict=True)
            emptying = [f"DELETE FROM {table}" for table, holds in filled if holds]
            for statement in emptying if self.db.is_sqlite else filter(None, ["; ".join(emptying)]):  # a server is asked once
                conn.exec_driver_sql(statement)
        self.moment[0] = NOW
        return self

    def workspace(self, tree: Tree) -> Workspace:
        parts: dict[str, Any] = {
            "db": self.db, "tree": tree, "policies": {"default": Policy(name="default", margin=0.0)}, "teammates": (),
            "timezone": "UTC", "read_only": False, "public_url": None, "connections": (CONNECTION,),
            "connector": lambda _name: Reader(), "connector_with": None, "mapping_digest": lambda _name: "",
            "clock": lambda: self.moment[0],
        }
        return Workspace(**parts)

    def save(self, page: Records, *, ago: float, marking: Workspace | None = None) -> None:
        """Keep a page that was fetched so many days before NOW, and mark what it touches, where somebody asks for it."""
        self.moment[0] = day(ago)
        with self.db.begin() as uow:
            known_at = day(ago) if marking is None else uow.sync.learning(CONNECTION, day(ago))
            saved = uow.records.save(page, known_at=known_at)
            if marking is not None:
                ids = (*saved.created, *saved.updated, *saved.subjects)
                PageStore(marking, Reader()).mark_dirty(uow, ids, why="sync")  # type: ignore[arg-type]

    def mark_all(self, workspace: Workspace) -> None:
        """Have everything wait to be scored at NOW."""
        self.moment[0] = NOW
        with self.db.begin() as uow:
            uow.dirty.mark([node.id for node in workspace.tree.nodes], why="begin", at=NOW)

    def read(self, workspace: Workspace) -> list[str]:
        """Everything that is scored, in words; of when it was learned, nothing."""
        with self.db.read() as uow:
            landscape, facts = scoring.read(workspace, uow, known_at=None)
            entries = [facts.records(node.id) for node in landscape.tree.projects()]
        shared = landscape.model_dump_json(exclude={"first_sync_at"})
        return [shared, *(entry.model_dump_json(exclude={"first_known_at"}) for entry in entries)]


def some_tree(rnd: random.Random) -> Tree:
    """One or two projects, each fed by one or two of three containers, under one program or two with shares."""
    nodes = [Node(id="port", kind=NodeKind.PORTFOLIO, name="Port")]
    nodes += [Node(id=key, kind=NodeKind.PROGRAM, name=key, parents=(Parent(id="port"),)) for key in ("prog", "other")]
    for number in range(rnd.randint(1, 2)):
        above = rnd.choice([("prog",), ("other",), ("prog", "other")])
        sources = tuple(
            Source(connection=CONNECTION, kind="project", value=value) for value in rnd.sample("ABC", rnd.choice([1, 1, 2]))
        )
        made = project(f"p{number}", (), sources=sources)
        nodes.append(
            made.model_copy(update={"parents": tuple(Parent(id=one, share=1 / len(above)) for one in above)})
        )
    return Tree(nodes=tuple(nodes))


@dataclass(frozen=True)
class Work:
    """Items with the containers they are in, and the links between them."""

    items: tuple[ItemHistory, ...]
    places: dict[str, tuple[str, ...]]
    links: tuple[Link, ...]

    def page(self, chosen: Sequence[ItemHistory], *, complete: bool = True) -> Records:
        """The records of some items, each with its whole history unless told otherwise."""
        ids = {one.item.id for one in chosen}
        return Records(
            items=tuple(one.item for one in chosen),
            changes=tuple(change for one in chosen for change in one.changes) if complete else (),
            worklogs=tuple(log for one in chosen for log in one.worklogs) if complete else (),
            memberships=tuple(_inside(one, place) for one in chosen for place in self.places[one.item.id]),
            links=tuple(link for link in self.links if {link.source_id, link.target_id} & ids),
            complete_history_of=tuple(sorted(ids)) if complete else (),
        )


def _inside(one: ItemHistory, place: str) -> Membership:
    return Membership(
        id=f"{one.item.id}|{place}|1", connection=CONNECTION, item_id=one.item.id,
        container_id=f"{CONNECTION}:project:{place}", container_kind=ContainerKind.PROJECT, from_at=one.item.created_at,
    )  # fmt: skip


def some_work(rnd: random.Random, name: str = "w", most: int = 3) -> Work:
    """A few items of any kind and life."""
    items = [one for one in some_items(rnd, name, most) if one.item.vendor_id.count("-w") == 0]
    places = {one.item.id: tuple(rnd.sample("ABC", rnd.choice([1, 1, 2]))) for one in items}
    count = rnd.randint(0, 2) if len(items) > 1 else 0
    links = {link.id: link for link in (blocks(*rnd.sample(items, 2)) for _ in range(count))}
    return Work(tuple(items), places, tuple(links.values()))


def versions(rnd: random.Random, one: ItemHistory) -> Iterator[ItemHistory]:
    """An item as it was at some moments of its life, oldest first, ending with what it is.

    Each has booked hours and an answer to a risk of its own, of which no change tells.
    """
    for length in sorted(rnd.sample(range(len(one.changes)), rnd.randint(0, min(1, len(one.changes))))):
        changes = one.changes[:length]
        stamp = changes[-1].at if changes else one.item.created_at
        earlier = one.item.model_copy(update={"updated_at": stamp, "title": f"As of change {length}", **_untold(rnd)})
        yield one.model_copy(update={"item": earlier, "changes": changes})
    yield one.model_copy(update={"item": one.item.model_copy(update=_untold(rnd))})


def _untold(rnd: random.Random) -> dict[str, Any]:
    risk = Risk(probability=0.5, impact=3, response=rnd.choice([None, *RiskResponse]))
    return {"spent_hours": rnd.choice([None, 2.0, 5.0]), "risk": rnd.choice([None, risk])}


def same(one: RollupResult, other: RollupResult) -> bool:
    """Whether two roll-ups say the same of every node, to the byte."""
    return [node.model_dump_json() for node in one.nodes] == [node.model_dump_json() for node in other.nodes]
