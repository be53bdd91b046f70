"""What is kept of a project's registers when it is scored, so that a page need not count its records again.

It holds ids and numbers alone: how items and people are called is read when it is shown, by whoever may see it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from pydantic import with_config

from model.base import STRICT, Record
from model.registers import Conflict, RuleState
from model.work import RiskResponse


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class KeptRisk:
    """An open risk. ``exposure``: 0..5, the worst where a number is missing; ``owner_id``: the account that has it."""

    id: str
    probability: float | None
    impact: float | None
    exposure: float
    assessed: bool
    response: RiskResponse | None
    owner_id: str | None
    raised_at: datetime
    touched_at: datetime


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class KeptRule:
    """A rule of the project's policy, by its id, and the items that break it."""

    rule: str
    state: RuleState
    items: tuple[str, ...] = ()


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class KeptBenefit:
    """A benefit item with its numbers, in its own unit; ``known`` False: those of that moment are not known."""

    id: str
    owner_id: str | None
    due_on: date | None
    measure: str | None
    baseline: float | None
    target: float | None
    actual: float | None
    known: bool
    unit: str | None = None


class KeptConflict(Record):
    """A conflict that ends in the project, owned by the project of its predecessor; ``owner_id``: the account that has it."""

    conflict: Conflict
    owner_id: str | None = None


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class KeptRiskSum:
    """What the open risks of a project come to. ``touched``: when each of them was touched last, the oldest first."""

    exposure: float = 0.0
    unowned: int = 0
    unanswered: int = 0
    touched: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class RiskSum:
    """What open risks of several projects come to, each counted once."""

    risks: int
    exposure: float
    unowned: int
    stale: int
    unanswered: int


@with_config(STRICT)
@dataclass(frozen=True)
class ProjectRest:
    """A project's registers beside its risks, of which it has the sum; None: kept by a version that did not count it.

    ``tied``: an open item of it serves a goal by itself or by what it is in.
    """

    rules: tuple[KeptRule, ...] = ()
    benefits: tuple[KeptBenefit, ...] = ()
    tied: bool = False
    risk_sum: KeptRiskSum | None = None

    @cached_property
    def applying(self) -> tuple[str, ...]:
        """The rules that apply, by id."""
        return tuple(one.rule for one in self.rules if one.state is not RuleState.NOT_APPLICABLE)

    @cached_property
    def broken(self) -> tuple[KeptRule, ...]:
        """Those of them that it does not keep."""
        return tuple(one for one in self.rules if one.state is RuleState.BROKEN)


@dataclass(frozen=True, slots=True)
class ProjectRegister:
    """One project's registers as they were counted."""

    node: str
    risks: tuple[KeptRisk, ...]
    rest: ProjectRest
