"""Totals of a node over the distinct work items below it: an item in two projects, or a project in two programs, once."""

from collections.abc import Sequence

from model.health import Value
from model.work import StatusCategory
from rollup.facts import ProjectFacts


def totals(projects: Sequence[ProjectFacts]) -> dict[str, Value]:
    """Items by state, overdue, work where all projects share a unit, and budgets where they share one."""
    leaves = {leaf.id: leaf for facts in projects for leaf in facts.leaves}
    late = {leaf.id for facts in projects for leaf in facts.overdue()}
    done = sum(1 for leaf in leaves.values() if leaf.status is StatusCategory.DONE)
    dropped = sum(1 for leaf in leaves.values() if leaf.status is StatusCategory.DROPPED)
    found = {
        "projects": Value(value=len({facts.node.id for facts in projects}), unit="projects"),
        "items": Value(value=len(leaves) - dropped, unit="items"),
        "done": Value(value=done, unit="items"),
        "open": Value(value=len(leaves) - dropped - done, unit="items"),
        "overdue": Value(value=len(late), unit="items"),
        "dropped": Value(value=dropped, unit="items"),
    }
    units = {facts.unit for facts in projects}
    if len(units) == 1:
        unit = units.pop().value
        counted = [leaves[key] for key in sorted(leaves) if leaves[key].status is not StatusCategory.DROPPED]
        found["work"] = Value(value=round(sum(leaf.work for leaf in counted), 6), unit=unit)
    budgets = {facts.node.id: facts.node.budget for facts in projects if facts.node.budget is not None}
    currencies = {"hours" if budget.hours is not None else budget.currency for budget in budgets.values()}
    if len(currencies) == 1:
        amount = sum((budget.hours or budget.amount or 0.0) for budget in budgets.values())
        found["budget"] = Value(value=amount, unit=currencies.pop())
    return found
