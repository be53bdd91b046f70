"""What one of each thing costs: ``python -m bench.units [SIZE] [--database URL]``; docs/scale.md is made of it.

Bytes and rows an item with its history and payloads (SIZE issues, 5,000; 0 to 20 changes each), CPU of an item in a full
load, of one item read again, of a roll-up after one changed item (by the number of projects), of a delivery. CPU seconds,
not wall time: they don't depend on what else the machine does. ``--database``: an empty PostgreSQL database, for the
bytes there.
"""

import argparse
import hashlib
import hmac
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text

from app import bootstrap
from bench.portfolio import made_workspace
from bench.sync import ENVIRONMENT, Bench, bench
from config.loader import load
from config.settings import read_settings
from model.events import ChangeEvent, EventKind
from service import hooks, scoring
from service.reception import Reception
from service.sync import refetch_items
from service.workspace import Workspace
from store.database import Database
from store.hooks import Arrival

SECRET = "agreed upon"
AGAIN = 200
DELIVERIES = 2000
KEPT = 50_000
ROLL_UPS = 2
ITEMS_IN_PROJECT = 250
PROJECTS = (10, 40)
Row = dict[str, Any]


def _cpu_ms(run: Callable[[], object], times: int) -> float:
    begun = time.process_time()
    run()
    return round((time.process_time() - begun) * 1000 / times, 3)


def stored(made: Bench, url: str | None) -> Row:
    """A full load, and what is on the disk after it."""
    environment = {**ENVIRONMENT, **({"BELLWETHER_DATABASE_URL": url} if url else {})}
    path = made.config("units")
    for step in ("migrate", "full"):
        command = [sys.executable, "-m", "bench.run", str(path), step]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    loaded = json.loads(done.stdout.strip().splitlines()[-1])
    os.environ.update(environment)
    database = bootstrap.bare_database(load(path, environment=environment), read_settings(environment))
    with database.read() as uow:
        rows = {name: count for name, count in uow.figures.rows().items() if count}
    size = _size(database)
    database.close()
    return {
        "items": made.size, "bytes_an_item": round(size / made.size), "rows_an_item": round(sum(rows.values()) / made.size, 1),
        "rows": {name: round(count / made.size, 2) for name, count in rows.items() if count > made.size / 100},
        "load_cpu_ms_an_item": round(loaded["cpu_s"] * 1000 / made.size, 3),
        "load_requests_an_item": round(loaded["requests"] / made.size, 4),
    }  # fmt: skip


def _size(database: Database) -> int:
    with database.transaction(write=False) as conn:
        if database.is_sqlite:
            page = conn.exec_driver_sql("PRAGMA page_size").scalar_one()
            return int(page * conn.exec_driver_sql("PRAGMA page_count").scalar_one())
        return int(conn.execute(text("SELECT pg_database_size(current_database())")).scalar_one())


def again(made: Bench) -> Row:
    """Single items read again after a change, as a webhook asks for it."""
    with bootstrap.workspace(load(made.config("units"), environment=os.environ), read_settings({})) as workspace:
        connector = workspace.connector("bench")
        with workspace.db.read() as uow:
            ids = [one.vendor_id for one in uow.inventory.known_items("bench")][:AGAIN]
        before = connector.traffic().requests

        def read_again() -> None:
            for vendor_id in ids:
                refetch_items(workspace, connector, (vendor_id,))

        cpu_ms = _cpu_ms(read_again, len(ids))
        return {
            "refetch_cpu_ms": cpu_ms, "refetch_requests": (connector.traffic().requests - before) / len(ids),
            **heard(workspace),
        }  # fmt: skip


def heard(workspace: Workspace) -> Row:
    """Deliveries, verified and kept; each is another one."""
    hooks.agree(workspace, "bench", SECRET)
    bodies = [
        json.dumps({"timestamp": n, "webhookEvent": "jira:issue_updated", "issue": {"id": str(n), "fields": {"x": "y" * 3000}}})
        for n in range(DELIVERIES)
    ]

    reception = Reception()

    def receive() -> None:
        for body in bodies:
            signed = {"x-hub-signature": "sha256=" + hmac.new(SECRET.encode(), body.encode(), hashlib.sha256).hexdigest()}
            reception.receive(workspace, "bench", "", headers=signed, body=body.encode())

    return {"delivery_cpu_ms": _cpu_ms(receive, DELIVERIES)}


def waiting(url: str | None) -> Row:
    """Bytes that a delivery of one event takes in the inbox, with the two keys by which a repeated one is known."""
    with tempfile.TemporaryDirectory(prefix="bellwether-bench-") as folder:
        database = Database(url or f"sqlite:///{Path(folder) / 'bench.db'}")
        database.upgrade()
        before, at = _size(database), datetime.now(UTC)
        for begin in range(0, KEPT, 1000):
            arrivals = [_arrival(number, at) for number in range(begin, begin + 1000)]
            with database.begin() as uow:
                uow.hooks.store_deliveries(arrivals)
        size = _size(database) - before
        database.close()
        return {"deliveries": KEPT, "bytes_a_delivery": round(size / KEPT)}


def _arrival(number: int, at: datetime) -> Arrival:
    event = ChangeEvent(
        connection="bench", kind=EventKind.ITEM_CHANGED, vendor_id=str(10_000_000 + number), by="5b10ac8d82e05b22cc7d4ef5",
        name="jira:issue_updated",
    )  # fmt: skip
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    return Arrival.of("bench", (digest, f"id:{digest[:32]}"), (event,), at)


def rolled_up(projects: int) -> Row:
    """One changed item at a time, in a tree of so many projects of 250 items."""
    with tempfile.TemporaryDirectory(prefix="bellwether-bench-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'bench.db'}")
        database.upgrade()
        workspace = made_workspace(database, projects, ITEMS_IN_PROJECT)
        scoring.score(workspace, as_of=None)

        def once() -> None:
            for number in range(ROLL_UPS):
                with database.begin() as uow:
                    uow.dirty.mark([f"p{number % projects}"], why="bench", at=workspace.clock())
                scoring.score_dirty(workspace)

        row = {"projects": projects, "rollup_cpu_ms": _cpu_ms(once, ROLL_UPS)}
        database.close()
        return row


def main() -> None:
    """Measure, and print one line of JSON a part."""
    parser = argparse.ArgumentParser(prog="bench.units")
    parser.add_argument("size", nargs="?", type=int, default=5000)
    parser.add_argument("--database", help="an empty PostgreSQL database: only the bytes there are measured")
    given = parser.parse_args()
    with bench("jira", given.size, 1000.0) as made:
        print(json.dumps(stored(made, given.database)), flush=True)
        if given.database is None:
            print(json.dumps(again(made)), flush=True)
    print(json.dumps(waiting(given.database)), flush=True)
    for projects in () if given.database else PROJECTS:
        print(json.dumps(rolled_up(projects)), flush=True)


if __name__ == "__main__":
    main()
