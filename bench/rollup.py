"""What history costs: ``python -m bench.rollup full|trend|change|one [PROJECTS] [ITEMS]``.

``full``: a whole organisation, by default 2,000 projects of 500 items, scored anew from the store to the store; beside it,
on the same database in the same run, 25 aggregates in bare SQL and a scan of the same history (``bench.bare``). The bars
are 5 times the bare CPU seconds, and 400 MB. ``--database URL`` fills an empty database, SQLite or PostgreSQL, and keeps
it; one that was filled before is used again, its scores taken away first, so that all of them are written each time.

``trend``: a year of weekly points of PROJECTS projects (40) with ITEMS items each (250), from the store to the store;
the bar is 20 s for 40 projects. ``change``: what moved the portfolio, a program and a project in the last four weeks.
``one``: one changed item, on both databases; see ``bench.one_change``. Prints one line of JSON a measurement: seconds,
CPU seconds, peak RSS in MB.
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
from bench.bulk import bulk_rows, bulk_tree
from bench.portfolio import NOW, empty_workspace, made_workspace
from service import scoring
from service.change import moved_since
from service.workspace import Workspace
from store import figure_tables, forecast_tables, tables
from store.database import Database


def trend(workspace: Workspace) -> None:
    """A year of weekly points, for a database that has none."""
    points = 0

    def fill() -> None:
        nonlocal points
        points = scoring.fill_trend(workspace)

    _measured("trend", fill, projects=len(workspace.tree.projects()), weeks=scoring.TREND_WEEKS)
    print(json.dumps({"points": points}))


def full(url: str, projects: int, items: int) -> None:
    """The roll-up of everything beside bare SQL. The world is made by another process, so that the peak is the roll-up's."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        pool.submit(make_bulk, url, projects, items).result()
    db = opened(url)
    workspace = empty_workspace(db, bulk_tree(projects))
    calm_memory()  # as every process of ours does when it starts
    with db.transaction(write=False) as conn:
        used = _measured("bare", lambda: bare_sql(conn, NOW.date().isoformat()), items=projects * items)
    ours = _measured("full", lambda: scoring.score(workspace, as_of=None), projects=projects, items=projects * items)
    print(json.dumps({"ratio_cpu": round(ours.cpu_s / used.cpu_s, 2), "ratio_seconds": round(ours.seconds / used.seconds, 2)}))
    db.close()


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

        _measured("change", explain, node=node)
        print(json.dumps({"moved": moved[0], "sum_of_causes": moved[1], "causes": moved[2]}))


class Used(NamedTuple):
    """What a measurement took."""

    seconds: float
    cpu_s: float


def _measured(what: str, run: Callable[[], object], **facts: object) -> Used:
    wall, cpu = time.monotonic(), time.process_time()
    run()
    used = Used(round(time.monotonic() - wall, 2), round(time.process_time() - cpu, 2))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"bench": what, **facts, **used._asdict(), "rss_mb": round(peak, 1)}), flush=True)
    return used


SCORED = (
    tables.newest_scores,
    tables.scores,
    forecast_tables.kept_forecasts,
    figure_tables.project_figures,
    figure_tables.project_risks,
    figure_tables.project_registers,
)
MODES: dict[str, Callable[[Workspace], None]] = {"trend": trend, "change": change}


def opened(url: str) -> Database:
    return Database(url, secret_key=b"a key that only benchmarks use, long enough")


def main(mode: str, projects: int, items: int, url: str | None) -> None:
    """Make the organisation and measure one mode."""
    if mode == "one":
        one_change.every(projects, items)
        return
    with tempfile.TemporaryDirectory(prefix="bellwether-bench-") as folder:
        url = url or f"sqlite:///{Path(folder) / 'bench.db'}"
        if mode == "full":
            full(url, projects, items)
            return
        db = opened(url)
        db.upgrade()
        MODES[mode](made_workspace(db, projects, items))
        db.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=("full", "one", *MODES))
    parser.add_argument("projects", type=int, nargs="?")
    parser.add_argument("items", type=int, nargs="?")
    parser.add_argument("--database", help="a database URL, kept; without it a SQLite file that is taken away again")
    asked = parser.parse_args()
    usual = (2000, 500) if asked.mode == "full" else (40, 250)
    main(asked.mode, asked.projects or usual[0], asked.items or usual[1], asked.database)
