"""Jira Cloud's documents as far as we read them. What we don't read is ignored; custom fields stay as they came."""

import dataclasses
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.dataclasses import dataclass

from model.base import Instant

_LENIENT = ConfigDict(extra="ignore", coerce_numbers_to_str=True)


class Payload(BaseModel):
    """A part of a vendor's document. Those of a history are slotted dataclasses: they come by the hundred thousand."""

    model_config = ConfigDict(frozen=True, **_LENIENT)


class Schema(Payload):
    type: str = "any"
    items: str | None = None
    custom: str | None = None
    system: str | None = None


class FieldDoc(Payload):
    id: str
    name: str
    untranslated_name: str | None = Field(default=None, alias="untranslatedName")
    custom: bool = False
    description: str | None = None
    shape: Schema = Field(default=Schema(), alias="schema")


class CategoryDoc(Payload):
    key: str = "undefined"


class StatusDoc(Payload):
    id: str
    name: str
    category: CategoryDoc = Field(default=CategoryDoc(), alias="statusCategory")


class TypeDoc(Payload):
    id: str
    name: str
    untranslated_name: str | None = Field(default=None, alias="untranslatedName")
    subtask: bool = False
    level: int | None = Field(default=None, alias="hierarchyLevel")


class NamedDoc(Payload):
    id: str
    name: str


class PriorityDoc(NamedDoc):
    """``rank``: the place in the site's own order, worst first; added by us when it was fetched."""

    rank: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, config=_LENIENT)
class UserDoc:
    account_id: str | None = Field(default=None, alias="accountId")
    name: str = Field(default="", alias="displayName")
    active: bool = True
    account_type: str | None = Field(default=None, alias="accountType")


class ProjectCategoryDoc(Payload):
    id: str
    name: str = ""


class ProjectDoc(Payload):
    id: str
    key: str
    name: str = ""
    archived: bool = False
    lead: UserDoc | None = None
    style: str | None = None
    simplified: bool = False
    category: ProjectCategoryDoc | None = Field(default=None, alias="projectCategory")


class VersionDoc(Payload):
    id: str
    name: str
    project_id: str | None = Field(default=None, alias="projectId")
    start_date: str | None = Field(default=None, alias="startDate")
    release_date: str | None = Field(default=None, alias="releaseDate")
    released: bool = False
    archived: bool = False


class SprintDoc(Payload):
    id: str
    name: str = ""
    state: str = "future"
    start: datetime | None = Field(default=None, alias="startDate")
    end: datetime | None = Field(default=None, alias="endDate")
    completed: datetime | None = Field(default=None, alias="completeDate")


class RefDoc(Payload):
    id: str
    key: str = ""


class LinkTypeDoc(Payload):
    id: str = ""
    name: str
    inward: str = ""
    outward: str = ""


class LinkDoc(Payload):
    id: str
    type: LinkTypeDoc
    outward: RefDoc | None = Field(default=None, alias="outwardIssue")
    inward: RefDoc | None = Field(default=None, alias="inwardIssue")


class IssueFields(Payload):
    """System fields by name; custom fields are in ``model_extra`` by id."""

    model_config = ConfigDict(frozen=True, extra="allow", coerce_numbers_to_str=True)

    summary: str = ""
    status: StatusDoc
    issuetype: TypeDoc
    project: ProjectDoc
    created: Instant
    updated: Instant
    priority: NamedDoc | None = None
    assignee: UserDoc | None = None
    reporter: UserDoc | None = None
    parent: RefDoc | None = None
    resolution: NamedDoc | None = None
    resolutiondate: datetime | None = None
    statuscategorychangedate: datetime | None = None
    duedate: str | None = None
    labels: tuple[str, ...] = ()
    fix_versions: tuple[VersionDoc, ...] = Field(default=(), alias="fixVersions")
    links: tuple[LinkDoc, ...] = Field(default=(), alias="issuelinks")
    original_s: float | None = Field(default=None, alias="timeoriginalestimate")
    remaining_s: float | None = Field(default=None, alias="timeestimate")
    spent_s: float | None = Field(default=None, alias="timespent")
    security: Any = None

    def custom(self, field_id: str | None) -> Any:
        """The raw value of a field by its id; None when empty or not asked for."""
        return (self.model_extra or {}).get(field_id) if field_id else None


class IssueDoc(Payload):
    """``queries``: ids of the query containers it was found by; added by us when it was fetched."""

    id: str
    key: str
    fields: IssueFields
    queries: tuple[str, ...] = Field(default=(), alias="bellwetherQueries")


@dataclass(frozen=True, slots=True, kw_only=True, config=_LENIENT)
class ChangeItem:
    field: str
    field_id: str | None = Field(default=None, alias="fieldId")
    old: str | None = Field(default=None, alias="from")
    old_text: str | None = Field(default=None, alias="fromString")
    new: str | None = Field(default=None, alias="to")
    new_text: str | None = Field(default=None, alias="toString")


@dataclass(frozen=True, slots=True, kw_only=True, config=_LENIENT)
class ChangeDoc:
    id: str
    author: UserDoc | None = None
    created: Instant
    items: tuple[ChangeItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, config=_LENIENT)
class WorklogDoc:
    id: str
    author: UserDoc | None = None
    started: Instant
    created: Instant
    seconds: float = Field(alias="timeSpentSeconds")


@dataclass(frozen=True, slots=True, kw_only=True, config=_LENIENT)
class ChangelogDoc:
    """Everything that happened to one issue, oldest first."""

    histories: tuple[ChangeDoc, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, config=_LENIENT)
class WorklogsDoc:
    """Every booking on one issue."""

    worklogs: tuple[WorklogDoc, ...] = ()


@dataclasses.dataclass(frozen=True)
class HistoryDoc:
    """An issue with all its past."""

    issue: IssueDoc
    histories: tuple[ChangeDoc, ...] = ()
    worklogs: tuple[WorklogDoc, ...] = ()


CHANGELOG = TypeAdapter(ChangelogDoc)
WORKLOGS = TypeAdapter(WorklogsDoc)


class BoardDoc(Payload):
    """A board's configuration: which field it estimates with, and the statuses that its columns show.

    ``projects``: keys and ids of the projects it belongs to.
    """

    id: str
    name: str = ""
    projects: tuple[str, ...] = ()
    estimation_field: str | None = None
    statuses: tuple[str, ...] = ()
