"""How one connection's own words are read: which of its fields, statuses and types mean what.

Everything is optional; what is missing comes from the connector's own defaults (see ``discover``).
"""

from pydantic import Field

from model.base import Record
from model.work import ItemType, StatusCategory


class RiskFields(Record):
    """Ids of the fields that hold a risk's probability (0..1, or 0..100 %), impact (1..5) and response to it."""

    probability: str | None = None
    impact: str | None = None
    response: str | None = None


class BenefitFields(Record):
    """Ids of the fields of a benefit's register entry."""

    baseline: str | None = None
    target: str | None = None
    actual: str | None = None


class DependsOn(Record):
    """Which link types mean "source blocks target", and the field that holds URLs of blockers in another tool."""

    link_types: tuple[str, ...] = ("Blocks",)
    url_field: str | None = None


class HealthFieldNames(Record):
    """Ids of existing fields that carry our health, instead of fields made by ``setup``."""

    health: str | None = None
    score: str | None = None
    reason: str | None = None


class Mapping(Record):
    """Field ids are the tool's own; statuses and types are named by their name or id in the tool.

    ``facets``: a word of ours → the field whose values lenses group by.
    """

    story_points: str | None = None
    start_date: str | None = None
    estimate_hours: str | None = None
    severity: str | None = None
    statuses: dict[str, StatusCategory] = Field(default_factory=dict)
    types: dict[str, ItemType] = Field(default_factory=dict)
    risk: RiskFields = RiskFields()
    benefit: BenefitFields = BenefitFields()
    declared_status: str | None = None
    depends_on: DependsOn = DependsOn()
    facets: dict[str, str] = Field(default_factory=dict)
    health_fields: HealthFieldNames = HealthFieldNames()
