"""Roll-up run: load what is known, score the tree, keep the scores that differ."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from pydantic import JsonValue

from model.errors import UsageError
from model.health import NodeScore, RollupResult
from model.jobs import LONGEST_WAIT, QUIET
from model.landscape import Landscape, ProjectRecords
from model.outcome import Counted, ProjectFigures
from model.tree import NodeKind
from rollup.engine import moments_of, roll_up
from rollup.facts import Leaf, ProjectFacts, count_facts
from rollup.facts.fold import fold
from rollup.facts.links import link_ends
from rollup.facts.state import StateAt, States, state_at
from rollup.recall import Recall
from rollup.trend import Point, trend
from service import derived
from service.keeping import kept_forecasts
from service.landscape import landscape_of
from service.memory import Memory
from service.people_ahead import NAME, ahead
from service.workspace import Workspace
from store.dirty import DirtyNode
from store.feeding import feeding_of
from store.scores import TrendPoint
from store.settings_kept import ScoringSettings
from store.sync_state import CLOCK_OFF
from store.unit_of_work import UnitOfWork

KEPT_HISTORIES = 30_000  # item histories held at once while scoring; beyond it the oldest project is let go
KEPT_AT_ONCE = 20  # scores that are spread out at once while they are kept
TREND_WEEKS = 52
MOST_COUNTED = 200_000  # items × moments whose facts are held at once while a trend is counted


class FactsReader:
    """Facts of a project at any moment, counted from the store; counted facts are kept, records only as long as they fit.

    ``at_once``: moments in groups: a project that is asked for at one of a group is counted at all of them when its
    records are read, which are then let go; its facts are kept folded, and each given once.
    """

    at_once: tuple[tuple[datetime, ...], ...] = ()

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
        self._links = link_ends(landscape.links)
        self._nodes = landscape.tree.by_id()
        self._records: OrderedDict[str, ProjectRecords] = OrderedDict()
        self._facts: dict[tuple[str, datetime], ProjectFacts] = {}
        horizon = None if known_at is None else uow.retention.horizon()
        self._forgotten = known_at is not None and horizon is not None and known_at < horizon

    def __call__(self, node_id: str, at: datetime) -> ProjectFacts:
        """The facts of one project node as of a moment."""
        group = next((moments for moments in self.at_once if at in moments), None)
        if group is not None:
            if (node_id, at) not in self._facts:
                self._count(node_id, group, folded=True)
                self._records.clear()
            return self._facts.pop((node_id, at))
        if (node_id, at) not in self._facts:
            self._count(node_id, (at,), states=state_at)
        return self._facts[node_id, at]

    def count(self, moments: Sequence[datetime]) -> None:
        """Count every project at these moments, and forget all others: each project's records are read once."""
        self._facts.clear()
        for node_id in self._containers:
            self._count(node_id, moments)

    def _count(
        self, node_id: str, moments: Sequence[datetime], *, folded: bool = False, states: StateAt | None = None
    ) -> None:
        records, node, states = self.records(node_id), self._nodes[node_id], states or States()
        first: tuple[ProjectFacts, Sequence[Leaf]] | None = None
        for at in moments:
            facts = count_facts(records, node, self._landscape, at, states=states, links=self._links)
            if folded:
                like, before = first or (None, None)
                leaves, facts = facts.leaves, fold(facts, like, before=before)
                first = first or (facts, leaves)
            self._facts[node_id, at] = facts

    def records(self, node_id: str) -> ProjectRecords:
        """Everything known of one project node."""
        if node_id not in self._records:
            # What was believed then was taken away: it can't be said any more, and is not guessed at.
            containers = () if self._forgotten else self._containers[node_id]
            self._records[node_id] = self._uow.records.project_records(node_id, containers, known_at=self._known_at)
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
    with workspace.db.read() as uow:
        now = _present(workspace, uow)
        if as_of is not None and as_of > now:
            raise UsageError(
                f"{as_of:%Y-%m-%d} has not come yet.", where="--as-of", fix="Give a day up to today; forecasts look ahead."
            )
        pending = uow.dirty.pending()
        derived.load(workspace, uow)
        landscape, facts = read(workspace, uow, known_at=known_at, at=derived.earliest(as_of, known_at))
        present = as_of is None and known_at is None
        common = uow.records.common_items(feeding_of(landscape.containers), known_at=known_at)
        recall = Recall(common, passing=True, registering=present)
        facts.at_once = moments_of(landscape, as_of or now)
        result = roll_up(landscape, facts, as_of=as_of or now, known_at=known_at or now, recall=recall)
        people = ahead(landscape, facts, recall, now) if present else None
    if present:
        _keep(workspace, result, pending, recall=recall, people=people)
    return result


MIDNIGHT = "midnight"
"""Why every node is marked when a day begins."""


