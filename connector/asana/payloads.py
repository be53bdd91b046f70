"""Asana's records as they arrive: unknown keys are passed over, wrong values are refused with their field's name."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import from_json, to_json

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
    name: str = ""
    enabled: bool = True


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
    name: str = ""
    resource_subtype: str = ""
    number_value: float | None = None
    text_value: str | None = None
    enum_value: EnumOption | None = None
    date_value: FieldDate | None = None


class FieldDefinition(Payload):
    """``format`` "duration" means that the number counts minutes."""

    gid: str
    name: str = ""
    resource_subtype: str = ""
    format: str | None = None
    enum_options: tuple[EnumOption, ...] = ()
    is_formula_field: bool = False
    is_value_read_only: bool = False


class FieldSetting(Payload):
    custom_field: FieldDefinition


class HomeMembership(Payload):
    """Where a task shows: a project, and the section in it (withheld under narrow scopes)."""

    project: Ref
    section: Ref | None = None


class Root(Payload):
    """The top ancestor of a subtask, put beside it by our own reader: subtasks have no memberships of their own."""

    gid: str
    created_at: Moment
    memberships: tuple[HomeMembership, ...] = ()


class Task(Payload):
    gid: str
    name: str
    resource_subtype: str = "default_task"
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
    num_subtasks: int = 0
    actual_time_minutes: float | None = None
    dependencies: tuple[Ref, ...] = ()
    memberships: tuple[HomeMembership, ...] = ()
    permalink_url: str | None = None
    tags: tuple[Ref, ...] = ()
    custom_type: Ref | None = None
    custom_type_status_option: Ref | None = None
    custom_fields: tuple[FieldValue, ...] = ()
    root: Root | None = None

    @property
    def due(self) -> date | None:
        return self.due_on or (self.due_at.date() if self.due_at else None)


class Story(Payload):
    """One entry of a task's history. Which of the pairs is filled depends on ``resource_subtype``."""

    gid: str
    resource_subtype: str = ""
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

    stories: tuple[Story, ...] = ()
    root_stories: tuple[Story, ...] = ()


class TimeEntry(Payload):
    gid: str
    duration_minutes: float
    entered_on: Day
    created_by: Ref | None = None
    created_at: Moment | None = None


class TimeEntriesBody(Payload):
    """The raw kind ``time_entries``: everything booked on one task."""

    entries: tuple[TimeEntry, ...] = ()


class Project(Payload):
    gid: str
    name: str
    archived: bool = False
    owner: Ref | None = None
    permalink_url: str | None = None
    start_on: Day | None = None
    due_on: Day | None = None
    custom_field_settings: tuple[FieldSetting, ...] = ()


class Section(Payload):
    gid: str
    name: str = ""
    project: Ref | None = None


class Portfolio(Payload):
    """``items`` are put beside it by our own reader."""

    gid: str
    name: str = ""
    items: tuple[Ref, ...] = ()


class User(Payload):
    gid: str
    name: str | None = None


class StatusUpdate(Payload):
    gid: str
    title: str = ""
    text: str = ""
    status_type: str
    resource_subtype: str = ""
    author: Ref | None = None
    created_at: Moment
    parent: Ref | None = None


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
    return from_json(body)


def dumps(value: Any) -> bytes:
    """JSON text of a payload."""
    return to_json(value)
