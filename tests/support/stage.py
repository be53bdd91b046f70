"""The small company, synced, scored and served by the WSGI app: made once for every test of a module that only looks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from app import bootstrap
from app.wsgi import create_app
from config.settings import read_settings
from service import scoring
from service.sync import sync
from service.workspace import Workspace
from tests.support.scene import Reading, Scene, no_progress, play
from tests.support.small_world import small_world

OWN = {"Origin": "http://localhost"}
JIRA, ASANA = "northlight-jira", "northlight-asana"


@dataclass(frozen=True)
class Stage:
    """The fake tools, the workspace over them, and the app."""

    scene: Scene
    workspace: Workspace
    app: Flask

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client()


@contextmanager
def stage(folder: Path, migrated_sqlite: Callable[[Path], str]) -> Iterator[Stage]:
    """Set the stage in a folder: read from both tools and scored, nothing written yet."""
    migrated_sqlite(folder / "bellwether.db")
    playing = play(small_world(datetime.now(UTC)), folder)
    scene = next(playing)
    with bootstrap.workspace(scene.configuration(), read_settings({})) as workspace:
        sync(workspace, (), full=False, progress=no_progress)
        scoring.score(workspace, as_of=None)
        scoring.fill_trend(workspace, weeks=6)
        yield Stage(scene, workspace, create_app(lambda: workspace, Reading(scene)))
    next(playing, None)
