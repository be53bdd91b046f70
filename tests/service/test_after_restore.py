"""After a copy was put back nothing needs to be done by hand, and nothing is said a second time."""

import os
from pathlib import Path
from typing import Any

import pytest

from model.health import Band
from sandbox import control
from service import push_back, scoring
from service import setup as set_up
from service.sync import sync
from service.workspace import Workspace
from tests.support.library import Library
from tests.support.scene import Scene, no_progress

LATE = range(101, 108)


def _round(workspace: Workspace) -> None:
    sync(workspace, (), full=False, progress=no_progress)
    scoring.score(workspace, as_of=None)
    push_back.push(workspace)


def _said(scene: Scene) -> Any:
    """What people find at each place."""
    return control.targets(scene.running.sandbox)["targets"]


def _late(scene: Scene) -> None:
    for number in LATE:
        scene.jira.edit_issue(f"WEB-{number}", duedate="2020-01-01")


@pytest.mark.parametrize("pushed_before", [False, True], ids=["a copy older than all we said", "a copy older than the news"])
def test_what_was_said_after_the_copy_is_not_said_again(scene: Scene, tmp_path: Path, pushed_before: bool) -> None:
    scene.speak()
    copy = tmp_path / "copy"
    with scene.workspace() as workspace:
        set_up.setup(workspace, apply=True)
        if pushed_before:
            _round(workspace)
        workspace.db.backup(copy, environment=os.environ)
        before = _said(scene)
        _late(scene)
        _round(workspace)
        said = _said(scene)
        assert said != before
        workspace.db.restore(copy, environment=os.environ, force=True)
    with scene.workspace() as workspace:
        _round(workspace)
        _round(workspace)
    assert _said(scene) == said


def test_what_was_said_after_the_copy_counts_where_the_band_is_another_one_again(library: Library, tmp_path: Path) -> None:
    library.boards, library.publish = 1, {"status_update": "on_band_change"}
    copy = tmp_path / "copy"
    with library.workspace() as workspace:
        set_up.setup(workspace, apply=True)
        library.say(workspace, "b0", Band.AT_RISK, 50.0)
        push_back.push(workspace)
        workspace.db.backup(copy, environment=os.environ)
        library.say(workspace, "b0", Band.OFF_TRACK, 20.0)
        push_back.push(workspace)
        workspace.db.restore(copy, environment=os.environ, force=True)
    with library.workspace() as workspace:
        push_back.push(workspace)
        push_back.push(workspace)
    assert [one["band"] for one in library.shown["updates"].values()] == ["AT_RISK", "OFF_TRACK", "AT_RISK"]
