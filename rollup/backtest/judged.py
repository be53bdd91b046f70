"""Scores of forecasts against what happened: Brier, skill with its lower bound, calibration, coverage, pinball; the gate.

Outcomes of one project hang together, so every interval resamples whole projects (clusters), never single outcomes.
``draw(n)`` gives a number from 0 to n−1: the caller holds the seed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, TypeVar

from model.health import Calibration

T = TypeVar("T")
Draw = Callable[[int], int]
Base = Literal["expanding", "rolling"]
ROUNDS = 1000
BINS = 10
GATE_OUTCOMES, GATE_CLUSTERS = 50, 8
REFUTED_CLUSTERS, LEAST_P85 = 3, 0.80
BEYOND = 53
"""What a finish beyond the horizon of 52 weeks counts as, in weeks."""


@dataclass(frozen=True, slots=True)
class Bet:
    """Odds that were said and what came; the base rates are of outcomes that were known when it was said."""

    cluster: str
    odds: float
    came_true: bool
    expanding: float
    rolling: float

    def base(self, which: Base) -> float:
        return self.expanding if which == "expanding" else self.rolling


@dataclass(frozen=True, slots=True)
class Dates:
    """Weeks to P50 and P85 as they were said (None: beyond a year), and whether each held (None: not decided yet).

    ``took``: weeks it did take, None where that is not known or beyond a year; ``decided``: a year is over, or it is done.
    """

    cluster: str
    p50: int | None
    p85: int | None
    p50_held: bool | None
    p85_held: bool | None
    took: int | None
    decided: bool


@dataclass(frozen=True, slots=True)
class Bin:
    """Odds between two bounds: what was said on average, what share came true, of how many."""

    said: float
    came_true: float
    n: int


@dataclass(frozen=True, slots=True)
class Skill:
    """1 − Brier / Brier of a base rate, with the 2.5 % quantile of the cluster bootstrap (None below two clusters)."""

    value: float | None
    lower: float | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """Share of dates that held, with a 95 % interval of the cluster bootstrap (None below two clusters)."""

    value: float | None
    n: int
    clusters: int
    low: float | None
    high: float | None

    @property
    def calibration(self) -> Calibration:
        return Calibration(value=None if self.value is None else round(self.value, 4), n=self.n)


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether odds of a kind may be shown as a number here; ``why`` not."""

    n: int
    clusters: int
    skill: Skill
    earned: bool
    why: str | None


def brier(bets: Sequence[Bet]) -> float | None:
    """Mean squared distance of the odds from what came; 0 is perfect."""
    return sum((bet.odds - bet.came_true) ** 2 for bet in bets) / len(bets) if bets else None


def skill(bets: Sequence[Bet], base: Base, draw: Draw) -> Skill:
    """Skill against a base rate."""
    sums = [
        (sum((bet.odds - bet.came_true) ** 2 for bet in one), sum((bet.base(base) - bet.came_true) ** 2 for bet in one))
        for one in _clusters(bets, key=lambda bet: bet.cluster)
    ]
    value = _ratio(sums)
    drawn = sorted(ratio for one in _resampled(sums, draw) if (ratio := _ratio(one)) is not None)
    return Skill(value, drawn[int(0.025 * len(drawn))] if drawn else None)


def _ratio(sums: Sequence[tuple[float, float]]) -> float | None:
    ours, theirs = sum(one for one, _ in sums), sum(other for _, other in sums)
    return 1 - ours / theirs if theirs > 0 else None


def calibration_error(bets: Sequence[Bet]) -> float | None:
    """Mean distance between what was said and what came true, over ten bins of equal width, weighed by their number."""
    if not bets:
        return None
    return sum(one.n * abs(one.said - one.came_true) for one in reliability(bets)) / len(bets)


def reliability(bets: Sequence[Bet]) -> tuple[Bin, ...]:
    """The reliability table: each bin that has a bet, the lowest odds first."""
    found = []
    for place in range(BINS):
        one = [bet for bet in bets if min(BINS - 1, int(bet.odds * BINS)) == place]
        if one:
            said, came = sum(bet.odds for bet in one) / len(one), sum(bet.came_true for bet in one) / len(one)
            found.append(Bin(said, came, len(one)))
    return tuple(found)


