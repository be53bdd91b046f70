"""Lenses: the same records under another tree, scored by the same engine; and the outcome beside the delivery."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from model.errors import UsageError
from model.health import NodeScore, RollupResult
from model.ids import record_id
from model.landscape import Landscape, ProjectRecords
from model.lens import Lens, LensKind, Metric
from rollup.engine import moments_of, roll_up
from rollup.facts.state import StateAt
from rollup.lens import Grouping, goal_value, group_id, grouping, part_of, top_id
from rollup.recall import Recall
from service import documents
from service.derived import earliest
from service.scoring import FactsReader, read
from service.workspace import Workspace
from store.feeding import feeding_of
from store.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Look:
    """What is seen through a lens: its tree over the records of the organisation, and their facts."""

    grouping: Grouping
    organisation: Landscape
    landscape: Landscape
    facts: "_PartsReader"

    @property
    def why(self) -> str | None:
        """What is to be said of a lens under which nothing is found."""
        return _why(self.grouping)


@dataclass(frozen=True)
class LensResult:
    """A lens, scored. ``metrics``: what is known of the outcome of each group that has one, by node id."""

    grouping: Grouping
    result: RollupResult
    metrics: Mapping[str, dict[str, Any]]

    @property
    def why(self) -> str | None:
        """What is to be said of a lens under which nothing is found."""
        return _why(self.grouping)


class _PartsReader(FactsReader):
    """Facts of the projects of a lens, counted from the records of the organisation's, whose reader is ``whole``.

    Where moments are counted at once, so are all parts of a project: its records are read once for them.
    """

    def __init__(self, found: Grouping, whole: FactsReader, uow: UnitOfWork, under: Landscape) -> None:
        super().__init__(uow, under, under.containers, None)
        self._found = found
        self._whole = whole
        self._parts: dict[str, list[str]] = {}
        for node_id, part in found.parts.items():
            self._parts.setdefault(part.project, []).append(node_id)
        self._together: set[tuple[str, Sequence[datetime]]] = set()

    def records(self, node_id: str) -> ProjectRecords:
        part = self._found.parts[node_id]
        return part_of(part, self._whole.records(part.project), self._nodes[node_id])

    def _count(
        self, node_id: str, moments: Sequence[datetime], *, folded: bool = False, states: StateAt | None = None
    ) -> None:
        super()._count(node_id, moments, folded=folded, states=states)
        project = self._found.parts[node_id].project
        if folded and (project, moments) not in self._together:
            self._together.add((project, moments))
            for beside in self._parts[project]:
                if beside != node_id:
                    super()._count(beside, moments, folded=True)


def look(
    workspace: Workspace, uow: UnitOfWork, lens: Lens, *, as_of: datetime | None, known_at: datetime | None = None
) -> Look:
    """Look through a lens at what is known at a moment (None: now), with the derived nodes of ``as_of``."""
    landscape, facts = read(workspace, uow, known_at=known_at, at=earliest(as_of, known_at))
    found = grouping(lens, landscape, facts.records)
    under = landscape.model_copy(update={"tree": found.tree})
    return Look(found, landscape, under, _PartsReader(found, facts, uow, under))


def score_lens(
    workspace: Workspace, name: str, *, as_of: datetime | None, known_at: datetime | None = None
) -> LensResult:
    """Score a lens as of a moment (None: now). Raises UsageError for an unknown lens or a moment to come."""
    lens, now = workspace.lens(name), workspace.clock()
    if as_of is not None and as_of > now:
        raise UsageError(
            f"{as_of:%Y-%m-%d} has not come yet.", where="--as-of", fix="Give a day up to today; forecasts look ahead."
        )
    with workspace.db.read() as uow:
        seen = look(workspace, uow, lens, as_of=as_of, known_at=known_at)
        seen.facts.at_once = moments_of(seen.landscape, as_of or now)
        common = uow.records.common_items(feeding_of(seen.organisation.containers), known_at=known_at)
        recall = Recall(common, passing=True)
        result = roll_up(seen.landscape, seen.facts, as_of=as_of or now, known_at=known_at or now, recall=recall)
        past = as_of is not None or known_at is not None
        return LensResult(seen.grouping, result, metrics(uow, seen, past=past))


def keep_published(workspace: Workspace) -> None:
    """Score every lens that is shown somewhere, keep its scores, and note what is to be written."""
    for lens in workspace.lenses:
        if lens.published:
            keep(workspace, score_lens(workspace, lens.name, as_of=None))


def keep(workspace: Workspace, found: LensResult) -> None:
    """Keep the scores of the nodes that are there for a lens alone, and note what is to be written."""
    shown, now = {node.id for node in workspace.published_nodes()}, workspace.clock()
    own = tuple(node for node in found.result.nodes if of_lens(found.grouping.lens, node.id))
    with workspace.db.begin() as uow:
        changed = uow.scores.save(found.result.model_copy(update={"nodes": own}))
        uow.agenda.note_due(shown.intersection(changed), at=now, now=now)


def of_lens(lens: Lens, node_id: str) -> bool:
    """Whether a node is there for the lens alone: whole projects under it are the organisation's own nodes."""
    return node_id == top_id(lens) or node_id.startswith(f"{lens.name}--")


