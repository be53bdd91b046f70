"""The dates of a project: its target, and the due dates of its items with every move they made."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from sandbox.company.calendar import at_office, first_day, next_workday
from sandbox.company.draft import Draft
from sandbox.company.plan import ProjectPlan

_RECENT_WEEKS = 6


@dataclass(frozen=True)
class Frame:
    """Where a project stands in time; ``start`` and ``target`` are None for a project that has none."""

    first: date
    today: date
    start: date | None
    target: date | None


def frame_of(plan: ProjectPlan, drafts: list[Draft], today: date) -> Frame:
    """The target follows from what is open and from today's speed, so that the plan's ``slack`` becomes true."""
    first = first_day(plan, today)
    if plan.slack is None and plan.horizon is None:
        return Frame(first=first, today=today, start=first if plan.support else None, target=None)
    if plan.ended:
        return Frame(first=first, today=today, start=first, target=_friday(today - timedelta(weeks=plan.ended - 2)))
    weeks = float(plan.horizon or 0)
    if plan.slack is not None:
        since = today - timedelta(weeks=_RECENT_WEEKS)
        recent = sum(1 for one in drafts if one.finished and one.finished.date() >= since)
        weeks = sum(one.is_open for one in drafts) / max(recent / _RECENT_WEEKS, 0.5) * plan.slack
    return Frame(first=first, today=today, start=first, target=_friday(today + timedelta(days=round(7 * weeks))))


def _friday(day: date) -> date:
    return day + timedelta(days=(4 - day.weekday()) % 7)


def set_dates(plan: ProjectPlan, drafts: list[Draft], frame: Frame, rng: Random) -> None:
    """Give due dates to the plan's share of items: kept or missed as often as the plan says."""
    waiting = [one for one in drafts if one.is_open and one.started is None]
    for draft in drafts:
        if rng.random() >= plan.dated or draft.dropped:
            continue
        if draft.finished is not None:
            due = _due_of_finished(plan, draft.finished.date(), rng)
        elif rng.random() < plan.overdue and (frame.today - draft.item.created_at.date()).days > 12:
            due = frame.today - timedelta(days=rng.randint(2, 30))
        elif draft.started is not None:
            due = frame.today + timedelta(days=rng.randint(2, 20))
        else:
            due = _due_of_waiting(waiting.index(draft) / len(waiting), frame, rng)
        _write_due(plan, draft, next_workday(due), rng, frame.today)


def _due_of_finished(plan: ProjectPlan, finished: date, rng: Random) -> date:
    if rng.random() < plan.late:
        return finished - timedelta(days=rng.randint(3, 14))
    return finished + timedelta(days=rng.randint(0, 9))


def _due_of_waiting(position: float, frame: Frame, rng: Random) -> date:
    end = frame.target or frame.today + timedelta(weeks=12)
    days = max(3, (end - frame.today).days)
    return frame.today + timedelta(days=max(2, min(days, round(days * (0.15 + 0.8 * position)) + rng.randint(-4, 4))))


def _write_due(plan: ProjectPlan, draft: Draft, due: date, rng: Random, today: date) -> None:
    """The item ends with ``due``; it may have begun with none, or with an earlier one that was moved once or twice."""
    item = draft.item
    born = item.created_at.date()
    if (due - born).days < 2:
        return
    moves = rng.choice((1, 1, 2)) if rng.random() < min(0.15 + plan.late + plan.overdue, 0.6) else 0
    dues = [due]
    for _ in range(moves):
        earlier = next_workday(dues[0] - timedelta(days=rng.randint(5, 18)))
        if (earlier - born).days >= 2 and earlier < dues[0]:
            dues.insert(0, earlier)
    end = min(draft.finished.date() if draft.finished else today, today) - timedelta(days=1)
    room = (end - born).days
    if rng.random() < 0.3 and room >= 1:
        late_by = min(rng.randint(1, 10), (dues[0] - born).days - 1, room)
        dues = dues[-1 - (room - late_by) :]
        _write_moves(draft, dues, rng, (born + timedelta(days=late_by), end))
        draft.plan(at_office(born + timedelta(days=late_by), rng), item.reporter, "due", dues[0])
    else:
        dues = dues[-1 - max(room, 0) :]
        item.due = dues[0]
        if rng.random() < 0.35 and (dues[0] - born).days > 8:
            item.start = dues[0] - timedelta(days=rng.randint(3, 8))
        _write_moves(draft, dues, rng, (born, end))
    _assign_if_near(draft, due, rng, today)


def _write_moves(draft: Draft, dues: list[date], rng: Random, between: tuple[date, date]) -> None:
    """Each move happens on a day of its own, after the due date was first set and before the item is finished."""
    known, end = between
    room = (end - known).days
    for turn, new in enumerate(dues[1:], start=1):
        day = known + timedelta(days=max(turn, room * turn // len(dues)))
        draft.plan(at_office(day, rng), draft.item.reporter, "due", new)


def _assign_if_near(draft: Draft, due: date, rng: Random, today: date) -> None:
    if draft.is_open and draft.started is None and due <= today + timedelta(days=21) and rng.random() < 0.92:
        day = max(today - timedelta(days=rng.randint(2, 12)), draft.item.created_at.date())
        given = at_office(min(day, today - timedelta(days=1)), rng)
        draft.plan(given, draft.item.reporter, "assignee", draft.item.reporter)
