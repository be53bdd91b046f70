"""Scores of nodes at one moment, without bands: measured at the projects, weighed up the tree, with a receipt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from model.health import EVIDENCE_KEPT, Finding, Lost, NodeScore, Outcome, ScoredDimension, Value
from model.policy import Policy
from model.tree import Node, NodeKind
from rollup.below import Below
from rollup.dimensions import Dimension, all_dimensions
from rollup.receipt import NO_LEAVES, Leaf, Leaves, receipt
from rollup.weights import ChildWeights, child_weights
from rollup.world import View, World

SCHEDULE, FLOW = "schedule", "flow"


class Silence(NamedTuple):
    """Why a dimension is measured in no project at or below a node: of the first, and how many of how many say as much."""

    reason: str
    projects: int = 1
    of: int = 1


@dataclass(frozen=True, slots=True)
class Measured:
    """A dimension at a node. ``applicable``/``measured``: the shares of the node's weight where it is so.

    ``silence``: of a dimension of projects, where none of them measured it.
    """

    finding: Finding
    own: bool
    weight: float
    applicable: float
    measured: float
    leaves: Leaves = NO_LEAVES
    silence: Silence | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """A node at one moment. ``score`` is None when no dimension with a weight was measured."""

    node: Node
    policy: Policy
    dimensions: Mapping[str, Measured]
    score: float | None
    coverage: float
    weights: ChildWeights | None = None
    lost: tuple[Lost, ...] = field(default=())

    def effective(self, name: str) -> float:
        """The weight of a dimension after renormalising over those measured; 0 for the others."""
        total = sum(entry.weight for entry in self.dimensions.values() if entry.measured > 0)
        entry = self.dimensions[name]
        return entry.weight / total if total and entry.measured > 0 else 0.0


class Scorer:
    """Scores any node of one world, each once. ``known``: scores that still hold, whose project findings are reused.

    ``bare``: the numbers alone, without reasons, evidence and receipts: for past days, of which nothing else is read.
    """

    def __init__(self, world: World, known: Mapping[str, NodeScore] | None = None, *, bare: bool = False) -> None:
        self.world = world
        self._known = known or {}
        self._bare = bare
        self._scored = world.day.scored

    def score(self, node_id: str) -> Scored:
        if node_id not in self._scored:
            self._scored[node_id] = self._score(self.world.nodes[node_id])
        return self._scored[node_id]

    def _score(self, node: Node) -> Scored:
        policy = self.world.landscape.policy_for(node.project_class, node.policy)
        if node.kind is NodeKind.PROJECT:
            return self._total(node, policy, self._project(node, policy), None)
        weights = child_weights(self.world, node.id)
        children = {key: self.score(key) for key in weights.of}
        view = self._view(node, policy)
        found: dict[str, Measured] = {}
        for dimension in all_dimensions():
            if dimension.level == "project":
                forked = self.world.landscape.tree.forked(node.id)
                mean = _from_children(dimension, weights.of, children, policy, traced=not self._bare, forked=forked)
                found[dimension.name] = mean
            elif dimension.level == "program" or node.kind is NodeKind.PORTFOLIO:
                measured = bool(children) or dimension.outlives
                finding = self._measured(dimension, view) if measured else no_children(dimension)
                found[dimension.name] = _own(node, finding, policy)
        return self._total(node, policy, found, weights)

    def _total(
        self, node: Node, policy: Policy, found: Mapping[str, Measured], weights: ChildWeights | None
    ) -> Scored:
        scored = total_of(node, policy, found, weights)
        if self._bare:
            return scored
        counted = {
            name: (scored.effective(name), entry.leaves)
            for name, entry in found.items()
            if entry.measured > 0 and entry.weight > 0
        }
        return replace(scored, lost=receipt(node.id, counted, forked=self.world.landscape.tree.forked(node.id)))

    def _measured(self, dimension: Dimension, view: View) -> Finding:
        finding = safely(dimension, view)
        if not self._bare:
            return finding
        kept: dict[str, object] = {"reason": "", "values": {}, "evidence": (), "improvement": None}
        return finding.model_copy(update=kept)

    def _project(self, node: Node, policy: Policy) -> dict[str, Measured]:
        known = self._known.get(node.id)
        if known is not None:
            return {entry.finding.dimension: _own(node, entry.finding, policy) for entry in known.dimensions}
        before = self.world.day.before.get(node.id)
        if before is not None:
            return self._beside(node, policy, before)
        view = self._view(node, policy)
        found = {
            dimension.name: _own(node, self._measured(dimension, view), policy)
            for dimension in all_dimensions()
            if dimension.level == "project"
        }
        if self._bare:
            self.world.release(node.id)
        return found

    def _beside(self, node: Node, policy: Policy, before: Scored) -> dict[str, Measured]:
        """A project in which nothing changed: only what looks beyond it is measured anew, of its open work."""
        outline, world = self.world.outline(node.id), self.world
        slim = outline.slim(world.as_of)
        open_, reserved = bool(slim.leaves), node.id in world.landscape.planned_ever
        asked = {"people": open_ or reserved, "links": open_ and bool(outline.linked)}
        view = View(node, policy, world, (slim,)) if open_ else None
        found = dict(before.dimensions)
        for dimension in all_dimensions():
            if dimension.across and asked[dimension.across]:
                view = view or self._view(node, policy)
                found[dimension.name] = _own(node, self._measured(dimension, view), policy)
        return found

    def _view(self, node: Node, policy: Policy) -> View:
        if node.kind is NodeKind.PROJECT:
            return View(node, policy, self.world, (self.world.facts(node.id).whole(),))
        return View(node, policy, self.world, Below(self.world, node.id))


def safely(dimension: Dimension, view: View) -> Finding:
    """Our own fault never becomes a red light: it lowers coverage, and says what failed."""
    try:
        return dimension.measure(view)
    except Exception as error:
        return Finding(
            dimension=dimension.name,
            version=dimension.version,
            outcome=Outcome.FAILED,
            reason=f"this could not be measured through a fault of ours ({type(error).__name__})",
            reason_code=f"{dimension.name}_failed",
        )


def no_children(dimension: Dimension) -> Finding:
    return Finding(
        dimension=dimension.name,
        version=dimension.version,
        outcome=Outcome.NOT_ENOUGH_DATA,
        reason="there is no active project below",
        reason_code="no_active_project",
    )


def weight_of(policy: Policy, name: str) -> float:
    """The weight a policy gives a dimension: 0 if it does not name it; flow has schedule's unless it is named."""
    if name == FLOW and FLOW not in policy.weights:
        return policy.weights.get(SCHEDULE, 0.0)
    return policy.weights.get(name, 0.0)


