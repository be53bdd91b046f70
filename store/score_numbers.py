"""Stored scores without their words: a change that is only tried asks for those of a whole portfolio at once.

Reasons, evidence, values and receipts are most of a score's text, and making records of them most of the time it takes.
"""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import ConfigDict, Field, with_config

from model.health import Finding, Forecast, Improvement, Lost, NodeScore, ScoredDimension, Untrusted, Value

_SKIPPED = Field(validation_alias="")
_NOTHING: Any = Field(validation_alias="", default_factory=dict)
_LOOSE = ConfigDict(frozen=True, extra="ignore")


class _Finding(Finding):
    model_config = _LOOSE

    reason: Annotated[str, _SKIPPED] = ""
    values: dict[str, Value] = _NOTHING
    evidence: Annotated[tuple[str, ...], _SKIPPED] = ()
    improvement: Annotated[Improvement | None, _SKIPPED] = None
    parts: dict[str, float] = _NOTHING


@with_config(_LOOSE)
@dataclass(frozen=True, slots=True)
class _Dimension(ScoredDimension):
    finding: _Finding


class _NodeScore(NodeScore):
    model_config = _LOOSE

    dimensions: tuple[_Dimension, ...] = ()
    lost: Annotated[tuple[Lost, ...], _SKIPPED] = ()
    forecast: Annotated[Forecast | None, _SKIPPED] = None
    untrusted: Annotated[tuple[Untrusted, ...], _SKIPPED] = ()


def numbers_of(body: str) -> NodeScore:
    """A score with outcomes, scores, weights and totals as they were stored, and nothing else."""
    return _NodeScore.model_validate_json(body)
