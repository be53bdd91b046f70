"""The schema of the YAML document, as people write it. ``loader`` turns it into model records."""

import math
from collections.abc import Iterator
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from config.cases import CaseEntry
from config.connection_rules import check_options
from config.courtesy import PublishingEntry
from config.endpoints import GoalEntry, SourceEntry, TargetEntry, kinds_error
from config.faults import Path, refuse
from config.keeping import RetentionEntry
from config.logins import LoginEntry
from config.notify import MailAddress, NotifyEntry
from config.parts import (
    ConnectionKey,
    ConnectionName,
    Country,
    Day,
    Label,
    LensName,
    Meant,
    NodeId,
    Part,
    ToolName,
    Zone,
    as_texts,
    meant,
)
from config.prices import Currency, RateEntry, Worth, currency_code
from model.derived import Origin
from model.mapping import Mapping
from model.policy import Rule
from model.tree import Budget, ProjectState

ORIGIN_KINDS = ("portfolio", "jql", "label", "category")
LENS_KINDS = ("label_prefix", "field", "tag", "by")


class ConnectionEntry(Part):
    """One connection. Every key beside these is an option of the tool, which checks it itself."""

    model_config = ConfigDict(extra="allow")

    tool: ToolName
    allow_insecure: bool = False

    @property
    def options(self) -> dict[str, Any]:
        """The tool's own keys."""
        return dict(self.__pydantic_extra__ or {})

    @model_validator(mode="after")
    def _urls(self) -> "ConnectionEntry":
        check_options(self.options, allow_insecure=self.allow_insecure)
        return self


class AbsenceEntry(Part):
    """Days on which somebody is away, both included."""

    first: Day = Field(alias="from")
    last: Day = Field(alias="until")

    @model_validator(mode="after")
    def _in_order(self) -> "AbsenceEntry":
        if self.last < self.first:
            raise refuse(f"The absence ends on {self.last}, before it begins.", "Swap from and until.", at="until")
        return self


class PersonEntry(Part):
    """The same person in several tools. ``ids``: ``<connection>:<account id in the tool>``; ``email``: for notices.

    ``role``: what the person is paid as, where rates are by role.
    ``country``: whose public holidays count, "DE" or a region of it, "DE-BY". ``other_work``: the share of their time that
    no project gets; without it the policy's.
    """

    name: Label
    ids: tuple[Label, ...] = Field(min_length=1)
    hours_per_week: float = Field(default=40.0, gt=0, le=168)
    skills: tuple[Label, ...] = ()
    role: Label | None = None
    country: Country | None = None
    absences: tuple[AbsenceEntry, ...] = ()
    other_work: float | None = Field(default=None, ge=0, lt=1)
    email: MailAddress | None = None


class PolicyEntry(Part):
    """A policy that says what differs from the one it extends. Without ``extends``, weights are exactly as given.

    ``rules`` are added to those of the one it extends, or replace those of the same id; ``drop_rules`` are ids that do not
    hold here.
    """

    extends: Label | None = None
    weights: dict[str, Annotated[float, Field(ge=0), Meant]] | None = None
    on_track: float | None = Field(default=None, ge=0, le=100)
    at_risk: float | None = Field(default=None, ge=0, le=100)
    min_coverage: float | None = Field(default=None, ge=0, le=1)
    required: tuple[Label, ...] | None = None
    margin: Annotated[float, Meant] | None = Field(default=None, ge=0)
    dwell_days: Annotated[int, Meant] | None = Field(default=None, ge=0)
    cap_share: float | None = Field(default=None, ge=0, le=1)
    critical: dict[str, Annotated[float, Meant]] | None = None
    people: Literal["off", "aggregate", "named"] | None = None
    watermelon_days: int | None = Field(default=None, ge=0, le=365)
    curves: dict[str, float] | None = None
    rules: tuple[Rule, ...] | None = None
    drop_rules: tuple[Label, ...] = ()


def _policy_tag(value: Any) -> str:
    return "<inline>" if isinstance(value, dict | PolicyEntry) else "<name>"


