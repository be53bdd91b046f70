"""Asana's records as they arrive: unknown keys are passed over, wrong values are refused with their field's name."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import to_json

from connector.sdk.json_text import read_json
from model.errors import SkippableError
from model.sync import RawPayload


def _day(value: Any) -> Any:
    """A date of the form YYYY-MM-DD; anything else is an error, never a missing date."""
    if value is None or isinstance(value, date):
        return value
    if not isinstance(value, str) or len(value) != 10:
        raise ValueError(f"{str(value)[:40]!r} is no date")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{value!r} is no date") from None


def _moment(value: Any) -> Any:
    if value is None or isinstance(value, datetime):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(f"{str(value)[:40]!r} is no time") from None
    if moment.tzinfo is None:
        raise ValueError(f"{value!r} has no time zone")
    return moment.astimezone(UTC)


def _none_is_empty(value: Any) -> Any:
    """A list that Asana sends as null, as it does for what a plan or a scope withholds; its nulls are left out."""
    if value is None:
        return ()
    return [each for each in value if each is not None] if isinstance(value, list) else value


def _with_project(value: Any) -> Any:
    """Memberships that name their project: one without says nothing."""
    known = _none_is_empty(value)
    return [each for each in known if not isinstance(each, dict) or each.get("project")] if known else ()


def _or(default: Any) -> BeforeValidator:
    """A value that is null where the vendor's description says it never is."""
    return BeforeValidator(lambda value: default if value is None else value)


I = TypeVar("I")  # noqa: E741 - an item of a list
Many = Annotated[tuple[I, ...], BeforeValidator(_none_is_empty)]
Text = Annotated[str, _or("")]
Flag = Annotated[bool, _or(False)]
Count = Annotated[int, _or(0)]
Day = Annotated[date, BeforeValidator(_day)]
Moment = Annotated[datetime, BeforeValidator(_moment)]


class Payload(BaseModel):
    """Anything of Asana: it may hold more than we know."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Ref(Payload):
    """A pointer to another object; ``name`` where it was asked for."""

    gid: str
    name: str | None = None
    resource_type: str | None = None
    resource_subtype: str | None = None


class EnumOption(Payload):
    gid: str
    name: Text = ""
    enabled: Annotated[bool, _or(True)] = True


class FieldDate(Payload):
    date: Day | None = None


class Dates(Payload):
    """Both ends of a task's dates, as a story shows them."""

    start_on: Day | None = None
    due_on: Day | None = None
    due_at: Moment | None = None

    @property
    def due(self) -> date | None:
        return self.due_on or (self.due_at.date() if self.due_at else None)


class FieldValue(Payload):
    """A custom field as one object shows it: only the value of its own type is filled."""

    gid: str
    name: Text = ""
    resource_subtype: Text = ""
    number_value: float | None = None
    text_value: str | None = None
    enum_value: EnumOption | None = None
    date_value: FieldDate | None = None


class FieldDefinition(Payload):
    """``format`` "duration" means that the number counts minutes."""

    gid: str
    name: Text = ""
    resource_subtype: Text = ""
    description: Text = ""
    format: str | None = None
    enum_options: Many[EnumOption] = ()
    is_formula_field: Flag = False
    is_value_read_only: Flag = False


class FieldSetting(Payload):
    custom_field: FieldDefinition


class HomeMembership(Payload):
    """Where a task shows: a project, and the section in it (withheld under narrow scopes)."""

    project: Ref
    section: Ref | None = None


Homes = Annotated[tuple[HomeMembership, ...], BeforeValidator(_with_project)]


class Root(Payload):
    """The top ancestor of a subtask, put beside it by our own reader: subtasks have no memberships of their own."""

    gid: str
    created_at: Moment
    memberships: Homes = ()


class Located(Payload):
    """Where a task shows, whatever else of it is unusable."""

    memberships: Homes = ()
    root: Root | None = None


class Task(Payload):
    gid: str
    name: Text
    resource_subtype: Annotated[str, _or("default_task")] = "default_task"
    approval_status: str | None = None
    completed: bool
    completed_at: Moment | None = None
    created_at: Moment
    created_by: Ref | None = None
    modified_at: Moment
    assignee: Ref | None = None
    due_on: Day | None = None
    due_at: Moment | None = None
    start_on: Day | None = None
    parent: Ref | None = None
    num_subtasks: Count = 0
    actual_time_minutes: float | None = None
    dependencies: Many[Ref] = ()
    memberships: Homes = ()
    permalink_url: str | None = None
    tags: Many[Ref] = ()
    custom_type: Ref | None = None
    custom_type_status_option: Ref | None = None
    custom_fields: Many[FieldValue] = ()
    root: Root | None = None

    @property
    def due(self) -> date | None:
        return self.due_on or (self.due_at.date() if self.due_at else None)


