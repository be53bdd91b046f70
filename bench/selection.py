"""Selection under budget and capacity: made portfolios (tight, loose, correlated), how near to the best, how quick.

    python -m bench.selection [CANDIDATES]      200 candidates, 8 skills, 4 quarters unless said
"""

import sys
import time
from collections.abc import Iterator
from random import Random
from typing import Any, Literal, get_args

from rollup.portfolio.candidates import Board, Candidate, Need
from rollup.portfolio.limits import Scenario, Setting, setting_of
from rollup.portfolio.selection import Effort, select
from rollup.portfolio.supply import Pool, Supply

Kind = Literal["tight", "loose", "correlated"]
SHARES: dict[Kind, tuple[float, float]] = {"tight": (0.25, 0.35), "loose": (0.6, 0.7), "correlated": (0.4, 0.5)}
"""What there is of budget and of hours, as a share of what all candidates together ask for."""

SKILLS = ("analysis", "backend", "data", "design", "frontend", "operations", "security", "testing")
QUARTERS = ("2027-Q1", "2027-Q2", "2027-Q3", "2027-Q4")
BAR_GAP, BAR_SECONDS = 0.01, 5.0


def made_setting(
    kind: Kind, candidates: int, *, seed: int, skills: int = 8, quarters: int = 4, forced: float = 0.02
) -> Setting:
    """A portfolio, the same one every time. ``forced``: the share of candidates that are mandatory."""
    chance = Random(f"{kind}-{candidates}-{seed}")
    some = tuple(_candidate(kind, number, candidates, chance, (skills, quarters, forced)) for number in range(candidates))
    share, hours = SHARES[kind]
    supply = Supply(_pools(some, hours, chance, skills))
    budget = round(share * sum(one.cost or 0.0 for one in some))
    return setting_of(Board("made", "EUR", some), supply, Scenario(budget=budget), QUARTERS[:quarters])


def _candidate(kind: Kind, number: int, total: int, chance: Random, shape: tuple[int, int, float]) -> Candidate:
    """One candidate: it runs for one to three quarters in a row and needs one to three skills."""
    skills, quarters, forced = shape
    cost = float(chance.randint(20, 400))
    value = cost / 10 + chance.randint(-3, 3) + 5 if kind == "correlated" else float(chance.randint(1, 100))
    first = chance.randrange(quarters)
    spans = QUARTERS[first : min(quarters, first + chance.randint(1, 3))]
    demand: dict[Need, float] = {
        (skill, quarter): float(chance.randint(20, 300))
        for skill in chance.sample(SKILLS[:skills], min(skills, chance.randint(1, 3)))
        for quarter in spans
    }
    others = [f"c{other}" for other in range(total) if other != number]
    return Candidate(
        id=f"c{number}",
        name=f"Candidate {number}",
        value=value,
        cost=cost,
        demand=demand,
        risk=chance.randint(0, 60) / 100,
        mandatory=chance.random() < forced,
        needs=tuple(chance.sample(others, 1)) if others and chance.random() < 0.12 else (),
        excludes=tuple(chance.sample(others, 1)) if others and chance.random() < 0.06 else (),
    )


def _pools(candidates: tuple[Candidate, ...], share: float, chance: Random, skills: int) -> tuple[Pool, ...]:
    """People with one skill, and some with two: together a share of the hours that are asked for."""
    wanted: dict[Need, float] = {}
    for one in candidates:
        for need, hours in one.demand.items():
            wanted[need] = wanted.get(need, 0.0) + hours
    pools = []
    for place, skill in enumerate(SKILLS[:skills]):
        mine = {quarter: share * hours for (name, quarter), hours in sorted(wanted.items()) if name == skill}
        both = chance.choice((0.0, 0.3))
        other = SKILLS[(place + 1) % skills]
        pools.append(Pool(frozenset({skill}), {quarter: round(hours * (1 - both)) for quarter, hours in mine.items()}))
        pools.append(Pool(frozenset({skill, other}), {quarter: round(hours * both) for quarter, hours in mine.items()}))
    return tuple(pools)


def searched(candidates: int) -> Iterator[dict[str, Any]]:
    """The nine portfolios, each searched for as long as whoever asks for a selection waits."""
    for kind in get_args(Kind):
        for seed in range(3):
            setting = made_setting(kind, candidates, seed=seed)
            begun, used = time.perf_counter(), time.process_time()
            found = select(setting, Effort())
            yield {
                "kind": kind, "seed": seed, "chosen": len(found.chosen), "value": round(found.value, 1),
                "gap": round(found.gap, 6), "feasible": found.feasible, "seconds": round(time.perf_counter() - begun, 2),
                "cpu_s": round(time.process_time() - used, 2),
            }  # fmt: skip


def main(candidates: int) -> None:
    print(f"{candidates} candidates, {len(SKILLS)} skills x {len(QUARTERS)} quarters; bar: gap <= 1 % within 5 s")
    worst = 0.0
    for one in searched(candidates):
        worst = max(worst, one["gap"])
        print(
            f"{one['kind']:<11} seed {one['seed']}: {one['chosen']:>3} chosen, value {one['value']:>8.1f}, "
            f"gap {one['gap']:7.3%}, {one['seconds']:5.2f} s "
            f"({one['cpu_s']:4.2f} s of processor){'' if one['feasible'] else '  INFEASIBLE'}"
        )
    print(f"worst gap {worst:.3%}: {'reached' if worst <= BAR_GAP else 'MISSED'}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
