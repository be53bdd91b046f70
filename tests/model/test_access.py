"""Rights on a tree: what must always hold of them."""

from hypothesis import given, settings
from hypothesis import strategies as st

from model.access import EVERYTHING, Right, Role, Scope, narrowed, reader_of
from model.tree import Node, NodeKind, Parent, Tree

GIVEN = (Role.VIEWER, Role.EDITOR, Role.ADMIN)


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """Up to twelve nodes, each under none, one or two of those before it."""
    nodes: list[Node] = []
    for number in range(draw(st.integers(1, 12))):
        above = draw(st.lists(st.sampled_from([one.id for one in nodes]), max_size=2, unique=True)) if nodes else []
        parents = tuple(Parent(id=one, share=0.5) for one in above)
        nodes.append(Node(id=f"n{number}", kind=NodeKind.PROGRAM, name=f"Node {number}", parents=parents))
    return Tree(nodes=tuple(nodes))


@st.composite
def rights(draw: st.DrawFn, tree: Tree) -> tuple[Right, ...]:
    places = st.sampled_from([None, *(node.id for node in tree.nodes), "gone"])
    return tuple(draw(st.lists(st.builds(Right, role=st.sampled_from(GIVEN), node=places), max_size=4)))


def _above(tree: Tree, node: str) -> set[str]:
    """A node and everything over it, by every parent."""
    found, todo = set(), [node]
    while todo:
        one = todo.pop()
        found.add(one)
        todo += [parent.id for parent in tree.by_id()[one].parents]
    return found


@settings(max_examples=100)
@given(data=st.data(), tree=trees())
def test_a_right_holds_for_its_node_and_exactly_what_is_below(data: st.DataObject, tree: Tree) -> None:
    mine = data.draw(rights(tree))
    reader = reader_of(tree, mine)
    for node in tree.nodes:
        over = _above(tree, node.id) | {None}
        expected = max((right.role for right in mine if right.node in over), default=Role.ANYBODY)
        assert reader.role_on(node.id) == expected
        assert reader.may_see(node.id) == (expected > Role.ANYBODY)
        assert EVERYTHING.may_see(node.id)
    part = reader.part_of(tree)
    assert [node.id for node in part.nodes] == [node.id for node in tree.nodes if reader.may_see(node.id)]
    assert sorted(node.id for node, _depth, _parent in part.walk()) == sorted(node.id for node in part.nodes)
    whole = max((right.role for right in mine if right.node is None), default=Role.ANYBODY)
    assert reader.role_on("of no tree") == whole


@settings(max_examples=100)
@given(data=st.data(), tree=trees(), scope=st.sampled_from(Scope))
def test_a_token_never_opens_more_than_its_owner_may_or_its_scope_says(
    data: st.DataObject, tree: Tree, scope: Scope
) -> None:
    mine = data.draw(rights(tree))
    only = data.draw(st.sampled_from([None, *(node.id for node in tree.nodes)]))
    owner = reader_of(tree, mine)
    token = reader_of(tree, narrowed(tree, mine, scope=scope, node=only))
    for node in tree.nodes:
        assert token.role_on(node.id) <= min(owner.role_on(node.id), scope.role)
        if only is not None and only not in _above(tree, node.id):
            assert not token.may_see(node.id)
    assert token.role_on("of no tree") <= (owner.everywhere if only is None else Role.ANYBODY)
