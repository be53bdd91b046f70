"""What history costs: ``python -m bench.rollup trend|change|one [PROJECTS] [ITEMS]``.

``trend``: a year of weekly points of PROJECTS projects (40) with ITEMS items each (250), from the store to the store;
the bar is 20 s for 40 projects. ``change``: what moved the portfolio, a program and a project in the last four weeks.
``one``: one changed item, on both databases; see ``bench.one_change``. Prints one line of JSON a measurement: seconds,
CPU seconds, peak RSS in MB.
"""

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from bench import one_change
from bench.portfolio import NOW, made_workspace
from service import scoring
from service.change import moved_since
from service.workspace import Workspace
from store.database import Database


def trend(workspace: Workspace) -> None:
    """A year of weekly points, for a database that has none."""
    points = 0

    def fill() -> None:
        nonlocal points
        points = scoring.fill_trend(workspace)

    _measured("trend", fill, projects=len(workspace.tree.projects()), weeks=scoring.TREND_WEEKS)
    print(json.dumps({"points": points}))


def change(workspace: Workspace) -> None:
    """What moved a node of each level."""
    for node in ("port", "g0", "p0"):
        moved: list[float] = []

        def explain(node: str = node, moved: list[float] = moved) -> None:
            told = moved_since(workspace, node, since=NOW - timedelta(weeks=4)).explained
            moved.extend((told.moved or 0.0, sum(one.points for one in told.causes), len(told.causes)))

        _measured("change", explain, node=node)
        print(json.dumps({"moved": moved[0], "sum_of_causes": moved[1], "causes": moved[2]}))


def _measured(what: str, run: Callable[[], None], **facts: object) -> None:
    wall, cpu = time.monotonic(), time.process_time()
    run()
    used = {"seconds": round(time.monotonic() - wall, 2), "cpu_s": round(time.process_time() - cpu, 2)}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"bench": what, **facts, **used, "rss_mb": round(peak, 1)}))


MODES: dict[str, Callable[[Workspace], None]] = {"trend": trend, "change": change}


def main(mode: str, projects: int = 40, items: int = 250) -> None:
    """Make the organisation and measure one mode."""
    if mode == "one":
        one_change.every(projects, items)
        return
    with tempfile.TemporaryDirectory(prefix="bellwether-bench-") as folder:
        db = Database(
            f"sqlite:///{Path(folder) / 'bench.db'}", secret_key=b"a key that only benchmarks use, long enough"
        )
        db.upgrade()
        MODES[mode](made_workspace(db, projects, items))
        db.close()


if __name__ == "__main__":
    main(sys.argv[1], *(int(number) for number in sys.argv[2:]))
