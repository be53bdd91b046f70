"""Stored scores without their words: what is tried, or told of a whole portfolio, asks for thousands of them at once.

Reasons, evidence, values and receipts are most of a score's text, and making records of them most of the time it takes.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Annotated, Any

from msgspec import Struct
from msgspec.json import Decoder, Encoder
from pydantic import ConfigDict, Field, with_config

from model.health import Band, Finding, Forecast, Improvement, Lost, NodeScore, ScoredDimension, Untrusted, Value

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


class Load(Struct, frozen=True, omit_defaults=True, dict=True):
    """How full a team is, of all that its dimension tells."""

    people: Value | None = None
    overbooked: Value | None = None
    overbooked_across_projects: Value | None = None
    worst_load: Value | None = None

    @classmethod
    def of(cls, score: NodeScore) -> "Load":
        """What a project's dimension of people tells; empty where it is not measured."""
        told = next((one.finding.values for one in score.dimensions if one.finding.dimension == "resources"), {})
        return cls(**{name: told[name] for name in cls.__struct_fields__ if name in told})

    @cached_property
    def numbers(self) -> tuple[int, int, int, float | None]:
        """People, those over-booked, those over-booked across projects, and the fullest one's load as a share."""
        people, over, across = map(_whole, (self.people, self.overbooked, self.overbooked_across_projects))
        fullest = self.worst_load.value if self.worst_load else None
        return people, over, across, fullest if isinstance(fullest, float) else None


def _whole(value: Value | None) -> int:
    return value.value if value is not None and isinstance(value.value, int) else 0


class Standing(Struct, frozen=True, omit_defaults=True):
    """How a node stands: as much of its score as lists of thousands of nodes tell. ``load``: of its people."""

    id: str
    kind: str
    name: str
    band: Band
    computed_band: Band
    score: float | None = None
    declared_band: Band | None = None
    load: Load = Load()


_STANDING, _WRITTEN = Decoder(Standing), Encoder()


def standing_text(score: NodeScore) -> str:
    """What is kept of a score beside it, for ``standing_of``."""
    return _WRITTEN.encode(
        Standing(
            id=score.id, kind=score.kind, name=score.name, band=score.band, computed_band=score.computed_band,
            score=score.score, declared_band=score.declared_band,
            load=Load.of(score),
        )
    ).decode()  # fmt: skip


@lru_cache(maxsize=8192)
def standing_of(text: str) -> Standing:
    """How a node stands, by what was kept of its score."""
    return _STANDING.decode(text)


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
