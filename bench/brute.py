"""Small portfolios tried choice by choice, without a solver: what a selection is held against."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import chain, combinations
from random import Random
from typing import get_args

from bench.selection import Kind, made_setting
from rollup.portfolio.candidates import Candidate
from rollup.portfolio.limits import Limit, Setting, limits_of, setting_of
from rollup.portfolio.selection import Effort, measured, select
from rollup.portfolio.supply import Shift

CASES = 500
EXACT = Effort(seconds=60.0)
KINDS = get_args(Kind)
Q1 = "2027-Q1"


def subsets(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return chain.from_iterable(combinations(names, size) for size in range(len(names) + 1))


def keeps(setting: Setting, limits: Collection[Limit], chosen: Collection[str]) -> bool:
    """Whether a choice keeps some limits, told without a solver: hours by Hall's condition over all sets of skills."""
    some = [one for one in setting.board.candidates if one.id in chosen]
    for limit in limits:
        if limit.kind == "budget" and sum(one.cost or 0.0 for one in some) > (setting.scenario.budget or 0.0) + 1e-6:
            return False
        if limit.kind in ("mandatory", "required") and limit.candidate not in chosen:
            return False
        if limit.kind in ("excluded", "barred", "cost_unknown") and limit.candidate in chosen:
            return False
        if limit.kind == "needs" and limit.candidate in chosen and limit.other not in chosen:
            return False
        if limit.kind == "excludes" and {limit.candidate, limit.other} <= set(chosen):
            return False
    return all(_served(setting, limits, some, quarter) for quarter in setting.quarters)


def _served(setting: Setting, limits: Collection[Limit], some: Sequence[Candidate], quarter: str) -> bool:
    limited = {limit.other for limit in limits if limit.kind == "capacity" and limit.about == quarter}
    promised = {skill for skill, at in setting.supply.promised if at == quarter} if limited else set()
    for skills in subsets(sorted(limited | promised)):
        hours = sum(one.demand.get((skill, quarter), 0.0) for one in some for skill in skills if skill in limited)
        hours += sum(setting.promised((skill, quarter)) for skill in skills)
        people = sum(pool.free(quarter) for pool in setting.supply.pools if pool.skills & set(skills))
        if hours > people + 1e-6:
            return False
    return True


def best(setting: Setting) -> tuple[float, float] | None:
    """Value and cost of the best choice, by trying every one; None where none keeps the limits."""
    limits = limits_of(setting)
    kept = [
        measured(setting, chosen)
        for chosen in subsets([one.id for one in setting.board.candidates])
        if keeps(setting, limits, chosen)
    ]
    return max(((one.value, -one.cost) for one in kept), default=None)


def small(seed: int) -> Setting:
    """A small portfolio with everything in it that a limit can be about."""
    chance = Random(seed)
    made = made_setting(
        KINDS[seed % 3], chance.randint(1, 7), seed=seed, skills=chance.randint(2, 3), quarters=chance.randint(1, 2),
        forced=0.15,
    )  # fmt: skip
    ids = [one.id for one in made.board.candidates]
    supply = made.supply
    if seed % 4 == 0:
        supply = replace(supply, promised={("analysis", Q1): chance.uniform(0, 150), ("backend", Q1): chance.uniform(0, 150)})
    scenario = replace(
        made.scenario,
        budget=None if seed % 11 == 0 else made.scenario.budget,
        require=tuple(chance.sample(ids, 1)) if seed % 5 == 0 else (),
        exclude=tuple(chance.sample(ids, 1)) if seed % 7 == 0 else (),
        shifts=(Shift("analysis", share=chance.choice((-0.5, 0.5))),) if seed % 6 == 0 else (),
    )
    return setting_of(made.board, supply, scenario, made.quarters)


def equal(seed: int) -> bool:
    """Whether the solver finds what trying everything finds: the same value at the same cost, or that nothing fits."""
    setting = small(seed)
    found, known = select(setting, EXACT), best(setting)
    if known is None or not found.feasible:
        return known is None and not found.feasible
    return abs(found.value - known[0]) < 1e-6 and abs(found.cost + known[1]) < 1e-6
