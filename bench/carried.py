"""A program of forty stored projects with dependencies, as ``bellwether forecast`` asks for it: a database file, read anew."""

import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bench.portfolio import NOW, TOOL, made_workspace
from model.sync import Records
from model.work import CLOSED, Link, LinkKind
from service.forecasting import ahead
from service.workspace import Workspace
from store.database import Database

PROJECTS, ITEMS = 40, 100


def asked(seed: int) -> dict[str, float]:
    """Seconds and CPU of one ``ahead`` of the portfolio over all of them, the worst of three; and how many wait for another."""
    with tempfile.TemporaryDirectory() as folder:
        db = Database(f"sqlite:///{folder}/a.db")
        db.upgrade()
        made = made_workspace(db, PROJECTS, ITEMS)
        links = tuple(_links(made, random.Random(seed)))
        with db.begin() as uow:
            uow.records.save(Records(links=links), known_at=uow.sync.learning(TOOL, NOW))
        db.close()
        told = [_once(made, Path(folder) / "a.db") for _ in range(3)]
    return {
        "projects": PROJECTS, "items": PROJECTS * ITEMS, "links": len(links), "carried": told[0][0],
        "seconds": round(max(one[1] for one in told), 2), "cpu_s": round(max(one[2] for one in told), 2),
    }  # fmt: skip


def _once(made: Workspace, path: Path) -> tuple[int, float, float]:
    begun, used = time.perf_counter(), time.process_time()
    db = Database(f"sqlite:///{path}")
    found = ahead(replace(made, db=db), "port").program
    took = time.perf_counter() - begun, time.process_time() - used
    db.close()
    if found is None or found.odds.refused or len(found.projects) < PROJECTS // 2:
        raise RuntimeError("the made program has no forecast")
    return len(found.projects), *took


def _links(made: Workspace, chance: random.Random) -> Iterator[Link]:
    """An open item of each project waits for one of up to three projects before it."""
    with made.db.read() as uow:
        open_ = [
            [
                one.item.id
                for one in uow.records.project_records(f"p{number}", (f"{TOOL}:project:{number}",)).items
                if one.item.status not in CLOSED
            ]
            for number in range(PROJECTS)
        ]
    for number in range(1, PROJECTS):
        for before in chance.sample(range(number), min(number, chance.randint(0, 3))):
            source, target = chance.choice(open_[before]), chance.choice(open_[number])
            yield Link(
                id=f"{source}>{target}", connection=TOOL, kind=LinkKind.BLOCKS, original_kind="blocks", from_at=NOW,
                source_id=source, target_id=target,
            )  # fmt: skip
