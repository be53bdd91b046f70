"""From the document's currencies and rates to the model's money."""

from collections.abc import Sequence

from config.document import Document, ProjectEntry
from config.faults import Fault, did_you_mean
from model.landscape import Teammate
from model.money import Money, Rate

DEFAULT_CURRENCY = "EUR"


def build_money(document: Document, teammates: Sequence[Teammate]) -> tuple[Money, list[Fault]]:
    """The deployment's currency, what others are worth in it, and the rates; and what is wrong there.

    ``teammates`` are the document's people, in its order.
    """
    own = document.currency or _only_currency(document)
    faults: list[Fault] = []
    if own in document.currencies:
        what = f"{own} is the deployment's own currency: it is worth 1."
        faults.append(Fault(("currencies", own), what, "Remove it, or name another currency under currency:."))
    rates: list[Rate] = []
    seen: set[tuple[object, ...]] = set()
    for number, entry in enumerate(document.rates):
        path = ("rates", number)
        key = _person(entry.person, teammates)
        if entry.person is not None and key is None:
            names = [mate.name for mate in teammates]
            what = f"There is nobody {entry.person!r} under people{did_you_mean(entry.person, names)}"
            faults.append(Fault((*path, "person"), what, f"Known people: {', '.join(names) or 'none'}."))
        roles = sorted({mate.role for mate in teammates if mate.role})
        if entry.role is not None and entry.role not in roles:
            what = f"Nobody under people has the role {entry.role!r}{did_you_mean(entry.role, roles)}"
            faults.append(Fault((*path, "role"), what, f"Known roles: {', '.join(roles) or 'none'}."))
        if (key or entry.person, entry.role, entry.from_on) in seen:
            what = "There are two rates for the same hours."
            faults.append(Fault(path, what, "Remove one, or let one begin later (from:)."))
        seen.add((key or entry.person, entry.role, entry.from_on))
        currency = entry.currency or own
        rates.append(Rate(hourly=entry.hourly, currency=currency, person=key, role=entry.role, from_on=entry.from_on))
    return Money(currency=own, exchange=dict(document.currencies), rates=tuple(rates)), faults


def _person(name: str | None, teammates: Sequence[Teammate]) -> str | None:
    return next((mate.key for mate in teammates if name in (mate.name, mate.key)), None)


def _only_currency(document: Document) -> str:
    """The one that budgets and rates name, if it is one; else the euro."""
    nodes = [*document.portfolios, *(program for _, program in document.programs())]
    projects = [one for _, program in document.programs() for one in program.projects if isinstance(one, ProjectEntry)]
    named = {node.budget.currency for node in (*nodes, *projects) if node.budget is not None and node.budget.currency}
    named |= {rate.currency for rate in document.rates if rate.currency}
    named -= document.currencies.keys()
    return named.pop() if len(named) == 1 else DEFAULT_CURRENCY
