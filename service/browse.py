"""What the web page shows of health, read from what is kept: the tree by levels, one node, and who is called what.

Only what is shown is read: a page costs the same in an organisation of twenty projects and of two thousand.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from model.access import EVERYTHING, Reader
from model.health import Gap, NodeScore, Override
from model.lens import Lens
from model.policy import Policy
from model.tree import Node, Tree
from rollup.lens import fixed_nodes
from rollup.sensitivity import Sensitivity, sensitivity
from service.documents import Labels, readable
from service.lens_at_hand import at_hand, is_kept
from service.lenses import metric_line, score_lens
from service.outline_tree import MOST_CHILDREN, Levels, Line
from service.receipt import Entry, entries
from service.watermelons import from_above, gap_on_page
from service.workspace import Workspace
from store.brief_scores import Scored, Weekly
from store.scores import TrendPoint
from store.unit_of_work import UnitOfWork

TREND_SINCE = timedelta(weeks=52)
WEEK = timedelta(days=7)
MOST_ITEMS = 20
"""Items that a finding names at once; the others are counted, and shown when its dimension is asked for alone."""
MOST_FOUND = 50
_ITEM = ":item:"


@dataclass(frozen=True)
class Row:
    """A node in a list: its line, its newest score, its weekly points."""

    line: Line
    score: Scored | None
    trend: Sequence[Weekly] = ()

    @property
    def node(self) -> Node:
        return self.line.node


@dataclass(frozen=True)
class View:
    """A tree whose scores can be read: the organisation's as they are kept, a lens's (``scores``) as they are now, or as
    they were when a worker scored it last.

    ``outcomes``: of a lens, the outcome of each group that has one, in a line. ``own``: nodes whose people look.
    """

    levels: Levels
    scores: Mapping[str, NodeScore] | None = None
    as_of: datetime | None = None
    outcomes: Mapping[str, str] = field(default_factory=dict)
    own: Collection[str] = ()

    def brief(self, workspace: Workspace, uow: UnitOfWork, nodes: Collection[str]) -> Mapping[str, Scored]:
        """The newest scores of some nodes, as a list shows them."""
        if self.scores is not None:
            counted = {node: self.scores[node] for node in nodes if node in self.scores}
            return from_above(workspace, uow, counted, own=self.own)
        return from_above(workspace, uow, uow.brief_scores.of(nodes), own=self.own)

    def whole(self, uow: UnitOfWork, node: str) -> tuple[NodeScore, datetime] | None:
        """The newest score of one node with its moment."""
        if self.scores is not None:
            return (self.scores[node], self.as_of) if node in self.scores and self.as_of else None
        kept = uow.scores.latest_of(node)
        return (kept.score, kept.as_of) if kept else None


@dataclass(frozen=True)
class Home:
    """The front page: the rows of the tree that are shown, and what is open. ``nodes``: how many there are in all."""

    rows: tuple[Row, ...]
    opened: frozenset[str]
    nodes: int


@dataclass(frozen=True)
class Head:
    """What stands at the top of every page of a node. ``score`` None: not scored yet."""

    node: Node
    path: tuple[Node, ...]
    score: Scored | None
    as_of: datetime | None
    outcome: str | None = None


@dataclass(frozen=True)
class NodePage:
    """All of one node's page. ``score`` is without its points lost, which stand in ``receipt``.

    ``week_ago``: the weekly point nearest to seven days before ``head.as_of``. ``beside``: the tree around the node.
    ``children``: a page of them, of ``of_children``. ``names``: node id → name. ``set_by_hand``: the override that stands.
    ``ruled``: when the rules of scoring changed within the trend. ``firm``: how firm the band is by score; None without a
    score. ``gap``: how a declared status differs; None where it doesn't, and through a lens.
    """

    head: Head
    score: NodeScore | None
    receipt: tuple[Entry, ...]
    week_ago: TrendPoint | None
    trend: Sequence[TrendPoint]
    labels: Labels
    beside: tuple[Row, ...]
    children: tuple[Row, ...]
    of_children: int
    names: Mapping[str, str]
    set_by_hand: Override | None
    ruled: tuple[datetime, ...]
    policy: Policy
    firm: Sensitivity | None
    gap: Gap | None

    @property
    def node(self) -> Node:
        return self.head.node


def view(workspace: Workspace, lens: str | None = None, reader: Reader = EVERYTHING) -> View:
    """What is looked at, as far as the reader may see it. Raises UsageError for a lens that is not there."""
    if lens is None:
        return View(levels_of(reader.part_of(workspace.tree)), own=reader.own)
    if is_kept(workspace):
        return _kept_view(workspace, workspace.lens(lens), reader)
    found = score_lens(workspace, lens, as_of=None)
    outcomes = {node: metric_line(metric) for node, metric in found.metrics.items()}
    scores = {score.id: score for score in found.result.nodes}
    return View(Levels(reader.part_of(found.grouping.tree)), scores, found.result.as_of, outcomes, reader.own)


def _kept_view(workspace: Workspace, lens: Lens, reader: Reader) -> View:
    """What a lens showed when it was scored last; what the configuration names of it where it never was."""
    kept = at_hand(workspace, lens)
    if kept is None:
        return View(Levels(reader.part_of(Tree(nodes=fixed_nodes(lens)))), {}, own=reader.own)
    return View(Levels(reader.part_of(kept.tree)), kept.scores, kept.as_of, kept.outcomes, reader.own)


_sorted: list[Levels] = []


def levels_of(tree: Tree) -> Levels:
    """The tree sorted by parents; the last one is kept, as the same tree is asked for at every request."""
    held = _sorted[0] if _sorted else None
    if held is None or held.tree is not tree:
        held = Levels(tree)
        _sorted[:] = [held]
    return held


def home(workspace: Workspace, shown: View, opened: Collection[str] | None) -> Home:
    """The front page. ``opened``: ids of the nodes whose children are shown (None: nobody has chosen yet)."""
    chosen = frozenset(opened) if opened is not None else shown.levels.opened_at_first()
    lines = shown.levels.lines(chosen)
    unfolded = frozenset(line.node.id for line in lines if line.unfolded)
    with workspace.db.read() as uow:
        return Home(_rows(workspace, uow, shown, lines), unfolded, len(shown.levels.nodes))


def head(workspace: Workspace, shown: View, node_id: str) -> Head | None:
    """The top of a page of a node; None where the tree has no such node."""
    node = shown.levels.nodes.get(node_id)
    if node is None:
        return None
    with workspace.db.read() as uow:
        found = shown.whole(uow, node_id) if shown.scores is not None else uow.brief_scores.one(node_id)
    score, as_of = found or (None, None)
    return Head(node, shown.levels.above(node), score, as_of, shown.outcomes.get(node_id))


def node_page(
    workspace: Workspace, shown: View, node_id: str, *, page: int = 1, all_of: str | None = None
) -> NodePage | None:
    """One node, or None when the tree has no such node.

    ``page``: which page of its children, from 1. ``all_of``: the dimension whose items are all shown.
    """
    node = shown.levels.nodes.get(node_id)
    if node is None:
        return None
    children = shown.levels.below(node_id)
    first = (max(1, page) - 1) * MOST_CHILDREN
    lines = [_line(shown.levels, child, 0) for child in children[first : first + MOST_CHILDREN]]
    since = workspace.clock() - TREND_SINCE
    with workspace.db.read() as uow:
        found = shown.whole(uow, node_id)
        score, as_of = found or (None, None)
        trend = uow.scores.trend(node_id, since=since)
        policy = policy_of(workspace, node)
        return NodePage(
            head=Head(node, shown.levels.above(node), _headed(score), as_of, shown.outcomes.get(node_id)),
            # What was lost project by project stands in the receipt as far as it is shown: the whole is long.
            score=_headed(score),
            receipt=tuple(entries(score, named=named_at_all(workspace, node))) if score else (),
            week_ago=_a_week_before(trend, as_of),
            trend=trend,
            labels=readable(uow, _items(score, all_of)),
            beside=_around(workspace, uow, shown, node),
            children=_rows(workspace, uow, shown, lines),
            of_children=len(children),
            names={one.id: one.name for one in shown.levels.tree.nodes},
            set_by_hand=uow.overrides.of(node_id),
            ruled=uow.settings.ruled_anew(since=since) if shown.scores is None else (),
            policy=policy,
            firm=sensitivity(score, policy) if score else None,
            gap=gap_on_page(workspace, uow, score, as_of=as_of) if score and as_of and shown.scores is None else None,
        )


def children(workspace: Workspace, shown: View, node_id: str, *, page: int = 1) -> tuple[tuple[Row, ...], int]:
    """A page of the direct children of a node, from 1; and how many there are in all."""
    below = shown.levels.below(node_id)
    first = (max(1, page) - 1) * MOST_CHILDREN
    lines = [_line(shown.levels, child, 0) for child in below[first : first + MOST_CHILDREN]]
    with workspace.db.read() as uow:
        return _rows(workspace, uow, shown, lines), len(below)


def find(workspace: Workspace, shown: View, words: str) -> tuple[tuple[Row, ...], int]:
    """The nodes whose name or id has these words in it, those that begin so first; and how many there are in all."""
    wanted = words.casefold().split()
    named = [node for node in shown.levels.tree.nodes if wanted and _has(node, wanted)]
    named.sort(key=lambda node: (not node.name.casefold().startswith(wanted[0]), node.name.casefold(), node.id))
    with workspace.db.read() as uow:
        rows = _rows(workspace, uow, shown, [_line(shown.levels, node, 0) for node in named[:MOST_FOUND]])
    return rows, len(named)


def last_synced(workspace: Workspace) -> dict[str, datetime | None]:
    """When each connection's last sync ended; None: never."""
    with workspace.db.read() as uow:
        return {name: uow.sync.state(name).last_finished_at for name in workspace.connections}