def _own(node: Node, finding: Finding, policy: Policy) -> Measured:
    applicable = 0.0 if finding.outcome is Outcome.NOT_APPLICABLE else 1.0
    measured = 1.0 if finding.outcome is Outcome.MEASURED else 0.0
    leaves = Leaves.of(Leaf(node.id, finding.score or 0.0, finding.reason)) if measured else NO_LEAVES
    return Measured(finding, True, weight_of(policy, finding.dimension), applicable, measured, leaves)


def _from_children(
    dimension: Dimension,
    weights: Mapping[str, float],
    children: Mapping[str, Scored],
    policy: Policy,
    *,
    traced: bool,
    forked: bool,
) -> Measured:
    """The weighted mean of the children's findings of one dimension, over those that measured it.

    ``traced``: with the leaves that it rests on. ``forked``: some project is reached by several ways.
    """
    each = [(weight, children[key], children[key].dimensions[dimension.name]) for key, weight in weights.items()]
    applicable = sum(weight * entry.applicable for weight, _, entry in each)
    measured = sum(weight * entry.measured for weight, _, entry in each)
    weight = weight_of(policy, dimension.name)
    if dimension.name in (SCHEDULE, FLOW):
        weight *= applicable  # dated and continuous children share one place
    counted = [(weight_, child, entry) for weight_, child, entry in each if entry.finding.outcome is Outcome.MEASURED]
    if not counted:
        finding, silence = _unmeasured(dimension, [entry for _, _, entry in each], forked=forked)
        return Measured(finding, False, weight, applicable, 0.0, silence=silence)
    total = sum(weight_ for weight_, _, _ in counted)
    leaves = Leaves.together([(weight_ / total, entry.leaves) for weight_, _, entry in counted]) if traced else NO_LEAVES
    finding = _mean(
        dimension, [(weight_ / total, child, entry.finding) for weight_, child, entry in counted], len(each)
    )
    return Measured(finding, False, weight, applicable, measured, leaves)


