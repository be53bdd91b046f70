"""When Northlight works: office hours, quiet weeks, and the dates of a project's plan."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from sandbox.company.plan import ProjectPlan


def at_office(day: date, rng: Random) -> datetime:
    """Some moment of that day when people are at their desks (UTC)."""
    return datetime.combine(day, time(7), UTC) + timedelta(seconds=rng.randrange(10 * 3600))


def workdays(first: date, last: date) -> Iterator[date]:
    """Monday to Friday from first to last, both included."""
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        if day.weekday() < 5:
            yield day


def next_workday(day: date) -> date:
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= 5 else 0)


def presence(day: date) -> float:
    """Share of the company that is at work: low around the turn of the year, lower in August."""
    if (day.month, day.day) >= (12, 22) or (day.month, day.day) <= (1, 3):
        return 0.25
    if day.month == 8 and day.day <= 21:
        return 0.75
    return 0.85 if day.month == 5 and day.day <= 7 else 1.0


def pace(plan: ProjectPlan, day: date, today: date) -> float:
    """Share of full speed at which the project worked that day, holidays included."""
    weeks_ago = (today - day).days / 7
    current = [share for up_to, share in plan.pace if weeks_ago <= up_to]
    return current[-1] * presence(day)


def first_day(plan: ProjectPlan, today: date) -> date:
    """The project's first day: a Monday, so many weeks ago."""
    return today - timedelta(days=today.weekday() + 7 * plan.started)
