"""What is kept of a project's registers when it is scored, so that a page need not count its records again.

It holds ids and numbers alone: how items and people are called is read when it is shown, by whoever may see it.
"""

from dataclasses import dataclass
from datetime import date, datetime

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
class ProjectRest:
    """A project's registers beside its risks. ``tied``: an open item of it serves a goal by itself or by what it is in."""

    rules: tuple[KeptRule, ...] = ()
    benefits: tuple[KeptBenefit, ...] = ()
    tied: bool = False


@dataclass(frozen=True, slots=True)
class ProjectRegister:
    """One project's registers as they were counted."""

    node: str
    risks: tuple[KeptRisk, ...]
    rest: ProjectRest
