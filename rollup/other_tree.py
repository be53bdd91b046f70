"""What another tree would do to scores, without looking at everything: one project is counted anew, all else is as it was
last scored.

Taken as they were scored: other projects, whole groups below which nothing differs, what is measured at programs and
portfolios themselves, and of the project what looks beyond it (people it shares, links). Weights, shares and the means of
children are worked out anew.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from model.health import Finding, NodeScore, Outcome, ScoredDimension
from model.landscape import Landscape
from model.policy import Policy
from model.tree import NodeKind, Tree
from rollup.dimensions import Dimension
from rollup.facts import Unit
from rollup.outline import Effort, Outline, Sums
from rollup.score import FLOW, SCHEDULE, Measured, Scored, Scorer, weight_of
from rollup.world import FactsAt, View, World


def scores_if(
    landscape: Landscape,
    facts_at: FactsAt,
    known: Mapping[str, NodeScore],
    *,
    anew: Collection[str],
    wanted: Sequence[str],
    stand: Collection[str],
    as_of: datetime,
) -> dict[str, Scored]:
    """The scores of the nodes ``wanted`` under the tree of ``landscape``; one that is not in the tree is left out.

    ``known``: what was last scored: of every child of a wanted node, but of the projects counted ``anew``, for which alone
    ``facts_at`` is asked. ``stand``: the groups among them below which nothing differs.
    """
    world = World(landscape, facts_at, as_of)
    for key, score in known.items():
        if key in world.nodes and key not in anew and (key in stand or world.nodes[key].kind is NodeKind.PROJECT):
            world.day.keep(_outline(world, score))
        if key in world.nodes and key in stand:
            world.day.scored[key] = _as_scored(world, score)
    scorer = _Beside(world, known, anew)
    return {key: scorer.score(key) for key in wanted if key in world.nodes}


def ancestors(tree: Tree, nodes: Collection[str]) -> list[str]:
    """Every node above any of these, in the tree's order."""
    by_id, found = tree.by_id(), set[str]()
    left = [key for key in nodes if key in by_id]
    while left:
        above = {parent.id for parent in by_id[left.pop()].parents} - found
        found |= above
        left += above
    return [node.id for node in tree.nodes if node.id in found]


class _Beside(Scorer):
    """Scores from what is known, where that is to stand; of their receipts nothing is asked."""

    def __init__(self, world: World, known: Mapping[str, NodeScore], anew: Collection[str]) -> None:
        super().__init__(world, {key: score for key, score in known.items() if key not in anew}, bare=True)
        self._findings = {
            (key, one.finding.dimension): one.finding for key, score in known.items() for one in score.dimensions
        }

    def _measured(self, dimension: Dimension, view: View) -> Finding:
        kept = self._findings.get((view.node.id, dimension.name))
        if view.node.kind is NodeKind.PROJECT:
            stands = kept is not None and dimension.across is not None and kept.outcome is Outcome.MEASURED
            return kept if kept is not None and stands else super()._measured(dimension, view)
        return kept or Finding(
            dimension=dimension.name,
            version=dimension.version,
            outcome=Outcome.NOT_ENOUGH_DATA,
            reason="this is measured at the next roll-up",
            reason_code="not_scored_yet",
        )


def _as_scored(world: World, score: NodeScore) -> Scored:
    """A group as it was last scored, as far as the score of its parent asks for it."""
    node = world.nodes[score.id]
    policy = world.landscape.policy_for(node.project_class, node.policy)
    return Scored(
        node=node,
        policy=policy,
        dimensions={one.finding.dimension: _as_measured(one, policy) for one in score.dimensions},
        score=score.score,
        coverage=score.coverage,
    )


def _as_measured(one: ScoredDimension, policy: Policy) -> Measured:
    """How much of the group a dimension applies to is told by its weight where that is shared with another."""
    name, applicable = one.finding.dimension, 0.0 if one.finding.outcome is Outcome.NOT_APPLICABLE else 1.0
    whole = weight_of(policy, name)
    if name in (SCHEDULE, FLOW) and whole:
        applicable = min(1.0, one.weight / whole)
    return Measured(one.finding, one.own, one.weight, applicable, one.measured_share * applicable)


def _outline(world: World, score: NodeScore) -> Outline:
    """As much of a project, or of a group, as its score tells: how much work it is."""
    work = score.totals.get("work")
    size = float(work.value) if work is not None and isinstance(work.value, int | float) else 0.0
    unit = Unit(work.unit) if work is not None and work.unit in {one.value for one in Unit} else Unit.ITEMS
    return Outline(
        node=world.nodes[score.id], as_of=world.as_of, today=world.today, basis=score.basis, unit=unit,
        sums=Sums(open=0, overdue=0, done=0, dropped=0, work=size),
        effort=Effort(timed=0, hours=0.0, untimed=0, largest=(), first_untimed=(), first=()),
        common=(), overdue=frozenset(), open=(), held={}, named=(), supporting={}, failed=(), records=0, failed_records=0,
        declared=None, benefits=(), linked={}, ever_linked=frozenset(), usual_days=0.0, slow_days=None, risks=(),
        history_known=False, finished_by={}, accounts=frozenset(),
    )  # fmt: skip
