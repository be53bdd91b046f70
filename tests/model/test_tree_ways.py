"""Ways through a tree are found once, and are those of its own nodes: also of a copy, and without a say in what is equal."""

import pickle

from model.tree import Node, NodeKind, Parent, ProjectState, Tree


def _project(key: str, *parents: str, state: ProjectState = ProjectState.ACTIVE) -> Node:
    above = tuple(Parent(id=parent, share=1 / len(parents)) for parent in parents)
    return Node(id=key, kind=NodeKind.PROJECT, name=key, parents=above, state=state)


def _tree() -> Tree:
    top = Node(id="top", kind=NodeKind.PORTFOLIO, name="Top")
    programs = (Node(id=key, kind=NodeKind.PROGRAM, name=key, parents=(Parent(id="top"),)) for key in ("g0", "g1"))
    return Tree(nodes=(
        top, *programs, _project("a", "g0"), _project("b", "g0", "g1"), _project("c", "g1", state=ProjectState.CLOSED),
        _project("d", "top"),
    ))  # fmt: skip


def test_who_is_below_whom() -> None:
    tree = _tree()
    assert {key: sorted(tree.below(key)) for key in ("top", "g1", "a")} == {
        "top": ["a", "b", "c", "d", "g0", "g1", "top"], "g1": ["b", "c", "g1"], "a": ["a"]
    }  # fmt: skip
    assert {key: tree.leaves(key) for key in ("top", "g0", "g1", "c")} == {
        "top": ("a", "b", "d"), "g0": ("a", "b"), "g1": ("b",), "c": ("c",)
    }  # fmt: skip
    assert [(node.id, share) for node, share in tree.children("g1")] == [("b", 0.5), ("c", 1.0)]
    assert [node.id for node, _ in tree.counting()["g1"]] == ["b"]
    assert [(node.id, depth, parent) for node, depth, parent in tree.walk()] == [
        ("top", 0, None), ("g0", 1, "top"), ("a", 2, "g0"), ("b", 2, "g0"), ("g1", 1, "top"), ("c", 2, "g1"),
        ("d", 1, "top"),
    ]  # fmt: skip


def test_a_copy_with_other_nodes_goes_its_own_ways() -> None:
    tree = _tree()
    tree.leaves("top"), tree.by_id(), tree.projects()
    fewer = tree.model_copy(update={"nodes": tree.nodes[:4]})
    assert (fewer.leaves("top"), list(fewer.by_id()), len(fewer.projects())) == (("a",), ["top", "g0", "g1", "a"], 1)
    assert tree.leaves("top") == ("a", "b", "d")


def test_what_was_looked_for_makes_no_tree_another_one() -> None:
    tree, other = _tree(), _tree()
    tree.leaves("top")
    assert tree == other
    assert hash(tree) == hash(other)
    assert tree.model_dump() == other.model_dump()
    assert pickle.loads(pickle.dumps(tree)) == other
