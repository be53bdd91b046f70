"""What other policies would make of scores that are kept: their findings weighed and banded anew, without counting.

Exact for weights, thresholds, caps and what is required: no finding depends on these. A finding that depends on a policy's
curves or rules has to be measured again first. The shares of children, which only the worst-child cap asks for, are taken
from the totals that were kept, so an item in two projects counts in both.
"""

from collections.abc import Callable, Mapping

from model.health import Band, NodeScore, Outcome, Override
from model.money import Money
from model.policy import Policy
from model.tree import Budget, Node, ProjectState, Tree
from rollup.bands import Banded, DailyScore, decide, standing
from rollup.budgets import amount_of, in_one_unit
from rollup.score import FLOW, SCHEDULE, Measured, Scored, as_dimensions, total_of, weight_of
from rollup.weights import ChildWeights

PolicyOf = Callable[[Node], Policy]
OverrideOf = Callable[[Node], Override | None]
DailyOf = Callable[[Node], DailyScore]
_UNKNOWN = Banded(Band.NO_DATA, Band.NO_DATA, ())


def weighed(
    node: Node,
    score: NodeScore,
    before: Policy,
    after: Policy,
    weights: ChildWeights | None = None,
    children: Mapping[str, Scored] | None = None,
) -> Scored:
    """A kept score under another policy. ``before``: the one that it was weighed with; ``children``: those already tried."""
    found: dict[str, Measured] = {}
    for entry in score.dimensions:
        name = entry.finding.dimension
        weight, given = weight_of(after, name), weight_of(before, name)
        applicable = 0.0 if entry.finding.outcome is Outcome.NOT_APPLICABLE else 1.0
        shared = not entry.own and name in (SCHEDULE, FLOW)  # dated and continuous children share one place
        if shared and given:
            applicable = entry.weight / given
        elif shared or (not entry.own and not entry.measured_share):  # a child without children lacks data and asks for none
            applicable = _applicable(name, weights, children or {})
        measured = entry.measured_share * applicable
        found[name] = Measured(entry.finding, entry.own, weight * applicable if shared else weight, applicable, measured)
    return total_of(node, after, found, weights)


def _applicable(name: str, weights: ChildWeights | None, children: Mapping[str, Scored]) -> float:
    """The share of the children to which a dimension applies."""
    shares = weights.of if weights is not None else {}
    return sum(
        share * children[key].dimensions[name].applicable
        for key, share in shares.items()
        if key in children and name in children[key].dimensions
    )


def judged(
    tree: Tree,
    scores: Mapping[str, NodeScore],
    *,
    before: PolicyOf,
    after: PolicyOf,
    money: Money,
    daily: DailyOf,
    override: OverrideOf,
) -> dict[str, NodeScore]:
    """Every node that has a score, as it would be under other policies."""
    children: dict[str, list[tuple[Node, float]]] = {}
    for node in tree.nodes:
        for parent in node.parents if node.state is ProjectState.ACTIVE else ():
            children.setdefault(parent.id, []).append((node, parent.share))
    banded: dict[str, Banded] = {}
    tried: dict[str, Scored] = {}
    found: dict[str, NodeScore] = {}
    for node in reversed(tree.nodes):  # children before parents
        score = scores.get(node.id)
        if score is None:
            banded[node.id] = _UNKNOWN
            continue
        shares = _shares(children.get(node.id, ()), scores, score.weight_basis, money)
        scored = tried[node.id] = weighed(node, score, before(node), after(node), shares, tried)
        banded[node.id] = decide(standing(scored), banded, daily(node), override(node))
        found[node.id] = _with(score, scored, banded[node.id])
    return {node.id: found[node.id] for node in tree.nodes if node.id in found}


def _with(score: NodeScore, scored: Scored, banded: Banded) -> NodeScore:
    changed = {
        "score": scored.score, "coverage": scored.coverage, "dimensions": as_dimensions(scored), "band": banded.band,
        "computed_band": banded.computed, "band_reasons": banded.reasons, "policy": scored.policy.digest,
    }  # fmt: skip
    return score.model_copy(update=changed)


def _shares(
    children: "list[tuple[Node, float]] | tuple[()]", scores: Mapping[str, NodeScore], basis: str | None, money: Money
) -> ChildWeights | None:
    """The children's shares by the basis that was kept; equal ones where it can't be told."""
    if not children:
        return None
    raw: dict[str, float] = {}
    if basis == "explicit":
        raw = {node.id: node.weight or 0.0 for node, _ in children}
    elif basis == "budget":
        amounts = {node.id: amount_of(node.budget or _budget(scores.get(node.id))) for node, _ in children}
        raw = dict(in_one_unit(amounts, money).of)
    elif basis == "planned work":
        raw = {node.id: _number(scores.get(node.id), "work") for node, _ in children}
    if not raw or not sum(raw.values()):
        raw = {node.id: 1.0 for node, _ in children}
    shared = {node.id: raw[node.id] * share for node, share in children}
    total = sum(shared.values())
    return ChildWeights(basis or "equal", {key: value / total for key, value in shared.items()})


def _budget(score: NodeScore | None) -> Budget | None:
    value = score.totals.get("budget") if score is not None else None
    if value is None or not isinstance(value.value, int | float):
        return None
    return Budget(hours=value.value) if value.unit == "hours" else Budget(amount=value.value, currency=value.unit)


def _number(score: NodeScore | None, key: str) -> float:
    value = score.totals.get(key) if score is not None else None
    return float(value.value) if value is not None and isinstance(value.value, int | float) else 0.0
