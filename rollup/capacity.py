"""What people can do: working days by country, absences, and what is left after other work.

A working week is Monday to Friday. Public holidays are those of the person's country (or region, "DE-BY"). A person
outside the people map, or without a country, is in no calendar: 40 hours a week (or their own), no holidays.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache, lru_cache

from model.landscape import Teammate

HOURS_PER_WEEK = 40.0
HORIZON_DAYS = 26 * 7
_WEEKDAYS = 5


@cache
def holidays_of(country: str, year: int) -> frozenset[date]:
    """The public holidays of a country ("DE") or one of its regions ("DE-BY"). Raises NotImplementedError for others."""
    import holidays  # It takes a fifth of a second, and most organisations name no country.

    land, _, region = country.partition("-")
    return frozenset(holidays.country_holidays(land, subdiv=region or None, years=year))


class Calendar:
    """The working days of one person from a day on; ``person`` None: somebody we know nothing of.

    ``ahead_days``: how far it reaches, half a year unless said.
    """

    def __init__(self, person: Teammate | None, today: date, *, ahead_days: int = HORIZON_DAYS) -> None:
        self.hours_per_week = person.hours_per_week if person else HOURS_PER_WEEK
        self.known = person is not None and person.country is not None
        self._today = today
        free = _working_days(person.country if person else None, today, ahead_days)
        absences = person.absences if person else ()
        self._days = [day for day in free if not any(a.start_on <= day <= a.end_on for a in absences)] if absences else free

    def days(self, until: date, since: date | None = None) -> int:
        """Working days after ``since`` (None: today) up to and with ``until``; nothing beyond its reach is counted."""
        first = bisect_right(self._days, since) if since is not None and since > self._today else 0
        return max(0, bisect_right(self._days, until) - first)

    def hours(self, until: date, other_work: float, since: date | None = None) -> float:
        """Hours for projects in that time, after ``other_work`` (a share) is taken off."""
        return self.days(until, since) * self.hours_per_week / _WEEKDAYS * (1 - other_work)

    def weeks(self, until: date) -> float:
        """The same time in working weeks of five days."""
        return self.days(until) / _WEEKDAYS


def weekdays(after: date, until: date) -> int:
    """Days from Monday to Friday after a day, up to and with another."""
    days = (until - after).days
    if days <= 0:
        return 0
    weeks, rest = divmod(days, 7)
    return weeks * _WEEKDAYS + sum((after + timedelta(days=ahead)).weekday() < _WEEKDAYS for ahead in range(1, rest + 1))


@lru_cache(maxsize=512)
def _working_days(country: str | None, today: date, ahead_days: int) -> Sequence[date]:
    """The next days on which people of a country work."""
    days = (today + timedelta(days=ahead) for ahead in range(1, ahead_days + 1))
    return tuple(
        day
        for day in days
        if day.weekday() < _WEEKDAYS and (country is None or day not in holidays_of(country, day.year))
    )
