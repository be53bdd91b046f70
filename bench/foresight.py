"""Every bar of foresight: ``python -m bench.foresight [PART …] [--paths N] [--series FILE] [--seed N]``; a line of JSON each.

``exact``: 200 random series against a simulation of the same model, and CPU of a forecast and of its fan. ``program``: 40
projects with dependencies: the function alone, and as the command asks a database file. ``selection``: nine portfolios of 200
candidates, and 500 small ones against brute force. ``backtest``: the histories of ../shared/data, or of FILE ({"name": [items
finished in a week, oldest first]}), replayed week by week with a year of future behind each: any number of items asked for,
as in the study behind the method, and only what was open then, as the product asks. Projects of which only a sample is there
are told apart: what was picked out has no throughput. ``worlds``: companies that the sandbox makes up, of several seeds, a
year each. All parts unless some are named.
"""

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from bench import brute, carried
from bench import selection as portfolios
from bench.histories import COMPLETE, DATA, History, histories
from bench.paths import first_week, random_cases, simulated
from rollup.backtest.judged import Bet, Dates, Judged, judge
from rollup.backtest.replay import Series, replay
from rollup.forecast import HORIZON_WEEKS, odds_of_done
from rollup.forecast.fan import fan
from rollup.forecast.program import program_forecast
from sandbox.company.build import make_company

SERIES, PATHS, PROJECTS = 200, 100_000, 40
BAR_MS, BAR_PROGRAM_S, BAR_SKILL, BAR_ERROR, BAR_COVERAGE = 10.0, 2.0, 0.20, 0.05, (0.80, 0.92)
BEYOND = HORIZON_WEEKS + 1
CANDIDATES, WORLDS = 200, (1, 2, 3)
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def exact(paths: int, seed: int) -> dict[str, Any]:
    """P50 and P85 against simulation; beyond the horizon counts as the week after it."""
    chance = random.Random(seed)
    apart: list[int] = []
    cost, drawn = list[float](), list[float]()
    for done, arrived, remaining in islice(random_cases(chance), SERIES):
        begun = time.process_time()
        found = odds_of_done(done, arrived, remaining)
        told = time.process_time()
        fan([(float(one), float(other)) for one, other in zip(done, arrived, strict=True)], remaining, found)
        cost.append((told - begun) * 1000)
        drawn.append((time.process_time() - told) * 1000)
        odds = simulated(done, arrived, remaining, paths, chance)
        for share in (0.5, 0.85):
            apart.append(abs((found.quantile(share) or BEYOND) - (first_week(odds, share) or BEYOND)))
    return {
        "bench": "exact", "series": SERIES, "paths": paths, "dates": len(apart), "equal": apart.count(0),
        "one_week": apart.count(1), "more": len(apart) - apart.count(0) - apart.count(1), "bar_more": 0,
        "ms": round(statistics.mean(cost), 2), "ms_p95": round(sorted(cost)[int(0.95 * len(cost))], 2),
        "ms_most": round(max(cost), 2), "bar_ms": BAR_MS, "fan_ms": round(statistics.mean(drawn), 2),
        "fan_ms_most": round(max(drawn), 2),
    }  # fmt: skip


def program(seed: int) -> dict[str, Any]:
    """Forty projects, each waiting for up to three before it, and one ring: from the weekly series to the program's dates."""
    chance = random.Random(seed)
    cases = list(islice(random_cases(chance), PROJECTS))
    edges = [(f"p{n}", f"p{chance.randrange(n)}") for n in range(1, PROJECTS) for _ in range(chance.randint(0, 3))]
    begun = time.process_time()
    own = {f"p{number}": odds_of_done(*case) for number, case in enumerate(cases)}
    found = program_forecast(own, [*edges, ("p0", "p1"), ("p1", "p0")], members=tuple(own))
    return {
        "bench": "program", "projects": PROJECTS, "links": len(edges) + 2, "rings": len(found.rings),
        "cpu_s": round(time.process_time() - begun, 3), "stored": carried.asked(seed), "bar_s": BAR_PROGRAM_S,
    }  # fmt: skip


def selection() -> dict[str, Any]:
    """How near to the best within five seconds, and how often the same as trying everything."""
    found = list(portfolios.searched(CANDIDATES))
    same = sum(brute.equal(seed) for seed in range(brute.CASES))
    return {
        "bench": "selection", "candidates": CANDIDATES, "portfolios": len(found),
        "feasible": sum(one["feasible"] for one in found), "worst_gap": max(one["gap"] for one in found),
        "seconds_most": max(one["seconds"] for one in found),
        "cpu_s_most": max(one["cpu_s"] for one in found), "bar_gap": portfolios.BAR_GAP, "bar_s": portfolios.BAR_SECONDS,
        "equal_to_brute_force": same, "of": brute.CASES,
    }  # fmt: skip


