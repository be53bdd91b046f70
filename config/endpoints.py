"""Where a node's work comes from and where its health goes, as people write it."""

from typing import Any

from pydantic import Field, model_validator

from config.courtesy import CourtesyEntry
from config.faults import refuse
from config.parts import ConnectionName, Label, Part
from model.tree import GoalRef, Source, SourceKind, Target, TargetKind, When

SOURCE_KINDS: tuple[SourceKind, ...] = ("project", "jql", "epic", "version", "section", "portfolio")
TARGET_KINDS: tuple[TargetKind, ...] = ("issue", "project", "portfolio", "goal", "task")


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
            raise kinds_error("source", self._kinds(), SOURCE_KINDS)
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
            raise kinds_error("publish target", self._kinds(), TARGET_KINDS)
        return self

    def _kinds(self) -> list[TargetKind]:
        return [kind for kind in TARGET_KINDS if getattr(self, kind) is not None]

    @property
    def label(self) -> str:
        """As the record's: two of one label are one place."""
        kind = self._kinds()[0]
        return f"{self.connection}:{kind}:{getattr(self, kind)}"

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


def kinds_error(noun: str, given: list[Any], kinds: tuple[str, ...]) -> Exception:
    """The refusal of an entry of no kind, or of several."""
    if given:
        return refuse(f"A {noun} has one kind, this one has {len(given)}: {', '.join(given)}.", "Make one entry each.")
    return refuse(f"This {noun} does not say what it is.", f"Add one of {', '.join(kinds)}.")


class GoalEntry(Part):
    """A goal of the organisation that a node serves."""

    connection: ConnectionName
    goal: Label

    def record(self) -> GoalRef:
        return GoalRef(connection=self.connection, goal=self.goal)
