"""What the tools hold, in our words: work items, who does them, where they belong, and all that ever changed.

Every record names its ``connection``; its ``id`` is ``<connection>:<kind>:<vendor id>``. What the tool said stands
beside what we say (``original_*``). Missing is None; text that can't be read never becomes None.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from pydantic import Field, with_config

from model.base import STRICT, Instant, Record, fix_instants, to_utc


class StatusCategory(StrEnum):
    TODO = "todo"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    DROPPED = "dropped"  # closed without being done: won't do, duplicate, rejected


CLOSED = frozenset({StatusCategory.DONE, StatusCategory.DROPPED})


class ItemType(StrEnum):
    INITIATIVE = "initiative"
    EPIC = "epic"
    STORY = "story"
    TASK = "task"
    SUBTASK = "subtask"
    DEFECT = "defect"
    REQUEST = "request"
    MILESTONE = "milestone"
    APPROVAL = "approval"
    RISK = "risk"
    BENEFIT = "benefit"
    OTHER = "other"


NOT_WORK = frozenset({ItemType.RISK, ItemType.BENEFIT, ItemType.MILESTONE, ItemType.APPROVAL})
"""Types that are kept and counted elsewhere, but are no output of a team."""


class Severity(StrEnum):
    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Person(Record):
    """An account in one tool. People of the configuration join accounts across tools."""

    id: str
    connection: str
    name: str
    active: bool = True
    is_bot: bool = False


class ToolProject(Record):
    """A project as the tool knows it (not a node of our tree).

    ``shown_statuses``: ids of the statuses that its boards have a column for; none: it has no board that tells.
    """

    id: str
    connection: str
    vendor_id: str
    key: str
    name: str
    url: str | None = None
    archived: bool = False
    lead_id: str | None = None
    start_on: date | None = None
    due_on: date | None = None
    shown_statuses: tuple[str, ...] = ()


class RiskResponse(StrEnum):
    """What was decided about a risk; OTHER: something, in words that are none of ours."""

    MITIGATE = "mitigate"
    ACCEPT = "accept"
    TRANSFER = "transfer"
    AVOID = "avoid"
    OTHER = "other"


class Risk(Record):
    """What a risk item says of itself: probability 0..1, impact 1..5, and the response to it."""

    probability: float | None = Field(default=None, ge=0, le=1)
    impact: float | None = Field(default=None, ge=0)
    response: RiskResponse | None = None
    original_response: str | None = None


class Benefit(Record):
    """What a benefit item says of itself, in its own unit."""

    measure: str | None = None
    baseline: float | None = None
    target: float | None = None
    actual: float | None = None
    unit: str | None = None


class WorkItem(Record):
    """A piece of work as it is now. How it was before is told by its changes.

    ``estimate_hours`` is the original estimate of the item itself, children not included. ``facets``: the values of the
    fields that the mapping names for lenses. ``created_at`` is when it came to be in the tool. ``done_at`` is when it
    was last closed, by the tool's own record.
    """

    id: str
    connection: str
    vendor_id: str
    key: str
    url: str | None = None
    title: str
    type: ItemType
    original_type: str
    status: StatusCategory
    original_status: str
    status_id: str | None = None
    severity: Severity | None = None
    assignee_id: str | None = None
    reporter_id: str | None = None
    parent_id: str | None = None
    created_at: Instant
    updated_at: Instant
    done_at: Instant | None = None
    start_on: date | None = None
    due_on: date | None = None
    story_points: float | None = None
    estimate_hours: float | None = None
    remaining_hours: float | None = None
    spent_hours: float | None = None
    labels: tuple[str, ...] = ()
    facets: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    restricted: bool = False
    risk: Risk | None = None
    benefit: Benefit | None = None
    origin: str  # kind and id of the raw payload it was made from


class ChangeField(StrEnum):
    """The fields whose history is kept. Values are text: see ``Change``."""

    STATUS = "status"
    TYPE = "type"
    ASSIGNEE = "assignee"
    PARENT = "parent"
    START_ON = "start_on"
    DUE_ON = "due_on"
    STORY_POINTS = "story_points"
    ESTIMATE_HOURS = "estimate_hours"
    REMAINING_HOURS = "remaining_hours"
    SEVERITY = "severity"
    RISK_PROBABILITY = "risk_probability"
    RISK_IMPACT = "risk_impact"
    TITLE = "title"
    KEY = "key"


@with_config(STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field of one item went from a value to a value.

    Values are the text of the field's type: a StatusCategory, an ItemType, a person id, an item id, an ISO date, a
    decimal number; None is empty. ``original_*`` is what the tool called it. ``id`` is stable across syncs.
    """

    id: str
    connection: str
    item_id: str
    field: ChangeField
    old: str | None
    new: str | None
    original_old: str | None = None
    original_new: str | None = None
    at: datetime
    by: str | None = None

    def __post_init__(self) -> None:
        if self.at.tzinfo is not UTC:  # said outright: of no other record are there as many
            object.__setattr__(self, "at", to_utc(self.at))


