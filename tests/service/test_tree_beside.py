"""What a change of the tree would do is told from the groups beside it as they were scored: the same as from every project."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.bulk import bulk_rows, bulk_tree
from bench.portfolio import NOW, empty_workspace
from model.landscape import Landscape
from model.tree import Node, Parent, Tree
from rollup.facts import ProjectFacts
from rollup.other_tree import scores_if
from service import scoring
from service.tree_effects import effects
from service.workspace import Workspace
from store.database import Database

PROJECTS, ITEMS = 60, 4
NEAR = 0.15
"""Points: which items are in several projects is known of a group as a whole, and of its projects not at all."""


def _tree() -> Tree:
    """Three programs under two portfolios under one; a project of the second program counts half in the third."""
    nodes = [*bulk_tree(PROJECTS).nodes, Node(id="f1", kind=bulk_tree(1).nodes[0].kind, name="F1", parents=(Parent(id="all"),))]
    places = {
        "g1": (Parent(id="f1"),),
        "g2": (Parent(id="f1"),),
        "p25": (Parent(id="g1", share=0.5), Parent(id="g2", share=0.5)),
    }
    placed = [one.model_copy(update={"parents": places.get(one.id, one.parents)}) for one in nodes]
    groups = [one for one in placed if one.kind != "project"]
    rank = {"all": 0, "f0": 1, "f1": 1}
    return Tree(nodes=(*sorted(groups, key=lambda one: rank.get(one.id, 2)), *(one for one in placed if one not in groups)))


def _without(tree: Tree, gone: str) -> Tree:
    return Tree(nodes=tuple(node for node in tree.nodes if node.id != gone))


def _from_all(space: Workspace, tree: Tree, wanted: list[str]) -> dict[str, float | None]:
    with space.db.read() as uow:
        known = uow.scores.numbers_of_many([node.id for node in space.tree.nodes])
    land = Landscape(tree=tree, policies=dict(space.policies), timezone=space.timezone)
    found = scores_if(land, _never, known, anew=(), wanted=wanted, stand=(), as_of=NOW)
    return {key: scored.score for key, scored in found.items()}


def _never(project: str, _at: object) -> ProjectFacts:
    raise AssertionError(f"{project} was counted")


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Callable[[Path], str]) -> Iterator[Workspace]:
    db = Database(migrated_sqlite(tmp_path_factory.mktemp("beside") / "beside.db"))
    bulk_rows(db, PROJECTS, ITEMS)
    found = empty_workspace(db, _tree())
    scoring.score(found, as_of=None)
    yield found
    db.close()


def test_the_scores_above_are_those_that_all_projects_give(space: Workspace) -> None:
    for gone in ("p3", "p25", "p45", "g2", "f0"):
        told = effects(space, _without(space.tree, gone) if gone[0] == "p" else space.tree, [gone])
        above = [row.node for row in told.rows if row.node != gone]
        assert above
        assert told.unscored == 0
        after = _without(space.tree, gone) if gone[0] == "p" else space.tree
        then, now = _from_all(space, after, above), _from_all(space, space.tree, above)
        for row in told.rows:
            if row.node != gone:
                assert row.before == pytest.approx(now[row.node], abs=NEAR), (gone, row)
                assert row.after == pytest.approx(then[row.node], abs=NEAR), (gone, row)


def test_of_the_groups_beside_the_change_only_their_own_scores_are_read(space: Workspace) -> None:
    """Without the projects of the first program nothing is lost for a change in the second."""
    with space.db.read() as uow:
        known = uow.scores.numbers_of_many([node.id for node in space.tree.nodes])
    beside = [node.id for node in space.tree.projects() if node.parents[0].id == "g0"]
    assert beside
    land = Landscape(tree=space.tree, policies=dict(space.policies), timezone=space.timezone)
    few = {key: score for key, score in known.items() if key not in beside}
    found = scores_if(land, _never, few, anew=(), wanted=["all"], stand=["g0", "f0"], as_of=NOW)
    assert found["all"].score == pytest.approx(known["all"].score, abs=NEAR)
