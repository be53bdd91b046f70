"""What is counted of one project at one moment. No judgement: dimensions judge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from model.health import Basis
from model.tree import Budget, Node
from model.work import BudgetKind, Declared, ItemType, RiskResponse, Severity, StatusCategory
from rollup.percentile import percentile

WORST_IMPACT = 5.0
LEAST_FINISHED = 6
"""Finished items from which on a project's own pace tells how long its work takes."""


class Unit(StrEnum):
    """What the work of a project is counted in."""

    POINTS = "points"
    HOURS = "hours"
    ITEMS = "items"


class Leaf(NamedTuple):
    """A work item that counts, as it stood. ``work`` is in the project's unit; ``hours`` its own estimate, if any.

    ``due_on`` is the last known date, also where it was taken away (``due_removed``).
    ``arrived_at``: when it came into the project. ``done_at``: when it was closed, for closed items.
    """

    id: str
    type: ItemType
    status: StatusCategory
    work: float
    estimated: bool
    hours: float | None
    assignee_id: str | None
    due_on: date | None
    due_removed: bool
    severity: Severity | None
    arrived_at: datetime
    started_at: datetime | None
    done_at: datetime | None

    @property
    def open(self) -> bool:
        return self.status in (StatusCategory.TODO, StatusCategory.IN_PROGRESS)


@dataclass(frozen=True, slots=True)
class RiskFact:
    """An open risk of the register. ``probability`` 0..1 and ``impact`` 1..5 are None where nobody gave them.

    ``owner_id``: the account that has it. ``touched_at``: when somebody last changed it, which is its last review.
    ``answer_known`` False: the response of this moment is not known.
    """

    id: str
    probability: float | None
    impact: float | None
    owner_id: str | None
    raised_at: datetime
    touched_at: datetime
    response: RiskResponse | None = None
    answer_known: bool = True

    @property
    def owned(self) -> bool:
        return self.owner_id is not None

    @property
    def assessed(self) -> bool:
        """Whether both numbers are there and lie on their scales."""
        chance, impact = self.probability, self.impact
        return chance is not None and impact is not None and 0 <= chance <= 1 and 0 <= impact <= WORST_IMPACT

    @property
    def exposure(self) -> float:
        """Probability × impact on a scale of 0..5. What is missing, or lies beyond its scale, counts as its worst."""
        chance = self.probability
        usable = chance is not None and 0 <= chance <= 1
        impact = self.impact if self.impact is not None and self.impact >= 0 else WORST_IMPACT
        return (chance if usable and chance is not None else 1.0) * min(WORST_IMPACT, impact)


@dataclass(frozen=True, slots=True)
class BenefitFact:
    """A benefit of the register: an item, or the metric of a goal. ``known``: whether its numbers are of this moment."""

    id: str
    owner_id: str | None
    due_on: date | None
    measure: str | None
    baseline: float | None
    target: float | None
    actual: float | None
    known: bool
    unit: str | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """What the register lacks of it."""
        there = {
            "owner": self.owner_id,
            "measure": self.measure,
            "baseline": self.baseline,
            "target": self.target,
            "due": self.due_on,
        }
        return tuple(name for name, value in there.items() if value is None)

    @property
    def realised(self) -> float | None:
        """(actual − baseline) / (target − baseline); None where a number is missing or the target is the baseline."""
        if self.actual is None or self.baseline is None or self.target is None or self.target == self.baseline:
            return None
        return (self.actual - self.baseline) / (self.target - self.baseline)


@dataclass(frozen=True, slots=True)
class MilestoneFact:
    """A dated goal: a milestone item (``item`` True, then ``id`` is an item id) or a version of the tool.

    ``first_due_on`` is the date of the approved baseline, else the first date it ever had; ``due_on`` the last.
    """

    id: str
    item: bool
    first_due_on: date
    due_on: date
    reached_on: date | None


@dataclass(frozen=True, slots=True)
class LinkedItem:
    """An item of the project that some link touches, with what a neighbour needs to know of it.

    ``replanned_at``: when somebody last gave it another start or due date.
    """

    id: str
    status: StatusCategory
    start_on: date | None
    due_on: date | None
    owner_id: str | None
    leaf: bool
    started_at: datetime | None = None
    done_at: datetime | None = None
    replanned_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Agreed:
    """What a person approved. ``number``: which baseline of the node it is; ``earned``: share of its work that is done.

    Work that was dropped or left the project is no longer awaited: it is in neither ``earned`` nor the curve.
    ``hours``/``earned_hours``: the same work in hours, where at least half of it had an estimate in hours. ``done_on``:
    when the last of it was finished, once all is. ``later``: open work now due later than agreed, the furthest first.
    """

    number: int
    approved_on: date
    start_on: date | None
    target_on: date | None
    budget: Budget | None
    earned: float | None
    hours: float | None
    earned_hours: float | None
    done_on: date | None
    later: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The baseline and how the scope moved away from it; work in the project's unit.

    ``agreed`` is None where it was reconstructed from history. ``curve``: (day, share of the baseline due by then), days
    rising; empty for a straight line. ``churn``: work added, taken away or re-estimated in the last eight weeks;
    ``churned_ids``: what of it is still there, the most changed first.
    """

    at: datetime
    work: float
    added: float
    removed: float
    churn: float
    added_ids: tuple[str, ...]
    curve: tuple[tuple[date, float], ...]
    agreed: Agreed | None = None
    churned_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolBudget:
    """The budgets that tools keep of the project's sources, of one kind and currency, together."""

    kind: BudgetKind
    planned: float | None
    actual: float | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class Cost:
    """Hours: planned (Σ estimates), earned (estimates of what is done), booked. ``estimated``: share of leaves with hours.

    ``booked`` is None where bookings of this moment are not known. ``over``: ids booked beyond their estimate, worst first.
    ``most``: ids with the most hours. ``money``: what the booked hours cost in the deployment's currency, without the
    ``unrated_hours`` that no rate fits; ``unknown_currencies``: those of rates that nothing says the worth of.
    ``all_hours``, ``all_earned``: planned and earned where work without an estimate counts as the average of the rest.
    """

    planned_hours: float
    earned_hours: float
    booked_hours: float | None
    estimated: float
    over: tuple[str, ...]
    most: tuple[str, ...] = ()
    money: float = 0.0
    unrated_hours: float = 0.0
    unknown_currencies: tuple[str, ...] = ()
    budgets: tuple[ToolBudget, ...] = ()
    all_hours: float = 0.0
    all_earned: float = 0.0


