"""Totals of a node over the distinct work items below it: an item in two projects, or a project in two programs, once."""

from collections.abc import Sequence

from model.health import Value
from model.money import Money
from model.work import StatusCategory
from rollup.budgets import amount_of, in_one_unit
from rollup.outline import Outline


def totals(projects: Sequence[Outline], money: Money) -> dict[str, Value]:
    """Items by state, overdue, work where all projects share a unit, and budgets where they can be compared.

    ``budget_unrated`` instead of a budget: the currencies that nothing says the worth of.
    """
    projects = tuple({project.node.id: project for project in projects}.values())
    leaves = {leaf.id: leaf for project in projects for leaf in project.common}
    late = {key for project in projects for key in project.overdue}
    sums = [project.sums for project in projects]
    done = sum(1 for leaf in leaves.values() if leaf.status is StatusCategory.DONE) + sum(one.done for one in sums)
    dropped = sum(1 for leaf in leaves.values() if leaf.status is StatusCategory.DROPPED)
    dropped += sum(one.dropped for one in sums)
    items = len(leaves) + sum(one.open + one.done + one.dropped for one in sums)
    found = {
        "projects": Value(value=len(projects), unit="projects"),
        "items": Value(value=items - dropped, unit="items"),
        "done": Value(value=done, unit="items"),
        "open": Value(value=items - dropped - done, unit="items"),
        "overdue": Value(value=len(late) + sum(one.overdue for one in sums), unit="items"),
        "dropped": Value(value=dropped, unit="items"),
    }
    units = {project.unit for project in projects}
    if len(units) == 1:
        unit = units.pop().value
        counted = [leaves[key] for key in sorted(leaves) if leaves[key].status is not StatusCategory.DROPPED]
        found["work"] = Value(value=round(sum(one.work for one in sums) + sum(leaf.work for leaf in counted), 6), unit=unit)
    known = {one.node.id: amount_of(one.node.budget) for one in projects if one.node.budget is not None}
    budgets = in_one_unit(known, money)
    if budgets.comparable:
        found["budget"] = Value(value=sum(budgets.of.values()), unit=budgets.unit)
    if budgets.unrated:
        found["budget_unrated"] = Value(value=", ".join(budgets.unrated), unit="currencies without a rate")
    return found
