"""What another tree would do to scores, without looking at everything: one project is counted anew, all else is as it was
last scored.

Taken as they were scored: other projects, what is measured at programs and portfolios themselves, and of the project what
looks beyond it (people it shares, links). Weights, shares and the means of children are worked out anew.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from model.health import Finding, NodeScore, Outcome
from model.landscape import Landscape
from model.tree import NodeKind, Tree
from rollup.dimensions import Dimension
from rollup.facts import Unit
from rollup.outline import Effort, Outline, Sums
from rollup.score import Scored, Scorer
from rollup.world import FactsAt, View, World


def scores_if(
    landscape: Landscape,
    facts_at: FactsAt,
    known: Mapping[str, NodeScore],
    *,
    anew: Collection[str],
    wanted: Sequence[str],
    alike: dict[str, Scored],
    as_of: datetime,
) -> dict[str, Scored]:
    """The scores of the nodes ``wanted`` under the tree of ``landscape``.

    ``known``: what was last scored, of every project of that tree but those counted ``anew``; ``facts_at`` is asked for
    these alone. A node that is not in the tree is left out. ``alike``: nodes below which nothing differs, as another tree
    of the same change had them scored; those that this one scores beside the wanted ones are put in.
    """
    world = World(landscape, facts_at, as_of)
    for node in landscape.tree.projects():
        if node.id in known and node.id not in anew:
            world.day.keep(_outline(world, known[node.id]))
    world.day.scored.update((key, scored) for key, scored in alike.items() if key in world.nodes)
    scorer = _Beside(world, known, anew)
    found = {key: scorer.score(key) for key in wanted if key in world.nodes}
    alike.update((key, scored) for key, scored in world.day.scored.items() if key not in found and key not in anew)
    return found


def around(tree: Tree, nodes: Collection[str]) -> Tree:
    """The tree of the portfolios that hold any of these nodes, whole, and of nothing else."""
    by_id = tree.by_id()
    tops = {top for key in nodes if key in by_id for top in _tops(by_id, key)}
    kept: dict[str, bool] = {}
    for node in tree.nodes:  # parents stand before their children
        kept[node.id] = node.id in tops or any(kept.get(parent.id, False) for parent in node.parents)
    return Tree(
        nodes=tuple(
            node.model_copy(update={"parents": tuple(parent for parent in node.parents if kept[parent.id])})
            for node in tree.nodes
            if kept[node.id]
        )
    )


def ancestors(tree: Tree, nodes: Collection[str]) -> list[str]:
    """Every node above any of these, in the tree's order."""
    by_id, found = tree.by_id(), set[str]()
    left = [key for key in nodes if key in by_id]
    while left:
        above = {parent.id for parent in by_id[left.pop()].parents} - found
        found |= above
        left += above
    return [node.id for node in tree.nodes if node.id in found]


def _tops(by_id: Mapping[str, object], key: str) -> set[str]:
    node = by_id[key]
    parents = getattr(node, "parents", ())
    return {key} if not parents else {top for parent in parents for top in _tops(by_id, parent.id)}


class _Beside(Scorer):
    """Scores from what is known, where that is to stand; of their receipts nothing is asked."""

    traced = False

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


def _outline(world: World, score: NodeScore) -> Outline:
    """As much of a project as its score tells: how much work it is."""
    work = score.totals.get("work")
    size = float(work.value) if work is not None and isinstance(work.value, int | float) else 0.0
    unit = Unit(work.unit) if work is not None and work.unit in {one.value for one in Unit} else Unit.ITEMS
    return Outline(
        node=world.nodes[score.id], as_of=world.as_of, today=world.today, basis=score.basis, unit=unit,
        sums=Sums(open=0, overdue=0, done=0, dropped=0, work=size),
        effort=Effort(timed=0, hours=0.0, untimed=0, largest=(), first_untimed=(), first=()),
        common=(), overdue=frozenset(), open=(), held={}, named=(), supporting={}, failed=(), records=0, failed_records=0,
        declared=None, benefits=(), linked={}, ever_linked=frozenset(), usual_days=0.0, finished_by={}, accounts=frozenset(),
    )  # fmt: skip
