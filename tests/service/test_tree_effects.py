"""What a change of the tree would do: told from what is kept, and the same as a roll-up of the changed tree gives."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from model.tree import Node, Parent, Source, Tree
from service import scoring
from service.tree_effects import effects, reach
from service.tree_sources import count, offers, read_twice, unread
from service.workspace import Workspace, containers_by_node
from tests.support.scene import shared


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Callable[[Path], str]) -> Iterator[Workspace]:
    with shared(tmp_path_factory.mktemp("effects"), migrated_sqlite) as scene, scene.workspace() as workspace:
        yield workspace


@pytest.fixture
def workspace(opened: Workspace) -> Iterator[Workspace]:
    tree = opened.tree
    yield opened
    opened.tree = tree


def _with(tree: Tree, id_: str, **update: object) -> Tree:
    return Tree(nodes=tuple(n.model_copy(update=update) if n.id == id_ else n for n in tree.nodes))


def _project(workspace: Workspace, name: str) -> Node:
    return next(node for node in workspace.tree.projects() if node.name == name)


def test_another_target_date_moves_the_project_and_all_above_it_as_a_roll_up_would(workspace: Workspace) -> None:
    web = _project(workspace, "Website")
    same = effects(workspace, workspace.tree, [web.id])
    assert [row.before for row in same.rows] == [row.after for row in same.rows]
    kept = {score.id: score.score for score in scoring.latest_scores(workspace)}
    for row in same.rows:
        assert row.before == pytest.approx(kept[row.node], abs=0.05)
    assert web.target_on is not None
    after = _with(workspace.tree, web.id, target_on=web.target_on - timedelta(weeks=6))
    told = effects(workspace, after, [web.id])
    assert [row.node for row in told.rows] == [web.id, *(row.node for row in same.rows[1:])]
    assert all(row.after < row.before for row in told.rows if row.after is not None and row.before is not None)
    workspace.tree = after
    rolled = {score.id: score for score in scoring.score(workspace, as_of=workspace.clock()).nodes}
    for row in told.rows:
        assert row.after == pytest.approx(rolled[row.node].score, abs=0.05)


def test_weights_and_shares_move_the_parents_alone(workspace: Workspace) -> None:
    web, launch = _project(workspace, "Website"), _project(workspace, "Launch")
    after = _with(_with(workspace.tree, web.id, weight=99.0), launch.id, weight=1.0)
    told = {row.node: row for row in effects(workspace, after, [web.id, launch.id]).rows}
    assert told[web.id].before == told[web.id].after
    program = web.parents[0].id
    assert told[program].before != told[program].after
    assert told[program].after == pytest.approx(told[web.id].after, abs=5)
    gone = Tree(nodes=tuple(node for node in workspace.tree.nodes if node.id != launch.id))
    out = {row.node: row for row in effects(workspace, gone, [launch.id]).rows}
    assert out[launch.id].after is None
    assert out[program].after != out[program].before
    shared = _with(workspace.tree, web.id, parents=(Parent(id=program, share=0.5),))
    assert {row.node for row in effects(workspace, shared, [web.id]).rows} >= {web.id, program}


def test_what_sources_hold_is_told_without_a_call_and_what_is_not_known_is_said(workspace: Workspace) -> None:
    web, launch = _project(workspace, "Website"), _project(workspace, "Launch")
    both = web.model_copy(update={"sources": (*web.sources, *launch.sources)})
    found = reach(workspace, web, both)
    assert found.come > 0
    assert (found.go, found.unread) == (0, ())
    assert reach(workspace, both, web).go == found.come
    new = Source(connection=web.sources[0].connection, kind="jql", value="project = WEB and labels = none")
    assert reach(workspace, web, web.model_copy(update={"sources": (new,)})).unread == (new,)


def test_pick_lists_and_what_is_read_not_or_twice(workspace: Workspace) -> None:
    web, launch = _project(workspace, "Website"), _project(workspace, "Launch")
    with workspace.db.read() as uow:
        all_read = containers_by_node(workspace, uow)
        assert containers_by_node(workspace, uow) is all_read
        found = offers(workspace, uow, all_read, connection=web.sources[0].connection, words="webs", most=9)
        assert [(one.source.value, one.read_by) for one in found if one.source.kind == "project"] == [("WEB", (web.id,))]
        assert found[0].items > 0
        assert [one.key for one in unread(workspace, uow, {launch.id: all_read[launch.id]})] == ["WEB"]
        assert read_twice(workspace, uow, all_read) == ([], 0)
        query = web.sources[0].model_copy(update={"kind": "project"})
        again = launch.model_copy(update={"sources": (query,)})
        workspace.tree = _with(workspace.tree, launch.id, sources=again.sources)
        twice, left = read_twice(workspace, uow, containers_by_node(workspace, uow))
        assert [(set(one.nodes), one.items) for one in twice] == [({web.id, launch.id}, found[0].items)]
        assert left == 0


def test_a_query_is_counted_by_the_tool_and_a_wrong_one_says_why(workspace: Workspace) -> None:
    jira = _project(workspace, "Website").sources[0].connection
    told = count(workspace, Source(connection=jira, kind="jql", value="project = WEB"))
    assert told.items is not None
    assert told.items > 60
    assert (told.said, told.refused) == ("", False)
    told = count(workspace, Source(connection=jira, kind="jql", value="nonsense = 1"))
    assert (told.items, told.refused) == (None, True)
    assert "nonsense" in told.said
