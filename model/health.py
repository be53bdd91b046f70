"""What a score is: findings with reasons, values with units, evidence, and what they add up to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pydantic import Field, SkipValidation, field_serializer, with_config

from model.base import STRICT, Instant, Record


class Outcome(StrEnum):
    MEASURED = "MEASURED"
    NOT_ENOUGH_DATA = "NOT_ENOUGH_DATA"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    FAILED = "FAILED"


class Band(StrEnum):
    ON_TRACK = "ON_TRACK"
    AT_RISK = "AT_RISK"
    OFF_TRACK = "OFF_TRACK"
    NO_DATA = "NO_DATA"

    @property
    def words(self) -> str:
        """The band for people: "On track", "No data"."""
        return self.value.replace("_", " ").capitalize()


class Basis(StrEnum):
    OBSERVED = "observed"
    RECONSTRUCTED = "reconstructed"


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Value:
    """A number (or a word) with its unit, e.g. 7 "items", 0.31 "share", 19 "days"."""

    value: float | int | str | bool | None
    unit: str | None = None


class Improvement(Record):
    """The cheapest thing that would help: a sentence, the items to act on, the points of this dimension it gives back.

    ``code`` names the sentence for other languages; None: that of the finding's reason, else of its dimension.
    """

    text: str
    code: str | None = Field(default=None, exclude_if=lambda code: code is None)
    items: tuple[str, ...] = ()
    points: float | None = None


class Finding(Record):
    """A dimension's answer for one node. ``score`` 0..100 only when MEASURED. ``evidence``: item ids, worst first."""

    dimension: str
    version: int
    outcome: Outcome
    score: float | None = Field(default=None, ge=0, le=100)
    reason: str
    reason_code: str
    values: dict[str, Value] = Field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    improvement: Improvement | None = None
    parts: dict[str, float] = Field(default_factory=dict)  # sub-measure → its own score 0..100, where a dimension has several


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Lost:
    """Points lost at a leaf of the receipt: effective weight × points. They sum to 100 − score.

    Of a node with very many projects below, what a dimension costs in most of them is one leaf, of the node itself.
    """

    points: float
    node: str
    dimension: str
    reason: str


class Calibration(Record):
    """How often something like this came true, and over how many."""

    value: float | None
    n: int


class ForecastRecord(Record):
    """What this organisation's own forecasts have shown. ``earned``: the kinds of odds that may be told as a number.

    ``refuted``: so few of the dates held that none is told.
    """

    coverage_p50: Calibration
    coverage_p85: Calibration
    earned: tuple[str, ...] = ()
    refuted: bool = False


EVIDENCE_KEPT = 200
"""So many items a finding names at most that is put together of those of the children."""
ALL_DONE = "done"
"""What is told of a date where nothing is open any more."""


class Forecast(Record):
    """P50 and P85 finish dates "if all output goes to this scope"; None: beyond a year. ``on_time`` only where earned.

    ``refused`` says why there is no forecast at all, ``refused_code`` and ``refused_values`` the same for other languages.
    """

    p50: date | None = None
    p85: date | None = None
    on_time: float | None = Field(default=None, ge=0, le=1)
    on_time_words: str | None = None
    coverage_p85: Calibration | None = None
    refused: str | None = Field(default=None)
    refused_code: str | None = None
    refused_values: dict[str, float] = Field(default_factory=dict)
    weeks: tuple[float, ...] = ()  # cumulative odds of being done after week 1, 2, … (the fan); kept where dates are not told

    @property
    def finished(self) -> bool:
        """Whether nothing is open any more: then its days are of nothing, and none is told."""
        return self.on_time_words == ALL_DONE


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class ScoredDimension:
    """A dimension as it counted at a node. ``weight``: as the policy gives it; ``effective_weight``: after renormalising.

    ``own`` is False where the finding is the weighted mean of the children's.
    """

    finding: Finding
    weight: float
    effective_weight: float
    measured_share: float
    own: bool = True

    @property
    def cut(self) -> bool:
        """Whether more items may be behind it than its finding names."""
        return not self.own and len(self.finding.evidence) >= EVIDENCE_KEPT


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Untrusted:
    """A data-quality check that records failed: how many, and the ids of the first of them."""

    check: str
    total: int
    items: tuple[str, ...] = ()


class Override(Record):
    """A band set by a person, with a reason, until the end of a day."""

    node: str
    band: Band
    reason: str
    by: str
    at: Instant
    until: date


class NodeScore(Record):
    """The health of one node at one moment. ``computed_band`` is what the band was before an override."""

    id: str
    kind: str
    name: str
    parent: str | None
    score: float | None
    band: Band
    computed_band: Band
    band_reasons: tuple[str, ...] = ()
    coverage: float
    trust: float
    basis: Basis
    declared_band: Band | None = None
    declared_at: Instant | None = None
    dimensions: tuple[ScoredDimension, ...] = ()
    lost: tuple[Lost, ...] = ()
    forecast: Forecast | None = None
    weight_basis: str | None = None  # explicit, budget, planned work, equal: how the children were weighed
    unrated: tuple[str, ...] = ()  # currencies of the children's budgets without a rate: not weighed by budget
    policy: str  # digest
    totals: dict[str, Value] = Field(default_factory=dict)  # of the distinct work items below
    records: int = 0  # behind it
    untrusted: tuple[Untrusted, ...] = ()  # by number of records, the largest first

    @property
    def continuous(self) -> bool:
        """Whether it is work without a date to be done by: its flow counts, and the day of its end tells nobody anything."""
        return any(one.finding.reason_code == "schedule_continuous" for one in self.dimensions)


class Gap(Record):
    """A band declared by hand against the computed one. Who declared it is not part of it.

    ``better``: reported better than computed (a watermelon), else worse. ``bands`` 1..2; ``points``: how far the score
    lies beyond the threshold of the declared band, 0 where a cap alone makes the difference. ``since``: since when the two
    have been apart that way; ``earlier``: perhaps longer, it was so at the first moment that is known.
    ``reasons``: what the computed band rests on, with the items behind it.
    """

    node: str
    name: str
    kind: str
    better: bool
    declared: Band
    computed: Band
    bands: int
    points: float
    score: float | None
    since: Instant
    earlier: bool
    declared_at: Instant
    band_reasons: tuple[str, ...] = ()
    reasons: tuple[Finding, ...] = ()


class RollupResult(Record):
    """Scores of all nodes, parents before children, at one moment as known at another.

    ``nodes`` of a large organisation may be made only when they are asked for.
    """

    as_of: Instant
    known_at: Instant
    policy: str
    nodes: SkipValidation[Sequence[NodeScore]]

    @field_serializer("nodes")
    def _each(self, nodes: Sequence[NodeScore]) -> tuple[NodeScore, ...]:
        return tuple(nodes)
