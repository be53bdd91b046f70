"""A plan that was kept is carried out only while it still is what would be done."""

from pathlib import Path

import pytest

from model.errors import RefusedError, UsageError
from model.health import Band
from model.push import WriteResult
from service import plan_file, push_back
from service.push_back import Wish
from service.workspace import Workspace
from tests.support.library import Library


def _kept(library: Library, workspace: Workspace, path: Path, only: set[str] | None = None) -> Path:
    wish = Wish(only=only)
    plan_file.save(workspace, path, push_back.plan(workspace, wish), wish)
    return path


def test_a_plan_that_fits_is_carried_out_later(library: Library, tmp_path: Path) -> None:
    with library.workspace() as workspace:
        library.say(workspace, "b0", Band.AT_RISK, 50.0)
        path = _kept(library, workspace, tmp_path / "plan.json")
        library.pass_by(hours=3)
        done = plan_file.push(workspace, path)
    assert {write.result for write in done} == {WriteResult.WRITTEN}


def test_a_plan_that_no_longer_fits_is_refused_naming_what_differs(library: Library, tmp_path: Path) -> None:
    with library.workspace() as workspace:
        library.say(workspace, "b0", Band.AT_RISK, 50.0)
        path = _kept(library, workspace, tmp_path / "plan.json")
        library.say(workspace, "b0", Band.AT_RISK, 49.0)
        with pytest.raises(RefusedError, match=r"b0:field:score: planned nothing → 50\.0, now nothing → 49\.0"):
            plan_file.push(workspace, path)
    assert "writes" not in library.shown


def test_a_plan_is_refused_once_somebody_changed_the_tool(library: Library, tmp_path: Path) -> None:
    with library.workspace() as workspace:
        library.say(workspace, "b0", Band.AT_RISK, 50.0)
        path = _kept(library, workspace, tmp_path / "plan.json")
        library.change(lambda document: document["shown"].update(b0={"health": "Great", "score": 1.0, "reason": ""}))
        with pytest.raises(RefusedError, match=r'planned nothing → "[^"]+", now "Great" → '):
            plan_file.push(workspace, path)


def test_a_plan_that_was_carried_out_is_stale(library: Library, tmp_path: Path) -> None:
    with library.workspace() as workspace:
        library.say(workspace, "b0", Band.AT_RISK, 50.0)
        path = _kept(library, workspace, tmp_path / "plan.json")
        plan_file.push(workspace, path)
        with pytest.raises(RefusedError):
            plan_file.push(workspace, path)


def test_a_plan_for_one_node_writes_that_node_alone(library: Library, tmp_path: Path) -> None:
    library.boards = 2
    with library.workspace() as workspace:
        for node in ("b0", "b1"):
            library.say(workspace, node, Band.AT_RISK, 50.0)
        path = _kept(library, workspace, tmp_path / "plan.json", only={"b1"})
        done = plan_file.push(workspace, path)
    assert {write.node for write in done} == {"b1"}
    assert list(library.shown["shown"]) == ["b1"]


@pytest.mark.parametrize("content", ["", "{}", '{"format": 2, "made_at": "2026-11-18T12:00:00Z", "writes": []}', "\ufeff\x00"])
def test_a_file_that_is_no_plan_is_named(library: Library, tmp_path: Path, content: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(content)
    with library.workspace() as workspace, pytest.raises(UsageError, match="no plan"):
        plan_file.push(workspace, path)
