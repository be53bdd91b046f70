"""What work was thought to cost, and what it cost: points, hours, re-estimates, bookings."""

from datetime import date, datetime, timedelta
from random import Random

from sandbox.company.calendar import at_office, workdays
from sandbox.company.draft import Draft
from sandbox.company.plan import ProjectPlan

_POINTS = (1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 5.0, 5.0, 8.0)
_HOURS = (4.0, 6.0, 8.0, 8.0, 12.0, 12.0, 16.0, 24.0)
_HOURS_PER_POINT = 3.5
_ESTIMATED = 0.95  # share of items with an estimate, where the project estimates at all


def set_effort(plan: ProjectPlan, drafts: list[Draft], rng: Random, today: date) -> None:
    """Estimate every leaf as the project does, change some estimates, and book time where the project books."""
    for draft in drafts:
        if draft.has_parts or plan.estimates == "none" or rng.random() >= _ESTIMATED:
            continue
        if plan.estimates == "points":
            expected = _set_points(draft, rng) * _HOURS_PER_POINT
        else:
            expected = _set_hours(draft, rng, counts_down=plan.tool == "jira")
        if plan.books and draft.started is not None:
            _book(plan, draft, expected, rng, today)


def _set_points(draft: Draft, rng: Random) -> float:
    """Returns the points the item ends with."""
    if draft.item.kind == "subtask":
        return 1.0
    points = rng.choice(_POINTS)
    first = rng.choice(_POINTS) if rng.random() < 0.08 else points
    if rng.random() < 0.35:
        draft.plan(_soon_after(draft, rng), draft.item.reporter, "points", first)
    else:
        draft.item.points = first
    if first != points:
        draft.plan(_before_work(draft, rng), draft.item.reporter, "points", points)
    return points


def _set_hours(draft: Draft, rng: Random, *, counts_down: bool) -> float:
    """Returns the hours the item ends with; Jira also counts down what remains."""
    hours = rng.choice(_HOURS[:4] if draft.item.kind == "subtask" else _HOURS)
    item = draft.item
    item.estimate_hours = hours
    if counts_down:
        item.remaining_hours = hours
    if rng.random() < 0.08:
        changed = hours + rng.choice((-2.0, 4.0, 8.0))
        moment = _before_work(draft, rng)
        draft.plan(moment, item.reporter, "estimate_hours", changed)
        if item.remaining_hours is not None:
            draft.plan(moment, item.reporter, "remaining_hours", changed)
        return changed
    return hours


def _soon_after(draft: Draft, rng: Random) -> datetime:
    return draft.item.created_at + timedelta(minutes=rng.randint(10, 120))


def _before_work(draft: Draft, rng: Random) -> datetime:
    """A moment between the first estimate and the start of work; soon after creation while nobody has started."""
    born = draft.item.created_at + timedelta(minutes=121)
    if draft.started is None or draft.started <= born + timedelta(hours=1):
        return born
    return born + (draft.started - born) * rng.uniform(0.2, 0.9)


def _book(plan: ProjectPlan, draft: Draft, expected: float, rng: Random, today: date) -> None:
    """Book time between start and finish, in pieces of at most eight hours, a day each."""
    if draft.started is None:
        return
    share = 1.0 if draft.finished else 0.35
    total = max(0.5, round(2 * expected * plan.overrun * share * rng.uniform(0.8, 1.2)) / 2)
    first, last = draft.started.date(), (draft.finished.date() if draft.finished else today - timedelta(days=1))
    days = list(workdays(first, last)) or [first]
    pieces = min(len(days), max(1, round(total / 6)))
    left = expected
    for day in sorted(rng.sample(days, pieces)):
        hours = min(8.0, round(4 * total / pieces) / 4)
        at = max(at_office(day, rng), draft.started + timedelta(minutes=5))
        if draft.finished:
            at = min(at, draft.finished - timedelta(minutes=1))
        draft.book(at, _worker(draft), hours)
        left = max(0.0, left - hours)
        if draft.item.remaining_hours is not None:
            draft.plan(at, _worker(draft), "remaining_hours", left)
    if draft.finished and draft.item.remaining_hours is not None:
        draft.plan(draft.finished, _worker(draft), "remaining_hours", 0.0)


def _worker(draft: Draft) -> str:
    """Who works on the item: the last one it was given to."""
    given = [one.new for one in sorted(draft.changes, key=lambda one: one.at) if one.field == "assignee"]
    return given[-1] if given and isinstance(given[-1], str) else draft.item.reporter