def coverage(dates: Sequence[Dates], which: Literal["p50", "p85"], draw: Draw) -> Coverage:
    """How many of the dates that are decided held."""
    held = [(one.cluster, one.p50_held if which == "p50" else one.p85_held) for one in dates]
    known = [(cluster, float(value)) for cluster, value in held if value is not None]
    sums = [(sum(value for _, value in one), float(len(one))) for one in _clusters(known, key=lambda pair: pair[0])]
    if not known:
        return Coverage(None, 0, 0, None, None)
    drawn = sorted(sum(a for a, _ in one) / sum(n for _, n in one) for one in _resampled(sums, draw))
    low, high = (drawn[int(0.025 * len(drawn))], drawn[int(0.975 * len(drawn))]) if drawn else (None, None)
    return Coverage(sum(value for _, value in known) / len(known), len(known), len(sums), low, high)


def pinball(dates: Sequence[Dates]) -> float | None:
    """Mean pinball loss in weeks, P50 and P85 together, of what is decided; what is beyond a year counts as 53 weeks."""
    known = [one for one in dates if one.decided]
    if not known:
        return None
    total = 0.0
    for one in known:
        took = BEYOND if one.took is None else one.took
        for share, said in ((0.5, one.p50), (0.85, one.p85)):
            over = took - (BEYOND if said is None else said)
            total += share * over if over >= 0 else (share - 1) * over
    return total / len(known)


def gate(bets: Sequence[Bet], draw: Draw) -> Gate:
    """The right to a number: at least 50 closed outcomes in at least 8 clusters, and a lower bound of the skill against
    the rolling base rate that is above nothing."""
    found = skill(bets, "rolling", draw)
    clusters = len({bet.cluster for bet in bets})
    why = None
    if len(bets) < GATE_OUTCOMES:
        why = f"{len(bets)} outcomes, {GATE_OUTCOMES} are needed"
    elif clusters < GATE_CLUSTERS:
        why = f"outcomes of {clusters} projects, {GATE_CLUSTERS} are needed"
    elif found.lower is None or found.lower <= 0:
        why = "no skill beyond the rolling base rate has been shown"
    return Gate(len(bets), clusters, found, why is None, why)


def refuted(p85: Coverage) -> bool:
    """Whether P85 dates may no longer be told: at least 50 are decided, of at least 3 projects, and even the upper bound of the
    share that held is below 0.80. It takes less to lose a right than to earn one."""
    known = p85.n >= GATE_OUTCOMES and p85.clusters >= REFUTED_CLUSTERS
    return known and p85.high is not None and p85.high < LEAST_P85


def _clusters(rows: Sequence[T], key: Callable[[T], str]) -> list[list[T]]:
    return [list(one) for _, one in groupby(sorted(rows, key=key), key=key)]


def _resampled(rows: Sequence[T], draw: Draw) -> list[list[T]]:
    """So many draws of as many clusters with replacement; none below two."""
    if len(rows) < 2:
        return []
    return [[rows[draw(len(rows))] for _ in rows] for _ in range(ROUNDS)]


@dataclass(frozen=True, slots=True)
class Judged:
    """Everything that is told of forecasts of one kind."""

    n: int
    clusters: int
    brier: float | None
    expanding: Skill
    rolling: Skill
    calibration_error: float | None
    reliability: tuple[Bin, ...]
    p50: Coverage
    p85: Coverage
    pinball: float | None
    gate: Gate


def judge(bets: Sequence[Bet], dates: Sequence[Dates], draw: Draw) -> Judged:
    """Judge odds by ``bets`` and dates by ``dates``."""
    return Judged(
        n=len(bets),
        clusters=len({bet.cluster for bet in bets}),
        brier=brier(bets),
        expanding=skill(bets, "expanding", draw),
        rolling=skill(bets, "rolling", draw),
        calibration_error=calibration_error(bets),
        reliability=reliability(bets),
        p50=coverage(dates, "p50", draw),
        p85=coverage(dates, "p85", draw),
        pinball=pinball(dates),
        gate=gate(bets, draw),
    )
