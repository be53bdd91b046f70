"""The rhythm of Jira projects: two-week sprints, and versions with release dates; and what leads declared."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from random import Random
from typing import Literal

from sandbox.company.calendar import at_office, next_workday
from sandbox.company.dates import Frame
from sandbox.company.draft import Draft
from sandbox.company.plan import ProjectPlan
from sandbox.world import Colour, Sprint, Status, Version

SprintState = Literal["future", "active", "closed"]
_SPRINT_LENGTH = timedelta(weeks=2)
_CARRIED_AT_MOST = 4


def make_sprints(plan: ProjectPlan, frame: Frame, now: datetime) -> list[Sprint]:
    """Two-week sprints from the first day until one that is still to come."""
    sprints: list[Sprint] = []
    start = datetime.combine(frame.first, time(9), UTC)
    while not sprints or sprints[-1].state != "future":
        end = start + timedelta(days=11, hours=6)
        state: SprintState = (
            "future" if start > now else "active" if start + _SPRINT_LENGTH > now and end > now else "closed"
        )
        sprints.append(
            Sprint(
                project=plan.key,
                name=f"{plan.key} Sprint {len(sprints) + 1}",
                start_at=start,
                end_at=end,
                completed_at=end if state == "closed" else None,
                state=state,
            )
        )
        start += _SPRINT_LENGTH
    return sprints


def plan_sprints(sprints: list[Sprint], drafts: list[Draft], now: datetime) -> None:
    """Put each item into the sprint it was started in, carry it over while unfinished, fill the next sprint."""
    for draft in drafts:
        if draft.started is None or draft.item.kind == "subtask":
            continue
        until = draft.finished or now
        touched = [one for one in sprints if one.start_at <= until and one.start_at + _SPRINT_LENGTH > draft.started]
        names: list[str] = []
        for sprint in touched[:_CARRIED_AT_MOST]:
            names.append(sprint.name)
            moment = max(sprint.start_at - timedelta(minutes=30), draft.started - timedelta(minutes=8))
            draft.plan(moment, draft.item.reporter, "sprint", "|".join(names))
    waiting = [one for one in drafts if one.is_open and one.started is None and one.item.kind != "subtask"]
    for draft in waiting[:8]:
        moment = max(now - timedelta(days=2, hours=5), draft.item.created_at + timedelta(minutes=30))
        draft.plan(moment, draft.item.reporter, "sprint", sprints[-1].name)


def make_versions(plan: ProjectPlan, frame: Frame) -> list[Version]:
    """Four releases between start and target; what lies in the past is released."""
    if frame.target is None:
        return []
    length = (frame.target - frame.first).days
    cuts = [frame.first + timedelta(days=round(length * quarter / 4)) for quarter in range(5)]
    return [
        Version(
            project=plan.key,
            name=name,
            start=first,
            release=next_workday(last) if last != frame.target else last,
            released=last < frame.today,
        )
        for name, (first, last) in zip(("0.5", "0.8", "1.0", "1.1"), pairwise(cuts), strict=True)
    ]


def plan_versions(versions: list[Version], drafts: list[Draft], rng: Random) -> None:
    """Every item belongs to the release after it was finished; some were meant for the one before."""
    ahead = [one for one in versions if not one.released] or versions[-1:]
    waiting = [one for one in drafts if one.is_open]
    for draft in drafts:
        if not versions or draft.dropped or rng.random() > 0.85:
            continue
        if draft.finished is not None:
            day = draft.finished.date()
            fitting = next((one for one in versions if one.release and day <= one.release), versions[-1])
        else:
            fitting = ahead[waiting.index(draft) * len(ahead) // len(waiting)]
        before = versions[max(0, versions.index(fitting) - 1)]
        if (
            before is not fitting
            and before.release
            and before.release > draft.item.created_at.date()
            and rng.random() < 0.2
        ):
            draft.item.version = before.name
            draft.plan(at_office(before.release, rng), draft.item.reporter, "version", fitting.name)
        else:
            draft.item.version = fitting.name


_WORDS: dict[Colour, str] = {
    "on_track": "All in hand, we keep our dates.",
    "at_risk": "Behind in places, we are looking at the plan.",
    "off_track": "We will not make the date at this speed.",
    "on_hold": "Paused.",
    "complete": "Finished, handed over.",
}


def declare(plan: ProjectPlan, frame: Frame, lead: str, rng: Random) -> list[Status]:
    """What the lead said, every two or three weeks; a queue and a brand-new project say nothing."""
    if plan.support or plan.horizon is not None:
        return []
    statuses: list[Status] = []
    day = frame.first + timedelta(days=14)
    while day < frame.today - timedelta(days=7 * max(plan.ended - 2, 0)):
        colour = _colour(plan, (frame.today - day).days / 7)
        statuses.append(
            Status(project=plan.key, at=at_office(next_workday(day), rng), by=lead, colour=colour, text=_WORDS[colour])
        )
        day += timedelta(days=rng.choice((14, 14, 21)))
    return [one for one in statuses if one.at.date() < frame.today]


def _colour(plan: ProjectPlan, weeks_ago: float) -> Colour:
    """A project that recovers was red, then amber; one that slips was green until it could not be hidden."""
    slow = len(plan.pace) > 1 and plan.pace[0][1] < plan.pace[-1][1]
    if slow and weeks_ago > 1:
        return "off_track" if weeks_ago > 6 else "at_risk"
    if plan.declared == "complete":
        return "complete" if weeks_ago <= plan.ended else "on_track"
    return plan.declared if weeks_ago < 9 else "on_track"
