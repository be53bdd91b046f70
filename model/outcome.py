"""What is counted of a project for those who look after all of them: rules kept, due dates kept, how it ended."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from pydantic import with_config

from model.base import STRICT, Instant, Record
from model.health import Band


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Outcome:
    """One finished project. None: it can't be told.

    ``planned_on``: the day it was to end; ``agreed``: that day is of an approved baseline. ``growth`` and ``removed``: work
    added and taken away since the baseline, as a share of it. ``effort``: hours booked over hours planned.
    ``start_delay_days``: from the planned start to the first item begun. ``defects``: per finished item.
    """

    node: str
    name: str
    project_class: str
    ended_on: date
    agreed: bool
    planned_on: date | None = None
    growth: float | None = None
    removed: float | None = None
    effort: float | None = None
    dates_kept: float | None = None
    start_delay_days: int | None = None
    defects: float | None = None
    milestones: int = 0
    milestones_moved: int = 0

    @property
    def days_late(self) -> int | None:
        """Days after the planned one (below 0: before it)."""
        return None if self.planned_on is None else (self.ended_on - self.planned_on).days


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class RuleKept:
    """A rule of governance that is asked of a project, and whether it keeps it."""

    rule: str
    words: str
    kept: bool


@with_config(STRICT)
@dataclass(frozen=True)
class Counted:
    """What was counted of a project when it was last scored: due dates kept of those that have passed, rules, its end."""

    due_kept: int
    due_outcomes: int
    rules: tuple[RuleKept, ...] = ()
    outcome: Outcome | None = None

    @cached_property
    def asked(self) -> tuple[tuple[str, str], ...]:
        """The rules that are asked, by id and in words."""
        return tuple((one.rule, one.words) for one in self.rules)

    @cached_property
    def broken(self) -> tuple[str, ...]:
        """Those of them that it does not keep, by id."""
        return tuple(one.rule for one in self.rules if not one.kept)


class BandTurn(Record):
    """The computed band of a node became another one, in the score of a moment."""

    node: str
    at: Instant
    before: Band
    after: Band


class ProjectFigures(Record):
    """A project in one line of key figures, as of its newest score. ``counted`` None: it was scored before this was kept."""

    node: str
    at: Instant
    score: float | None
    band: Band
    coverage: float
    trust: float
    counted: Counted | None = None