class Story(Payload):
    """One entry of a task's history. Which of the pairs is filled depends on ``resource_subtype``."""

    gid: str
    resource_subtype: Text = ""
    created_at: Moment
    created_by: Ref | None = None
    old_name: str | None = None
    new_name: str | None = None
    old_dates: Dates | None = None
    new_dates: Dates | None = None
    old_resource_subtype: str | None = None
    new_resource_subtype: str | None = None
    assignee: Ref | None = None
    old_section: Ref | None = None
    new_section: Ref | None = None
    project: Ref | None = None
    dependency: Ref | None = None
    old_approval_status: str | None = None
    new_approval_status: str | None = None
    custom_field: Ref | None = None
    old_number_value: float | None = None
    new_number_value: float | None = None
    old_enum_value: EnumOption | None = None
    new_enum_value: EnumOption | None = None
    old_date_value: FieldDate | Dates | None = None
    new_date_value: FieldDate | Dates | None = None


class StoriesBody(Payload):
    """The raw kind ``stories``: a task's whole history, and the part of its top ancestor's that moved it about."""

    stories: Many[Story] = ()
    root_stories: Many[Story] = ()


class TimeEntry(Payload):
    gid: str
    duration_minutes: float
    entered_on: Day
    created_by: Ref | None = None
    created_at: Moment | None = None


class TimeEntriesBody(Payload):
    """The raw kind ``time_entries``: everything booked on one task."""

    entries: Many[TimeEntry] = ()


class Project(Payload):
    gid: str
    name: Text
    archived: Flag = False
    owner: Ref | None = None
    permalink_url: str | None = None
    start_on: Day | None = None
    due_on: Day | None = None
    custom_field_settings: Many[FieldSetting] = ()


class Section(Payload):
    gid: str
    name: Text = ""
    project: Ref | None = None


class Portfolio(Payload):
    """``items`` are put beside it by our own reader."""

    gid: str
    name: Text = ""
    items: Many[Ref] = ()


class User(Payload):
    gid: str
    name: str | None = None


class StatusUpdate(Payload):
    gid: str
    title: Text = ""
    text: Text = ""
    status_type: str
    resource_subtype: Text = ""
    author: Ref | None = None
    created_at: Moment
    parent: Ref | None = None


class GoalMetric(Payload):
    unit: str | None = None
    currency_code: str | None = None
    initial_number_value: float | None = None
    current_number_value: float | None = None
    target_number_value: float | None = None
    progress_source: str | None = None


class Relationship(Payload):
    """What supports a goal, and how much it counts there."""

    gid: str
    supporting_resource: Ref | None = None
    contribution_weight: Annotated[float, _or(1.0)] = 1.0


class Goal(Payload):
    """``relationships`` are put beside it by our own reader."""

    gid: str
    name: Text
    owner: Ref | None = None
    start_on: Day | None = None
    due_on: Day | None = None
    status: str | None = None
    metric: GoalMetric | None = None
    relationships: Many[Relationship] = ()


class BudgetPart(Payload):
    """``units`` is "minutes" or a currency's code."""

    value: float | None = None
    units: str | None = None


class Budget(Payload):
    gid: str
    budget_type: str
    estimate: BudgetPart | None = None
    actual: BudgetPart | None = None
    total: BudgetPart | None = None


class BudgetsBody(Payload):
    """The raw kind ``budgets``: a project's budget, one at most."""

    project: str
    budgets: Many[Budget] = ()


class Effort(Payload):
    type: str
    value: float | None = None


class Allocation(Payload):
    gid: str
    assignee: Ref | None = None
    start_date: Day | None = None
    end_date: Day | None = None
    effort: Effort | None = None


class AllocationsBody(Payload):
    """The raw kind ``allocations``: everyone planned for a project."""

    project: str
    allocations: Many[Allocation] = ()


class EventChange(Payload):
    field: str = ""


class Event(Payload):
    """One event of ``/events`` or of a webhook; for a story ``parent`` is its task."""

    user: Ref | None = None
    created_at: Moment | None = None
    action: str
    resource: Ref
    parent: Ref | None = None
    change: EventChange | None = None


class EventsBody(Payload):
    """A webhook's delivery; without events it is a heartbeat."""

    events: tuple[Event, ...]


P = TypeVar("P", bound=Payload)


def read_payload(model: type[P], raw: RawPayload) -> P:
    """A kept payload as its record. Raises SkippableError naming the item and the field that can't be read."""
    return read_body(model, raw.body, where=f"{raw.connection}:{raw.vendor_id}")


def read_body(model: type[P], body: bytes, *, where: str) -> P:
    """JSON text as a record. Raises SkippableError naming ``where`` and the field."""
    try:
        return model.model_validate_json(body)
    except ValidationError as exc:
        first = exc.errors(include_input=False, include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "payload"
        message = first["msg"].removeprefix("Value error, ")
        raise SkippableError(f"{field}: {message}", where=where, reason="malformed_payload") from None


def loads(body: bytes) -> Any:
    """Parse JSON bytes; unlike the SDK's own reading this keeps every character. Raises ValueError."""
    return read_json(body)


def dumps(value: Any) -> bytes:
    """JSON text of a payload."""
    return to_json(value)
