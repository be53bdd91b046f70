"""What the web page shows, read from what is kept: the tree with its scores, one node, and what is wrong right now."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from model.health import NodeScore
from model.tree import Node
from service.documents import Labels
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
    """All of one node's page. ``week_ago``: the weekly point nearest to seven days before ``as_of``."""

    node: Node
    path: tuple[Node, ...]
    score: NodeScore | None
    as_of: datetime | None
    week_ago: TrendPoint | None
    trend: tuple[TrendPoint, ...]
    labels: Labels
    children: tuple[TreeRow, ...]


def tree_rows(workspace: Workspace) -> tuple[TreeRow, ...]:
    """The whole tree in its order."""
    since = workspace.clock() - TREND_SINCE
    with workspace.db.read() as uow:
        kept = {stored.score.id: stored.score for stored in uow.scores.latest()}
        return tuple(
            TreeRow(node, depth, kept.get(node.id), uow.scores.trend(node.id, since=since))
            for node, depth, _parent in workspace.tree.walk()
        )


def node_page(workspace: Workspace, node_id: str) -> NodePage | None:
    """One node, or None when the tree has no such node."""
    nodes = workspace.tree.by_id()
    if node_id not in nodes:
        return None
    node = nodes[node_id]
    since = workspace.clock() - TREND_SINCE
    with workspace.db.read() as uow:
        stored = uow.scores.latest_of(node_id)
        trend = uow.scores.trend(node_id, since=since)
        kept = {s.score.id: s.score for s in uow.scores.latest()}
        children = tuple(
            TreeRow(child, 0, kept.get(child.id), uow.scores.trend(child.id, since=since))
            for child, _share in workspace.tree.children(node_id)
        )
        score = stored.score if stored else None
        items = {i for d in (score.dimensions if score else ()) for i in d.finding.evidence[:50]}
        items |= {i for one in (score.untrusted if score else ()) for i in one.items}
        labels = uow.records.labels(sorted(items))
    as_of = stored.as_of if stored else None
    return NodePage(node, _path(workspace, node), score, as_of, _a_week_before(trend, as_of), trend, labels, children)


def last_synced(workspace: Workspace) -> dict[str, datetime | None]:
    """When each connection's last sync ended; None: never."""
    with workspace.db.read() as uow:
        return {name: uow.sync.state(name).last_finished_at for name in workspace.connections}


def _path(workspace: Workspace, node: Node) -> tuple[Node, ...]:
    """The nodes above, outermost first, by first parents."""
    nodes = workspace.tree.by_id()
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