class ContainerKind(StrEnum):
    PROJECT = "project"
    SECTION = "section"
    MILESTONE = "milestone"
    ITERATION = "iteration"
    QUERY = "query"


@with_config(STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """An item belonged to a container from ``from_at`` until ``to_at`` (None: it still does).

    ``id`` is ``<item id>|<container id>|<number of the interval>``.
    """

    id: str
    connection: str
    item_id: str
    container_id: str
    container_kind: ContainerKind
    from_at: datetime
    to_at: datetime | None = None

    def __post_init__(self) -> None:
        fix_instants(self, "from_at", "to_at")


class LinkKind(StrEnum):
    BLOCKS = "blocks"
    RELATES = "relates"
    DUPLICATES = "duplicates"


class Link(Record):
    """Directed: ``source`` blocks ``target``. One end may be known only by its URL in another tool.

    Exactly one of ``source_id``/``source_url`` and one of ``target_id``/``target_url`` is set; the URL end is resolved
    against all items known when facts are counted.
    """

    id: str
    connection: str
    kind: LinkKind
    original_kind: str
    source_id: str | None = None
    target_id: str | None = None
    source_url: str | None = None
    target_url: str | None = None
    from_at: Instant | None = None
    to_at: Instant | None = None


class Milestone(Record):
    """A dated goal inside a tool's project: a version, a release."""

    id: str
    connection: str
    project_id: str
    name: str
    start_on: date | None = None
    due_on: date | None = None
    released: bool = False
    archived: bool = False


class IterationState(StrEnum):
    FUTURE = "future"
    ACTIVE = "active"
    CLOSED = "closed"


class Iteration(Record):
    """A time box of a team: a sprint."""

    id: str
    connection: str
    name: str
    state: IterationState
    start_at: Instant | None = None
    end_at: Instant | None = None
    completed_at: Instant | None = None


@with_config(STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class Worklog:
    """Hours a person booked on an item. ``worked_at`` is when the work was done, ``logged_at`` when it was written."""

    id: str
    connection: str
    item_id: str
    person_id: str | None
    hours: float
    worked_at: datetime
    logged_at: datetime

    def __post_init__(self) -> None:
        fix_instants(self, "worked_at", "logged_at")


class Declared(StrEnum):
    """What a person can declare about a project by hand."""

    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    OFF_TRACK = "off_track"
    ON_HOLD = "on_hold"
    COMPLETE = "complete"
    DROPPED = "dropped"


class DeclaredStatus(Record):
    """A status set by a person, on a tool's project or portfolio (``subject_id``) or on an item of it."""

    id: str
    connection: str
    subject_id: str
    status: Declared
    original_status: str
    at: Instant
    by: str | None = None


class GoalSupport(Record):
    """What supports a goal: the id of a project, portfolio, item or another goal, and the share it counts with."""

    subject_id: str
    weight: float = 1.0


class Goal(Record):
    """A goal of the organisation with its metric, in the metric's own unit.

    ``supported_by``: the work and the goals below it. ``progress_source``: the tool's word for where ``current`` comes
    from.
    """

    id: str
    connection: str
    name: str
    initial: float | None = None
    current: float | None = None
    target: float | None = None
    unit: str | None = None
    status: str | None = None
    owner_id: str | None = None
    start_on: date | None = None
    due_on: date | None = None
    progress_source: str | None = None
    supported_by: tuple[GoalSupport, ...] = ()


class BudgetKind(StrEnum):
    TIME = "time"
    COST = "cost"


class Budget(Record):
    """What a tool's project may use and has used: hours of a ``TIME`` budget, money in ``currency`` of a ``COST`` one.

    ``planned`` is what was set, ``estimated`` what its work is estimated at, ``actual`` what was booked.
    """

    id: str
    connection: str
    project_id: str
    kind: BudgetKind
    planned: float | None = None
    estimated: float | None = None
    actual: float | None = None
    currency: str | None = None


class Allocation(Record):
    """A person is planned for a tool's project, both days included; None: open at that end.

    ``hours`` or ``percent`` (of the person's capacity, 100 is all of it) is set, as the tool has it; Asana's description
    does not say what span of time its hours are for.
    """

    id: str
    connection: str
    project_id: str
    person_id: str | None
    start_on: date | None = None
    end_on: date | None = None
    hours: float | None = None
    percent: float | None = None


AnyRecord = (
    Person | ToolProject | WorkItem | Change | Membership | Link | Milestone | Iteration | Worklog | DeclaredStatus | Goal
    | Budget | Allocation
)
