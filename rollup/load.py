"""How much of their time people have promised, over all projects and tools.

Work counts in hours where at least 80 % of a person's dated work has hours (the rest as the average), against the hours of
their calendar; else in items, against their own pace of the last twelve weeks. An allocation reserves time in a project:
of the reservation and the work under it the larger counts. Percent are of what a person has for projects; hours are taken
as hours a week, as the tools do not say of what. An allocation has no history: before the first sync it is not known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from model.landscape import PlannedTime
from rollup.capacity import HORIZON_DAYS, Calendar, weekdays
from rollup.world import OpenWork, World

MOST = 10.0
"""A load beyond ten times what can be done is as bad as ten times, also where nothing can be done at all."""
OUTSIDE = ""
"""Stands for everything that is planned outside the projects of the tree."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The numbers of a policy that a load depends on."""

    horizon_weeks: float
    hours_share: float
    other_work: float


@dataclass(frozen=True, slots=True)
class Load:
    """One person's promised time. ``ratio``: load / capacity at the fullest date; None where it can't be told.

    ``unit``: "hours", "items" or "allocations". ``planned`` and ``capacity`` are those of the fullest date, in that unit.
    """

    person: str
    ratio: float | None
    unit: str | None
    planned: float
    capacity: float
    in_calendar: bool
    by_project: Mapping[str, float] = field(default_factory=dict)
    items_by_project: Mapping[str, int] = field(default_factory=dict)
    tools: tuple[str, ...] = ()

    @property
    def over(self) -> bool:
        return self.ratio is not None and self.ratio > 1


def load_of(world: World, person: str, rules: Rules) -> Load:
    """The load of one person, by the key of the people map or of an account that stands alone. Counted once a world."""
    key = ("load", person, rules)
    return world.once(key, lambda: _Counter(world, person, rules).load())


@dataclass(frozen=True, slots=True, order=True)
class _Fill:
    """How full one date is: ``planned`` / ``capacity`` in ``unit``."""

    ratio: float
    unit: str
    planned: float
    capacity: float


class _Counter:
    """Counts one person's load."""

    def __init__(self, world: World, person: str, rules: Rules) -> None:
        self._today = world.today
        self._person = person
        mate = world.mate(person)
        self._other = mate.other_work if mate and mate.other_work is not None else rules.other_work
        self._rules = rules
        self._horizon = world.today + timedelta(weeks=rules.horizon_weeks)
        ahead = (self._horizon - world.today).days
        self._calendar = Calendar(mate, world.today, ahead_days=max(HORIZON_DAYS, ahead))
        self._least = world.today + timedelta(days=7)
        self._work = world.open_work_of(person)
        self._planned = world.planned.get(person, ())
        self._pace = world.pace_of(person)

    def load(self) -> Load:
        dated = [work for work in self._work if work.due_on is not None and work.due_on <= self._horizon]
        with_hours = sum(1 for work in dated if work.hours is not None)
        fills = self._weeks_reserved()
        hours: dict[str, float] = {}
        if with_hours and with_hours >= self._rules.hours_share * len(dated):
            hours = _filled_in(dated)
            fills += self._in_hours(dated, hours)
        elif dated and self._pace * 12 >= 6:
            fills += self._in_items(dated)
        fullest = max(fills, default=None)
        return Load(
            person=self._person,
            ratio=fullest.ratio if fullest else None,
            unit=fullest.unit if fullest else None,
            planned=fullest.planned if fullest else 0.0,
            capacity=fullest.capacity if fullest else 0.0,
            in_calendar=self._calendar.known,
            by_project=self._by_project(dated, hours, self._horizon),
            items_by_project=_counted(self._work),
            tools=tuple(sorted({work.item.split(":", 1)[0] for work in self._work})),
        )

    def _in_hours(self, dated: Sequence[OpenWork], hours: Mapping[str, float]) -> list[_Fill]:
        """Every date on which work is due; overdue work is to be done within a week, as is work due within one."""
        by_day: dict[date, list[OpenWork]] = {}
        for work in dated:
            by_day.setdefault(max(work.due_on or self._least, self._least), []).append(work)
        found = []
        due: dict[str, float] = {}
        for day in sorted(by_day):
            for work in by_day[day]:
                due[work.project] = due.get(work.project, 0.0) + hours.get(work.item, 0.0)
            planned = sum(self._with_reserved(due, day).values())
            found.append(_fill("hours", planned, self._calendar.hours(day, self._other)))
        return found

    def _in_items(self, dated: Sequence[OpenWork]) -> list[_Fill]:
        days = sorted(max(work.due_on or self._least, self._least) for work in dated)
        return [
            _fill("items", float(number), self._pace * self._calendar.weeks(day))
            for number, day in enumerate(days, start=1)
            if number == len(days) or days[number] != day
        ]

    def _weeks_reserved(self) -> list[_Fill]:
        """Each of the next weeks with allocations in it: what is reserved cannot be done in another week."""
        found = []
        for week in range(int(self._rules.horizon_weeks) if self._planned else 0):
            since = self._today + timedelta(weeks=week)
            until = since + timedelta(days=7)
            planned = sum(self._reserved(entry, since, until) for entry in self._planned)
            if planned:
                found.append(_fill("allocations", planned, self._calendar.hours(until, self._other, since)))
        return found

    def _reserved(self, entry: PlannedTime, since: date, until: date) -> float:
        return reserved_hours(entry, since, until, self._calendar.hours_per_week * (1 - self._other))

    def _by_project(self, work: Sequence[OpenWork], hours: Mapping[str, float], until: date) -> dict[str, float]:
        """Hours per project until a day: the larger of its work and of what is reserved for it."""
        due: dict[str, float] = {}
        for each in work:
            due[each.project] = due.get(each.project, 0.0) + hours.get(each.item, 0.0)
        return self._with_reserved(due, until)

    def _with_reserved(self, due: Mapping[str, float], until: date) -> dict[str, float]:
        kept: dict[str, float] = {}
        for entry in self._planned:
            where = entry.nodes[0] if entry.nodes else OUTSIDE
            kept[where] = kept.get(where, 0.0) + self._reserved(entry, self._today, until)
        return {key: max(due.get(key, 0.0), kept.get(key, 0.0)) for key in sorted({*due, *kept})}


def reserved_hours(entry: PlannedTime, since: date, until: date, weekly_hours: float) -> float:
    """Hours of an allocation after ``since`` up to ``until``. It holds whole working days, absent or not.

    ``weekly_hours``: what the person has for projects in a week.
    """
    first = max(since, entry.start_on - timedelta(days=1)) if entry.start_on else since
    last = min(until, entry.end_on) if entry.end_on else until
    days = weekdays(first, last)
    weekly = entry.hours if entry.hours is not None else (entry.percent or 0.0) / 100 * weekly_hours
    return max(0.0, weekly) * days / 5


def _fill(unit: str, planned: float, capacity: float) -> _Fill:
    ratio = min(MOST, planned / capacity) if capacity > 0 else (MOST if planned > 0 else 0.0)
    return _Fill(ratio, unit, planned, capacity)


def _filled_in(dated: Sequence[OpenWork]) -> dict[str, float]:
    """Hours per item; what has none counts as the average of the others."""
    known = [work.hours for work in dated if work.hours is not None]
    usual = sum(known) / len(known)
    return {work.item: work.hours if work.hours is not None else usual for work in dated}


def _counted(work: Sequence[OpenWork]) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in work:
        found[each.project] = found.get(each.project, 0) + 1
    return found
