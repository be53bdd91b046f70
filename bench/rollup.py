"""What history costs: ``python -m bench.rollup full|trend|change|one [PROJECTS] [ITEMS]``.

``full``: a whole organisation, by default 2,000 projects of 500 items, scored anew from the store to the store; beside it,
on the same database in the same run, 25 aggregates in bare SQL and a scan of the same history (``bench.bare``). The bars
are 5 times the bare CPU seconds, and 400 MB. ``--database URL`` fills an empty database, SQLite or PostgreSQL, and keeps
it; one that was filled before is used again, its scores taken away first, so that all of them are written each time.

``trend``: a year of weekly points of PROJECTS projects (40) with ITEMS items each (250), from the store to the store;
the bar is 20 s by the clock. ``change``: what moved the portfolio, a program and a project in the last four weeks.
``one``: one changed item, on both databases (20 projects of 500 items); see ``bench.one_change``.

Prints one line of JSON a measurement: seconds, CPU seconds, peak RSS in MB, and what has bars as ``ratio_…`` of each, 1
being the bar, with ``within``. Ends with 1 where a bar is missed at the size it is for, which is the usual one.
"""

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import delete, select

from app.allocation import calm_memory
from bench import one_change
from bench.bare import bare_sql
from bench.bars import Bars, exit_code
from bench.bulk import bulk_rows, bulk_tree
from bench.portfolio import NOW, empty_workspace, made_workspace
from service import scoring
from service.change import moved_since
from service.workspace import Workspace
from store import figure_tables, forecast_tables, tables
from store.database import Database

BAR_OF_BARE, BAR_PEAK_MB, BAR_TREND_S = 5.0, 400.0, 20.0
USUAL = {"full": (2000, 500), "trend": (40, 250), "change": (40, 250), "one": (20, 500)}
"""Projects and items of each. What has bars has them at this size."""


def trend(workspace: Workspace, size: tuple[int, int]) -> Bars:
    """A year of weekly points, for a database that has none."""
    points = 0

    def fill() -> None:
        nonlocal points
        points = scoring.fill_trend(workspace)

    used = _measured(fill)
    bars = Bars({"seconds": used.seconds / BAR_TREND_S}, at_size=size == USUAL["trend"])
    _tell("trend", used, projects=size[0], weeks=scoring.TREND_WEEKS, points=points, **bars.told())
    return bars


def full(url: str, size: tuple[int, int]) -> Bars:
    """The roll-up of everything beside bare SQL. The world is made by another process, so that the peak is the roll-up's."""
    projects, items = size
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        pool.submit(make_bulk, url, projects, items).result()
    db = opened(url)
    workspace = empty_workspace(db, bulk_tree(projects))
    calm_memory()  # as every process of ours does when it starts
    with db.transaction(write=False) as conn:
        bare = _measured(lambda: bare_sql(conn, NOW.date().isoformat()))
    _tell("bare", bare, items=projects * items)
    ours = _measured(lambda: scoring.score(workspace, as_of=None))
    db.close()
    of_bare = ours.cpu_s / bare.cpu_s
    bars = Bars({"cpu": of_bare / BAR_OF_BARE, "peak": ours.rss_mb / BAR_PEAK_MB}, at_size=size == USUAL["full"])
    times = {"times_bare_cpu": round(of_bare, 2), "times_bare_seconds": round(ours.seconds / bare.seconds, 2)}
    _tell("full", ours, projects=projects, items=projects * items, **times, **bars.told())
    return bars


def make_bulk(url: str, projects: int, items: int) -> None:
    """Make the world of ``full`` in an empty database; in one that has it, forget what was scored of it."""
    db = opened(url)
    db.upgrade()
    with db.transaction(write=False) as conn:
        there = conn.execute(select(tables.items.c.id).limit(1)).first() is not None
    if there:
        with db.transaction() as conn:
            for table in SCORED:
                conn.execute(delete(table))
    else:
        bulk_rows(db, projects, items)
    db.close()


def change(workspace: Workspace) -> None:
    """What moved a node of each level."""
    for node in ("port", "g0", "p0"):
        moved: list[float] = []

        def explain(node: str = node, moved: list[float] = moved) -> None:
            told = moved_since(workspace, node, since=NOW - timedelta(weeks=4)).explained
            moved.extend((told.moved or 0.0, sum(one.points for one in told.causes), len(told.causes)))

        used = _measured(explain)
        _tell("change", used, node=node, moved=moved[0], sum_of_causes=moved[1], causes=moved[2])


class Used(NamedTuple):
    """What a measurement took, and the most memory that its process had until its end."""

    seconds: float
    cpu_s: float
    rss_mb: float


def _measured(run: Callable[[], object]) -> Used:
    wall, cpu = time.monotonic(), time.process_time()
    run()
    seconds, cpu_s = time.monotonic() - wall, time.process_time() - cpu
    return Used(seconds, cpu_s, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _tell(what: str, used: Used, **facts: object) -> None:
    took = {"seconds": round(used.seconds, 2), "cpu_s": round(used.cpu_s, 2), "rss_mb": round(used.rss_mb, 1)}
    print(json.dumps({"bench": what, **took, **facts}), flush=True)


SCORED = (
    tables.newest_scores,
    tables.scores,
    forecast_tables.kept_forecasts,
    figure_tables.project_figures,
    figure_tables.project_risks,
    figure_tables.project_registers,
)


def opened(url: str) -> Database:
    return Database(url, secret_key=b"a key that only benchmarks use, long enough")


def measured(mode: str, size: tuple[int, int], url: str | None) -> list[Bars]:
    """Make the organisation, measure one mode, and say how it stands to its bars."""
    if mode == "one":
        return one_change.every(*size, at_size=size == USUAL["one"])
    with tempfile.TemporaryDirectory(prefix="bellwether-bench-") as folder:
        url = url or f"sqlite:///{Path(folder) / 'bench.db'}"
        if mode == "full":
            return [full(url, size)]
        db = opened(url)
        db.upgrade()
        workspace = made_workspace(db, *size)
        try:
            if mode == "trend":
                return [trend(workspace, size)]
            change(workspace)
            return []
        finally:
            db.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=tuple(USUAL))
    parser.add_argument("projects", type=int, nargs="?")
    parser.add_argument("items", type=int, nargs="?")
    parser.add_argument("--database", help="a database URL, kept; without it a SQLite file that is taken away again")
    asked = parser.parse_args()
    usual = USUAL[asked.mode]
    raise SystemExit(exit_code(measured(asked.mode, (asked.projects or usual[0], asked.items or usual[1]), asked.database)))