def _unmeasured(dimension: Dimension, entries: Sequence[Measured], *, forked: bool) -> tuple[Finding, Silence]:
    """Why no child measured it: a failure before missing data before not applicable.

    How many projects say so is told but where one of them would count several times.
    """
    silences = [entry.silence or Silence(entry.finding.reason) for entry in entries]
    for outcome in (Outcome.FAILED, Outcome.NOT_ENOUGH_DATA, Outcome.NOT_APPLICABLE):
        told = [place for place, entry in enumerate(entries) if entry.finding.outcome is outcome]
        if told:
            reason, projects = silences[told[0]].reason, sum(silences[place].projects for place in told)
            of = sum(silence.of for silence in silences)
            counts = projects and of > 1 and not forked
            finding = Finding(
                dimension=dimension.name,
                version=dimension.version,
                outcome=outcome,
                reason=f"{projects} of {of} projects: {reason}" if counts else reason,
                reason_code=entries[told[0]].finding.reason_code,
            )
            return finding, Silence(reason, projects, of)
    nothing = no_children(dimension)
    return nothing, Silence(nothing.reason, 0, 0)


def _mean(dimension: Dimension, counted: Sequence[tuple[float, Scored, Finding]], of: int) -> Finding:
    """The finding of a parent: reason and code of the child that costs most, evidence of the costliest first."""
    ordered = sorted(counted, key=lambda entry: (-entry[0] * (100 - (entry[2].score or 0.0)), entry[1].node.id))
    share, worst, finding = ordered[0]
    score = sum(weight * (entry.score or 0.0) for weight, _, entry in counted)
    evidence: dict[str, None] = {}
    for _, _, entry in ordered:
        if len(evidence) < EVIDENCE_KEPT:  # the costliest have it all, mostly
            evidence.update(dict.fromkeys(entry.evidence))
    help_ = finding.improvement
    if help_ is not None and help_.points is not None:
        help_ = help_.model_copy(update={"text": f"{worst.node.name}: {help_.text}", "points": help_.points * share})
    low = min((entry.score or 0.0) for _, _, entry in counted)
    return Finding(
        dimension=dimension.name,
        version=dimension.version,
        outcome=Outcome.MEASURED,
        score=min(100.0, max(0.0, score)),
        reason=f"{worst.node.name}: {finding.reason}",
        reason_code=finding.reason_code,
        values={
            "measured": Value(value=len(counted), unit=f"of {of} children"),
            "lowest": Value(value=round(low, 1), unit="points"),
        },
        evidence=tuple(evidence)[:EVIDENCE_KEPT],
        improvement=help_,
    )


def total_of(node: Node, policy: Policy, found: Mapping[str, Measured], weights: ChildWeights | None) -> Scored:
    """Score and coverage from the dimensions, without a receipt."""
    measured = {name: entry for name, entry in found.items() if entry.measured > 0 and entry.weight > 0}
    total = sum(entry.weight for entry in measured.values())
    applicable = {name: entry for name, entry in found.items() if entry.applicable > 0 and entry.weight > 0}
    base = sum(entry.weight for entry in applicable.values())
    coverage = (
        sum(entry.weight * entry.measured / entry.applicable for entry in applicable.values()) / base if base else 0.0
    )
    score = sum(entry.weight / total * (entry.finding.score or 0.0) for entry in measured.values()) if total else None
    return Scored(
        node=node,
        policy=policy,
        dimensions=found,
        score=None if score is None else min(100.0, max(0.0, score)),
        coverage=min(1.0, coverage),
        weights=weights,
    )


def as_dimensions(scored: Scored) -> tuple[ScoredDimension, ...]:
    """The dimensions as published, by weight and then by name; those that do not count last."""
    ordered = sorted(scored.dimensions.items(), key=lambda pair: (-pair[1].weight, pair[0]))
    return tuple(
        ScoredDimension(
            finding=entry.finding,
            weight=entry.weight,
            effective_weight=scored.effective(name),
            measured_share=entry.measured / entry.applicable if entry.applicable else 0.0,
            own=entry.own,
        )
        for name, entry in ordered
    )
