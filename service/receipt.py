"""The receipt as a page shows it: a line for each dimension, what costs most first."""

from collections.abc import Sequence
from dataclasses import dataclass

from model.health import Lost, NodeScore, Outcome, ScoredDimension
from rollup.told import PERSONAL, Told

LEAST = 0.05
MOST_PLACES = 5
_UNNAMED = frozenset({"resources"})
"""Dimensions whose items lead to single people."""


@dataclass(frozen=True)
class Entry:
    """A dimension on the page. ``points``: what it takes from the score (None: it counts nothing).

    ``help_points``: what its cheapest help gives back to the node. ``places``: of a parent, the projects where most is
    lost, with how many ``more_places`` there are. ``hidden``: it has items that are not to be shown.
    """

    scored: ScoredDimension
    points: float | None
    reason: str
    help: str | None
    help_points: float | None
    items: tuple[str, ...]
    places: tuple[Lost, ...]
    more_places: int
    hidden: bool


def entries(score: NodeScore, *, named: bool) -> Sequence[Entry]:
    """The lines, then what counts nothing, then what does not apply. ``named``: the policy lets people be named."""
    told = Told(score)
    by_dimension: dict[str, list[Lost]] = {}
    for lost in score.lost:
        if lost.node != score.id and lost.points >= LEAST:
            by_dimension.setdefault(lost.dimension, []).append(lost)
    found = [_entry(told, one, by_dimension.get(one.finding.dimension, []), named=named) for one in score.dimensions]
    return sorted(found, key=_attention)


def best_help(lines: Sequence[Entry]) -> Entry | None:
    """The line whose improvement gives most points back to the node; None where nothing is known to help."""
    offers = [one for one in lines if one.help and one.help_points is not None and one.help_points >= LEAST]
    return max(offers, key=lambda one: one.help_points or 0.0, default=None)


def _entry(told: Told, scored: ScoredDimension, lost: list[Lost], *, named: bool) -> Entry:
    finding, help_ = scored.finding, scored.finding.improvement
    shown = named or finding.dimension not in _UNNAMED
    places = sorted(lost, key=lambda one: -one.points)
    if not shown:
        places = [Lost(points=one.points, node=one.node, dimension=one.dimension, reason="") for one in places]
    counts = finding.outcome is Outcome.MEASURED and scored.effective_weight > 0
    return Entry(
        scored=scored,
        points=scored.effective_weight * (100 - (finding.score or 0.0)) if counts else None,
        reason=finding.reason if shown and finding.reason_code not in PERSONAL else told.reason(scored),
        help=told.improvement(scored),
        help_points=scored.effective_weight * help_.points if help_ is not None and help_.points is not None else None,
        items=finding.evidence if shown else (),
        places=tuple(places[:MOST_PLACES]),
        more_places=max(0, len(places) - MOST_PLACES),
        hidden=not shown and bool(finding.evidence),
    )


def _attention(entry: Entry) -> tuple[int, float, str]:
    finding = entry.scored.finding
    if entry.points is not None:
        return 0, -entry.points, finding.dimension
    if finding.outcome is Outcome.NOT_APPLICABLE:
        return 3, 0.0, finding.dimension
    return (1 if entry.scored.weight > 0 else 2), 0.0, finding.dimension
