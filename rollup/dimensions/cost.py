"""Cost: does the project cost what was agreed?

Earned value: EV = share done × BAC, AC = what was spent, CPI = EV / AC, EAC = BAC / CPI, TCPI = (BAC − EV) / (BAC − AC).
Three parts: CPI; EAC against BAC; and burn, the share of BAC spent beyond the share of work done. BAC is the first there
is of: the budget of the approved baseline, the project's own, those that tools keep of its sources (money before hours),
the hours of the approved baseline, the estimates of today. Done is the share of the approved baseline's work (in hours
where half of it had hours), else of all work there is. In hours, work without an estimate counts as the average of the rest.
In money AC is each booked hour at the rate of whoever booked it, on the day it was worked (the person's, the role's, the
general one); up to a tenth of the hours may lack a rate, and cost the mean of the others. Without bookings it is what
the tool's own budget says was spent. Everything counts in the deployment's currency, at the configured worth of the
others: a currency without one is NOT_ENOUGH_DATA. A budget in money where no rate is configured is measured in hours, if
half the work is estimated in hours. Needs a budget or estimates in hours, and bookings. Not asked where there is neither
budget, estimate in hours nor booking. A budget of 0, or below, is NOT_ENOUGH_DATA.
To improve: re-plan the items booked furthest beyond their estimate, listed as evidence; else those with most booked.
"""

from dataclasses import dataclass

from model.health import Basis, Finding, Value
from model.language import words
from model.money import Money
from model.tree import Budget
from model.work import BudgetKind
from rollup.baseline import baseline_values
from rollup.curves import Curves, Part, from_parts, not_applicable, not_enough, percent
from rollup.facts import Cost, ProjectFacts, ToolBudget
from rollup.world import View

NAME = "cost"
VERSION = 3
LEVEL = "project"
CURVES = {
    "cost.cpi.weight": 50.0,
    "cost.eac.weight": 30.0,
    "cost.burn.weight": 20.0,
    "cost.cpi.worst": 0.6,
    "cost.cpi.best": 1.0,
    "cost.eac.worst": 1.5,
    "cost.eac.best": 1.0,
    "cost.burn.worst": 0.3,
    "cost.burn.best": 0.0,
    "cost.min_spent": 0.05,
    "cost.min_estimated": 0.5,
    "cost.max_unrated": 0.1,
}
_ID = (NAME, VERSION)
HOURS = "hours"


@dataclass(frozen=True, slots=True)
class _Base:
    """What the project may cost: an amount in hours or a currency, and where it stands."""

    amount: float
    unit: str
    source: str


@dataclass(frozen=True, slots=True)
class _Account:
    """Budget at completion and what was spent, in one unit."""

    bac: float
    spent: float
    unit: str
    source: str


def measure(view: View) -> Finding:
    """Score 0..100; NOT_APPLICABLE where cost is not tracked, NOT_ENOUGH_DATA without bookings or a base to hold them to."""
    facts, curves = view.facts, Curves(CURVES, view.policy)
    cost = facts.cost
    if cost is None or not _tracked(facts, cost):
        return not_applicable(_ID, "there is no budget, no estimate in hours and no booking", "cost_not_tracked")
    account = _account(facts, cost, view.world.landscape.money, curves)
    if isinstance(account, Finding):
        return account
    said = words("en")
    if account.spent <= 0 or account.spent < curves("cost.min_spent") * account.bac:
        bac, spent = said.amount(account.bac, account.unit), said.amount(account.spent, account.unit)
        return not_enough(
            _ID,
            f"{spent} of {bac} spent: too early to tell",
            "cost_too_early",
            bac=Value(value=round(account.bac, 1), unit=account.unit),
            ac=Value(value=round(account.spent, 1), unit=account.unit),
        )
    return _measured(facts, cost, account, curves)


def _tracked(facts: ProjectFacts, cost: Cost) -> bool:
    agreed = facts.plan.agreed if facts.plan else None
    budgeted = facts.node.budget is not None or bool(cost.budgets) or (agreed is not None and agreed.budget is not None)
    return budgeted or cost.planned_hours > 0 or cost.booked_hours is not None


