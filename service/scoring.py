"""Roll-up run: load what is known, score the tree, keep the scores that differ."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from model.errors import UsageError
from model.health import NodeScore, RollupResult
from model.landscape import Landscape, ProjectRecords
from model.work import Link
from rollup.affected import affected
from rollup.engine import roll_up
from rollup.facts import ProjectFacts, count_facts
from rollup.facts.state import States
from rollup.trend import Point, trend
from service import derived, plans
from service.workspace import Workspace, containers_by_node
from store.dirty import DirtyNode
from store.scores import TrendPoint
from store.settings_kept import ScoringSettings
from store.sync_state import CLOCK_OFF
from store.unit_of_work import UnitOfWork

KEPT_HISTORIES = 30_000  # item histories held at once while scoring; beyond it the oldest project is let go
TREND_WEEKS = 52
MOST_COUNTED = 200_000  # items × moments whose facts are held at once while a trend is counted


class FactsReader:
    """Facts of a project at any moment, counted from the store; counted facts are kept, records only as long as they fit."""

    def __init__(
        self,
        uow: UnitOfWork,
        landscape: Landscape,
        containers: Mapping[str, Sequence[str]],
        known_at: datetime | None,
    ) -> None:
        self._uow = uow
        self._landscape = landscape
        self._containers = containers
        self._known_at = known_at
        self._nodes = landscape.tree.by_id()
        self._records: OrderedDict[str, ProjectRecords] = OrderedDict()
        self._facts: dict[tuple[str, datetime], ProjectFacts] = {}

    def __call__(self, node_id: str, at: datetime) -> ProjectFacts:
        """The facts of one project node as of a moment."""
        if (node_id, at) not in self._facts:
            records = self.records(node_id)
            self._facts[node_id, at] = count_facts(records, self._nodes[node_id], self._landscape, at)
        return self._facts[node_id, at]

    def count(self, moments: Sequence[datetime]) -> None:
        """Count every project at these moments, and forget all others: each project's records are read once."""
        self._facts.clear()
        for node_id in self._containers:
            records, states = self.records(node_id), States()
            for at in moments:
                facts = count_facts(records, self._nodes[node_id], self._landscape, at, states=states)
                self._facts[node_id, at] = facts

    def records(self, node_id: str) -> ProjectRecords:
        """Everything known of one project node."""
        if node_id not in self._records:
            self._records[node_id] = self._uow.records.project_records(
                node_id, self._containers[node_id], known_at=self._known_at
            )
            self._let_go()
        self._records.move_to_end(node_id)
        return self._records[node_id]

    def _let_go(self) -> None:
        held = sum(len(records.items) for records in self._records.values())
        while held > KEPT_HISTORIES and len(self._records) > 1:
            _, records = self._records.popitem(last=False)
            held -= len(records.items)


def score(workspace: Workspace, *, as_of: datetime | None, known_at: datetime | None = None) -> RollupResult:
    """Score the whole tree as of a moment (None: now) as known at another (None: now); the present is kept.

    Raises UsageError for a moment that has not come yet.
    """
    now = _present(workspace)
    if as_of is not None and as_of > now:
        raise UsageError(
            f"{as_of:%Y-%m-%d} has not come yet.", where="--as-of", fix="Give a day up to today; forecasts look ahead."
        )
    with workspace.db.read() as uow:
        pending = uow.dirty.pending()
        derived.load(workspace, uow)
        landscape, facts = read(workspace, uow, known_at=known_at, at=derived.earliest(as_of, known_at))
        result = roll_up(landscape, facts, as_of=as_of or now, known_at=known_at or now)
    if as_of is None and known_at is None:
        _keep(workspace, result, pending)
    return result


MIDNIGHT = "midnight"
"""Why every node is marked when a day begins."""


def score_dirty(workspace: Workspace, *, settled_at: datetime | None = None) -> tuple[str, ...]:
    """Score again only what changes touched, with everything that depends on it. Returns the nodes scored.

    ``settled_at``: leave out what is still being changed at that moment.
    """
    now = _present(workspace)
    with workspace.db.read() as uow:
        pending = uow.dirty.pending(settled_at=settled_at)
        if not pending:
            return ()
        derived.load(workspace, uow)
        landscape, facts = read(workspace, uow, known_at=None)
        previous = {stored.score.id: stored.score for stored in uow.scores.latest()}
        nodes = landscape.tree.by_id()
        marked = {mark.node for mark in pending if mark.node in nodes}
        if marked <= {node.id for node in landscape.tree.projects()} and MIDNIGHT not in {mark.why for mark in pending}:
            only = affected(landscape, marked, facts, now) | (set(nodes) - set(previous))
        else:  # a new day, or a node above the projects: what that changes is not bounded
            only = set(nodes)
        result = roll_up(landscape, facts, as_of=now, known_at=now, only=only, previous=previous)
    _keep(workspace, result, pending)
    return tuple(sorted(only))


