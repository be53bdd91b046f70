"""Cost: does the project cost what was agreed?

Earned value in hours: EV = share done × BAC, AC = hours booked, CPI = EV / AC, EAC = BAC / CPI, TCPI = (BAC − EV) /
(BAC − AC). BAC is the budget in hours, else the sum of estimates. Three parts: CPI; EAC against BAC; and burn, the
share of BAC spent beyond the share of work done. Needs hours booked and a budget in hours or estimates in hours. Not
asked where nobody has a budget, an hour estimate or a booking. A budget in money needs bookings in money, which no
tool here gives; CPI from estimates is used then.
To improve: re-plan the items booked furthest beyond their estimate, listed as evidence.
"""

from model.health import Finding, Value
from rollup.curves import Curves, Part, from_parts, not_applicable, not_enough, percent
from rollup.facts import Cost, ProjectFacts
from rollup.world import View

NAME = "cost"
VERSION = 1
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
}
_ID = (NAME, VERSION)


def measure(view: View) -> Finding:
    """Score 0..100; NOT_APPLICABLE where cost is not tracked, NOT_ENOUGH_DATA without bookings or a base to hold them to."""
    facts, curves = view.facts, Curves(CURVES, view.policy)
    cost, budget = facts.cost, facts.node.budget
    tracked = budget is not None or (cost is not None and (cost.planned_hours > 0 or cost.booked_hours is not None))
    if not tracked or cost is None:
        return not_applicable(_ID, "there is no budget, no estimate in hours and no booking", "cost_not_tracked")
    if cost.booked_hours is None:
        return not_enough(_ID, "no hours are booked, or not as of this moment", "cost_no_bookings")
    in_hours = budget is not None and budget.hours is not None
    if not in_hours and cost.estimated < curves("cost.min_estimated"):
        return not_enough(
            _ID,
            f"no budget in hours, and only {percent(cost.estimated)} of the work has an estimate in hours",
            "cost_no_base",
        )
    bac = budget.hours if budget is not None and budget.hours is not None else cost.planned_hours
    spent = cost.booked_hours
    if bac <= 0 or spent < curves("cost.min_spent") * bac:
        return not_enough(_ID, f"{spent:.0f} of {bac:.0f} hours are booked: too early to tell", "cost_too_early")
    return _measured(facts, cost, bac, curves)


def _measured(facts: ProjectFacts, cost: Cost, bac: float, curves: Curves) -> Finding:
    spent = cost.booked_hours or 0.0
    done = _done_share(facts, cost)
    earned = done * bac
    cpi = earned / spent
    eac = bac / cpi if cpi > 0 else None
    values = {
        "bac": Value(value=round(bac, 1), unit="hours"),
        "ev": Value(value=round(earned, 1), unit="hours"),
        "ac": Value(value=round(spent, 1), unit="hours"),
        "cpi": Value(value=round(cpi, 3), unit="ratio"),
        "eac": Value(value=round(eac, 1) if eac is not None else None, unit="hours"),
        "tcpi": Value(value=round((bac - earned) / (bac - spent), 3) if spent < bac else None, unit="ratio"),
        "spent_share": Value(value=round(spent / bac, 4), unit="share of BAC"),
    }
    ahead = spent / bac - done
    parts = (
        Part(
            "cpi",
            curves("cost.cpi.weight"),
            curves.ramp(cpi, "cost.cpi"),
            f"{earned:.0f} hours earned for {spent:.0f} booked (CPI {cpi:.2f})",
            "cost_cpi_low",
            cost.over,
        ),
        Part(
            "eac",
            curves("cost.eac.weight"),
            curves.ramp(eac / bac, "cost.eac") if eac is not None else 0.0,
            f"heading for {eac:.0f} of {bac:.0f} hours" if eac is not None else "nothing is earned yet",
            "cost_eac_high",
            cost.over,
        ),
        Part(
            "burn",
            curves("cost.burn.weight"),
            curves.ramp(ahead, "cost.burn"),
            f"{percent(spent / bac)} of the hours spent for {percent(done)} of the work",
            "cost_burn_ahead",
            cost.over,
        ),
    )
    return from_parts(_ID, parts, values=values, improvement="re-plan the items booked furthest beyond their estimate")


def _done_share(facts: ProjectFacts, cost: Cost) -> float:
    """Share of the work done: in hours where at least half of it has hours, else in the project's unit."""
    if cost.estimated >= 0.5 and cost.planned_hours > 0:
        return cost.earned_hours / cost.planned_hours
    return facts.done_work / facts.total_work if facts.total_work else 0.0