def _base(facts: ProjectFacts, cost: Cost, money: Money) -> _Base | Finding | None:
    """What it may cost by the first that says so; None: only today's estimates could."""
    agreed = facts.plan.agreed if facts.plan else None
    if agreed is not None and agreed.budget is not None:
        return _of(agreed.budget, "approved baseline")
    if facts.node.budget is not None:
        return _of(facts.node.budget, "budget")
    for kind in (BudgetKind.COST, BudgetKind.TIME):
        kept = [budget for budget in cost.budgets if budget.kind is kind and budget.planned is not None]
        if kept:
            return _of_tool(kept, money)
    if agreed is not None and agreed.hours:
        return _Base(agreed.hours, HOURS, "approved baseline")
    return None


def _of_tool(kept: list[ToolBudget], money: Money) -> _Base | Finding:
    """The tool's budgets of one kind together; those in several currencies in the deployment's own."""
    source = "the tool's budget"
    amounts = [(budget.planned or 0.0, budget.currency or "") for budget in kept]
    if kept[0].kind is BudgetKind.TIME:
        return _Base(sum(amount for amount, _ in amounts), HOURS, source)
    if len(amounts) == 1:
        return _Base(*amounts[0], source)
    own = [money.own(*amount) for amount in amounts]
    unknown = tuple(currency for (_, currency), worth in zip(amounts, own, strict=True) if worth is None)
    if unknown:
        return _no_exchange(unknown, money)
    return _Base(sum(worth for worth in own if worth is not None), money.currency, source)


def _of(budget: Budget, source: str) -> _Base:
    if budget.hours is not None:
        return _Base(budget.hours, HOURS, source)
    return _Base(budget.amount or 0.0, budget.currency or "", source)


def _account(facts: ProjectFacts, cost: Cost, money: Money, curves: Curves) -> _Account | Finding:
    """Both sides of the account in one unit, or what is missing for it."""
    base = _base(facts, cost, money)
    if base is None:
        return _in_estimates(cost, curves)
    if isinstance(base, Finding):
        return base
    if base.amount <= 0:
        words_ = f"the budget ({base.source}) is {base.amount:g}: nothing can be held against it"
        return not_enough(_ID, words_, "cost_budget_zero", bac=Value(value=base.amount, unit=base.unit or None))
    if base.unit != HOURS:
        return _in_money(base, cost, money, curves)
    spent = cost.booked_hours if cost.booked_hours is not None else _actual(cost, BudgetKind.TIME)
    return _no_bookings() if spent is None else _Account(base.amount, spent, HOURS, base.source)


def _in_estimates(cost: Cost, curves: Curves) -> _Account | Finding:
    if cost.booked_hours is None:
        return _no_bookings()
    if cost.estimated < curves("cost.min_estimated") or cost.planned_hours <= 0:
        share = percent(cost.estimated)
        return not_enough(
            _ID, f"no budget in hours, and only {share} of the work has an estimate in hours", "cost_no_base"
        )
    return _Account(cost.all_hours, cost.booked_hours, HOURS, "estimates")


def _in_money(base: _Base, cost: Cost, money: Money, curves: Curves) -> _Account | Finding:
    bac = money.own(base.amount, base.unit)
    if bac is None:
        return _no_exchange((base.unit,), money)
    if money.rates and cost.booked_hours is not None:
        return _at_rates(base, bac, cost, money, curves=curves)
    kept = [budget for budget in cost.budgets if budget.kind is BudgetKind.COST and budget.actual is not None]
    if kept:
        return _from_tool(base, bac, kept, money)
    if money.rates or cost.booked_hours is None:
        return _no_bookings()
    return _in_estimates(cost, curves)


def _at_rates(base: _Base, bac: float, cost: Cost, money: Money, *, curves: Curves) -> _Account | Finding:
    """Booked hours at their rates; those that lack one cost the mean of the others, if they are few."""
    if cost.unknown_currencies:
        return _no_exchange(cost.unknown_currencies, money)
    booked = cost.booked_hours or 0.0
    share = cost.unrated_hours / booked if booked > 0 else 0.0
    if share > curves("cost.max_unrated") or share >= 1:
        said = words("en")
        return not_enough(
            _ID,
            f"{said.number(cost.unrated_hours)} of {said.number(booked)} booked hours have no rate",
            "cost_no_rate",
            unrated=Value(value=round(cost.unrated_hours, 1), unit=HOURS),
            booked=Value(value=round(booked, 1), unit=HOURS),
        )
    return _Account(bac, cost.money / (1 - share), money.currency, base.source)


def _from_tool(base: _Base, bac: float, kept: list[ToolBudget], money: Money) -> _Account | Finding:
    spent = [money.own(budget.actual or 0.0, budget.currency or "") for budget in kept]
    unknown = tuple(budget.currency or "" for budget, own in zip(kept, spent, strict=True) if own is None)
    if unknown:
        return _no_exchange(unknown, money)
    return _Account(bac, max(0.0, sum(own for own in spent if own is not None)), money.currency, base.source)


