"""A pytest plugin: a workspace whose clock and scores a test moves, with one subscription that hears what is sent."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.notify.base import Outlet
from model.errors import AppError
from model.health import Band, Basis, NodeScore, RollupResult
from model.notices import Notice, Subscription, WebhookChannel
from model.policy import Policy
from model.tree import Node, NodeKind, Parent, Source, Tree
from service import notices
from service.workspace import Workspace
from store.database import Database

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)  # a Wednesday
PROJECT = "acme:project:1"
TREE = Tree(
    nodes=(
        Node(id="growth", kind=NodeKind.PORTFOLIO, name="Growth"),
        Node(id="reach", kind=NodeKind.PROGRAM, name="Reach", parents=(Parent(id="growth"),)),
        Node(
            id="web", kind=NodeKind.PROJECT, name="Website", parents=(Parent(id="reach"),),
            sources=(Source(connection="acme", kind="project", value="1"),),
        ),
        Node(id="shop", kind=NodeKind.PROJECT, name="Shop", parents=(Parent(id="reach"),)),
    )
)


@dataclass
class Ear:
    """A channel that hears what is sent, or raises what it is told to."""

    repeatable: bool = False
    heard: list[Notice] = field(default_factory=list)
    errors: list[AppError] = field(default_factory=list)
    asked: int = 0

    def send(self, notice: Notice) -> None:
        self.asked += 1
        if self.errors:
            raise self.errors.pop(0)
        self.heard.append(notice)


@dataclass
class Office:
    """A workspace whose clock and scores a test moves."""

    workspace: Workspace
    ear: Ear
    moment: list[datetime]

    def score(self, **bands: Band) -> None:
        """Keep scores of nodes as of now."""
        now = self.moment[0]
        scores = tuple(made_score(node, band) for node, band in bands.items())
        with self.workspace.db.begin() as uow:
            uow.scores.save(RollupResult(as_of=now, known_at=now, policy="p", nodes=scores))

    def later(self, *, hours: float = 0, minutes: float = 5) -> None:
        self.moment[0] += timedelta(hours=hours, minutes=minutes)

    def check(self) -> notices.Outcome:
        """Look and tell, five minutes later than the last time."""
        self.later()
        return notices.due(self.workspace)

    def told(self) -> list[tuple[str, str | None, str]]:
        """What was heard so far: node, band before, band now."""
        return [(n.node, n.message.previous_band, n.message.band) for n in self.ear.heard]


POINTS = {Band.ON_TRACK: 80.0, Band.AT_RISK: 55.0, Band.OFF_TRACK: 30.0, Band.NO_DATA: None}


def made_score(node: str, band: Band) -> NodeScore:
    kind = TREE.by_id()[node]
    return NodeScore(
        id=node, kind=kind.kind, name=kind.name, parent=None, score=POINTS[band], band=band, computed_band=band,
        coverage=0.9, trust=0.8, basis=Basis.OBSERVED, policy="p",
    )


def made_subscription(**fields: Any) -> Subscription:
    values: dict[str, Any] = {
        "name": "webhook-1", "where": "notify[0]", "nodes": ("growth", "reach"),
        "channel": WebhookChannel(url="env:URL", secret="env:SECRET"),
    }
    return Subscription(**{**values, **fields})


class Reader:
    """A tool's connector as far as counting needs it."""

    name = "acme"
    reference_kinds = frozenset[str]()

    def container_ids(self, _source: Source, _reference: object) -> tuple[str, ...]:
        return (PROJECT,)


Opens = Callable[..., Office]


@pytest.fixture
def office(tmp_path: Path, migrated_sqlite: Callable[[Path], str]) -> Iterator[Opens]:
    """Opens a workspace with one subscription: ``office(rhythm=…, ear=…)``."""
    opened: list[Database] = []

    def open_(ear: Ear | None = None, *, read_only: bool = False, at: datetime = NOON, **fields: Any) -> Office:
        db = Database(migrated_sqlite(tmp_path / "test.db"), secret_key=b"a key that only tests use, long enough")
        opened.append(db)
        moment, listens = [at], ear or Ear()
        workspace = _workspace(db, moment, (Outlet(made_subscription(**fields), listens),), read_only=read_only)
        return Office(workspace, listens, moment)

    yield open_
    for db in opened:
        db.close()


def _workspace(db: Database, moment: list[datetime], outlets: tuple[Outlet, ...], *, read_only: bool) -> Workspace:
    parts: Mapping[str, Any] = {
        "db": db, "tree": TREE, "policies": {"default": Policy(name="p")}, "teammates": (), "timezone": "Europe/Berlin",
        "read_only": read_only, "public_url": "https://bw.example", "connections": ("acme",),
        "connector": lambda _name: Reader(), "connector_with": None, "mapping_digest": lambda _name: "",
        "clock": lambda: moment[0], "notifiers": outlets,
    }
    return Workspace(**parts)
