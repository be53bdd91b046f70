"""What an hour costs, and what a currency is worth in the deployment's own."""

from collections.abc import Mapping
from datetime import date

from pydantic import Field

from model.base import Record


class Rate(Record):
    """The price of an hour from a day on (None: always): of one person, of a role, or of everybody else."""

    hourly: float = Field(gt=0)
    currency: str
    person: str | None = None  # key of a teammate
    role: str | None = None
    from_on: date | None = None


class Money(Record):
    """Prices are fixed: a past day is measured with the same ones, so that it can be scored again.

    ``exchange``: what one unit of another currency is worth in ``currency``.
    """

    currency: str = "EUR"
    exchange: Mapping[str, float] = Field(default_factory=dict)
    rates: tuple[Rate, ...] = ()

    def own(self, amount: float, currency: str) -> float | None:
        """An amount in the deployment's currency; None where nothing says what that currency is worth."""
        if currency == self.currency:
            return amount
        worth = self.exchange.get(currency)
        return None if worth is None else amount * worth

    def rate(self, person: str | None, role: str | None, day: date) -> Rate | None:
        """The rate of an hour worked on a day: the person's own, else the role's, else the general one."""
        for fits in (
            lambda rate: person is not None and rate.person == person,
            lambda rate: role is not None and rate.role == role,
            lambda rate: rate.person is None and rate.role is None,
        ):
            valid = [rate for rate in self.rates if fits(rate) and (rate.from_on is None or rate.from_on <= day)]
            if valid:
                return max(valid, key=lambda rate: rate.from_on or date.min)
        return None
