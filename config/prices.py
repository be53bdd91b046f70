"""How the document says what money is worth and what an hour costs."""

import re
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from config.faults import refuse
from config.parts import Day, Label, Part


def currency_code(value: str, *, at: str | None = None) -> str:
    """The value itself, if it can be a currency of ISO 4217. ``at``: the key that holds it."""
    if not re.fullmatch(r"[A-Z]{3}", value):
        raise refuse(f"{value!r} is no currency.", "Use three letters (ISO 4217), e.g. EUR.", at=at)
    return value


Currency = Annotated[str, AfterValidator(lambda value: currency_code(value))]
Worth = Annotated[float, Field(gt=0)]


class RateEntry(Part):
    """What an hour of a person, of a role, or of everybody else costs, from a day on."""

    model_config = ConfigDict(allow_inf_nan=False, populate_by_name=True)

    hourly: float = Field(gt=0)
    currency: Currency | None = None
    person: Label | None = None
    role: Label | None = None
    from_on: Day | None = Field(default=None, alias="from")

    @model_validator(mode="after")
    def _one_of(self) -> "RateEntry":
        if self.person is not None and self.role is not None:
            raise refuse("A rate is of a person or of a role, not of both.", "Make two rates.")
        return self
