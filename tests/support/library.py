"""A pytest plugin: a third tool whose "server" is a file, with a workspace on it whose clock and scores a test sets.

For the rules of push-back: what is written where, when, and how often. The vendors' own manners are tested with them.
"""

import importlib
import json
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import connector
from app import bootstrap
from config.configuration import Configuration
from config.loader import load
from config.settings import read_settings
from model.health import Band, Basis, Finding, NodeScore, Outcome, RollupResult, ScoredDimension
from model.push import Write, WriteResult
from service import push_back
from service import setup as set_up
from service.push_back import Wish
from service.workspace import Workspace

SHELF = Path(__file__).resolve().parent / "shelf"
FACTORY = '"""A shelf: boards of cards."""\n\nfrom .connector import ShelfConnector\n\nCONNECTOR = ShelfConnector\n'
SECRETS = {"SHELF_KEY": "open sesame", "SHELF_HOOK": "knock knock"}
NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)  # a Wednesday
WRITTEN, UNCHANGED = WriteResult.WRITTEN, WriteResult.UNCHANGED


@dataclass
class Library:
    """Boards ``b0`` … with a project node each; ``publish`` is added to every target."""

    server: Path
    config: Path
    boards: int = 1
    publish: dict[str, Any] = field(default_factory=dict)
    general: dict[str, Any] = field(default_factory=dict)
    read_only: bool = False
    database: str | None = None
    at: datetime = NOW
    read: tuple[str, Configuration] | None = None

    def document(self) -> dict[str, Any]:
        """The configuration as it is now."""
        projects = [
            {
                "name": f"Board {number}", "id": f"b{number}", "sources": [{"connection": "books", "project": f"b{number}"}],
                "publish": [{"connection": "books", "project": f"b{number}", **self.publish}],
            } for number in range(self.boards)
        ]  # fmt: skip
        auth = {"type": "key", "token": "env:SHELF_KEY"}
        return {
            "connections": {"books": {"tool": "shelf", "url": "https://shelf.example", "auth": auth}},
            "read_only": self.read_only,
            **({"database": self.database} if self.database else {}),
            "publishing": self.general,
            "portfolios": [{"name": "All", "programs": [{"name": "Every", "projects": projects}]}],
        }

    @property
    def shown(self) -> dict[str, Any]:
        """What stands in the tool."""
        found: dict[str, Any] = json.loads(self.server.read_text())
        return found

    def change(self, deed: Callable[[dict[str, Any]], object]) -> None:
        """Somebody works in the tool."""
        document = self.shown
        deed(document)
        self.server.write_text(json.dumps(document))

    @contextmanager
    def workspace(self) -> Iterator[Workspace]:
        text = json.dumps(self.document())
        if self.read is None or self.read[0] != text:
            self.config.write_text(text)
            self.read = (text, load(self.config, environment=SECRETS))
        with bootstrap.workspace(self.read[1], read_settings({})) as opened:
            yield replace(opened, clock=lambda: self.at)

    def say(self, workspace: Workspace, node: str, band: Band, score: float | None, reason: str = "2 items are late") -> None:
        """Keep a score of a node, as if it had been computed now."""
        made = scored(node, band, score, reason)
        result = RollupResult(as_of=self.at, known_at=self.at, policy="p", nodes=(made,))
        with workspace.db.begin() as uow:
            uow.scores.save(result)

    def push(self, workspace: Workspace, **wish: Any) -> Mapping[str, Write]:
        """Push; the writes by channel and field, e.g. ``field health`` or ``comment``. One target only."""
        return by_place(push_back.push(workspace, Wish(**wish)))

    def pass_by(self, **time: float) -> None:
        self.at += timedelta(**time)


def by_place(writes: tuple[Write, ...]) -> dict[str, Write]:
    return {(f"field {w.field}" if w.channel == "field" else w.channel.value): w for w in writes}


def scored(node: str, band: Band, score: float | None, reason: str) -> NodeScore:
    """A node's score from one dimension."""
    outcome = Outcome.MEASURED if score is not None else Outcome.NOT_ENOUGH_DATA
    finding = Finding(
        dimension="schedule", version=1, outcome=outcome, score=score, reason=reason, reason_code="late"
    )  # fmt: skip
    dimension = ScoredDimension(finding=finding, weight=30, effective_weight=1.0, measured_share=1.0)
    return NodeScore(
        id=node, kind="project", name=node, parent="every", score=score, band=band, computed_band=band, coverage=1.0,
        trust=1.0, basis=Basis.OBSERVED, dimensions=(dimension,), policy="p",
    )  # fmt: skip


def _forget(name: str) -> None:
    for module in [each for each in sys.modules if each == name or each.startswith(f"{name}.")]:
        del sys.modules[module]
    vars(connector).pop(name.rpartition(".")[2], None)


@contextmanager
def shelf_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: dict[str, Any]) -> Iterator[Path]:
    """The tool's folder, as if it lay in ``connector/``, with what its server holds; forgotten at the end."""
    folder = tmp_path / "connector" / "shelf"
    shutil.copytree(SHELF, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "__init__.py").write_text(FACTORY)
    (folder / "boards.json").write_text(json.dumps(content))
    monkeypatch.setattr(connector, "__path__", [*connector.__path__, str(folder.parent)])
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    importlib.invalidate_caches()
    yield folder
    _forget("connector.shelf")


@pytest.fixture
def library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, migrated_sqlite: Callable[[Path], str]
) -> Iterator[Library]:
    """One board, set up, with nothing said yet."""
    migrated_sqlite(tmp_path / "bellwether.db")
    boards = [{"id": f"b{number}", "name": f"Board {number}"} for number in range(50)]
    content = {"key": SECRETS["SHELF_KEY"], "who": "Librarian", "shown": {}, "boards": boards, "cards": []}
    with shelf_folder(tmp_path, monkeypatch, content) as folder:
        made = Library(folder / "boards.json", tmp_path / "bellwether.yaml")
        with made.workspace() as workspace:
            set_up.setup(workspace, apply=True)
        yield made
