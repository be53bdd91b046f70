"""What the web page shows, read from what is kept: the tree with its scores, one node, and what is wrong right now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from model.access import EVERYTHING, Reader
from model.health import NodeScore
from model.tree import Node, Tree
from service import scoring
from service.documents import Labels
from service.lenses import metric_line, score_lens
from service.watermelons import Watermelons, among
from service.workspace import Workspace
from store.scores import TrendPoint

TREND_SINCE = timedelta(weeks=52)


@dataclass(frozen=True)
class TreeRow:
    """One line of the tree: the node, how deep it stands, its newest score, its weekly points."""

    node: Node
    depth: int
    score: NodeScore | None
    trend: tuple[TrendPoint, ...]


@dataclass(frozen=True)
class NodePage:
    """All of one node's page. ``week_ago``: the weekly point nearest to seven days before ``as_of``.

    ``names``: node id → name. ``outcome``: of a group of a lens, what it is for, in a line.
    """

    node: Node
    path: tuple[Node, ...]
    score: NodeScore | None
    as_of: datetime | None
    week_ago: TrendPoint | None
    trend: tuple[TrendPoint, ...]
    labels: Labels
    children: tuple[TreeRow, ...]
    names: Mapping[str, str]
    outcome: str | None


@dataclass(frozen=True)
class View:
    """A tree with the scores of its nodes: the organisation's as they are kept, a lens's as they are now.

    ``outcomes``: of a lens, the outcome of each group that has one, in a line.
    """

    tree: Tree
    scores: Mapping[str, NodeScore]
    as_of: Mapping[str, datetime]
    outcomes: Mapping[str, str] = field(default_factory=dict)


def view(workspace: Workspace, lens: str | None = None, reader: Reader = EVERYTHING) -> View:
    """What is looked at, as far as the reader may see it. Raises UsageError for a lens that is not there."""
    if lens is None:
        with workspace.db.read() as uow:
            kept = uow.scores.latest()
        tree = reader.part_of(workspace.tree)
        return View(tree, {one.score.id: one.score for one in kept}, {one.score.id: one.as_of for one in kept})
    found = score_lens(workspace, lens, as_of=None)
    scores = {score.id: score for score in found.result.nodes}
    outcomes = {node: metric_line(metric) for node, metric in found.metrics.items()}
    return View(reader.part_of(found.grouping.tree), scores, dict.fromkeys(scores, found.result.as_of), outcomes)


def tree_rows(workspace: Workspace, shown: View) -> tuple[TreeRow, ...]:
    """The whole tree in its order."""
    since = workspace.clock() - TREND_SINCE
    with workspace.db.read() as uow:
        return tuple(
            TreeRow(node, depth, shown.scores.get(node.id), uow.scores.trend(node.id, since=since))
            for node, depth, _parent in shown.tree.walk()
        )


def node_page(workspace: Workspace, shown: View, node_id: str) -> NodePage | None:
    """One node, or None when the tree has no such node."""
    nodes = shown.tree.by_id()
    if node_id not in nodes:
        return None
    node, score = nodes[node_id], shown.scores.get(node_id)
    since = workspace.clock() - TREND_SINCE
    with workspace.db.read() as uow:
        trend = uow.scores.trend(node_id, since=since)
        children = tuple(
            TreeRow(child, 0, shown.scores.get(child.id), uow.scores.trend(child.id, since=since))
            for child, _share in shown.tree.children(node_id)
        )
        items = {i for d in (score.dimensions if score else ()) for i in d.finding.evidence[:50]}
        items |= {i for one in (score.untrusted if score else ()) for i in one.items}
        labels = uow.records.labels(sorted(items))
    as_of = shown.as_of.get(node_id)
    names = {one.id: one.name for one in shown.tree.nodes}
    week_ago = _a_week_before(trend, as_of)
    return NodePage(
        node, _path(shown.tree, node), score, as_of, week_ago, trend, labels, children, names, shown.outcomes.get(node_id)
    )


def gaps(workspace: Workspace, reader: Reader = EVERYTHING) -> Watermelons:
    """Where people report otherwise than is computed, by the scores that are kept, as a reader may see it."""
    now = workspace.clock()
    with workspace.db.read() as uow:
        landscape, facts = scoring.read(workspace, uow, known_at=None)
        nodes = landscape.tree.by_id()
        scores = [one.score for one in uow.scores.latest() if one.score.id in nodes and reader.may_see(one.score.id)]
        return among(uow, landscape, facts, scores, own=reader.own, as_of=now)


def last_synced(workspace: Workspace) -> dict[str, datetime | None]:
    """When each connection's last sync ended; None: never."""
    with workspace.db.read() as uow:
        return {name: uow.sync.state(name).last_finished_at for name in workspace.connections}


def _path(tree: Tree, node: Node) -> tuple[Node, ...]:
    """The nodes above, outermost first, by first parents."""
    nodes = tree.by_id()
    above: list[Node] = []
    while node.parents:
        node = nodes[node.parents[0].id]
        above.insert(0, node)
    return tuple(above)


def _a_week_before(trend: tuple[TrendPoint, ...], as_of: datetime | None) -> TrendPoint | None:
    if as_of is None:
        return None
    earlier = [point for point in trend if point.at <= as_of - timedelta(days=5)]
    return earlier[-1] if earlier else None
