"""How good forecasts are: ``python -m bench.foresight [--paths N] [--series FILE] [--seed N]``; one line of JSON a part.

``exact``: 200 random series against a simulation of the same model, and CPU of a forecast. ``program``: 40 projects with
dependencies. ``backtest``: the histories of ../shared/data, or of FILE ({"name": [items finished in a week, oldest first]}),
replayed week by week with a year of future behind each. Projects of which only a sample is there are told apart: what was
picked out has no throughput.
"""

import argparse
import json
import random
import statistics
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from bench.histories import COMPLETE, DATA, histories
from bench.paths import first_week, random_cases, simulated
from rollup.backtest.judged import Bet, Dates, Judged, judge
from rollup.backtest.replay import Series, replay
from rollup.forecast import HORIZON_WEEKS, odds_of_done
from rollup.forecast.program import program_forecast

SERIES, PATHS, PROJECTS = 200, 100_000, 40
BAR_MS, BAR_PROGRAM_S, BAR_SKILL, BAR_ERROR, BAR_COVERAGE = 10.0, 2.0, 0.20, 0.05, (0.80, 0.92)
BEYOND = HORIZON_WEEKS + 1


def exact(paths: int, seed: int) -> dict[str, Any]:
    """P50 and P85 against simulation; beyond the horizon counts as the week after it."""
    chance = random.Random(seed)
    apart: list[int] = []
    cost: list[float] = []
    for done, arrived, remaining in islice(random_cases(chance), SERIES):
        begun = time.process_time()
        found = odds_of_done(done, arrived, remaining)
        cost.append((time.process_time() - begun) * 1000)
        odds = simulated(done, arrived, remaining, paths, chance)
        for share in (0.5, 0.85):
            apart.append(abs((found.quantile(share) or BEYOND) - (first_week(odds, share) or BEYOND)))
    return {
        "bench": "exact", "series": SERIES, "paths": paths, "dates": len(apart), "equal": apart.count(0),
        "one_week": apart.count(1), "more": len(apart) - apart.count(0) - apart.count(1), "bar_more": 0,
        "ms": round(statistics.mean(cost), 2), "ms_p95": round(sorted(cost)[int(0.95 * len(cost))], 2),
        "ms_most": round(max(cost), 2), "bar_ms": BAR_MS,
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
        "cpu_s": round(time.process_time() - begun, 3), "bar_s": BAR_PROGRAM_S,
    }  # fmt: skip


def backtest(series: Sequence[Series], seed: int, title: str) -> dict[str, Any] | None:
    """Pooled over series; each project also alone."""
    bets, dates, alone = list[Bet](), list[Dates](), {}
    moments = refused = 0
    for one in series:
        found = replay(one, whole_year=True)
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


def _given(path: Path) -> list[Series]:
    return [Series(name, tuple(done)) for name, done in sorted(json.loads(path.read_text()).items())]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--paths", type=int, default=PATHS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--series", type=Path)
    wanted = parser.parse_args()
    print(json.dumps(exact(wanted.paths, wanted.seed)), flush=True)
    print(json.dumps(program(wanted.seed)), flush=True)
    if wanted.series:
        print(json.dumps(backtest(_given(wanted.series), wanted.seed, str(wanted.series))), flush=True)
        return
    if not DATA.exists():
        print(json.dumps({"bench": "backtest", "skipped": f"{DATA} is not here"}))
        return
    found = list(histories())
    whole = [Series(one.name, one.done) for one in found if one.complete >= COMPLETE]
    parts = [Series(one.name, one.done) for one in found if one.complete < COMPLETE]
    for told in (backtest(whole, wanted.seed, "histories"), backtest(parts, wanted.seed, "samples")):
        if told is not None:
            print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