# -- the outcome ------------------------------------------------------------------------------------------------------


def metrics(uow: UnitOfWork, seen: Look, *, past: bool) -> dict[str, dict[str, Any]]:
    """The outcome of each group that has one, by node id."""
    lens, landscape = seen.grouping.lens, seen.organisation
    named = {group_id(lens, group.value): group.metric for group in lens.groups if group.metric}
    if lens.kind is LensKind.GOAL:
        goals = {goal for node in landscape.tree.projects() for goal in node.goals}
        for goal in sorted(goals, key=lambda one: (one.connection, one.goal)):
            id_ = group_id(lens, goal_value(goal.connection, goal.goal))
            named.setdefault(id_, Metric(connection=goal.connection, goal=goal.goal))
    return {node: _metric(uow, landscape, metric, past=past) for node, metric in named.items()}


def _metric(uow: UnitOfWork, landscape: Landscape, metric: Metric, *, past: bool) -> dict[str, Any]:
    """The outcome in its own unit. The tools keep no history of it: of a past day it is not known."""
    source = f"{metric.connection}:{'goal' if metric.goal else 'item'}:{metric.goal or metric.item}"
    if past:
        return _told(source, None, why="the tools tell no history of it")
    if metric.goal:
        wanted = record_id(metric.connection, "goal", metric.goal)
        goal = next((one for one in landscape.goals if one.id == wanted), None)
        if goal is None:
            return _told(source, None, why="this goal is not known")
        return _told(source, goal.name, (goal.initial, goal.current, goal.target), goal.unit)
    item = uow.records.item_by_label(metric.connection, metric.item or "")
    if item is None or item.benefit is None:
        return _told(source, item.title if item else None, why="there is no benefit item with this key")
    benefit = item.benefit
    name = benefit.measure or item.title
    return _told(source, name, (benefit.baseline, benefit.actual, benefit.target), benefit.unit)


Numbers = tuple[float | None, float | None, float | None]


def _told(
    source: str, name: str | None, numbers: Numbers = (None, None, None), unit: str | None = None, *,
    why: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    initial, current, target = numbers
    realised = None
    if initial is not None and current is not None and target is not None and target != initial:
        realised = (current - initial) / (target - initial)
    elif why is None:
        why = "initial, current and target value are not all there"
    return {
        "source": source, "name": name, "initial": initial, "current": current, "target": target, "unit": unit,
        "realised": {"value": realised, "unit": "share"}, "why": why,
    }  # fmt: skip


# -- the documents ----------------------------------------------------------------------------------------------------


def lens_document(found: LensResult) -> dict[str, Any]:
    """What is said of the lens itself."""
    lens, of = found.grouping.lens, found.grouping.of
    share = found.grouping.carried / of if of else None
    return {
        "name": lens.name,
        "kind": lens.kind,
        "key": lens.key or None,
        "grouped": {"value": share, "unit": f"share of {found.grouping.unit}", "of": of},
        "why": found.why,
    }


def rollup_document(found: LensResult, labels: documents.Labels) -> dict[str, Any]:
    document = documents.rollup_document(found.result, labels)
    document["lens"] = lens_document(found)
    document["nodes"] = [node_document(found, node, labels) for node in found.result.nodes]
    return document


def node_document(found: LensResult, node: NodeScore, labels: documents.Labels) -> dict[str, Any]:
    """A node with the outcome that its group is for."""
    return documents.node_document(node, labels) | {"outcome_metric": found.metrics.get(node.id)}


def metric_line(metric: Mapping[str, Any]) -> str:
    """The outcome in one line for people."""
    name = metric["name"] or metric["source"]
    if metric["realised"]["value"] is None:
        return f"{name}: not known ({metric['why']})"
    unit = f" {metric['unit']}" if metric["unit"] else ""
    share = f"{100 * metric['realised']['value']:.0f}%"
    return f"{name}: {metric['current']:g} of {metric['target']:g}{unit} from {metric['initial']:g} ({share} realised)"


def _why(found: Grouping) -> str | None:
    return None if found.carried else f"nothing {_carries(found.lens)}; all of it lies in the rest"


def _carries(lens: Lens) -> str:
    words = {
        LensKind.LABEL: f"carries a label that begins with {lens.key!r}",
        LensKind.FIELD: f"has a value in the field {lens.key!r}",
        LensKind.TAG: f"is tagged with {lens.key!r}",
        LensKind.GOAL: "is tied to a goal",
        LensKind.CLASS: "has a class",
    }
    return words[lens.kind]
