"""The tree by levels: what stands below what, and which lines are shown when some nodes are open."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from model.tree import Node, Tree

MOST_CHILDREN = 50
"""Children of one node that a list shows at once."""
MOST_LINES = 120
"""Lines of the tree at once: what is opened beyond stays closed."""
OPEN_AT_FIRST = 40
"""A tree of up to so many lines is open from the start, level by level."""


@dataclass(frozen=True)
class Line:
    """One line of the tree. ``below``: how many children it has; ``unfolded``: whether they are shown.

    ``left_out``: of the parent's children, how many more there are after this one than are shown.
    """

    node: Node
    depth: int
    below: int
    unfolded: bool
    parent: str | None
    left_out: int = 0


class Levels:
    """A tree, sorted by parents once, so that one level is read without a look at the others."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree

    @cached_property
    def nodes(self) -> Mapping[str, Node]:
        """Node by id."""
        return self.tree.by_id()

    @cached_property
    def _below(self) -> Mapping[str, tuple[Node, ...]]:
        found: dict[str, list[Node]] = {}
        for node in self.tree.nodes:
            for parent in node.parents:
                found.setdefault(parent.id, []).append(node)
        return {parent: tuple(children) for parent, children in found.items()}

    @cached_property
    def tops(self) -> tuple[Node, ...]:
        """What stands under nothing."""
        return tuple(node for node in self.tree.nodes if not node.parents)

    def below(self, node_id: str) -> tuple[Node, ...]:
        """The direct children, in the tree's order."""
        return self._below.get(node_id, ())

    def under(self, node_id: str) -> frozenset[str]:
        """A node and everything under it."""
        found, rest = {node_id}, [node_id]
        while rest:
            fresh = {child.id for child in self.below(rest.pop())} - found
            found |= fresh
            rest += sorted(fresh)
        return frozenset(found)

    def above(self, node: Node) -> tuple[Node, ...]:
        """The nodes above, outermost first, by first parents."""
        found: list[Node] = []
        while node.parents:
            node = self.nodes[node.parents[0].id]
            found.insert(0, node)
        return tuple(found)

    def opened_at_first(self) -> frozenset[str]:
        """What is open where nobody has chosen: whole levels from the top, as long as they are few lines."""
        opened: set[str] = set()
        level, shown = list(self.tops), len(self.tops)
        while level:
            parents = [node.id for node in level if self.below(node.id)]
            level = [child for node in parents for child in self.below(node)[:MOST_CHILDREN]]
            shown += len(level)
            if shown > OPEN_AT_FIRST:
                break
            opened.update(parents)
        return frozenset(opened)

    def lines(self, opened: Collection[str]) -> tuple[Line, ...]:
        """The lines of the tree with these nodes open, at most ``MOST_LINES`` beyond the tops."""
        found: list[Line] = []
        for line in self._walk(self.tops, 0, None, opened):
            if len(found) >= MOST_LINES:
                break
            found.append(line)
        return tuple(found)

    def _walk(
        self, level: tuple[Node, ...], depth: int, parent: str | None, opened: Collection[str]
    ) -> Iterator[Line]:
        shown = level[:MOST_CHILDREN] if parent else level
        for place, node in enumerate(shown):
            children = self.below(node.id)
            unfolded = bool(children) and node.id in opened
            left = len(level) - len(shown) if place == len(shown) - 1 else 0
            yield Line(node, depth, len(children), unfolded, parent, left)
            if unfolded:
                yield from self._walk(children, depth + 1, node.id, opened)
