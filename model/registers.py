"""What a program manager keeps lists of, as data for pages and reports: conflicts, risks, benefits, loads, rules.

Scores are made from the same facts; these records are made on demand and are never pushed or put into a finding. What is
kept of them when a project is scored (``model.register_kept``) names nobody.
"""

from datetime import date
from enum import StrEnum
from typing import Literal

from model.base import Record
from model.work import RiskResponse


class Owner(Record):
    """Who is to act: a person by name only where the policy allows names, else the project."""

    kind: Literal["person", "project"]
    label: str


class ConflictKind(StrEnum):
    """Why a link does not hold.

    ORDER: the plan itself has the successor before its predecessor. LATE: the predecessor likely finishes too late. SLIP:
    it does so only through what it waits for. CYCLE: each waits for the other. UNDATED: a date is missing on one side.
    """

    ORDER = "order"
    LATE = "late"
    SLIP = "slip"
    CYCLE = "cycle"
    UNDATED = "undated"


class ConflictState(StrEnum):
    """How far somebody has dealt with a conflict, as far as the records tell.

    OPEN: nothing was done about it. ACKNOWLEDGED: the predecessor was begun, or since the link came to be somebody moved
    a date of either end. RESOLVED: in the last four weeks the link was cut, or the predecessor finished after all.
    """

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class ConflictOption(Record):
    """One way out: what to do with which item or link, by when."""

    kind: Literal["move_successor", "speed_predecessor", "cut_link", "set_dates"]
    subject: str
    until: date | None = None


class Conflict(Record):
    """One link between projects that does not hold. Items and projects are ids; ``late_days`` None: no date to tell by.

    ``carried_days``: how much of the predecessor's likely finish comes from what it waits for itself. ``slack_days``: days
    to spare on the whole chain behind the link, below 0 where it is late.
    """

    link: str
    kind: ConflictKind
    state: ConflictState
    predecessor: str
    successor: str
    predecessor_project: str
    successor_project: str
    owner: Owner
    likely_on: date | None = None
    needed_on: date | None = None
    late_days: int | None = None
    carried_days: int = 0
    slack_days: int | None = None
    options: tuple[ConflictOption, ...] = ()


class ProjectLoad(Record):
    """What one person has promised to one project until the horizon. ``project`` None: work outside the tree."""

    project: str | None
    hours: float
    items: int


class PersonLoad(Record):
    """One person's promised time over all projects and tools. Only for pages and reports of those who may see names.

    ``load`` is planned / capacity at the fullest date, both in ``unit`` (hours, items, allocations); None where it can't
    be told. ``in_calendar`` False: no country is known, so no holidays count.
    """

    person: str
    name: str
    load: float | None
    unit: str | None
    planned: float
    capacity: float
    over_booked: bool
    in_calendar: bool
    projects: tuple[ProjectLoad, ...] = ()
    tools: tuple[str, ...] = ()


class BenefitState(StrEnum):
    """REALISED: its target is reached. MISSED: it is due, and the target is not reached. PLANNED: not due yet.

    UNKNOWN: its numbers of that moment are not known.
    """

    PLANNED = "planned"
    REALISED = "realised"
    MISSED = "missed"
    UNKNOWN = "unknown"


class BenefitEntry(Record):
    """A benefit of the register, in its own unit. ``closed``: everything that promised it has ended; it is kept.

    ``node``: who promised it. ``from_goal``: it is the metric of a goal, else an item. ``owner`` None: nobody.
    ``realised``: (actual − baseline) / (target − baseline), may be below 0 or above 1. ``missing``: what it lacks of
    owner, measure, baseline, target, due.
    """

    id: str
    node: str
    closed: bool
    from_goal: bool
    state: BenefitState
    owner: Owner | None = None
    measure: str | None = None
    unit: str | None = None
    baseline: float | None = None
    target: float | None = None
    due_on: date | None = None
    actual: float | None = None
    realised: float | None = None
    missing: tuple[str, ...] = ()


class RuleState(StrEnum):
    KEPT = "kept"
    BROKEN = "broken"
    NOT_APPLICABLE = "not_applicable"


class RuleResult(Record):
    """One rule of governance as a project keeps it. ``guidance``: a link, to a page of ours where the rule names none.
    ``items``: what breaks it.
    """

    project: str
    rule: str
    holds: str
    within_days: int | None = None
    state: RuleState
    words: str
    to_do: str
    guidance: str
    items: tuple[str, ...] = ()


class RiskEntry(Record):
    """An open risk of the register. ``exposure``: probability × impact, 0..5, the worst where one is missing.

    ``assessed`` False: probability or impact is missing, or beyond its scale. ``reviewed_days``: since somebody last
    changed it. ``owner`` None: nobody.
    """

    id: str
    project: str
    probability: float | None
    impact: float | None
    exposure: float
    assessed: bool
    response: RiskResponse | None = None
    owner: Owner | None = None
    age_days: int
    reviewed_days: int
    stale: bool


class BrokenRule(Record):
    """A rule that is not kept everywhere: by which projects, of how many that it applies to."""

    rule: RuleResult
    projects: tuple[str, ...]
    applies: int


class Totals(Record):
    """What registers come to in all, where only the first entries of them are listed.

    ``exposure``: of all open risks together. ``kept``: of the rules ``asked``, those that are kept.
    """

    risks: int
    exposure: float
    unowned: int
    stale: int
    unanswered: int
    kept: int
    asked: int
    broken: tuple[BrokenRule, ...] = ()


class Registers(Record):
    """All registers of one node at one moment. ``people`` is empty unless names are allowed and were asked for.

    ``totals``: only where ``risks`` and ``rules`` don't list everything.
    """

    node: str
    risks: tuple[RiskEntry, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    benefits: tuple[BenefitEntry, ...] = ()
    rules: tuple[RuleResult, ...] = ()
    people: tuple[PersonLoad, ...] = ()
    totals: Totals | None = None
