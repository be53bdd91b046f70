"""The schema of the YAML document, as people write it. ``loader`` turns it into model records."""

import math
from collections.abc import Iterator
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from config.connection_rules import check_options
from config.courtesy import CourtesyEntry
from config.faults import Path, refuse
from config.notify import MailAddress, NotifyEntry
from config.parts import (
    ConnectionKey,
    ConnectionName,
    Day,
    Label,
    NodeId,
    Part,
    ToolName,
    Zone,
    as_texts,
)
from config.prices import Currency, RateEntry, Worth, currency_code
from model.mapping import Mapping
from model.tree import Budget, GoalRef, ProjectState, Source, SourceKind, Target, TargetKind, When

SOURCE_KINDS: tuple[SourceKind, ...] = ("project", "jql", "epic", "version", "section", "portfolio")
TARGET_KINDS: tuple[TargetKind, ...] = ("issue", "project", "portfolio", "goal", "task")


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


class PersonEntry(Part):
    """The same person in several tools. ``ids``: ``<connection>:<account id in the tool>``; ``email``: for notices.

    ``role``: what the person is paid as, where rates are by role.
    """

    name: Label
    ids: tuple[Label, ...] = Field(min_length=1)
    hours_per_week: float = Field(default=40.0, gt=0, le=168)
    skills: tuple[Label, ...] = ()
    role: Label | None = None
    email: MailAddress | None = None


class PolicyEntry(Part):
    """A policy that says what differs from the one it extends. Without ``extends``, weights are exactly as given."""

    extends: Label | None = None
    weights: dict[str, Annotated[float, Field(ge=0)]] | None = None
    on_track: float | None = Field(default=None, ge=0, le=100)
    at_risk: float | None = Field(default=None, ge=0, le=100)
    min_coverage: float | None = Field(default=None, ge=0, le=1)
    required: tuple[Label, ...] | None = None
    margin: float | None = Field(default=None, ge=0)
    dwell_days: int | None = Field(default=None, ge=0)
    cap_share: float | None = Field(default=None, ge=0, le=1)
    critical: dict[str, float] | None = None
    people: Literal["off", "aggregate", "named"] | None = None
    watermelon_days: int | None = Field(default=None, ge=0, le=365)
    curves: dict[str, float] | None = None


def _policy_tag(value: Any) -> str:
    return "<inline>" if isinstance(value, dict | PolicyEntry) else "<name>"


PolicyChoice = Annotated[
    Annotated[Label, Tag("<name>")] | Annotated[PolicyEntry, Tag("<inline>")], Discriminator(_policy_tag)
]


class SourceEntry(Part):
    """A part of a tool that feeds a project: exactly one kind; ``project`` beside ``version`` says whose version."""

    connection: ConnectionName
    project: Label | None = None
    jql: Label | None = None
    epic: Label | None = None
    version: Label | None = None
    section: Label | None = None
    portfolio: Label | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "SourceEntry":
        if len(self._kinds()) != 1:
            raise _kinds_error("source", self._kinds(), SOURCE_KINDS)
        return self

    def _kinds(self) -> list[SourceKind]:
        given: list[SourceKind] = [kind for kind in SOURCE_KINDS if getattr(self, kind) is not None]
        return ["version"] if given == ["project", "version"] else given

    def record(self) -> Source:
        kind = self._kinds()[0]
        owner = self.project if kind == "version" else None
        return Source(connection=self.connection, kind=kind, value=getattr(self, kind), project=owner)


class TargetEntry(CourtesyEntry):
    """A place in a tool that shows a node's health: exactly one kind; what is written there, and how."""

    connection: ConnectionName
    issue: Label | None = None
    project: Label | None = None
    portfolio: Label | None = None
    goal: Label | None = None
    task: Label | None = None
    receipt: bool = Field(default=True, alias="property")
    fields: bool = True
    comment: When = "never"
    status_update: When = "never"

    @model_validator(mode="after")
    def _one_kind(self) -> "TargetEntry":
        if len(self._kinds()) != 1:
            raise _kinds_error("publish target", self._kinds(), TARGET_KINDS)
        return self

    def _kinds(self) -> list[TargetKind]:
        return [kind for kind in TARGET_KINDS if getattr(self, kind) is not None]

    def record(self, general: CourtesyEntry) -> Target:
        """The target; ``general`` is what ``publishing:`` says for all of them."""
        kind = self._kinds()[0]
        return Target(
            connection=self.connection,
            kind=kind,
            value=getattr(self, kind),
            receipt=self.receipt,
            fields=self.fields,
            comment=self.comment,
            status_update=self.status_update,
            courtesy=self.over(general).courtesy(),
        )


def _kinds_error(noun: str, given: list[Any], kinds: tuple[str, ...]) -> Exception:
    if given:
        return refuse(f"A {noun} has one kind, this one has {len(given)}: {', '.join(given)}.", "Make one entry each.")
    return refuse(f"This {noun} does not say what it is.", f"Add one of {', '.join(kinds)}.")


class GoalEntry(Part):
    """A goal of the organisation that a node serves."""

    connection: ConnectionName
    goal: Label

    def record(self) -> GoalRef:
        return GoalRef(connection=self.connection, goal=self.goal)


def _budget(budget: Budget) -> Budget:
    if budget.currency is not None:
        currency_code(budget.currency, at="currency")
    if not all(math.isfinite(number) for number in (budget.hours, budget.amount) if number is not None):
        raise refuse("A budget is finite.", "Give a number.")
    return budget


class NodeEntry(Part):
    """What every node of the tree may say of itself."""

    name: Label
    id: NodeId | None = None
    sponsor: Label | None = None
    weight: float | None = Field(default=None, gt=0)
    budget: Annotated[Budget, AfterValidator(_budget)] | None = None
    goals: tuple[GoalEntry, ...] = ()
    publish: tuple[TargetEntry, ...] = ()


class ProjectEntry(NodeEntry):
    """A project. Without ``target_date`` it is continuous."""

    project_class: Label = Field(default="standard", alias="class")
    state: ProjectState = ProjectState.ACTIVE
    start_date: Day | None = None
    target_date: Day | None = None
    sources: tuple[SourceEntry, ...] = ()

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
    is_ref = isinstance(value, RefEntry) or (isinstance(value, dict) and "ref" in value)
    return "<ref>" if is_ref else "<project>"


ProjectOrRef = Annotated[
    Annotated[ProjectEntry, Tag("<project>")] | Annotated[RefEntry, Tag("<ref>")], Discriminator(_project_tag)
]


class ProgramEntry(NodeEntry):
    """A program: projects of its own, and shares of others."""

    projects: tuple[ProjectOrRef, ...] = ()


class PortfolioEntry(NodeEntry):
    """A portfolio: programs."""

    programs: tuple[ProgramEntry, ...] = ()


def _public_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise refuse("This is no address of a page.", "Write the address at which people open Bellwether: https://…")
    return url.rstrip("/")


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
    policy: PolicyChoice = "default"
    policies: dict[str, PolicyEntry] = Field(default_factory=dict)
    publishing: CourtesyEntry = CourtesyEntry()
    notify: tuple[NotifyEntry, ...] = ()
    portfolios: tuple[PortfolioEntry, ...] = ()

    def programs(self) -> Iterator[tuple[Path, ProgramEntry]]:
        """Every program with its path, in the order of the document."""
        for number, portfolio in enumerate(self.portfolios):
            for index, program in enumerate(portfolio.programs):
                yield ("portfolios", number, "programs", index), program
