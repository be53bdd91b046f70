"""Budgets side by side: hours with hours, money in one currency; one without a rate can't be compared."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from model.money import Money
from model.tree import Budget

HOURS = "hours"

Amount = tuple[float, str]
"""Hours, or an amount in a currency."""


@dataclass(frozen=True, slots=True)
class Budgets:
    """Amounts by node in ``unit``. Not ``comparable``: one has none, hours stand beside money, or a currency is ``unrated``."""

    unit: str | None = None
    of: Mapping[str, float] = field(default_factory=dict)
    unrated: tuple[str, ...] = ()

    @property
    def comparable(self) -> bool:
        return self.unit is not None


def amount_of(budget: Budget | None) -> Amount | None:
    if budget is None:
        return None
    return (budget.hours, HOURS) if budget.hours is not None else (budget.amount or 0.0, budget.currency or "")


def in_one_unit(amounts: Mapping[str, Amount | None], money: Money) -> Budgets:
    """The amounts in the unit that all have; those in several currencies in the deployment's own, by the configured rates."""
    known = {key: amount for key, amount in amounts.items() if amount is not None}
    units = {unit for _, unit in known.values()}
    if len(units) == 1 and len(known) == len(amounts):
        return Budgets(units.pop(), {key: amount for key, (amount, _) in known.items()})
    unrated = tuple(sorted(unit for unit in units - {HOURS} if len(units) > 1 and money.own(0.0, unit) is None))
    if unrated or HOURS in units or len(known) < len(amounts) or not known:
        return Budgets(unrated=unrated)
    own = {key: money.own(amount, unit) or 0.0 for key, (amount, unit) in known.items()}
    return Budgets(money.currency, own)
