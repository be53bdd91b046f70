"""Roll the whole tree up: scores, bands with their reasons, receipts, forecasts and totals."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from model.health import Basis, Forecast, NodeScore, RollupResult
from model.landscape import Landscape
from model.tree import Node, NodeKind
from rollup.affected import affected
from rollup.bands import Banded, DailyScore, active_override, decide, local_midnight
from rollup.declared import declared_at
from rollup.forecast import to_forecast
from rollup.score import Scored, Scorer, as_dimensions
from rollup.totals import totals
from rollup.trust import untrusted
from rollup.world import FactsAt, World

__all__ = ["affected", "roll_up"]

def roll_up(
    landscape: Landscape,
    facts_at: FactsAt,
    *,
    as_of: datetime,
    known_at: datetime,
    only: Collection[str] | None = None,
    previous: Mapping[str, NodeScore] | None = None,
) -> RollupResult:
    """The health of every node at ``as_of``, parents before children.

    ``facts_at(project, moment)`` must count from what was known at ``known_at``; past local midnights are asked for only
    where a score lies near a threshold. With ``only``, just these nodes are scored anew and the others are taken from
    ``previous``, which must be of the same moment and policy; a node in neither is scored.
    """
    as_of, known_at = as_of.astimezone(UTC), known_at.astimezone(UTC)
    keep = {} if only is None else {key: score for key, score in (previous or {}).items() if key not in only}
    run = _Run(landscape, facts_at, as_of, keep)
    nodes = tuple(keep[node.id] if node.id in keep else run.published(node) for node in landscape.tree.nodes)
    return RollupResult(as_of=as_of, known_at=known_at, policy=landscape.policies["default"].digest, nodes=nodes)


class _Run:
    """One roll-up: the present, and the past midnights that hysteresis asked for."""

    def __init__(self, landscape: Landscape, facts_at: FactsAt, as_of: datetime, keep: Mapping[str, NodeScore]) -> None:
        self.landscape = landscape
        self.facts_at = facts_at
        self.as_of = as_of
        self.keep = keep
        self.world = World(landscape, facts_at, as_of)
        self.scorer = Scorer(self.world, keep)
        self._days: dict[int, Scorer] = {}
        self._bands: dict[str, Banded] = {}

    def banded(self, node: Node) -> Banded:
        if node.id not in self._bands:
            self._bands[node.id] = self._band(node)
        return self._bands[node.id]

    def _band(self, node: Node) -> Banded:
        kept = self.keep.get(node.id)
        if kept is not None:
            return Banded(kept.band, kept.computed_band, kept.band_reasons)
        children = {child.id: self.banded(child) for child, _ in self.world.children.get(node.id, ())}
        override = active_override(self.landscape.overrides, node.id, self.as_of, self.world.today)
        return decide(self.scorer.score(node.id), children, self._daily(node.id), override)

    def _daily(self, node_id: str) -> DailyScore:
        def then(ago: int) -> float | None:
            if ago not in self._days:
                midnight = local_midnight(self.as_of, ago, self.landscape.timezone)
                self._days[ago] = Scorer(World(self.landscape, self.facts_at, midnight))
            return self._days[ago].score(node_id).score

        return then

    def published(self, node: Node) -> NodeScore:
        scored, banded = self.scorer.score(node.id), self.banded(node)
        projects = [self.world.facts(key) for key in self.world.leaves(node.id)]
        records = sum(facts.records for facts in projects)
        failed = sum(facts.failed_records for facts in projects)
        own = self.world.facts(node.id).declared if node.kind is NodeKind.PROJECT else None
        declared = declared_at(self.landscape, node, own, self.as_of)
        rebuilt = any(facts.basis is Basis.RECONSTRUCTED for facts in projects)
        return NodeScore(
            id=node.id,
            kind=node.kind.value,
            name=node.name,
            parent=node.parents[0].id if node.parents else None,
            score=scored.score,
            band=banded.band,
            computed_band=banded.computed,
            band_reasons=banded.reasons,
            coverage=scored.coverage,
            trust=1 - failed / records if records else 1.0,
            basis=Basis.RECONSTRUCTED if rebuilt else Basis.OBSERVED,
            declared_band=declared[0] if declared else None,
            declared_at=declared[1] if declared else None,
            dimensions=as_dimensions(scored),
            lost=scored.lost,
            forecast=self._forecast(node, scored),
            weight_basis=scored.weights.basis if scored.weights and scored.weights.of else None,
            policy=scored.policy.digest,
            totals=totals(projects, self.landscape.money),
            unrated=scored.weights.unrated if scored.weights else (),
            records=records,
            untrusted=untrusted(projects),
        )

    def _forecast(self, node: Node, scored: Scored) -> Forecast | None:
        """Of a project with work in it; the forecast itself says where it is refused."""
        if node.kind is not NodeKind.PROJECT or not self.world.facts(node.id).leaves:
            return None
        return to_forecast(self.world.odds(node.id), start=self.world.today, target=node.target_on)
