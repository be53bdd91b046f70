"""What every record is: frozen, no unknown fields, aware UTC datetimes."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict


class Record(BaseModel):
    """An immutable value. Two records with equal fields are equal."""

    model_config = ConfigDict(frozen=True, extra="forbid")


STRICT = ConfigDict(extra="forbid")
"""For records that come by the hundred thousand: slotted dataclasses, five times as quick to make as a ``Record``.

What makes them has checked the values already; stored rows are checked as those of any record are.
"""


def to_utc(value: datetime) -> datetime:
    """The same instant in UTC.

    Raises ValueError for a naive datetime: a guess about its zone loses data.
    """
    if value.tzinfo is UTC:
        return value
    if value.tzinfo is None:
        raise ValueError("a datetime without a time zone")
    return value.astimezone(UTC)


def day_ended(at: datetime) -> date:
    """The day, UTC, that a moment is told by; midnight ends the day before: a weekly point is the end of its Sunday."""
    return (to_utc(at) - timedelta(microseconds=1)).date()


def fix_instants(record: object, *names: str) -> None:
    """Turn instants of a frozen record that is being made into UTC; None stays. Raises ValueError for a naive one."""
    for name in names:
        value = getattr(record, name)
        if value is not None and value.tzinfo is not UTC:
            object.__setattr__(record, name, to_utc(value))


Instant = Annotated[datetime, AfterValidator(to_utc)]
"""An aware datetime, always stored in UTC."""
