"""Totals of a node over the distinct work items below it: an item in two projects, or a project in two programs, once."""

from model.health import Value
from model.work import StatusCategory
from rollup.budgets import Budgets
from rollup.tally import Tally


def totals(below: Tally, budgets: Budgets) -> dict[str, Value]:
    """Items by state, overdue, work where all projects share a unit, and budgets where they can be compared.

    ``budgets``: of the projects below that have one. ``budget_unrated`` instead of a budget: the currencies that nothing
    says the worth of.
    """
    sums, leaves = below.sums, below.common
    done = sum(1 for leaf in leaves.values() if leaf.status is StatusCategory.DONE) + sums.done
    dropped = sum(1 for leaf in leaves.values() if leaf.status is StatusCategory.DROPPED) + sums.dropped
    items = len(leaves) + sums.open + sums.done + sums.dropped
    found = {
        "projects": Value(value=below.projects, unit="projects"),
        "items": Value(value=items - dropped, unit="items"),
        "done": Value(value=done, unit="items"),
        "open": Value(value=items - dropped - done, unit="items"),
        "overdue": Value(value=len(below.overdue) + sums.overdue, unit="items"),
        "dropped": Value(value=dropped, unit="items"),
    }
    if len(below.units) == 1:
        (unit,) = below.units
        counted = [leaves[key].work for key in sorted(leaves) if leaves[key].status is not StatusCategory.DROPPED]
        found["work"] = Value(value=round(sums.work + sum(counted), 6), unit=unit.value)
    if budgets.comparable:
        found["budget"] = Value(value=sum(budgets.of.values()), unit=budgets.unit)
    if budgets.unrated:
        found["budget_unrated"] = Value(value=", ".join(budgets.unrated), unit="currencies without a rate")
    return found
