"""How much each child of a node counts: the first basis that all siblings share in one unit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from model.tree import Node, NodeKind
from model.work import StatusCategory
from rollup.budgets import Amount, amount_of, in_one_unit
from rollup.facts import Unit
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
    basis, raw, unrated = _basis(world, node_id, [child for child, _ in children])
    shared = {child.id: raw[child.id] * share for child, share in children}
    total = sum(shared.values())
    return ChildWeights(basis, {key: value / total for key, value in shared.items()}, unrated)


def _basis(world: World, node_id: str, nodes: Sequence[Node]) -> tuple[str, dict[str, float], tuple[str, ...]]:
    if all(node.weight is not None for node in nodes):
        return "explicit", {node.id: node.weight or 0.0 for node in nodes}, ()
    tree, money = world.landscape.tree, world.landscape.money
    budgets = world.day.made(
        ("budgets", node_id), (tree, money), lambda: in_one_unit({node.id: _budget(world, node) for node in nodes}, money)
    )
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
    shares = world.landscape.tree.shares(node.id)
    below = in_one_unit({key: _budget(world, world.nodes[key]) for key in shares}, world.landscape.money)
    if below.unit is None:
        return None
    return sum(amount * shares[key] for key, amount in below.of.items()), below.unit


def _shares(world: World, node: Node) -> Mapping[str, float]:
    """How much of each project below a node counts there; a group of which there is an outline stands for what is below it."""
    if node.kind is NodeKind.PROJECT or world.day.outline(node.id) is not None:
        return {node.id: 1.0}
    children = world.children.get(node.id, ())
    if all(child.kind is NodeKind.PROJECT for child, _ in children):
        return world.landscape.tree.shares(node.id)
    found: dict[str, float] = {}
    for child, share in children:
        for project, inner in _shares(world, child).items():
            found[project] = found.get(project, 0.0) + share * inner
    return found


@dataclass(frozen=True, slots=True)
class _Work:
    """Work below a node: its units, how much of it counts nowhere else (``alone``), and of what may count elsewhere, too, by
    project and by item, its size with its share there.
    """

    units: frozenset[Unit]
    alone: float
    of: Mapping[str, tuple[float, float]]


def _work(world: World, node: Node) -> _Work:
    if node.kind is NodeKind.PROJECT:
        return _counted(world, node)
    return world.day.part(node.id, "work", lambda: _counted(world, node))


def _counted(world: World, node: Node) -> _Work:
    units, alone, found = set[Unit](), list[float](), dict[str, tuple[float, float]]()
    single = world.landscape.tree.single()
    for project, share in _shares(world, node).items():
        outline = world.outline(project)
        units.add(outline.unit)
        if project in single:
            alone.append(outline.sums.work * share)
        else:
            found[project] = outline.sums.work, share  # no item is called like a project of the tree: ids have colons
        for leaf in outline.common:
            if leaf.status is not StatusCategory.DROPPED:
                found[leaf.id] = leaf.work, max(share, found.get(leaf.id, (0.0, 0.0))[1])
    return _Work(frozenset(units), sum(alone), found)


def _planned_work(world: World, nodes: Sequence[Node]) -> dict[str, float] | None:
    """Work below each node, an item under several of them split between them by the shares of its projects.

    None for mixed units, or where one of them has no work.
    """
    held = {node.id: _work(world, node) for node in nodes}
    units = {unit for mine in held.values() for unit in mine.units}
    times: dict[str, float] = {}
    for mine in held.values():
        for item, (_, share) in mine.of.items():
            times[item] = times.get(item, 0.0) + share
    work = {
        key: mine.alone + sum([size * share / max(1.0, times[item]) for item, (size, share) in mine.of.items()])
        for key, mine in held.items()
    }
    if len(units) != 1 or any(size <= 0 for size in work.values()):
        return None
    return work
