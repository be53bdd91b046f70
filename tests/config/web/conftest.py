"""The page of the small company with people who log in, made once for a file of tests."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app import bootstrap
from app.current import Current
from app.wsgi import create_app
from config.loader import load
from config.settings import read_settings
from sandbox.server import Running, build, start
from service import scoring
from service.presence import place_name
from service.sync import sync
from service.workspace import Workspace
from tests.support.first_run import begun
from tests.support.first_steps import Desk
from tests.support.lodge import Lodge, lodge
from tests.support.scene import Scene, no_progress, play, shared
from tests.support.small_world import small_world

NAMES = {"growth": "Hoarding", "reach": "Quarry", "launch": "Zeppelin", "web": "Website"}
"""What the nodes are called here: words that stand nowhere else."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Callable[[Path], str]) -> Iterator[Lodge]:
    """Synced and scored; whoever changes something takes it back."""
    folder = tmp_path_factory.mktemp("house")
    migrated_sqlite(folder / "bellwether.db")
    world = small_world(datetime.now(UTC))
    world.links.clear()  # whoever sees one end of a dependency is told the other: docs/accounts.md
    for scene in play(world, folder):
        for portfolio in scene.document["portfolios"]:
            for program in portfolio["programs"]:
                for node in (portfolio, program, *program["projects"]):
                    node["name"] = NAMES[node["id"]]
        with lodge(scene) as opened:
            sync(opened.space, (), full=False, progress=no_progress)
            scoring.score(opened.space, as_of=None)
            yield opened


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, FlaskClient]]:
    """The workspace and its pages after a sync, a roll-up and a trend: one for all tests, which leave it as it was."""
    playing = play(small_world(datetime.now(UTC)), tmp_path_factory.mktemp("company"))
    configuration = next(playing).configuration()
    with bootstrap.workspace(configuration, read_settings({})) as workspace:
        sync(workspace, (), full=False, progress=no_progress)
        scoring.score(workspace, as_of=None)
        scoring.fill_trend(workspace, weeks=6)
        yield workspace, create_app(lambda: workspace, lambda: configuration).test_client()
    next(playing, None)


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Callable[[Path], str]
) -> Iterator[tuple[Scene, FlaskClient]]:
    """The small company, synced and scored once; its file is put back before each test."""
    folder = tmp_path_factory.mktemp("editing")
    migrated_sqlite(folder / "bellwether.db")
    playing = play(small_world(datetime.now(UTC)), folder)
    scene = next(playing)
    scene.document["mapping"].pop("northlight-jira")
    with bootstrap.workspace(scene.configuration(), read_settings({})) as workspace:
        sync(workspace, (), full=False, progress=no_progress)
        scoring.score(workspace, as_of=None)
        app = create_app(lambda: workspace, lambda: load(scene.path, environment=scene.environment))
        yield scene, app.test_client()
    next(playing, None)


@pytest.fixture
def page(site: tuple[Scene, FlaskClient]) -> tuple[Scene, FlaskClient]:
    site[0].write()
    return site


@pytest.fixture(scope="module")
def followed(
    tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Callable[[Path], str]
) -> Iterator[tuple[Scene, FlaskClient]]:
    """The small company and pages that follow its file as it is edited; nothing is synced."""
    with shared(tmp_path_factory.mktemp("followed"), migrated_sqlite) as scene:
        current = Current(scene.path, read_settings({}))
        yield scene, create_app(current.workspace, current.configuration).test_client()
        current.close()


@pytest.fixture
def seen(scene: Scene) -> Iterator[Lodge]:
    """A small company of a test's own, seen by class and by label, too, with a worker at its place."""
    scene.document["lenses"] = {"kind": {"by": "class"}, "product": {"label_prefix": "product:"}}
    with lodge(scene) as opened:
        sync(opened.space, (), full=False, progress=no_progress)
        scoring.score(opened.space, as_of=None)
        claim = opened.space.db.claim(place_name("w1"))
        assert claim.held()
        yield opened
        claim.release()


@pytest.fixture
def tools() -> Iterator[Running]:
    """Both fake tools with the small company, for a test that begins with nothing."""
    running = start(build(small_world(datetime.now(UTC)), clock=lambda: datetime.now(UTC), speed=50.0))
    yield running
    running.stop()


@pytest.fixture
def desk(tools: Running, tmp_path: Path, migrated_sqlite: Callable[[Path], str]) -> Iterator[Desk]:
    """Somebody before the first steps, beside both tools."""
    migrated_sqlite(tmp_path / "bellwether.db")
    with begun(tmp_path) as deployment:
        yield Desk(tools, deployment)
