"""The rules of scoring as data, versioned by their content."""

import hashlib
from typing import Literal

from pydantic import Field, field_validator

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
