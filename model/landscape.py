"""What the roll-up reads: per project its items with their whole history, and what is shared between projects."""

from collections.abc import Mapping
from datetime import date

from pydantic import Field

from model.base import Instant, Record
from model.baseline import Baseline
from model.health import Calibration, ForecastRecord, Override
from model.money import Money
from model.policy import Policy
from model.tree import Tree
from model.work import (
    Benefit,
    Budget,
    Change,
    DeclaredStatus,
    Goal,
    Iteration,
    Link,
    Membership,
    Milestone,
    RiskResponse,
    WorkItem,
    Worklog,
)


class Untold(Record):
    """What no tool tells the history of, as an item had it from a moment on (the tool's own time of that change)."""

    from_at: Instant
    spent_hours: float | None = None
    response: RiskResponse | None = None
    benefit: Benefit | None = None


class ItemHistory(Record):
    """An item, its changes oldest first, its memberships in the project's own sources, and its bookings.

    ``untold``: by the versions of it that we learned before this one, oldest first.
    ``deleted_at``: when it left the tool for certain; it counts before that moment and not after.
    ``history_known``: False until its full history was read; then only the present is certain.
    """

    item: WorkItem
    changes: tuple[Change, ...] = ()
    memberships: tuple[Membership, ...] = ()
    worklogs: tuple[Worklog, ...] = ()
    untold: tuple[Untold, ...] = ()
    deleted_at: Instant | None = None
    history_known: bool = True


class SeenBudget(Record):
    """A budget that a tool keeps, as we saw it from one moment until another (None: still); tools tell no history of it."""

    budget: Budget
    from_at: Instant
    to_at: Instant | None = None


class ProjectRecords(Record):
    """Everything known of one project node. ``first_known_at``: when its first item was learned (None: no item).

    ``skipped``: how many of its records can't be seen; they lower trust. Those known by id: ``unreadable`` ones, and
    ``hidden`` ones, which are no longer shown to us. ``baselines``: every one that was ever set.
    ``shown``: tool's project → the statuses that its boards show, for those that have any; as known now, without history.
    ``part``: the items that count, where only a part of the project is meant (None: all); the others still say what is a
    container, and in what unit work is counted.
    """

    node: str
    items: tuple[ItemHistory, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    iterations: tuple[Iteration, ...] = ()
    declared: tuple[DeclaredStatus, ...] = ()
    first_known_at: Instant | None = None
    skipped: int = 0
    part: frozenset[str] | None = None
    unreadable: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    baselines: tuple[Baseline, ...] = ()
    budgets: tuple[SeenBudget, ...] = ()
    shown: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class Absence(Record):
    """Somebody is away, both days included."""

    start_on: date
    end_on: date


class Teammate(Record):
    """A person of the organisation: one or more accounts, hours a week, skills. Accounts not in the map stand alone.

    ``country``: whose public holidays they have, "DE" or a region of it, "DE-BY"; None: none. ``other_work``: the share of
    their time that no project gets (None: what the policy says).
    """

    key: str
    name: str
    accounts: tuple[str, ...]
    hours_per_week: float = 40.0
    skills: tuple[str, ...] = ()
    role: str | None = None
    country: str | None = None
    absences: tuple[Absence, ...] = ()
    other_work: float | None = Field(default=None, ge=0, lt=1)


class PlannedTime(Record):
    """Time of an account that is reserved in a tool, both days included (None: open at that end).

    ``nodes``: the projects that it is reserved for, none where it is for work outside the tree. ``hours`` a week, or
    ``percent`` of what the person has for projects.
    """

    id: str
    account: str
    nodes: tuple[str, ...] = ()
    start_on: date | None = None
    end_on: date | None = None
    hours: float | None = None
    percent: float | None = None


class GoalVersion(Record):
    """A goal as it was known from ``from_at`` until ``to_at`` (None: it still is)."""

    goal: Goal
    from_at: Instant
    to_at: Instant | None = None


class Landscape(Record):
    """What is shared between projects. ``links`` have both ends resolved to item ids where we know the item."""

    tree: Tree
    policies: dict[str, Policy]  # by project class, plus "default"
    teammates: tuple[Teammate, ...] = ()
    links: tuple[Link, ...] = ()
    goals: tuple[Goal, ...] = ()
    goal_versions: tuple[GoalVersion, ...] = ()  # without any, ``goals`` always were as they are
    overrides: tuple[Override, ...] = ()
    declared: tuple[DeclaredStatus, ...] = ()
    timezone: str = "UTC"
    first_sync_at: Instant | None = None
    money: Money = Money()
    containers: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)  # node → ids of what feeds it in the tools
    planned: tuple[PlannedTime, ...] = ()
    planned_ever: dict[str, tuple[str, ...]] = Field(default_factory=dict)  # node → accounts that anything was reserved of
    on_time_record: Calibration | None = None  # share of due dates kept in the organisation: rollup.record
    forecast_record: ForecastRecord | None = None  # how the organisation's own forecasts did, as known at the moment

    def policy_for(self, project_class: str, named: str | None = None) -> Policy:
        """The policy of a node: named by it, else of its class, else the default."""
        for name in (named, project_class):
            if name and name in self.policies:
                return self.policies[name]
        return self.policies["default"]