def backtest(series: Sequence[Series], seed: int, title: str, *, whole_year: bool = True) -> dict[str, Any] | None:
    """Pooled over series; each project also alone."""
    bets, dates, alone = list[Bet](), list[Dates](), {}
    moments = refused = 0
    for one in series:
        found = replay(one, whole_year=whole_year)
        bets += found.bets
        dates += found.dates
        moments += found.moments
        refused += found.refused
        if found.dates:
            alone[one.name] = _short(judge(found.bets, found.dates, random.Random(seed).randrange), len(one.done))
    if not bets:
        return None
    pooled = judge(bets, dates, random.Random(seed).randrange)
    return {
        "bench": "backtest", "of": title, "series": len(alone), "moments": moments, "refused": refused, **_figures(pooled),
        "reliability": [(round(one.said, 2), round(one.came_true, 2), one.n) for one in pooled.reliability],
        "alone": alone, "bar_skill": BAR_SKILL, "bar_error": BAR_ERROR, "bar_coverage": BAR_COVERAGE,
    }  # fmt: skip


def _figures(judged: Judged) -> dict[str, Any]:
    return {
        "odds": judged.n, "brier": _round(judged.brier), "skill": _round(judged.expanding.value),
        "skill_lower": _round(judged.expanding.lower), "skill_rolling": _round(judged.rolling.value),
        "skill_rolling_lower": _round(judged.rolling.lower), "calibration_error": _round(judged.calibration_error),
        "p50": _round(judged.p50.value), "p85": _round(judged.p85.value), "dates": judged.p85.n,
        "p85_interval": (_round(judged.p85.low), _round(judged.p85.high)), "pinball_weeks": _round(judged.pinball),
    }  # fmt: skip


def _short(judged: Judged, weeks: int) -> dict[str, Any]:
    return {
        "weeks": weeks, "odds": judged.n, "skill": _round(judged.expanding.value), "error": _round(judged.calibration_error),
        "p85": _round(judged.p85.value), "dates": judged.p85.n,
    }  # fmt: skip


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def told(seed: int) -> Iterator[dict[str, Any] | None]:
    """The histories of ../shared/data: whole ones, samples, and all in one pool."""
    if not DATA.exists():
        yield {"bench": "backtest", "skipped": f"{DATA} is not here"}
        return
    found = list(histories())
    whole = [one for one in found if one.complete >= COMPLETE]
    parts = [one for one in found if one.complete < COMPLETE]
    for title, some in (("whole histories", whole), ("samples", parts), ("all in one pool", found)):
        for asked, series in (("any number of items", _any(some)), ("what was open then", _open(some))):
            yield backtest(series, seed, f"{title}: {asked}")


def _any(found: Sequence[History]) -> list[Series]:
    return [Series(one.name, one.done) for one in found]


def _open(found: Sequence[History]) -> list[Series]:
    return [Series(one.name, one.done, one.open) for one in found]


def worlds(seed: int) -> dict[str, Any] | None:
    """Companies made up by the sandbox: each project's weeks up to now, as the product replays them."""
    series = [one for number in WORLDS for one in _made(number)]
    found = backtest(series, seed, f"{len(WORLDS)} made companies: what was open then", whole_year=False)
    return {**found, "alone": {}} if found else None


def _made(number: int) -> Iterator[Series]:
    world, week = make_company(seed=number, now=NOW), timedelta(weeks=1)
    for key in sorted(world.projects):
        items = [one for one in world.items.values() if one.project == key and one.stage != "dropped"]
        weeks = (NOW - min(one.created_at for one in items)) // week if items else 0
        starts = [NOW - (weeks - place) * week for place in range(weeks)]
        done = [sum(1 for one in items if one.done_at and at < one.done_at <= at + week) for at in starts]
        left = [sum(1 for one in items if one.created_at <= at and (not one.done_at or one.done_at > at)) for at in starts]
        yield Series(f"{number}/{key}", tuple(done), tuple(left))


def _of_file(path: Path, seed: int) -> Iterator[dict[str, Any] | None]:
    given = [Series(name, tuple(done)) for name, done in sorted(json.loads(path.read_text()).items())]
    yield backtest(given, seed, str(path))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--paths", type=int, default=PATHS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--series", type=Path)
    parser.add_argument("parts", nargs="*", metavar="PART")
    wanted = parser.parse_args()
    seed: int = wanted.seed
    parts: dict[str, Callable[[], Iterator[dict[str, Any] | None]]] = {
        "exact": lambda: iter([exact(wanted.paths, seed)]),
        "program": lambda: iter([program(seed)]),
        "selection": lambda: iter([selection()]),
        "backtest": lambda: _of_file(wanted.series, seed) if wanted.series else told(seed),
        "worlds": lambda: iter([worlds(seed)]),
    }
    unknown = set(wanted.parts) - parts.keys()
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(parts)}")
    for name, part in parts.items():
        if not wanted.parts or name in wanted.parts:
            for line in part():
                if line is not None:
                    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
