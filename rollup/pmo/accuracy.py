"""How good the forecasts were that were published for projects that have finished since, by class of project.

One forecast a week counts, the last that was kept of it, up to the week before the end. A P85 is as good as it says if 85 %
of them held; those of one project stand and fall together, so the number of projects says how much that means. For a class of
which none was decided yet, its projects' history replayed stands in: the weeks that any so many items took.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from statistics import median
from typing import Literal

from rollup.backtest.judged import Dates


@dataclass(frozen=True, slots=True)
class Published:
    """What was forecast on a day: finish dates that half and 85 % of the paths keep; None: beyond a year."""

    on: date
    p50: date | None
    p85: date | None


@dataclass(frozen=True, slots=True)
class Course:
    """A finished project with everything that was published of it."""

    node: str
    project_class: str
    ended_on: date
    published: Sequence[Published]


@dataclass(frozen=True, slots=True)
class Accuracy:
    """``held_p50``, ``held_p85``: share of forecasts that the end kept. ``bias_days``: median of end − P50 (above 0: too
    hopeful), over those with a day; of a replay the median of the projects' medians. ``of``: what was judged.
    """

    project_class: str
    projects: int
    forecasts: int
    held_p50: float
    held_p85: float
    bias_days: float | None
    of: Literal["published", "replayed"] = "published"


@dataclass(frozen=True, slots=True)
class Replayed:
    """The dates of one project's history replayed: how many were decided, and how many of them held."""

    node: str
    forecasts: int
    held_p50: int
    held_p85: int
    bias_days: float | None


def replayed(dates: Iterable[Dates]) -> tuple[Replayed, ...]:
    """What came of replayed dates, by project; of none nothing."""
    decided = sorted((one for one in dates if one.p85_held is not None), key=lambda one: one.cluster)
    return tuple(_alone(node, list(group)) for node, group in groupby(decided, key=lambda one: one.cluster))


def _alone(node: str, dates: Sequence[Dates]) -> Replayed:
    days = [7 * (one.took - one.p50) for one in dates if one.took is not None and one.p50 is not None]
    return Replayed(
        node=node,
        forecasts=len(dates),
        held_p50=sum(bool(one.p50_held) for one in dates),
        held_p85=sum(bool(one.p85_held) for one in dates),
        bias_days=float(median(days)) if days else None,
    )


def by_class(projects: Iterable[Replayed], classes: Mapping[str, str]) -> tuple[Accuracy, ...]:
    """One line a class of what was replayed, by name. ``classes``: of the projects that count, node → class."""
    found = sorted((classes[one.node], one.node, one) for one in projects if one.node in classes and one.forecasts)
    return tuple(
        _together(name, [one for _, _, one in group]) for name, group in groupby(found, key=lambda entry: entry[0])
    )


def _together(name: str, projects: Sequence[Replayed]) -> Accuracy:
    total, days = sum(one.forecasts for one in projects), [one.bias_days for one in projects if one.bias_days is not None]
    return Accuracy(
        project_class=name,
        projects=len(projects),
        forecasts=total,
        held_p50=sum(one.held_p50 for one in projects) / total,
        held_p85=sum(one.held_p85 for one in projects) / total,
        bias_days=median(days) if days else None,
        of="replayed",
    )


def accuracy(courses: Iterable[Course]) -> tuple[Accuracy, ...]:
    """One line a class that has any forecast, by name."""
    by_class: dict[str, list[tuple[Course, Published]]] = {}
    projects: dict[str, set[str]] = {}
    for course in courses:
        for one in _weekly(course):
            by_class.setdefault(course.project_class, []).append((course, one))
            projects.setdefault(course.project_class, set()).add(course.node)
    return tuple(_line(name, len(projects[name]), by_class[name]) for name in sorted(by_class))


def _weekly(course: Course) -> Iterable[Published]:
    weeks = {
        one.on.isocalendar()[:2]: one
        for one in sorted(course.published, key=lambda one: one.on)
        if one.on < course.ended_on and one.on.isocalendar()[:2] != course.ended_on.isocalendar()[:2]
    }
    return weeks.values()


def _line(name: str, projects: int, told: Sequence[tuple[Course, Published]]) -> Accuracy:
    errors = [(course.ended_on - one.p50).days for course, one in told if one.p50 is not None]
    return Accuracy(
        project_class=name,
        projects=projects,
        forecasts=len(told),
        held_p50=sum(_held(course, one.p50) for course, one in told) / len(told),
        held_p85=sum(_held(course, one.p85) for course, one in told) / len(told),
        bias_days=median(errors) if errors else None,
    )


def _held(course: Course, day: date | None) -> bool:
    return day is None or course.ended_on <= day