def _actual(cost: Cost, kind: BudgetKind) -> float | None:
    found = [budget.actual for budget in cost.budgets if budget.kind is kind and budget.actual is not None]
    return max(0.0, sum(found)) if found else None


def _no_bookings() -> Finding:
    return not_enough(_ID, "no hours are booked, or not as of this moment", "cost_no_bookings")


def _no_exchange(currencies: tuple[str, ...], money: Money) -> Finding:
    named = ", ".join(currency or "a currency without a name" for currency in currencies)
    return not_enough(
        _ID,
        f"nothing says what {named} is worth in {money.currency}",
        "cost_no_exchange_rate",
        currency=Value(value=named),
        own_currency=Value(value=money.currency),
    )


def _measured(facts: ProjectFacts, cost: Cost, account: _Account, curves: Curves) -> Finding:
    bac, spent, unit = account.bac, account.spent, account.unit
    done = _done_share(facts, cost)
    earned = done * bac
    cpi = earned / spent
    eac = bac / cpi if cpi > 0 else None
    values = {
        "bac": Value(value=round(bac, 1), unit=unit),
        "bac_from": Value(value=account.source),
        "ev": Value(value=round(earned, 1), unit=unit),
        "ac": Value(value=round(spent, 1), unit=unit),
        "cpi": Value(value=round(cpi, 3), unit="ratio"),
        "eac": Value(value=round(eac, 1) if eac is not None else None, unit=unit),
        "tcpi": Value(value=round((bac - earned) / (bac - spent), 3) if spent < bac else None, unit="ratio"),
        "done_share": Value(value=round(done, 4), unit="share of the work"),
        "spent_share": Value(value=round(spent / bac, 4), unit="share of BAC"),
        **_basis(facts),
    }
    open_ = {leaf.id for leaf in facts.open_leaves}
    booked = tuple(sorted(cost.over or cost.most, key=lambda key: key not in open_))  # what is done is planned no more
    parts = _parts(account, done, booked, curves)
    help_ = "re-plan the items booked furthest beyond their estimate" if facts.open_leaves else ""
    return from_parts(_ID, parts, values=values, improvement=help_)


def _basis(facts: ProjectFacts) -> dict[str, Value]:
    """Nobody agreed to a reconstructed plan: then today's work is measured, and it is said so."""
    agreed = facts.plan is not None and facts.plan.agreed is not None
    return baseline_values(facts) if agreed else {"baseline_basis": Value(value=Basis.RECONSTRUCTED.value)}


def _parts(account: _Account, done: float, evidence: tuple[str, ...], curves: Curves) -> tuple[Part, ...]:
    bac, spent = account.bac, account.spent
    earned = done * bac
    cpi = earned / spent
    eac = bac / cpi if cpi > 0 else None
    said = words("en")

    def told(amount: float) -> str:
        return said.amount(amount, account.unit)

    heading = f"heading for {told(eac)} of {told(bac)}" if eac is not None else "nothing is earned yet"
    burnt = f"{percent(spent / bac)} of what it may cost is spent for {percent(done)} of the work"
    return (
        Part(
            "cpi",
            curves("cost.cpi.weight"),
            curves.ramp(cpi, "cost.cpi"),
            f"{told(earned)} earned for {told(spent)} spent (CPI {cpi:.2f})",
            "cost_cpi_low",
            evidence,
        ),
        Part(
            "eac",
            curves("cost.eac.weight"),
            curves.ramp(eac / bac, "cost.eac") if eac is not None else 0.0,
            heading,
            "cost_eac_high",
            evidence,
        ),
        Part(
            "burn",
            curves("cost.burn.weight"),
            curves.ramp(spent / bac - done, "cost.burn"),
            burnt,
            "cost_burn_ahead",
            evidence,
        ),
    )


def _done_share(facts: ProjectFacts, cost: Cost) -> float:
    """Of an approved baseline its own work; else in hours where at least half of it has hours, else in the project's unit."""
    agreed = facts.plan.agreed if facts.plan else None
    if agreed is not None and agreed.earned is not None:
        return agreed.earned if agreed.earned_hours is None else agreed.earned_hours
    if cost.estimated >= 0.5 and cost.all_hours > 0:
        return min(1.0, cost.all_earned / cost.all_hours)
    return facts.done_work / facts.total_work if facts.total_work else 0.0
