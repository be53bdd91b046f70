"""Roll the whole tree up: scores, bands with their reasons, receipts, forecasts and totals."""

from collections.abc import Collection, Iterable, Iterator, Mapping, MutableMapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, overload

from model.health import Basis, Forecast, NodeScore, RollupResult
from model.landscape import Landscape
from model.tree import Node, NodeKind
from rollup.affected import affected
from rollup.bands import (
    HISTORY_DAYS,
    Banded,
    Standing,
    active_override,
    asks,
    decide,
    local_midnight,
    standing,
)
from rollup.budgets import Budgets, amount_of, in_one_unit
from rollup.compliance import compliance
from rollup.declared import declared_at
from rollup.forecast import to_forecast
from rollup.packed import PackedMapping
from rollup.pmo.counted import counted
from rollup.recall import Day, Recall
from rollup.register_kept import conflicts_into, register_of
from rollup.score import Scored, Scorer, as_dimensions
from rollup.totals import totals
from rollup.trust import untrusted
from rollup.world import FactsAt, View, World

__all__ = ["Recall", "affected", "moments_of", "roll_up"]


def roll_up(
    landscape: Landscape,
    facts_at: FactsAt,
    *,
    as_of: datetime,
    known_at: datetime,
    only: Collection[str] | None = None,
    previous: Mapping[str, NodeScore] | None = None,
    recall: Recall | None = None,
) -> RollupResult:
    """The health of every node at ``as_of``, parents before children.

    ``facts_at(project, moment)`` must count from what was known at ``known_at``; past local midnights are asked for only
    where a score lies near a threshold. With ``only``, just these nodes are scored anew and the others are taken from
    ``previous``, which must be of the same moment and policy; a node in neither is scored. ``recall``: what is remembered
    of the roll-up before, with all that changed since forgotten; it is read and filled.
    """
    as_of, known_at = as_of.astimezone(UTC), known_at.astimezone(UTC)
    keep = {} if only is None else {key: score for key, score in (previous or {}).items() if key not in only}
    run = _Run(landscape, facts_at, as_of, keep, recall or Recall())
    run.score()
    run.look_back()
    nodes = run.published()
    run.note_conflicts()
    return RollupResult(as_of=as_of, known_at=known_at, policy=landscape.policies["default"].digest, nodes=nodes)


def moments_of(landscape: Landscape, as_of: datetime) -> tuple[tuple[datetime, ...], ...]:
    """The moments that the roll-up of a whole tree may ask for, in groups of those that are mostly asked for together.

    First its own with the midnights that bands dwell on, where a margin makes them; of those before them, ever fewer
    projects are asked for: each group is as long as all before it together, so that little is counted in vain, and few
    projects are read twice.
    """
    as_of = as_of.astimezone(UTC)
    dwell = max(policy.dwell_days if policy.margin else 0 for policy in landscape.policies.values())
    days = [local_midnight(as_of, ago, landscape.timezone) for ago in range(1, HISTORY_DAYS + 1)]
    groups = [(as_of, *days[:dwell])]
    while (held := sum(map(len, groups))) <= HISTORY_DAYS:
        groups.append(tuple(days[held - 1 : 2 * held - 1]))
    return tuple(groups)


