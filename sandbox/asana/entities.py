"""What an Asana workspace is made of. Every object has a ``gid``; times are aware UTC datetimes, dates are dates.

Objects point at each other by reference where the vendor nests one in the other, and by gid where it only keeps an id.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(slots=True, eq=False)
class Workspace:
    gid: str
    name: str


@dataclass(slots=True, eq=False)
class Team:
    gid: str
    name: str


@dataclass(slots=True, eq=False)
class User:
    gid: str
    name: str
    email: str


@dataclass(slots=True, eq=False)
class EnumOption:
    gid: str
    name: str
    color: str
    enabled: bool = True


@dataclass(slots=True, eq=False)
class CustomField:
    """A definition. ``kind`` is the vendor's resource_subtype: text, number, enum, multi_enum, date, people.

    ``locked_by``: the one person who may change its values; None where everybody may.
    """

    gid: str
    name: str
    kind: str
    created_by: User
    options: list[EnumOption] = field(default_factory=list)
    precision: int = 0
    description: str = ""
    locked_by: User | None = None


@dataclass(slots=True, eq=False)
class FieldValue:
    """A custom field as one object shows it: the definition and the raw value (None when empty)."""

    definition: CustomField
    value: Any

    @property
    def gid(self) -> str:
        return self.definition.gid


@dataclass(slots=True, eq=False)
class Setting:
    """A custom field attached to a project, portfolio or goal."""

    gid: str
    definition: CustomField
    parent: "Container"
    is_important: bool = False


@dataclass(slots=True, eq=False)
class Section:
    gid: str
    name: str
    project: "Project"
    created_at: datetime


@dataclass(slots=True, eq=False)
class Container:
    """What projects, portfolios and goals share: an owner, followers, field settings, values, status updates."""

    gid: str
    name: str
    created_at: datetime
    modified_at: datetime
    owner: User | None
    followers: list[User] = field(default_factory=list)
    settings: list[Setting] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    updates: list["StatusUpdate"] = field(default_factory=list)
    start_on: date | None = None
    due_on: date | None = None
    notes: str = ""


@dataclass(slots=True, eq=False)
class Project(Container):
    team: Team | None = None
    archived: bool = False
    completed_at: datetime | None = None
    completed_by: User | None = None
    sections: list[Section] = field(default_factory=list)
    tasks: dict[str, "Task"] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Portfolio(Container):
    archived: bool = False
    public: bool = True
    color: str = "light-green"
    items: list["Project | Portfolio"] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Goal(Container):
    """``metric`` is the vendor's metric object or None; ``status`` is writable only with a metric."""

    metric: dict[str, Any] | None = None
    status: str | None = None


@dataclass(slots=True, eq=False)
class GoalRelationship:
    gid: str
    goal: Goal
    supporting: Container
    subtype: str
    weight: float


@dataclass(slots=True, eq=False)
class CustomStatus:
    """A status option of a custom type."""

    gid: str
    name: str


@dataclass(slots=True, eq=False)
class CustomType:
    """A type of tasks with status options of its own."""

    gid: str
    name: str
    options: list[CustomStatus] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Task:
    """``homes`` maps project gid to the section the task is in there; ``values`` maps field gid to raw value."""

    gid: str
    name: str
    created_at: datetime
    modified_at: datetime
    created_by: User | None
    subtype: str = "default_task"
    approval_status: str | None = None
    custom_type: CustomType | None = None
    custom_status: CustomStatus | None = None
    assignee: User | None = None
    completed_at: datetime | None = None
    completed_by: User | None = None
    due_on: date | None = None
    due_at: datetime | None = None
    start_on: date | None = None
    notes: str = ""
    html_notes: str | None = None
    external: dict[str, str] | None = None
    parent: "Task | None" = None
    homes: dict[str, Section] = field(default_factory=dict)
    subtasks: list["Task"] = field(default_factory=list)
    dependencies: list["Task"] = field(default_factory=list)
    dependents: list["Task"] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    followers: list[User] = field(default_factory=list)
    stories: list["Story"] = field(default_factory=list)
    time_entries: list["TimeEntry"] = field(default_factory=list)

    @property
    def completed(self) -> bool:
        return self.completed_at is not None


@dataclass(slots=True, eq=False)
class Story:
    """Something that happened to a task. ``extra`` holds the fields that only this subtype has (old_dates …)."""

    gid: str
    target: Task
    created_at: datetime
    created_by: User | None
    subtype: str
    text: str
    html_text: str | None = None
    is_pinned: bool = False
    is_edited: bool = False
    source: str = "web"
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return "comment" if self.subtype == "comment_added" else "system"


@dataclass(slots=True, eq=False)
class StatusUpdate:
    """A posted status. ``notified`` is how many followers it was sent to."""

    gid: str
    parent: Container
    title: str
    text: str
    html_text: str
    status_type: str
    author: User
    created_at: datetime
    notified: int


@dataclass(slots=True, eq=False)
class BareStatus:
    """A status update where nothing but what is documented of a nested one is shown."""

    update: StatusUpdate

    @property
    def gid(self) -> str:
        return self.update.gid


@dataclass(slots=True, eq=False)
class TimeEntry:
    gid: str
    task: Task
    minutes: int
    entered_on: date
    created_at: datetime
    created_by: User
    project: Project | None


@dataclass(slots=True, eq=False)
class Budget:
    """A project's budget in minutes (``time``) or money (``cost``); ``units`` is "minutes" or a currency."""

    gid: str
    parent: Project
    budget_type: str
    units: str
    total: float | None = None
    estimate: float | None = None
    actual: float = 0.0


@dataclass(slots=True, eq=False)
class Allocation:
    """Somebody is planned for a project; ``effort`` is the vendor's object or None."""

    gid: str
    parent: Project
    assignee: User
    created_by: User
    start_date: date | None = None
    end_date: date | None = None
    effort: dict[str, Any] | None = None


@dataclass(slots=True, eq=False)
class Webhook:
    gid: str
    resource: Any
    target: str
    secret: str
    owner: User
    created_at: datetime
    filters: list[dict[str, Any]] = field(default_factory=list)
    active: bool = False
    last_success_at: datetime | None = None
    last_failure_at: datetime | None = None
    last_failure_content: str = ""
    retries: int = 0
    next_attempt_after: datetime | None = None
    failing_since: datetime | None = None


RESOURCE_TYPES: dict[type, str] = {
    Workspace: "workspace", Team: "team", User: "user", EnumOption: "enum_option", CustomField: "custom_field",
    FieldValue: "custom_field", Section: "section", Project: "project", Portfolio: "portfolio", Goal: "goal",
    GoalRelationship: "goal_relationship", Task: "task", Story: "story", StatusUpdate: "status_update",
    BareStatus: "status_update",
    TimeEntry: "time_tracking_entry", Budget: "budget", Allocation: "allocation", Webhook: "webhook",
    CustomType: "custom_type", CustomStatus: "custom_type_status_option",
    Setting: "custom_field_setting",
}  # fmt: skip


def resource_type(thing: object) -> str:
    """The vendor's name for the type of an object of this module."""
    return RESOURCE_TYPES[type(thing)]
