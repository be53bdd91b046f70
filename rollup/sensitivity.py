"""How firmly a node stands in its band: the points to each threshold, and the single changes that would move it.

All of it is about the band by score alone (``rollup.bands.band_of``): caps, hysteresis and overrides act after it and are
told as band reasons. A single weight moves the score between what the other dimensions say and what its own says:
(A + w·s) / (B + w) passes the threshold t at w = (t·B − A) / (s − t), so the smallest change is exact, not searched for.
A weight beside which nothing else would count is no answer, and is not told.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from model.health import Band, NodeScore, Outcome
from model.policy import Policy
from rollup.bands import band_of
from rollup.score import FLOW, SCHEDULE

Kind = Literal["weight", "score"]
MOST_TIMES = 19.0
"""A dimension that weighs so many times what all others do is 95 % of the score: who weighs it more asks for it alone."""
_TINY = 1e-9  # a threshold counts as passed this far beyond it, so that rounding never decides


@dataclass(frozen=True, slots=True)
class Flip:
    """One change that alone moves the band: a weight of the policy, or the score of one dimension, ``old`` to ``new``.

    ``relative``: how far a weight moves as a share of itself; None from a weight of 0. ``points``: how far a score moves.
    """

    kind: Kind
    dimension: str
    old: float
    new: float
    band: Band

    @property
    def relative(self) -> float | None:
        return (self.new - self.old) / self.old if self.kind == "weight" and self.old else None

    @property
    def points(self) -> float | None:
        return self.new - self.old if self.kind == "score" else None


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """``to_better``/``to_worse``: points to the next band (None: there is none beyond, or no score).

    ``better`` and ``worse``: every single change that leads there, the smallest first, weights before scores.
    """

    by_score: Band
    to_better: float | None = None
    to_worse: float | None = None
    better: tuple[Flip, ...] = ()
    worse: tuple[Flip, ...] = ()

    def smallest(self, kind: Kind) -> tuple[Flip | None, Flip | None]:
        """The smallest change of one kind into the better band and into the worse one."""
        found = [next((flip for flip in flips if flip.kind == kind), None) for flips in (self.better, self.worse)]
        return found[0], found[1]


@dataclass(frozen=True, slots=True)
class _Counted:
    """What moves with one number of the policy: its name, its weight there, the weight it has here, the mean score."""

    name: str
    given: float
    weight: float
    score: float


def sensitivity(score: NodeScore, policy: Policy) -> Sensitivity:
    """What would move a node out of its band by score, and by how much; empty where there is no score."""
    if score.score is None:
        return Sensitivity(Band.NO_DATA)
    counted = _counted(score, policy)
    now = band_of(score.score, policy)
    found = Sensitivity(now)
    if now is not Band.ON_TRACK:
        threshold = policy.on_track if now is Band.AT_RISK else policy.at_risk
        better = Band.ON_TRACK if now is Band.AT_RISK else band_of(threshold, policy)
        flips = tuple(_ordered(_flips(score, counted, threshold + _TINY, better)))
        found = replace(found, to_better=threshold - score.score, better=flips)
    if now is not Band.OFF_TRACK:
        threshold = policy.on_track if now is Band.ON_TRACK else policy.at_risk
        worse = band_of(threshold - _TINY, policy)
        flips = tuple(_ordered(_flips(score, counted, threshold - _TINY, worse)))
        found = replace(found, to_worse=score.score - threshold, worse=flips)
    return found


def _counted(score: NodeScore, policy: Policy) -> list[_Counted]:
    """The measured dimensions by the number of the policy that weighs them: flow goes with schedule unless it is named.

    At a parent these two share one place; where the policy gives it no weight, what it would be is not known here.
    """
    groups: dict[str, list[tuple[float, float]]] = {}
    for entry in score.dimensions:
        name, points = entry.finding.dimension, entry.finding.score
        if entry.finding.outcome is not Outcome.MEASURED or points is None:
            continue
        named = SCHEDULE if name == FLOW and FLOW not in policy.weights else name
        given = policy.weights.get(named, 0.0)
        if given or entry.own or named not in (SCHEDULE, FLOW):
            groups.setdefault(named, []).append((entry.weight / given if given else 1.0, points))
    found = []
    for name, members in groups.items():
        share = sum(part for part, _ in members)
        if share > 0:
            given, mean = policy.weights.get(name, 0.0), sum(part * points for part, points in members) / share
            found.append(_Counted(name, given, share * given, mean))
    return sorted(found, key=lambda one: one.name)


def _flips(score: NodeScore, counted: list[_Counted], threshold: float, band: Band) -> Iterator[Flip]:
    total = sum(one.weight for one in counted)
    points = sum(one.weight * one.score for one in counted)
    for one in counted:
        per_given = one.weight / one.given if one.given else 1.0
        rest, rest_points = total - one.weight, points - one.weight * one.score
        apart = one.score - threshold
        weight = (threshold * rest - rest_points) / apart if apart else -1.0
        if 0 < weight <= MOST_TIMES * rest:
            yield Flip("weight", one.name, one.given, weight / per_given, band)
    for entry in score.dimensions:
        own = entry.finding.score
        if own is None or not entry.effective_weight or score.score is None:
            continue
        needed = own + (threshold - score.score) / entry.effective_weight
        if 0 <= needed <= 100:
            yield Flip("score", entry.finding.dimension, own, needed, band)


def _ordered(flips: Iterator[Flip]) -> list[Flip]:
    def size(flip: Flip) -> tuple[bool, float, str]:
        if flip.kind == "weight":
            return False, abs(flip.relative) if flip.relative is not None else float("inf"), flip.dimension
        return True, abs(flip.new - flip.old), flip.dimension

    return sorted(flips, key=size)
