"""How finished projects ended beside what was planned, and what the late ones have in common.

A project is finished once it is closed in the configuration, or once it had a target date and all of its work is closed. It
ended on the day its last item was finished. It is measured against its approved baseline, else against its target date.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import fmean
from zoneinfo import ZoneInfo

from model.lesson import Cause
from model.outcome import Outcome
from model.tree import ProjectState
from model.work import StatusCategory
from rollup.facts import ProjectFacts

HALF = 0.5
"""Hours are compared where at least this share of the items had an estimate."""
LEAST_DATES = 5
"""So many due dates at least tell how well dates were kept."""


@dataclass(frozen=True, slots=True)
class Recurring:
    """One cause over all finished projects: of ``known`` it struck ``projects`` (ids) and left ``spared``. ``late_with``: how
    many of the struck ended late, ``late_without``: of the spared; ``days_with``, ``days_without``: how late on average.
    """

    cause: Cause
    words: str
    known: int
    projects: tuple[str, ...]
    late_with: int
    spared: int
    late_without: int
    days_with: float | None
    days_without: float | None

    @property
    def struck(self) -> int:
        return len(self.projects)


def outcome_of(facts: ProjectFacts, timezone: str) -> Outcome | None:
    """How a project ended; None while it runs, or where nothing of it was ever finished."""
    facts = facts.whole()
    done = [leaf for leaf in facts.leaves if leaf.done_at is not None and leaf.status is StatusCategory.DONE]
    running = facts.node.state is not ProjectState.CLOSED and (facts.continuous or bool(facts.open_leaves))
    if running or not done or facts.node.state is ProjectState.CANDIDATE:
        return None
    plan = facts.plan
    agreed = plan.agreed if plan else None
    planned_start = (agreed.start_on if agreed else None) or facts.node.start_on
    first = min((leaf.started_at for leaf in facts.leaves if leaf.started_at is not None), default=None)
    return Outcome(
        node=facts.node.id,
        name=facts.node.name,
        project_class=facts.node.project_class,
        ended_on=max(_day(leaf.done_at, timezone) for leaf in done if leaf.done_at is not None),
        agreed=agreed is not None,
        planned_on=(agreed.target_on if agreed else None) or facts.node.target_on,
        growth=plan.added / plan.work if plan and plan.work else None,
        removed=plan.removed / plan.work if plan and plan.work else None,
        effort=_effort(facts),
        dates_kept=facts.due_kept / facts.due_outcomes if facts.due_outcomes >= LEAST_DATES else None,
        start_delay_days=(_day(first, timezone) - planned_start).days if first and planned_start else None,
        defects=facts.defects_ever / len(done) if facts.history_known else None,
        milestones=len(facts.milestones),
        milestones_moved=sum(1 for one in facts.milestones if (one.reached_on or one.due_on) > one.first_due_on),
    )


def recurring(outcomes: Sequence[Outcome]) -> tuple[Recurring, ...]:
    """Every cause that is measured, the one that struck most projects first."""
    found = [_recurring(cause, *told, outcomes) for cause, told in _CAUSES.items()]
    return tuple(sorted(found, key=lambda one: (-one.struck, one.cause)))


def causes_of(outcome: Outcome) -> tuple[Cause, ...]:
    """What struck one project."""
    return tuple(cause for cause, (_, struck) in _CAUSES.items() if struck(outcome))


def _above(value: float | None, limit: float) -> bool | None:
    return None if value is None else value > limit


_CAUSES: Mapping[Cause, tuple[str, Callable[[Outcome], bool | None]]] = {
    Cause.SCOPE: ("work grew by more than 15% after the plan", lambda one: _above(one.growth, 0.15)),
    Cause.ESTIMATES: ("more than 15% more hours were booked than planned", lambda one: _above(one.effort, 1.15)),
    Cause.DATES: (
        "fewer than 70% of the items were finished by their dates",
        lambda one: None if one.dates_kept is None else one.dates_kept < 0.7,
    ),
    Cause.START: ("it began more than two weeks late", lambda one: _above(one.start_delay_days, 14)),
    Cause.QUALITY: ("more than one defect for four finished items", lambda one: _above(one.defects, 0.25)),
    Cause.PLANNING: ("no plan was ever approved", lambda one: not one.agreed),
}
"""What it means and how to tell; conventions, stated in docs/pmo.md."""


def _recurring(
    cause: Cause, words: str, tell: Callable[[Outcome], bool | None], outcomes: Iterable[Outcome]
) -> Recurring:
    told = [(one, answer) for one in outcomes if (answer := tell(one)) is not None]
    struck = [one for one, answer in told if answer]
    spared = [one for one, answer in told if not answer]
    return Recurring(
        cause=cause,
        words=words,
        known=len(told),
        projects=tuple(one.node for one in struck),
        late_with=_late(struck),
        spared=len(spared),
        late_without=_late(spared),
        days_with=_mean_days(struck),
        days_without=_mean_days(spared),
    )


def _late(outcomes: Iterable[Outcome]) -> int:
    return sum(1 for one in outcomes if one.days_late is not None and one.days_late > 0)


def _mean_days(outcomes: Iterable[Outcome]) -> float | None:
    days = [one.days_late for one in outcomes if one.days_late is not None]
    return fmean(days) if days else None


def _effort(facts: ProjectFacts) -> float | None:
    cost = facts.cost
    if cost is None or cost.booked_hours is None or not cost.planned_hours or cost.estimated < HALF:
        return None
    return cost.booked_hours / cost.planned_hours if cost.booked_hours else None


def _day(at: datetime, timezone: str) -> date:
    return at.astimezone(ZoneInfo(timezone)).date()