PolicyChoice = Annotated[
    Annotated[Label, Tag("<name>")] | Annotated[PolicyEntry, Tag("<inline>")], Discriminator(_policy_tag)
]


def _budget(budget: Budget) -> Budget:
    if budget.currency is not None:
        currency_code(budget.currency, at="currency")
    size = budget.hours or budget.amount or 0.0
    if not math.isfinite(size):
        raise refuse("A budget is finite.", "Give a number.")
    meant(size)
    return budget


def _one_or_more(value: object) -> object:
    """One word stands for a list of it."""
    return value if isinstance(value, list | tuple) else (value,)


Tags = dict[Label, Annotated[tuple[Label, ...], BeforeValidator(_one_or_more)]]


class NodeEntry(Part):
    """What every node of the tree may say of itself."""

    name: Label
    id: NodeId | None = None
    sponsor: Label | None = None
    weight: Annotated[float, Meant] | None = Field(default=None, gt=0)
    budget: Annotated[Budget, AfterValidator(_budget)] | None = None
    goals: tuple[GoalEntry, ...] = ()
    publish: tuple[TargetEntry, ...] = ()


class FromEntry(Part):
    """A place of a tool whose content makes nodes: exactly one kind."""

    connection: ConnectionName
    portfolio: Label | None = None
    jql: Label | None = None
    label: Label | None = None
    category: Label | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "FromEntry":
        given = [kind for kind in ORIGIN_KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            raise kinds_error("from", given, ORIGIN_KINDS)
        return self

    def record(self) -> Origin:
        given = self.model_dump(exclude={"connection"}, exclude_none=True)
        [(kind, value)] = given.items()
        return Origin(connection=self.connection, kind=kind, value=value)


class DerivedEntry(Part):
    """Stands for as many programs, or projects, as a tool holds; the other keys are said of each of them."""

    derived_from: FromEntry = Field(alias="from")
    share: float | None = Field(default=None, gt=0, le=1)
    project_class: Label = Field(default="standard", alias="class")
    sponsor: Label | None = None
    weight: Annotated[float, Meant] | None = Field(default=None, gt=0)
    goals: tuple[GoalEntry, ...] = ()
    tags: Tags = Field(default_factory=dict)


class ProjectEntry(NodeEntry):
    """A project. Without ``target_date`` it is continuous."""

    project_class: Label = Field(default="standard", alias="class")
    state: ProjectState = ProjectState.ACTIVE
    start_date: Day | None = None
    target_date: Day | None = None
    tags: Tags = Field(default_factory=dict)
    sources: tuple[SourceEntry, ...] = ()
    case: CaseEntry | None = None

    @model_validator(mode="after")
    def _sound(self) -> "ProjectEntry":
        if self.start_date and self.target_date and self.target_date < self.start_date:
            raise refuse(
                f"The target date {self.target_date} lies before the start date {self.start_date}.",
                "Swap or mend them.",
                at="target_date",
            )
        if not self.sources and self.state is not ProjectState.CANDIDATE:
            raise refuse(
                f"Project {self.name!r} names no source.", "Add sources:, or say state: candidate while it has none."
            )
        return self


class RefEntry(Part):
    """A project defined elsewhere, under a second parent; ``share`` of it counts here."""

    ref: NodeId
    share: float = Field(gt=0, le=1)


def _project_tag(value: Any) -> str:
    if isinstance(value, RefEntry) or (isinstance(value, dict) and "ref" in value):
        return "<ref>"
    return "<derived>" if _is_derived(value) else "<project>"


def _is_derived(value: Any) -> bool:
    return isinstance(value, DerivedEntry) or (isinstance(value, dict) and "from" in value and "name" not in value)


ProjectOrRef = Annotated[
    Annotated[ProjectEntry, Tag("<project>")]
    | Annotated[RefEntry, Tag("<ref>")]
    | Annotated[DerivedEntry, Tag("<derived>")],
    Discriminator(_project_tag),
]


class ProgramEntry(NodeEntry):
    """A program: projects of its own, shares of others, and what a tool holds (``from``)."""

    derived_from: FromEntry | None = Field(default=None, alias="from")
    projects: tuple[ProjectOrRef, ...] = ()


def _program_tag(value: Any) -> str:
    return "<derived>" if _is_derived(value) else "<program>"


ProgramOrDerived = Annotated[
    Annotated[ProgramEntry, Tag("<program>")] | Annotated[DerivedEntry, Tag("<derived>")], Discriminator(_program_tag)
]


class PortfolioEntry(NodeEntry):
    """A portfolio: programs. ``value_model``: what each part of a project's value weighs."""

    value_model: dict[Label, Annotated[float, Field(gt=0), Meant]] = Field(default_factory=dict)
    programs: tuple[ProgramOrDerived, ...] = ()


def _public_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise refuse("This is no address of a page.", "Write the address at which people open Bellwether: https://…")
    return url.rstrip("/")


class MetricEntry(Part):
    """The outcome shown beside a group's health: a goal's metric, or a benefit item by its key."""

    connection: ConnectionName
    goal: Label | None = None
    item: Label | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "MetricEntry":
        if (self.goal is None) == (self.item is None):
            raise refuse("A metric is one goal or one benefit item.", "Write goal: or item:, one of the two.")
        return self


class LensGroupEntry(Part):
    """What is to be known of one group of a lens beside what is in it."""

    name: Label | None = None
    weight: Annotated[float, Meant] | None = Field(default=None, gt=0)
    metric: MetricEntry | None = None
    publish: tuple[TargetEntry, ...] = ()


class LensEntry(Part):
    """Another tree over the same projects: by exactly one of ``label_prefix``, ``field``, ``tag``, ``by``."""

    label_prefix: Label | None = None
    field: Label | None = None
    tag: Label | None = None
    by: Literal["goal", "class"] | None = None
    title: Label | None = None
    nodes: dict[Label, LensGroupEntry] = Field(default_factory=dict)
    publish: tuple[TargetEntry, ...] = ()

    @model_validator(mode="after")
    def _one_kind(self) -> "LensEntry":
        given = [key for key in LENS_KINDS if getattr(self, key) is not None]
        if len(given) > 1:
            raise kinds_error("lens", given, LENS_KINDS)
        if not given:
            raise refuse("This lens does not say what it groups by.", f"Add one of {', '.join(LENS_KINDS)}.")
        return self


class Document(Part):
    """The whole configuration."""

    timezone: Zone = "UTC"
    read_only: bool = False
    allow_plain_secrets: bool = False
    database: Label | None = None
    public_url: Annotated[Label, AfterValidator(_public_url)] | None = None
    connections: dict[ConnectionKey, ConnectionEntry] = Field(min_length=1)
    people: tuple[PersonEntry, ...] = ()
    currency: Currency | None = None
    currencies: dict[Currency, Worth] = Field(default_factory=dict)
    rates: tuple[RateEntry, ...] = ()
    mapping: dict[ConnectionName, Annotated[Mapping, BeforeValidator(as_texts)]] = Field(default_factory=dict)
    lenses: dict[LensName, LensEntry] = Field(default_factory=dict)
    policy: PolicyChoice = "default"
    policies: dict[str, PolicyEntry] = Field(default_factory=dict)
    publishing: PublishingEntry = PublishingEntry()
    notify: tuple[NotifyEntry, ...] = ()
    retention: RetentionEntry = RetentionEntry()
    login: LoginEntry = LoginEntry()
    portfolios: tuple[PortfolioEntry, ...] = ()

    def programs(self) -> Iterator[tuple[Path, ProgramEntry]]:
        """Every program that is written down, with its path, in the order of the document."""
        for number, portfolio in enumerate(self.portfolios):
            for index, program in enumerate(portfolio.programs):
                if isinstance(program, ProgramEntry):
                    yield ("portfolios", number, "programs", index), program
