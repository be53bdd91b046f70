"""How the document says what a project is worth and what it takes (``case:``)."""

from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Discriminator, Field, Tag

from config.faults import refuse
from config.parts import Label, Meant, NodeId, Part
from config.prices import Currency
from model.case import Case, Demand, Gain, is_quarter

Rating = Annotated[float, Field(ge=0), Meant]
Share = Annotated[float, Field(ge=0, le=1)]


def _quarter(value: str) -> str:
    if not is_quarter(value):
        raise refuse(f"{value!r} is no quarter.", "Write the year and the quarter, e.g. 2027-Q1.")
    return value


def _kind(value: Any) -> str:
    return "<parts>" if isinstance(value, dict | Part) else "<number>"


def _parts(value: dict[str, float]) -> dict[str, float]:
    if not value:
        raise refuse("The value has no part.", "Rate one part of the value model at least, or write a number.")
    return value


Quarter = Annotated[str, AfterValidator(_quarter)]
Hours = Annotated[float, Field(gt=0), Meant]


class ExposureEntry(Part):
    """A risk as probability times impact, both shares."""

    probability: Share
    impact: Share


class GainEntry(Part):
    """What the project brings in."""

    model_config = ConfigDict(allow_inf_nan=False)

    per_year: Annotated[float, Meant] = Field(ge=0)
    currency: Currency
    years: float = Field(gt=0, le=100)


ValueChoice = Annotated[
    Annotated[Rating, Tag("<number>")]
    | Annotated[Annotated[dict[Label, Rating], AfterValidator(_parts)], Tag("<parts>")],
    Discriminator(_kind),
]
RiskChoice = Annotated[
    Annotated[Share, Tag("<number>")] | Annotated[ExposureEntry, Tag("<parts>")], Discriminator(_kind)
]


class CaseEntry(Part):
    """The case for a project. Its cost is the project's ``budget``."""

    value: ValueChoice | None = None
    time_criticality: Rating | None = None
    risk_reduction: Rating | None = None
    size: float | None = Field(default=None, gt=0)
    demand: dict[Label, dict[Quarter, Hours]] = Field(default_factory=dict)
    risk: RiskChoice | None = None
    mandatory: bool = False
    needs: tuple[NodeId, ...] = ()
    excludes: tuple[NodeId, ...] = ()
    benefit: GainEntry | None = None

    def record(self) -> Case:
        """The case in the model's words; the skills and quarters of its demand in their order."""
        parts = self.value if isinstance(self.value, dict) else {}
        risk = self.risk
        return Case(
            value=None if isinstance(self.value, dict) else self.value,
            parts=tuple(sorted(parts.items())),
            time_criticality=self.time_criticality,
            risk_reduction=self.risk_reduction,
            size=self.size,
            demand=tuple(
                Demand(skill=skill, quarter=quarter, hours=hours)
                for skill, quarters in sorted(self.demand.items())
                for quarter, hours in sorted(quarters.items())
            ),
            risk=risk.probability * risk.impact if isinstance(risk, ExposureEntry) else risk,
            mandatory=self.mandatory,
            needs=tuple(dict.fromkeys(self.needs)),
            excludes=tuple(dict.fromkeys(self.excludes)),
            gain=Gain(**self.benefit.model_dump()) if self.benefit else None,
        )
