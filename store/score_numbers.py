"""Stored scores without their words: what is tried, or told of a whole portfolio, asks for thousands of them at once.

Reasons, evidence, values and receipts are most of a score's text, and making records of them most of the time it takes.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from msgspec import Struct
from msgspec.json import Decoder
from pydantic import ConfigDict, Field, with_config

from model.health import Band, Basis, Finding, Forecast, Improvement, Lost, NodeScore, ScoredDimension, Untrusted, Value

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


class _Load(Struct):
    """How full a team is, of all that its dimension tells."""

    people: Value | None = None
    overbooked: Value | None = None
    overbooked_across_projects: Value | None = None
    worst_load: Value | None = None


class _Told(Struct):
    dimension: str
    values: _Load | None = None


class _Entry(Struct):
    finding: _Told


class _Standing(Struct):
    id: str
    kind: str
    name: str
    parent: str | None
    score: float | None
    band: Band
    computed_band: Band
    coverage: float
    trust: float
    basis: Basis
    policy: str
    declared_band: Band | None = None
    declared_at: datetime | None = None
    dimensions: tuple[_Entry, ...] = ()


_STANDING = Decoder(_Standing)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a node stands. ``score``: without its dimensions and what they rest on. ``load``: values of ``resources``."""

    score: NodeScore
    load: dict[str, Value]


def standing_of(body: str) -> Standing:
    """How a node stands, by its stored score. Nothing else of it is looked at, which takes a tenth of the time."""
    read = _STANDING.decode(body)
    load = next((one.finding.values for one in read.dimensions if one.finding.dimension == "resources"), None) or _Load()
    fields = {name: getattr(read, name) for name in _Standing.__struct_fields__ if name != "dimensions"}
    held = {name: value for name in _Load.__struct_fields__ if (value := getattr(load, name)) is not None}
    return Standing(NodeScore.model_construct(**fields, totals={}), held)  # a default that is made is looked up slowly


class _Bands(Struct):
    computed_band: Band
    declared_band: Band | None = None
    declared_at: datetime | None = None


_BANDS = Decoder(_Bands)


@dataclass(frozen=True, slots=True)
class Stood:
    """What was declared, when, and what was computed at the moment of a score."""

    as_of: datetime
    declared_band: Band | None
    declared_at: datetime | None
    computed_band: Band


def stood(body: str, as_of: datetime) -> Stood:
    """The bands of a stored score, and nothing else of it."""
    read = _BANDS.decode(body)
    return Stood(as_of, read.declared_band, read.declared_at, read.computed_band)
