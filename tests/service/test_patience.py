"""What is read while somebody waits: all of a small organisation, by its projects and by its work items."""

import pytest

from service.browse import levels_of
from service.lens_at_hand import is_kept
from service.movement import can_be_split
from service.patience import Patience, everything_at_once
from service.report import Asked, report
from tests.support.scene import Scene


@pytest.mark.parametrize(
    ("more_projects", "more_items", "at_once"), [(0, 0, True), (-1, 0, False), (0, -1, False), (50, 50, True)]
)
def test_an_organisation_is_small_by_its_projects_and_by_its_items(
    full: Scene, more_projects: int, more_items: int, *, at_once: bool
) -> None:
    with full.workspace() as workspace:
        with workspace.db.read() as uow:
            items = sum(uow.records.item_count(name) for name in workspace.connections)
        projects, levels = workspace.tree.projects(), levels_of(workspace.tree)
        workspace.patience = Patience(around=len(projects) + more_projects, items=items + more_items)
        assert everything_at_once(workspace) is at_once
        assert is_kept(workspace) is not at_once
        assert can_be_split(workspace, levels, projects[0].id) is at_once
        told = report(workspace, "growth", Asked(quick=True))
        assert (told.split is not None) is at_once
