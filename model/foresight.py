"""Forecasts that were published, kept with their day, and what came of them."""

from datetime import date

from model.base import Instant, Record
from model.health import ForecastRecord


class KeptForecast(Record):
    """The first forecast of a node that was published on a day.

    ``odds``: of the target date, kept to be judged, not to be shown. ``p50_held``, ``p85_held``, ``on_time``: None until the
    day they are about is over; then decided for good. ``done_on``: when nothing was open any more.
    """

    node: str
    made_on: date
    p50: date | None = None
    p85: date | None = None
    target_on: date | None = None
    odds: float | None = None
    p50_held: bool | None = None
    p85_held: bool | None = None
    on_time: bool | None = None
    done_on: date | None = None


class Standing(Record):
    """How the organisation's forecasts stood when they were last checked. ``report``: the whole check, as JSON."""

    at: Instant
    record: ForecastRecord
    report: str