def score_dirty(
    workspace: Workspace,
    memory: Memory | None = None,
    *,
    settled_at: datetime | None = None,
    quiet: timedelta = QUIET,
    together: bool = False,
) -> tuple[str, ...]:
    """Score again only what changes touched, with everything that depends on it. Returns the nodes scored.

    ``memory``: what the caller remembers of its runs before; without one, all is read and scored. Until a day begins or
    something else is told of it, a project counts as when it was last touched: time alone moves a score at midnight.
    ``settled_at``: leave out what is still being changed at that moment: what was marked less than ``quiet`` before.
    ``together``: everything, once one of it has waited long enough or all of it is quiet: who shares people with what
    changed is scored with it each time.
    """
    memory = memory or Memory()
    try:
        with workspace.db.read() as uow:
            now = _present(workspace, uow)
            marks = uow.dirty.pending()
            pending = uow.dirty.pending(settled_at=settled_at, quiet=quiet) if settled_at else marks
            if together and settled_at is not None:
                pending = marks if len(pending) == len(marks) or _any_waited(marks, settled_at) else ()
            if not pending:
                return ()
            derived.load(workspace, uow)
            known = memory.seen
            ready = {mark.node for mark in pending}
            changing = {mark.node for mark in marks} - ready
            landscape, facts, only = memory.look(workspace, uow, now, ready, changing=changing)
            result = roll_up(landscape, facts, as_of=now, known_at=now, recall=memory.recall)
            whole = only >= landscape.tree.by_id().keys()
            people = ahead(landscape, facts, memory.recall, now) if whole else None
        nodes = tuple(node for node in result.nodes if node.id in only)
        settled = known is not None and memory.seen is not None and known.settings == memory.seen.settings
        _keep(
            workspace, result.model_copy(update={"nodes": nodes}), pending, settled=settled, recall=memory.recall, people=people
        )
    except BaseException:
        memory.clear()  # it may know of what was never stored
        raise
    return tuple(sorted(only))


def _any_waited(marks: Iterable[DirtyNode], at: datetime) -> bool:
    return any(mark.since is not None and mark.since <= at - LONGEST_WAIT for mark in marks)


def _present(workspace: Workspace, uow: UnitOfWork) -> datetime:
    """Now; later where our clock is behind a tool's, or was set back: what is known must not lie in the future, and a
    score of now not behind one of before."""
    now = workspace.clock()
    known = [moment for moment in (uow.scores.newest_as_of(), uow.sync.newest()) if moment is not None]
    ahead = [moment + timedelta(microseconds=1) for moment in known if now < moment <= now + CLOCK_OFF]
    return max(ahead, default=now)


def _keep(
    workspace: Workspace,
    result: RollupResult,
    pending: Sequence[DirtyNode],
    *,
    recall: Recall,
    people: JsonValue = None,
    settled: bool = False,
) -> None:
    """Store the scores, note whose targets are to be written, and take the marks away that are answered now.

    A mark made since stays. ``settled``: the settings are those that were kept last. ``recall``: of the run,
    from which what was counted of projects is taken away. ``people``: what people can do, where all of it was looked at.
    """
    publishing = {node.id for node in workspace.tree.nodes if node.publish}
    now = workspace.clock()
    counted, registers, conflicts = recall.taken()
    changed: list[str] = []
    with workspace.db.begin() as uow:
        if not settled:
            uow.settings.keep(settings_of(workspace), at=now)
        for begin in range(0, len(result.nodes), KEPT_AT_ONCE):
            some = result.model_copy(update={"nodes": result.nodes[begin : begin + KEPT_AT_ONCE]})
            changed += uow.scores.save(some)
            uow.forecasts.keep(kept_forecasts(workspace, some))
            uow.project_figures.save(figures_of(some, counted))
        renewed = uow.project_registers.save(registers, conflicts)
        promising = {one.node for one in renewed if one.rest.benefits} if workspace.reminders else set()
        if people is not None:
            uow.notes.put(NAME, people, at=result.as_of)
        uow.agenda.note_due(promising | publishing.intersection(changed), at=now, now=now)
        for mark in pending:
            uow.dirty.clear(mark.node, marked_at=mark.marked_at)
        uow.freshness.settle(now, pushes=not workspace.read_only)


def figures_of(result: RollupResult, counted: Mapping[str, Counted]) -> list[ProjectFigures]:
    """The projects of a roll-up, each in a line."""
    return [
        ProjectFigures(
            node=one.id, at=result.as_of, score=one.score, band=one.band, coverage=one.coverage, trust=one.trust,
            counted=counted.get(one.id),
        )
        for one in result.nodes
        if one.kind == NodeKind.PROJECT.value
    ]  # fmt: skip


def settings_of(workspace: Workspace) -> ScoringSettings:
    """What the configuration gives to a roll-up."""
    return ScoringSettings(
        tree=workspace.tree,
        policies=dict(workspace.policies),
        teammates=workspace.teammates,
        timezone=workspace.timezone,
        money=workspace.money,
    )


class Beside(Protocol):
    """Other trees whose trends are counted from the same facts."""

    def missing(self, uow: UnitOfWork, moments: Sequence[datetime]) -> set[datetime]:
        """The moments at which points are to be counted."""

    def points(
        self, uow: UnitOfWork, landscape: Landscape, facts: FactsReader, *, moments: Sequence[datetime], known_at: datetime
    ) -> list[Point]:
        """The points at moments whose facts are counted already."""


def fill_trend(workspace: Workspace, *, weeks: int = TREND_WEEKS, beside: Beside | None = None) -> int:
    """Count the weekly points of the past that are not kept yet; the number of points added."""
    now = workspace.clock()
    moments = [_week_end(now) - timedelta(weeks=back) for back in range(weeks)]
    with workspace.db.read() as uow:
        nodes = workspace.tree.nodes
        have = {(node.id, point.at) for node in nodes for point in uow.scores.trend(node.id, since=moments[-1])}
        lacking = beside.missing(uow, moments) if beside else set()
        missing = sorted(
            moment for moment in moments if moment in lacking or any((node.id, moment) not in have for node in nodes)
        )
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
            if beside:
                points += beside.points(uow, landscape, facts, moments=some, known_at=now)
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
    landscape = landscape_of(workspace, uow, known_at=known_at, at=at)
    return landscape, FactsReader(uow, landscape, landscape.containers, known_at)


def _week_end(now: datetime) -> datetime:
    """The last Sunday 24:00 UTC at or before now: weekly points stand at the same moments however often they are counted."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=midnight.weekday())
