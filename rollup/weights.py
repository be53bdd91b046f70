"""How much each child of a node counts: the first basis that all siblings share in one unit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from model.tree import Node, NodeKind
from model.work import StatusCategory
from rollup.budgets import Amount, amount_of, in_one_unit
from rollup.world import World


@dataclass(frozen=True, slots=True)
class ChildWeights:
    """``of``: child id → share of the parent's whole, summing to 1. ``basis``: explicit, budget, planned work or equal.

    ``unrated``: currencies of budgets that could not be compared, as nothing says what they are worth.
    """

    basis: str
    of: Mapping[str, float]
    unrated: tuple[str, ...] = ()


def child_weights(world: World, node_id: str) -> ChildWeights:
    """The weights of the active children of a node, each times the share of the child that counts here."""
    children = world.children.get(node_id, ())
    if not children:
        return ChildWeights("equal", {})
    nodes = [child for child, _ in children]
    basis, raw, unrated = _basis(world, nodes)
    shared = {child.id: raw[child.id] * share for child, share in children}
    total = sum(shared.values())
    return ChildWeights(basis, {key: value / total for key, value in shared.items()}, unrated)


def _basis(world: World, nodes: Sequence[Node]) -> tuple[str, dict[str, float], tuple[str, ...]]:
    if all(node.weight is not None for node in nodes):
        return "explicit", {node.id: node.weight or 0.0 for node in nodes}, ()
    budgets = in_one_unit({node.id: _budget(world, node) for node in nodes}, world.landscape.money)
    if budgets.comparable:
        return "budget", dict(budgets.of), ()
    work = _planned_work(world, nodes)
    if work is not None:
        return "planned work", work, budgets.unrated
    return "equal", {node.id: 1.0 for node in nodes}, budgets.unrated


def _budget(world: World, node: Node) -> Amount | None:
    """The node's own budget, else the sum of its projects' where all can be compared, each by its share here."""
    own = amount_of(node.budget)
    if own is not None or node.kind is NodeKind.PROJECT:
        return own
    shares = _shares(world, node)
    below = in_one_unit({key: _budget(world, world.nodes[key]) for key in shares}, world.landscape.money)
    if below.unit is None:
        return None
    return sum(amount * shares[key] for key, amount in below.of.items()), below.unit


def _shares(world: World, node: Node, *, outlined: bool = False) -> dict[str, float]:
    """How much of each project at or below a node counts there, by whatever ways it is reached.

    ``outlined``: a group of which there is an outline stands for what is below it.
    """
    if node.kind is NodeKind.PROJECT or (outlined and world.day.outline(node.id) is not None):
        return {node.id: 1.0}
    found: dict[str, float] = {}
    for child, share in world.children.get(node.id, ()):
        for project, inner in _shares(world, child, outlined=outlined).items():
            found[project] = found.get(project, 0.0) + share * inner
    return found


def _planned_work(world: World, nodes: Sequence[Node]) -> dict[str, float] | None:
    """Work below each node, an item under several of them split between them by the shares of its projects.

    None for mixed units, or where one of them has no work.
    """
    held: dict[str, dict[str, tuple[float, float]]] = {}
    units = set()
    for node in nodes:
        mine: dict[str, tuple[float, float]] = {}
        for project, share in _shares(world, node, outlined=True).items():
            outline = world.outline(project)
            units.add(outline.unit)
            mine[project] = outline.sums.work, share  # no item is called like a project of the tree: ids have colons
            for leaf in outline.common:
                if leaf.status is not StatusCategory.DROPPED:
                    mine[leaf.id] = leaf.work, max(share, mine.get(leaf.id, (0.0, 0.0))[1])
        held[node.id] = mine
    times: dict[str, float] = {}
    for mine in held.values():
        for item, (_, share) in mine.items():
            times[item] = times.get(item, 0.0) + share
    work = {
        key: sum(size * share / max(1.0, times[item]) for item, (size, share) in mine.items())
        for key, mine in held.items()
    }
    if len(units) != 1 or any(size <= 0 for size in work.values()):
        return None
    return work
