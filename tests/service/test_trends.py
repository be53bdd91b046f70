"""A year of points for the nodes of lenses: the scores of those days, counted beside the tree's own."""

from datetime import timedelta

import pytest

from model.health import Basis
from service import lenses, scoring, trends
from service.sync import sync
from tests.support.scene import Scene, no_progress

WEEKS = 5


@pytest.mark.parametrize("kind", ["items", "projects"])
def test_the_points_of_a_lens_are_its_scores_of_those_days_and_are_counted_once(scene: Scene, kind: str) -> None:
    for key in ("WEB-100", "WEB-101", "WEB-2", "WEB-3"):
        scene.jira.issue(key).fields["labels"] = ["product:crm"]
    by = {"items": {"label_prefix": "product:"}, "projects": {"by": "class"}}[kind]
    scene.document["lenses"] = {"view": by}
    with scene.workspace() as workspace:
        sync(workspace, (), full=False, progress=no_progress)
        scoring.score(workspace, as_of=None)
        added = trends.fill_trends(workspace, weeks=WEEKS)
        assert trends.fill_trends(workspace, weeks=WEEKS) == 0
        since = workspace.clock() - timedelta(weeks=WEEKS + 1)
        with workspace.db.read() as uow:
            top = uow.scores.trend("lens--view", since=since)
        then = lenses.score_lens(workspace, "view", as_of=top[-2].at)
        own = [node.id for node in then.grouping.tree.nodes if lenses.of_lens(then.grouping.lens, node.id)]
        with workspace.db.read() as uow:
            points = {node: uow.scores.trend(node, since=since) for node in own}
        assert len(top) == WEEKS
        assert added == WEEKS * (len(workspace.tree.nodes) + len(own))
    assert {point.basis for one in points.values() for point in one} == {Basis.RECONSTRUCTED}
    scores = {node.id: node.score for node in then.result.nodes if node.id in own}
    assert {node: one[-2].score for node, one in points.items()} == pytest.approx(scores, abs=1e-9, nan_ok=True)
    assert scores["lens--view"] is not None


def test_a_deployment_without_a_lens_counts_its_tree_alone(synced: Scene) -> None:
    with synced.workspace() as workspace:
        assert trends.fill_trends(workspace, weeks=2) == 2 * len(workspace.tree.nodes)
