"""The best selection for each budget, and how two selections differ."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil

from rollup.portfolio.limits import Setting, forced, limits_of
from rollup.portfolio.selection import Effort, Selection, measured, select

STEPS = 10


@dataclass(frozen=True, slots=True)
class Difference:
    """What a second selection has more (``enters``) and less (``leaves``), and how value and cost move with it."""

    enters: tuple[str, ...]
    leaves: tuple[str, ...]
    value: float
    cost: float


@dataclass(frozen=True, slots=True)
class Step:
    """The best selection under a budget, and what it changes against the step before. ``asked``: the scenario's own budget."""

    budget: float
    selection: Selection
    difference: Difference
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Frontier:
    """Budgets from the least that works to where more buys nothing. ``conflict`` of ``top``: no budget is enough."""

    top: Selection
    steps: tuple[Step, ...] = ()


def frontier(
    setting: Setting, effort: Effort, *, steps: int = STEPS, search: Callable[[Setting, Effort], Selection] = select
) -> Frontier:
    """The frontier in so many even steps of budget, and at the scenario's own budget. Equal selections are one step.

    More money never buys less: where time was up before a better selection was found, the one before stands.
    """
    costs = {one.id: one.cost or 0.0 for one in setting.board.candidates}
    top = search(_under(setting, sum(costs.values())), effort)
    if not top.feasible:
        return Frontier(top)
    least = sum(costs[key] for key in forced(setting, limits_of(setting)))
    even = [least + (top.cost - least) * number / max(1, steps) for number in range(max(1, steps) + 1)]
    asked = setting.scenario.budget
    budgets = sorted({_rounded_up(budget) for budget in even[:-1]} | {top.cost} | ({asked} if asked is not None else set()))
    found: list[Step] = []
    for budget in budgets:
        selection = search(_under(setting, budget), effort)
        if not selection.feasible:
            continue
        before = found[-1].selection if found else Selection()
        if found and selection.value < before.value:
            selection = measured(setting, before.chosen, bound=selection.bound)
        if found and selection.chosen == before.chosen and budget != asked:
            continue
        found.append(Step(budget, selection, difference(before, selection), budget == asked))
    return Frontier(top, tuple(found))


def difference(before: Selection, after: Selection) -> Difference:
    """What enters and leaves between two selections."""
    return Difference(
        enters=_without(after.chosen, before.chosen),
        leaves=_without(before.chosen, after.chosen),
        value=after.value - before.value,
        cost=after.cost - before.cost,
    )


def _rounded_up(budget: float) -> float:
    return ceil(budget * 100 - 1e-6) / 100


def _under(setting: Setting, budget: float) -> Setting:
    return replace(setting, scenario=replace(setting.scenario, budget=budget))


def _without(some: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    return tuple(key for key in some if key not in others)