class _Run:
    """One roll-up: the present, and the past midnights that hysteresis asked for."""

    def __init__(
        self, landscape: Landscape, facts_at: FactsAt, as_of: datetime, keep: Mapping[str, NodeScore], recall: Recall
    ) -> None:
        self.landscape = landscape
        self.facts_at = facts_at
        self.as_of = as_of
        self.keep = keep
        self.world = World(landscape, facts_at, as_of, recall.present)
        self.scorer = Scorer(self.world, keep)
        self._recall = recall
        self._past: dict[str, list[float | None]] = {}
        self._fresh: set[str] = set()
        self._bands = recall.banded
        self._stands: dict[str, Standing] = {}
        self._told: MutableMapping[str, dict[str, Any]] = PackedMapping() if recall.passing else {}

    def score(self) -> None:
        """Score the present, children before their parents: of each node all is told but its band, and facts are let go."""
        if not self.keep and not self._recall.complete:
            for project in self.world.every_project:
                self.world.outline(project)
            self._recall.complete = True
        known = self.keep.keys() | self._recall.published.keys()
        fresh = [node.id for node in reversed(self.landscape.tree.nodes) if node.id not in known]
        for key in self._upwards(fresh, self.world.day):
            self._tell(self.world.nodes[key])

    def _upwards(self, nodes: Sequence[str], day: Day) -> Iterable[str]:
        """What to score one by one for the scores of some nodes.

        Where they are remembered, these alone: what is below them is scored when they ask for it. Else everything below
        them before them, and what was scored is let go of once all that is made of it is scored, too.
        """
        return self._let_go(self._from(nodes), day) if self._recall.passing else nodes

    def _let_go(self, within: Collection[str], day: Day) -> Iterator[str]:
        tree, below = self.landscape.tree, self._below
        left = {node.id: {one.id for one in node.parents if one.id in within} | {node.id} for node in tree.nodes}
        for node, _, _ in reversed(list(tree.walk())):  # children first, those of one parent together
            if node.id in within:
                yield node.id
                for key in (node.id, *below.get(node.id, ())):
                    left[key].discard(node.id)
                    if not left[key]:
                        day.scored.pop(key, None)

    @cached_property
    def _below(self) -> Mapping[str, Sequence[str]]:
        """Per node everything right below it, closed projects and candidates too."""
        found: dict[str, list[str]] = {}
        for node in self.landscape.tree.nodes:
            for parent in node.parents:
                found.setdefault(parent.id, []).append(node.id)
        return found

    def _from(self, nodes: Sequence[str]) -> set[str]:
        """Nodes with all that their scores are made of."""
        found: set[str] = set()
        queue = list(nodes)
        while queue:
            key = queue.pop()
            if key not in found:
                found.add(key)
                queue.extend(child.id for child, _ in self.world.children.get(key, ()))
        return found

    def _tell(self, node: Node) -> None:
        if self.world.at_hand(node.id):
            self.world.unfold(node.id)
        scored = self.scorer.score(node.id)
        self._stands[node.id] = standing(scored)
        self._told[node.id] = self._but_band(node, scored)
        self._fresh.add(node.id)
        if self.world.at_hand(node.id):
            self._count(node)
        self.world.release(node.id)

    def look_back(self) -> None:
        """The scores of the midnights that bands ask for: one midnight after the other, each let go before the next."""
        asking = [node.id for node in self.landscape.tree.nodes if node.id not in self.keep and node.id not in self._bands]
        for ago in range(1, HISTORY_DAYS + 1):
            asking = [key for key in asking if asks(self._stands[key], self._past.get(key, ()))]
            if not asking:
                return
            midnight = local_midnight(self.as_of, ago, self.landscape.timezone)
            world = World(self.landscape, self.facts_at, midnight, self._recall.day(midnight), later=self.world)
            scorer, asked = Scorer(world, bare=True), set(asking)
            for key in self._upwards(asking, world.day):
                score = scorer.score(key).score
                if key in asked:
                    self._past.setdefault(key, []).append(score)

    def published(self) -> Sequence[NodeScore]:
        """The scores of all nodes, in the tree's order; where nothing is remembered, each is made when it is asked for."""
        if self._recall.passing and not self.keep:
            return _Later(self._told, {node.id: self.banded(node) for node in self.landscape.tree.nodes})
        keep, known, nodes = self.keep, self._recall.published, self.world.nodes
        known.update((key, _banded(told, self.banded(nodes[key]))) for key, told in self._told.items())
        return tuple([keep.get(key) or known[key] for key in nodes])

    def _count(self, node: Node) -> None:
        """What is kept of a project beside its score, while its facts are at hand."""
        policy = self.landscape.policy_for(node.project_class, node.policy)
        rules = compliance(View(node, policy, self.world, (self.world.facts(node.id).whole(),)))
        self._recall.counted[node.id] = counted(self.world, node.id, rules)
        if self._recall.registering:
            self._recall.registers[node.id] = register_of(self.world, node.id, rules)

    def note_conflicts(self) -> None:
        """The conflicts of the projects that were scored, and of those to which slips are carried along links."""
        if self._recall.registering:
            known = self._fresh | self._recall.reached
            near = [node.id for node in self.landscape.tree.projects() if node.id in known]
            self._recall.conflicts.update(conflicts_into(self.world, near) if near else {})

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
        return decide(self._stands[node.id], children, lambda ago: self._past[node.id][ago - 1], override)

    def _but_band(self, node: Node, scored: Scored) -> dict[str, Any]:
        """The fields of a node's score but those of its band, which rests on other days and nodes."""
        below = self.world.tally(node.id)
        own = self.world.outline(node.id).declared if node.kind is NodeKind.PROJECT else None
        declared = declared_at(self.landscape, node, own, self.as_of)
        return {
            "id": node.id,
            "kind": node.kind.value,
            "name": node.name,
            "parent": node.parents[0].id if node.parents else None,
            "score": scored.score,
            "coverage": scored.coverage,
            "trust": 1 - below.failed_records / below.records if below.records else 1.0,
            "basis": Basis.RECONSTRUCTED if below.rebuilt else Basis.OBSERVED,
            "declared_band": declared[0] if declared else None,
            "declared_at": declared[1] if declared else None,
            "dimensions": as_dimensions(scored),
            "lost": scored.lost,
            "forecast": self._forecast(node, scored),
            "weight_basis": scored.weights.basis if scored.weights and scored.weights.of else None,
            "policy": scored.policy.digest,
            "totals": totals(below, self._budgets(node)),
            "unrated": scored.weights.unrated if scored.weights else (),
            "records": below.records,
            "untrusted": untrusted(below),
        }

    def _budgets(self, node: Node) -> Budgets:
        """Of the projects at or below a node, those that have one."""
        nodes, tree, money = self.world.nodes, self.landscape.tree, self.landscape.money

        def compared() -> Budgets:
            return in_one_unit({key: own for key in tree.leaves(node.id) if (own := amount_of(nodes[key].budget))}, money)

        return self.world.day.made(("budgets below", node.id), (tree, money), compared)

    def _forecast(self, node: Node, scored: Scored) -> Forecast | None:
        """Of a project with work in it; the forecast itself says where it is refused. It looks at nothing beyond it."""
        if node.id in self.world.day.before and node.id in self._recall.forecasts:
            return self._recall.forecasts[node.id]
        if node.kind is not NodeKind.PROJECT or not self.world.facts(node.id).leaves:
            return None
        record = self.landscape.forecast_record
        return to_forecast(self.world.odds(node.id), start=self.world.today, target=node.target_on, record=record)


class _Later(Sequence[NodeScore]):
    """Scores that are made when they are asked for, in the order of ``bands``."""

    def __init__(self, told: Mapping[str, dict[str, Any]], bands: Mapping[str, Banded]) -> None:
        self._told = told
        self._bands = bands
        self._keys = tuple(bands)

    def __len__(self) -> int:
        return len(self._keys)

    @overload
    def __getitem__(self, place: int) -> NodeScore: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[NodeScore]: ...

    def __getitem__(self, place: int | slice) -> NodeScore | Sequence[NodeScore]:
        if isinstance(place, slice):
            return tuple(map(self._made, self._keys[place]))
        return self._made(self._keys[place])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]

    def _made(self, key: str) -> NodeScore:
        return _banded(self._told[key], self._bands[key])


def _banded(told: Mapping[str, Any], banded: Banded) -> NodeScore:
    """A score with its band."""
    return NodeScore(**told, band=banded.band, computed_band=banded.computed, band_reasons=banded.reasons)
