"""A pytest plugin: the small company in both fake tools over real HTTP, and a workspace that is connected to them."""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app import bootstrap
from app.cli.demo import SANDBOX_SECRETS
from config.configuration import Configuration
from config.loader import load
from config.settings import read_settings
from config.writer import write_new
from config.yaml_text import block
from model.sync import Page
from sandbox.server import Running, Sandbox, build, start
from sandbox.world import World
from service import scoring
from service.sync import sync
from service.workspace import Workspace
from tests.support.small_world import small_world


def no_progress(_name: str, _page: Page) -> None:
    """Nobody watches."""


@dataclass
class Scene:
    """The fake tools, the configuration file for them, and the way to a workspace."""

    running: Running
    folder: Path
    document: dict[str, Any]
    environment: Mapping[str, str] = field(default_factory=lambda: dict(SANDBOX_SECRETS))
    read: tuple[str, Configuration] | None = None

    @property
    def jira(self) -> Any:
        return self.running.sandbox.jira

    @property
    def asana(self) -> Any:
        return self.running.sandbox.asana

    @property
    def path(self) -> Path:
        return self.folder / "bellwether.yaml"

    def write(self) -> Path:
        """Write the document as it is now."""
        write_new(self.path, "".join(f"{line}\n" for line in block(self.document, 0)), overwrite=True)
        return self.path

    def configuration(self) -> Configuration:
        """The configuration as it is now; the same words are read once, which takes 90 ms."""
        written = self.write().read_text()
        if self.read is None or self.read[0] != written:
            self.read = (written, load(self.path, environment=self.environment))
        return self.read[1]

    def speak(self) -> None:
        """Have every target told by all channels it has, whenever its band changes."""
        for portfolio in self.document["portfolios"]:
            for program in portfolio["programs"]:
                for node in (portfolio, program, *program["projects"]):
                    for target in node.get("publish", ()):
                        target |= {"comment": "on_band_change", "status_update": "on_band_change"}

    @contextmanager
    def workspace(self) -> Iterator[Workspace]:
        with bootstrap.workspace(self.configuration(), read_settings({})) as opened:
            yield opened


def tools(world: World | None) -> Sandbox:
    """Both tools with a company in them."""
    return build(world, clock=lambda: datetime.now(UTC), speed=50.0)


@contextmanager
def secrets() -> Iterator[None]:
    """The tools' secrets in the environment, as the commands read them."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SANDBOX_SECRETS.items():
            patch.setitem(os.environ, name, value)
        yield


def play(world: World | None, folder: Path, *, host: str = "127.0.0.1") -> Iterator[Scene]:
    """Both tools at work, and their secrets at hand."""
    running = start(tools(world), host)
    try:
        with secrets():
            yield Scene(running, folder, running.sandbox.document())
    finally:
        running.stop()


@pytest.fixture
def scene(
    tmp_path: Path, migrated_sqlite: Callable[[Path], str]
) -> Iterator[Scene]:
    """The small company."""
    migrated_sqlite(tmp_path / "bellwether.db")
    yield from play(small_world(datetime.now(UTC)), tmp_path)


class FirstSync:
    """The small company as a first sync left it, for all tests that begin there: the sync is done once, and copied.

    Its tools are always met at one address, which stands in what was read. For each test they are filled anew, and they
    know the places in their events that the sync was told.
    """

    def __init__(self, folder: Path) -> None:
        self.at = datetime.now(UTC)
        self._folder = folder
        self._running = start(tools(small_world(self.at)))
        with secrets():
            read = Scene(self._running, folder, self._running.sandbox.document())
            with read.workspace() as workspace:
                assert sync(workspace, (), full=False, progress=no_progress).failures == ()
        self._log = deepcopy(read.asana.log)

    def copy(self, folder: Path) -> Scene:
        """The company in a folder of a test's own. The one before is over."""
        sandbox = tools(small_world(self.at))
        sandbox.load(self._running.url)
        sandbox.asana.log = deepcopy(self._log)
        self._running.server.app = sandbox
        for file in self._folder.glob("bellwether.db*"):
            shutil.copy(file, folder)
        return Scene(replace(self._running, sandbox=sandbox), folder, sandbox.document())

    def stop(self) -> None:
        self._running.stop()


@pytest.fixture(scope="session")
def first_sync(
    tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Callable[[Path], str]
) -> Iterator[Callable[[], FirstSync]]:
    """The first sync of this hour: no day of any zone begins between it and a test."""
    made: list[FirstSync] = []

    def of_this_hour() -> FirstSync:
        now = datetime.now(UTC)
        if not made or (made[-1].at.date(), made[-1].at.hour) != (now.date(), now.hour):
            folder = tmp_path_factory.mktemp("first_sync")
            migrated_sqlite(folder / "bellwether.db")
            made.append(FirstSync(folder))
        return made[-1]

    yield of_this_hour
    for one in made:
        one.stop()


@pytest.fixture
def synced(tmp_path: Path, first_sync: Callable[[], FirstSync]) -> Iterator[Scene]:
    """The small company after a first sync."""
    with secrets():
        yield first_sync().copy(tmp_path)


@contextmanager
def shared(folder: Path, migrated: Callable[[Path], str]) -> Iterator[Scene]:
    """The small company for all tests of a module, synced and scored once; each of them writes its own document anew."""
    migrated(folder / "bellwether.db")
    for scene in play(small_world(datetime.now(UTC)), folder):
        with scene.workspace() as workspace:
            sync(workspace, (), full=False, progress=no_progress)
            scoring.score(workspace, as_of=None)
        yield scene


@pytest.fixture
def altered(
    tmp_path: Path, migrated_sqlite: Callable[[Path], str]
) -> Iterator[Callable[[Callable[[World], None]], Scene]]:
    """The small company after a change to its world: ``altered(change)``."""
    migrated_sqlite(tmp_path / "bellwether.db")
    playing: list[Iterator[Scene]] = []

    def make(change: Callable[[World], None]) -> Scene:
        world = small_world(datetime.now(UTC))
        change(world)
        playing.append(play(world, tmp_path))
        return next(playing[-1])

    yield make
    for one in playing:
        next(one, None)


class Reading:
    """The configuration as it stands in the file; the same words are read once, which takes 90 ms."""

    def __init__(self, scene: Scene) -> None:
        self._scene, self._held = scene, ("", scene.configuration())

    def __call__(self) -> Configuration:
        text = self._scene.path.read_text()
        if text != self._held[0]:
            self._held = (text, load(self._scene.path, environment=self._scene.environment))
        return self._held[1]
