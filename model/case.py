"""The case for a project: what it is worth, what it takes, what it depends on. People choose between candidates by it."""

import re
from datetime import date, timedelta

from pydantic import Field

from model.base import Record

QUARTER = r"\d{4}-Q[1-4]"
_QUARTER = re.compile(QUARTER)


class Demand(Record):
    """Hours of one skill in one quarter of the calendar ("2027-Q1")."""

    skill: str
    quarter: str = Field(pattern=rf"^{QUARTER}$")
    hours: float = Field(gt=0)


class Gain(Record):
    """What a project brings in, in money a year, for how many years. Nothing of it is discounted."""

    per_year: float = Field(ge=0)
    currency: str
    years: float = Field(gt=0)


class Case(Record):
    """Ratings are relative: they mean something beside those of the other candidates, on one scale that people agree on.

    ``value``, or ``parts`` of it that the portfolio's value model weighs. ``time_criticality``, ``risk_reduction`` and
    ``size`` are the rest of WSJF. ``risk``: 0..1, that the value will not be reached. ``needs``, ``excludes``: ids of other
    projects. The cost is the project's budget.
    """

    value: float | None = Field(default=None, ge=0)
    parts: tuple[tuple[str, float], ...] = ()
    time_criticality: float | None = Field(default=None, ge=0)
    risk_reduction: float | None = Field(default=None, ge=0)
    size: float | None = Field(default=None, gt=0)
    demand: tuple[Demand, ...] = ()
    risk: float | None = Field(default=None, ge=0, le=1)
    mandatory: bool = False
    needs: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    gain: Gain | None = None


def is_quarter(text: str) -> bool:
    return _QUARTER.fullmatch(text) is not None


def quarter_of(day: date) -> str:
    """The quarter of the calendar that a day lies in."""
    return f"{day.year}-Q{(day.month + 2) // 3}"


def quarter_days(quarter: str) -> tuple[date, date]:
    """The first and the last day of a quarter."""
    year, number = int(quarter[:4]), int(quarter[-1])
    first = date(year, 3 * number - 2, 1)
    following = date(year + number // 4, 3 * (number % 4) + 1, 1)
    return first, following - timedelta(days=1)