def policy_of(workspace: Workspace, node: Node) -> Policy:
    """The policy of a node: named by it, else of its class, else the default."""
    policies = workspace.policies
    return policies.get(node.policy or "") or policies.get(node.project_class) or policies["default"]


def named_at_all(workspace: Workspace, node: Node) -> bool:
    """Whether the policy of a node lets people be named to those who may see names."""
    return policy_of(workspace, node).people == "named"


def _has(node: Node, wanted: Sequence[str]) -> bool:
    text = f"{node.name} {node.id}".casefold()
    return all(word in text for word in wanted)


def _line(levels: Levels, node: Node, depth: int, *, unfolded: bool = False) -> Line:
    parent = node.parents[0].id if node.parents else None
    return Line(node, depth, len(levels.below(node.id)), unfolded, parent)


def _rows(workspace: Workspace, uow: UnitOfWork, shown: View, lines: Sequence[Line]) -> tuple[Row, ...]:
    ids = [line.node.id for line in lines]
    scores = shown.brief(workspace, uow, ids)
    trends = uow.brief_scores.trends(ids, since=workspace.clock() - TREND_SINCE)
    return tuple(Row(line, scores.get(line.node.id), trends.get(line.node.id, ())) for line in lines)


def _around(workspace: Workspace, uow: UnitOfWork, shown: View, node: Node) -> tuple[Row, ...]:
    """The way to a node, what stands beside it and what stands below it: some of each where there is much."""
    levels = shown.levels
    path = levels.above(node)
    beside = levels.below(path[-1].id) if path else levels.tops
    place = next((index for index, one in enumerate(beside) if one.id == node.id), 0)
    near = beside[max(0, place - MOST_ITEMS // 2) : place + MOST_ITEMS // 2]
    lines = [_line(levels, one, depth, unfolded=True) for depth, one in enumerate(path)]
    for one in near:
        lines.append(_line(levels, one, len(path), unfolded=one.id == node.id))
        if one.id == node.id:
            lines += [_line(levels, child, len(path) + 1) for child in levels.below(node.id)[:MOST_ITEMS]]
    scores = shown.brief(workspace, uow, {line.node.id for line in lines})
    return tuple(Row(line, scores.get(line.node.id)) for line in lines)


def _headed(score: NodeScore | None) -> NodeScore | None:
    return score.model_copy(update={"lost": ()}) if score else None


def _items(score: NodeScore | None, all_of: str | None) -> set[str]:
    """Ids of the items that a page names."""
    if score is None:
        return set()
    found: set[str] = set()
    for one in score.dimensions:
        evidence = one.finding.evidence
        found.update(evidence if one.finding.dimension == all_of else evidence[:MOST_ITEMS])
        texts = [value.value for value in one.finding.values.values() if isinstance(value.value, str)]
        found.update(word for text in texts if _ITEM in text for word in text.split() if _ITEM in word)
    return found | {item for one in score.untrusted for item in one.items}


def _a_week_before(trend: Sequence[TrendPoint], as_of: datetime | None) -> TrendPoint | None:
    if as_of is None:
        return None
    earlier = [point for point in trend if point.at <= as_of - timedelta(days=5)]
    return earlier[-1] if earlier else None

