"""Score and band over time, from history: the line of a sparkline."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from model.health import Band, Basis
from model.landscape import Landscape
from rollup.bands import Banded, decide, standing
from rollup.score import Scorer
from rollup.world import FactsAt, World


class Point(NamedTuple):
    """One node at one moment."""

    node: str
    at: datetime
    score: float | None
    band: Band
    basis: Basis


def trend(landscape: Landscape, facts_at: FactsAt, *, moments: Sequence[datetime], known_at: datetime) -> list[Point]:
    """Every node at every moment up to ``known_at``, in the order of moments and of the tree.

    Bands are by score and caps alone, without hysteresis and override: cheap enough for a year of weeks.
    """
    points: list[Point] = []
    for moment in moments:
        if moment > known_at:
            continue
        at = moment.astimezone(UTC)
        world = World(landscape, facts_at, at)
        scorer = Scorer(world)
        bands: dict[str, Banded] = {}
        for node in reversed(landscape.tree.nodes):
            scored = scorer.score(node.id)
            bands[node.id] = decide(standing(scored), bands, lambda _: None, None)
        for node in landscape.tree.nodes:
            rebuilt = any(world.facts(key).basis is Basis.RECONSTRUCTED for key in world.leaves(node.id))
            basis = Basis.RECONSTRUCTED if rebuilt else Basis.OBSERVED
            points.append(Point(node.id, at, scorer.score(node.id).score, bands[node.id].band, basis))
    return points
