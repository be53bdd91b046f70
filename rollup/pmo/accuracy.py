"""How good the forecasts were that were published for projects that have finished since, by class of project.

One forecast a week counts, the last that was kept of it, up to the week before the end. A P85 is as good as it says if 85 %
of them held; those of one project stand and fall together, so the number of projects says how much that means.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median


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
    hopeful), over those with a day.
    """

    project_class: str
    projects: int
    forecasts: int
    held_p50: float
    held_p85: float
    bias_days: float | None


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
