"""Totals of a node over the distinct work items below it: an item in two projects, or a project in two programs, once."""

from collections.abc import Sequence

from model.health import Value
from model.money import Money
from model.work import StatusCategory
from rollup.budgets import amount_of, in_one_unit
from rollup.facts import ProjectFacts


def totals(projects: Sequence[ProjectFacts], money: Money) -> dict[str, Value]:
    """Items by state, overdue, work where all projects share a unit, and budgets where they can be compared.

    ``budget_unrated`` instead of a budget: the currencies that nothing says the worth of.
    """
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
    known = {facts.node.id: amount_of(facts.node.budget) for facts in projects if facts.node.budget is not None}
    budgets = in_one_unit(known, money)
    if budgets.comparable:
        found["budget"] = Value(value=sum(budgets.of.values()), unit=budgets.unit)
    if budgets.unrated:
        found["budget_unrated"] = Value(value=", ".join(budgets.unrated), unit="currencies without a rate")
    return found
