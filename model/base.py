"""The one base of every record: frozen, no unknown fields, aware UTC datetimes."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict


class Record(BaseModel):
    """An immutable value. Two records with equal fields are equal."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def to_utc(value: datetime) -> datetime:
    """The same instant in UTC.

    Raises ValueError for a naive datetime: a guess about its zone loses data.
    """
    if value.tzinfo is None:
        raise ValueError("a datetime without a time zone")
    return value.astimezone(UTC)


Instant = Annotated[datetime, AfterValidator(to_utc)]
"""An aware datetime, always stored in UTC."""