@dataclass(frozen=True, slots=True)
class Check:
    """One data-quality check: the records that failed it, by id, and how many more have no id."""

    code: str
    failed: tuple[str, ...]
    unnamed: int = 0

    @property
    def total(self) -> int:
        return len(self.failed) + self.unnamed


class _Remembering:
    """Room for an answer that is asked for many times."""

    __slots__ = ("_open_leaves",)
    _open_leaves: tuple[Leaf, ...]


@dataclass(frozen=True, slots=True)
class ProjectFacts(_Remembering):
    """One project at one moment. Weekly series are rolling weeks ending at ``as_of``, oldest first, at most 52.

    ``history_known`` False: series, plan, reopened and cycle times are empty because the past is not known, not because
    nothing happened. ``all_ids`` are the leaves' ids; ``total_work`` leaves dropped items out.
    """

    node: Node
    as_of: datetime
    today: date
    basis: Basis
    history_known: bool
    first_arrival_at: datetime | None
    unit: Unit
    leaves: Sequence[Leaf]
    total_work: float
    done_work: float
    estimated_share: float
    weekly_done: tuple[int, ...] = ()
    weekly_arrivals: tuple[int, ...] = ()
    plan: Plan | None = None
    cost: Cost | None = None
    defects_in: tuple[int, ...] = ()
    defects_out: tuple[int, ...] = ()
    defects_ever: int = 0
    reopened: tuple[str, ...] = ()
    finished_8_weeks: int = 0
    cycle_days: tuple[tuple[float, float], ...] = ()  # (days since it was finished, days from start to finish)
    risks: tuple[RiskFact, ...] = ()
    benefits: tuple[BenefitFact, ...] = ()
    milestones: tuple[MilestoneFact, ...] = ()
    undated_milestones: int = 0
    linked: Mapping[str, LinkedItem] = field(default_factory=dict)
    ever_linked: frozenset[str] = frozenset()  # items, also those that left, which a link touches or ever touched
    supporting: Mapping[str, frozenset[str]] = field(default_factory=dict)  # leaf → items at or above it that goals name
    finished_by: Mapping[str, int] = field(default_factory=dict)  # account → leaves finished in the last 12 weeks
    accounts: frozenset[str] = frozenset()  # everybody who ever had an item of it
    due_kept: int = 0
    due_outcomes: int = 0
    checks: tuple[Check, ...] = ()
    records: int = 0
    failed_records: int = 0
    declared: tuple[Declared, datetime] | None = None
    last_activity_at: datetime | None = None
    timezone: str = "UTC"  # whose days count

    def day_of(self, moment: datetime) -> date:
        """The organisation's day that a moment falls on."""
        return moment.astimezone(ZoneInfo(self.timezone)).date()

    def whole(self) -> "ProjectFacts":
        """The same with everything spread out: see ``rollup.facts.fold``."""
        return self

    @property
    def trust(self) -> float:
        """Share of the records that passed every check; 1 where there is no record."""
        return 1.0 if not self.records else 1 - self.failed_records / self.records

    @property
    def open_leaves(self) -> tuple[Leaf, ...]:
        try:
            return self._open_leaves
        except AttributeError:
            object.__setattr__(self, "_open_leaves", tuple([leaf for leaf in self.leaves if leaf.open]))
            return self._open_leaves

    @property
    def continuous(self) -> bool:
        """No date to finish by: support, operations."""
        return self.node.target_on is None

    def cycle_time(self, share: float) -> float | None:
        """Days from start to finish that this share of the finished items took at most; None where too few tell."""
        days = [taken for _, taken in self.cycle_days]
        return percentile(days, share) if len(days) >= LEAST_FINISHED else None

    @property
    def slow_days(self) -> float | None:
        """How long finished items took but for the slowest 15 %, in days; None where too few tell."""
        return self.cycle_time(0.85)

    def overdue(self) -> tuple[Leaf, ...]:
        """Open leaves past their last known due date, the longest overdue first."""
        late = [leaf for leaf in self.open_leaves if leaf.due_on is not None and leaf.due_on < self.today]
        return tuple(sorted(late, key=lambda leaf: (leaf.due_on, leaf.id)))