def _present(workspace: Workspace) -> datetime:
    """Now; later where our clock is behind a tool's, or was set back: what is known must not lie in the future, and a
    score of now not behind one of before."""
    now = workspace.clock()
    with workspace.db.read() as uow:
        known = [moment for moment in (uow.scores.newest_as_of(), uow.sync.newest()) if moment is not None]
    ahead = [moment + timedelta(microseconds=1) for moment in known if now < moment <= now + CLOCK_OFF]
    return max(ahead, default=now)


def _keep(workspace: Workspace, result: RollupResult, pending: Sequence[DirtyNode]) -> None:
    """Store the scores, note whose targets are to be written, and take the marks away that are answered now.

    A mark made since stays.
    """
    publishing = {node.id for node in workspace.tree.nodes if node.publish}
    now = workspace.clock()
    with workspace.db.begin() as uow:
        uow.settings.keep(settings_of(workspace), at=now)
        changed = uow.scores.save(result)
        uow.agenda.note_due(publishing.intersection(changed), at=now, now=now)
        for mark in pending:
            uow.dirty.clear(mark.node, marked_at=mark.marked_at)


def settings_of(workspace: Workspace) -> ScoringSettings:
    """What the configuration gives to a roll-up."""
    return ScoringSettings(
        tree=workspace.tree,
        policies=dict(workspace.policies),
        teammates=workspace.teammates,
        timezone=workspace.timezone,
    )


def fill_trend(workspace: Workspace, *, weeks: int = TREND_WEEKS) -> int:
    """Count the weekly points of the past that are not kept yet; the number of points added."""
    now = workspace.clock()
    moments = [_week_end(now) - timedelta(weeks=back) for back in range(weeks)]
    with workspace.db.read() as uow:
        nodes = workspace.tree.nodes
        have = {(node.id, point.at) for node in nodes for point in uow.scores.trend(node.id, since=moments[-1])}
        missing = sorted(moment for moment in moments if any((node.id, moment) not in have for node in nodes))
        if not missing:
            return 0
        landscape, facts = read(workspace, uow, known_at=None)
        items = sum(uow.records.item_count(name) for name in workspace.connections)
        at_once = max(1, MOST_COUNTED // max(1, items))
        points: list[Point] = []
        for begin in range(0, len(missing), at_once):
            some = missing[begin : begin + at_once]
            facts.count(some)
            counted = trend(landscape, facts, moments=some, known_at=now)
            points += [point for point in counted if (point.node, point.at) not in have]
    with workspace.db.begin() as uow:
        uow.scores.save_trend([(p.node, TrendPoint(at=p.at, score=p.score, band=p.band, basis=p.basis)) for p in points])
    return len(points)


def latest_scores(workspace: Workspace) -> tuple[NodeScore, ...]:
    """The newest kept score of every node of the tree, in its order; nodes without one are left out."""
    with workspace.db.read() as uow:
        kept = {stored.score.id: stored.score for stored in uow.scores.latest()}
    return tuple(kept[node.id] for node in workspace.tree.nodes if node.id in kept)


def read(
    workspace: Workspace, uow: UnitOfWork, *, known_at: datetime | None, at: datetime | None = None
) -> tuple[Landscape, FactsReader]:
    """What the roll-up reads, as known at a moment (None: now). ``at``: whose memberships of derived nodes count."""
    tree = derived.tree_at(workspace, uow, at)
    containers = containers_by_node(workspace, uow, tree)
    landscape = Landscape(
        tree=tree,
        policies=dict(workspace.policies),
        teammates=workspace.teammates,
        links=_resolved_links(workspace, uow, known_at),
        goals=uow.records.goals(known_at=known_at),
        goal_versions=uow.records.goal_versions(known_at=known_at),
        overrides=uow.overrides.all(known_at=known_at),
        declared=uow.records.declared(known_at=known_at),
        timezone=workspace.timezone,
        money=workspace.money,
        first_sync_at=uow.records.first_known_at(),
        containers=containers,
        planned=plans.planned_time(uow, containers, known_at),
        planned_ever=plans.planned_ever(uow, containers),
    )
    return landscape, FactsReader(uow, landscape, containers, known_at)


def _resolved_links(workspace: Workspace, uow: UnitOfWork, known_at: datetime | None) -> tuple[Link, ...]:
    """Links with both ends as item ids; a URL that no connection of ours knows is left out."""
    resolved = []
    for link in uow.records.links(known_at=known_at):
        source = link.source_id or _item_behind(workspace, uow, link.source_url)
        target = link.target_id or _item_behind(workspace, uow, link.target_url)
        if source and target:
            ends = {"source_id": source, "source_url": None, "target_id": target, "target_url": None}
            resolved.append(link.model_copy(update=ends))
    return tuple(resolved)


def _item_behind(workspace: Workspace, uow: UnitOfWork, url: str | None) -> str | None:
    for name in workspace.connections if url else ():
        label = workspace.connector(name).label_of_url(url or "")
        item = uow.records.item_by_label(name, label) if label else None
        if item is not None:
            return item.id
    return None


def _week_end(now: datetime) -> datetime:
    """The last Sunday 24:00 UTC at or before now: weekly points stand at the same moments however often they are counted."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=midnight.weekday())
