"""The rules of scoring as data, versioned by their content."""

import hashlib
from enum import StrEnum
from typing import Literal

from pydantic import Field, field_validator, model_validator

from model.base import Record

DEFAULT_WEIGHTS = {
    "schedule": 30.0,
    "scope": 15.0,
    "cost": 15.0,
    "quality": 15.0,
    "risk": 15.0,
    "resources": 10.0,
    "dependencies": 15.0,
    "benefits": 10.0,
    "alignment": 10.0,
    "governance": 0.0,
}


class Predicate(StrEnum):
    """What a rule of governance can ask of a project. docs/governance.md says when each applies."""

    HAS_SPONSOR = "has_sponsor"
    HAS_START_DATE = "has_start_date"
    HAS_TARGET_DATE = "has_target_date"
    HAS_BUDGET = "has_budget"
    HAS_GOAL = "has_goal"
    HAS_BASELINE = "has_baseline"
    HAS_RISKS = "has_risks"
    RISKS_OWNED = "risks_owned"
    RISKS_ASSESSED = "risks_assessed"
    RISKS_ANSWERED = "risks_answered"
    RISKS_REVIEWED = "risks_reviewed"
    STATUS_UPDATED = "status_updated"
    RECENTLY_UPDATED = "recently_updated"
    PROGRESS_ASSIGNED = "progress_assigned"


TIMED = frozenset(
    {
        Predicate.RISKS_REVIEWED,
        Predicate.STATUS_UPDATED,
        Predicate.RECENTLY_UPDATED,
        Predicate.PROGRESS_ASSIGNED,
    }
)
"""Predicates that need to be told within how many days."""
GUIDANCE = "/guidance#"
"""The page of ours that explains every predicate."""


class Rule(Record):
    """One standard: what must hold, of which classes of project (none named: of all), and where it is explained.

    ``within_days`` belongs to the predicates that ask for something recent, and to no other.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")
    holds: Predicate
    within_days: int | None = Field(default=None, ge=0)
    classes: tuple[str, ...] = ()
    guidance: str = ""

    @model_validator(mode="after")
    def _timed(self) -> "Rule":
        if (self.within_days is None) == (self.holds in TIMED):
            asks = "needs within_days" if self.holds in TIMED else "takes no within_days"
            raise ValueError(f"the rule {self.id!r}: {self.holds.value} {asks}")
        return self

    @property
    def link(self) -> str:
        """Where the rule is explained: its own page, else ours."""
        return self.guidance or f"{GUIDANCE}{self.holds.value}"


DEFAULT_RULES = (
    Rule(id="has_sponsor", holds=Predicate.HAS_SPONSOR),
    Rule(id="has_start_date", holds=Predicate.HAS_START_DATE),
    Rule(id="has_goal", holds=Predicate.HAS_GOAL),
    Rule(id="risks_owned", holds=Predicate.RISKS_OWNED),
    Rule(id="recently_updated", holds=Predicate.RECENTLY_UPDATED, within_days=14),
    Rule(id="progress_assigned", holds=Predicate.PROGRESS_ASSIGNED, within_days=0),
)


class Policy(Record):
    """Weights, thresholds and caps. ``curves`` holds a dimension's own numbers by name: see docs/health-model.md.

    ``on_track`` and ``at_risk`` are the lowest scores of their bands; ``margin`` is in points, ``dwell_days`` in days.
    ``critical``: a dimension and the floor under which it caps the band. ``watermelon_days``: how long a status declared
    against the computed one is shown to the node's own people alone.
    """

    name: str
    weights: dict[str, float] = Field(default_factory=lambda: dict(DEFAULT_WEIGHTS))
    on_track: float = Field(default=70.0, ge=0, le=100)
    at_risk: float = Field(default=40.0, ge=0, le=100)
    min_coverage: float = Field(default=0.5, ge=0, le=1)
    required: tuple[str, ...] = ("schedule",)
    margin: float = Field(default=3.0, ge=0)
    dwell_days: int = Field(default=3, ge=0)
    cap_share: float = Field(default=0.2, ge=0, le=1)
    critical: dict[str, float] = Field(default_factory=lambda: {"schedule": 40.0, "cost": 40.0})
    people: Literal["off", "aggregate", "named"] = "aggregate"
    watermelon_days: int = Field(default=7, ge=0)
    curves: dict[str, float] = Field(default_factory=dict)
    rules: tuple[Rule, ...] = DEFAULT_RULES

    @field_validator("rules")
    @classmethod
    def _rules(cls, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        ids = [rule.id for rule in rules]
        if len(set(ids)) < len(ids):
            raise ValueError("two rules have the same id")
        return rules

    @field_validator("weights")
    @classmethod
    def _weights(cls, weights: dict[str, float]) -> dict[str, float]:
        if not weights or not any(weight > 0 for weight in weights.values()):
            raise ValueError("the policy names no dimension with a weight above 0")
        if any(weight < 0 for weight in weights.values()):
            raise ValueError("a weight is below 0")
        return weights

    @property
    def digest(self) -> str:
        """The name and the first 12 hex digits of the content's SHA-256: two policies share it only if they are equal."""
        return f"{self.name}@{hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]}"
