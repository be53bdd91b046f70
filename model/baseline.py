"""A plan that was agreed: what a project is measured against until a person sets another one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import Field, with_config

from model.base import STRICT, Instant, Record
from model.tree import Budget


@with_config(STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedItem:
    """A work item of the plan: when it was due, and its estimates as far as it had any."""

    id: str
    due_on: date | None = None
    points: float | None = None
    hours: float | None = None


@with_config(STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedMilestone:
    """A milestone item or version of the tool, and its date."""

    id: str
    due_on: date


class BaselinePlan(Record):
    """The plan of one project as it stood at ``as_of``: its dates, its budget, and its work over time."""

    as_of: Instant
    start_on: date | None = None
    target_on: date | None = None
    budget: Budget | None = None
    items: tuple[PlannedItem, ...] = ()
    milestones: tuple[PlannedMilestone, ...] = ()


class Baseline(Record):
    """The ``number``-th plan of a node. It counts from its approval until it is superseded by the next one approved.

    Not approved yet, it is a proposal and counts for nothing; a proposal that another took the place of is superseded too.
    ``reason``: why the plan was changed; the first needs none.
    """

    node: str
    number: int = Field(ge=1)
    plan: BaselinePlan
    reason: str | None = None
    set_by: str
    set_at: Instant
    approved_by: str | None = None
    approved_at: Instant | None = None
    superseded_at: Instant | None = None

    def holds(self, at: datetime) -> bool:
        """Whether the node is measured against it at a moment."""
        begun = self.approved_at is not None and self.approved_at <= at
        return begun and (self.superseded_at is None or self.superseded_at > at)

    @property
    def proposed(self) -> bool:
        """It waits for an approval."""
        return self.approved_at is None and self.superseded_at is None


def held_at(baselines: Iterable[Baseline], at: datetime) -> Baseline | None:
    """The baseline that held at a moment; None: none was approved by then."""
    return max((one for one in baselines if one.holds(at)), key=lambda one: one.number, default=None)
