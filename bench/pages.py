"""What the health pages cost: ``python -m bench.pages [PROJECTS] [ITEMS]``, by default 2,000 projects of 500 items.

Fills a database with items, the scores of a full roll-up and a year of weekly points of every node, then asks for each
page through WSGI, again and again for other nodes, as a browser does that takes gzip. Prints one line of JSON a page:
p50 and p95 of the server's time in ms (CPU of this process, which waits for no network; and by the clock), and the size
of the answer in KB. The bars are 150 ms at p95 and 150 KB. ``--database FILE`` keeps a SQLite file and uses it again.
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from app import bootstrap
from app.server import steady_collector
from bench.bulk import bulk_rows, bulk_tree
from bench.portfolio import NOW, empty_workspace
from bench.rollup import opened
from config.configuration import Configuration
from config.loader import load_text
from config.web import pages
from config.web.site import Site
from model.health import Band, Basis
from service import scoring
from service.workspace import Workspace
from store.database import Database
from store.scores import TrendPoint

ROUNDS = 40
BAR_MS, BAR_KB = 150, 150
WEEKS = 52
CONFIGURATION = """
connections:
  acme: {tool: jira, url: https://acme.example, auth: {type: personal_access_token, token: env:T}}
"""


def filled(db: Database, projects: int, items: int) -> Workspace:
    """The organisation, scored, with points of a year that wander to the score of now. What is there already stays."""
    workspace = empty_workspace(db, bulk_tree(projects))
    with db.read() as uow:
        there = uow.scores.newest_as_of() is not None
    if not there:
        bulk_rows(db, projects, items)
        scoring.score(workspace, as_of=None)
    with db.read() as uow:
        kept = uow.scores.latest()
        drawn = bool(kept) and bool(uow.scores.trend(kept[0].score.id, since=NOW - timedelta(weeks=WEEKS)))
    if not drawn:
        chance = random.Random(1)
        for begin in range(0, len(kept), 200):
            points = [
                (one.score.id, point)
                for one in kept[begin : begin + 200]
                for point in _year(one.score.score, one.score.band, chance)
            ]
            with db.begin() as uow:
                uow.scores.save_trend(points)
    return workspace


def _year(score: float | None, band: Band, chance: random.Random) -> Iterator[TrendPoint]:
    """A year of points, the newest first."""
    for back in range(WEEKS):
        basis = Basis.OBSERVED if back < WEEKS // 2 else Basis.RECONSTRUCTED
        yield TrendPoint(at=NOW - timedelta(weeks=back, hours=9), score=score, band=band, basis=basis)
        score = None if score is None else min(100.0, max(0.0, score + chance.uniform(-4, 4)))


def served(workspace: Workspace) -> FlaskClient:
    """The pages over the workspace, with a configuration in which nobody has to log in."""
    app = Flask("bellwether", static_folder=None, template_folder=None)

    def configuration(_text: str = "") -> Configuration:
        return plain

    plain = load_text(CONFIGURATION, Path("bellwether.yaml"), environment={"T": "not used"})
    around = partial(bootstrap.surroundings, database=workspace.db)
    pages.install(app, Site(lambda: workspace, configuration, configuration, lambda: workspace, around))
    return app.test_client()


def addresses(workspace: Workspace) -> dict[str, list[str]]:
    """Page → addresses of it, over nodes of its level."""
    tops = ["all"]
    by_level = {
        "portfolio": [node.id for node in workspace.tree.nodes if node.id.startswith("f")],
        "program": [node.id for node in workspace.tree.nodes if node.id.startswith("g")],
        "project": [node.id for node in workspace.tree.projects()],
    }
    opened = ["all", *by_level["portfolio"][:3], *by_level["program"][:5]]
    found = {"home": ["/"], "home, opened": [f"/?open={','.join(opened)}"]}
    found |= {"search": ["/search?q=project+1", "/search?q=program"], "organisation": ["/organisation"]}
    found |= {"watermelons": ["/watermelons"]}
    for level, nodes in {"top": tops, **by_level}.items():
        for title, end in (
            ("node", ""), ("moved", "/moved"), ("outlook", "/outlook"), ("dependencies", "/dependencies"), ("load", "/load"),
            ("registers", "/registers"), ("exports", "/exports"), ("override", "/override"),
        ):  # fmt: skip
            found[f"{title} of {level}"] = [f"/nodes/{node}{end}" for node in nodes]
    found["registers of project, read"] = [f"/nodes/{node}/registers?whole=1" for node in by_level["project"]]
    return found


SLOW = ("registers of project, read",)
"""What the page asks for when it stands."""


def measure(client: FlaskClient, title: str, places: Sequence[str], rounds: int) -> bool:
    """One page, printed; whether it is within the bars."""
    chance = random.Random(7)
    cpu, wall, sizes = [], [], []
    for number in range(rounds + 2):
        place = chance.choice(places)
        began, clock = time.process_time(), time.perf_counter()
        answer = client.get(place, headers={"Accept-Encoding": "gzip", "Host": "localhost"})
        if answer.status_code != 200:
            raise RuntimeError(f"{place}: {answer.status_code} {answer.get_data()[:300]!r}")
        if number >= 2:  # the first ones load templates and warm the file's pages
            cpu.append((time.process_time() - began) * 1000)
            wall.append((time.perf_counter() - clock) * 1000)
            sizes.append(len(answer.get_data()) / 1024)
    p95 = _at(cpu, 0.95)
    good = p95 <= BAR_MS and max(sizes) <= BAR_KB
    told = {
        "page": title, "cpu_ms_p50": _at(cpu, 0.5), "cpu_ms_p95": p95, "clock_ms_p95": _at(wall, 0.95),
        "kb_max": round(max(sizes), 1), "within": good,
    }  # fmt: skip
    print(json.dumps(told), flush=True)
    return good


def _at(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)


def main(projects: int, items: int, file: str | None, only: str) -> None:
    """Fill, then measure every page."""
    with tempfile.TemporaryDirectory(prefix="bellwether-bench-") as folder:
        db = opened(f"sqlite:///{file or Path(folder) / 'bench.db'}")
        db.upgrade()
        workspace = filled(db, projects, items)
        client = served(workspace)
        steady_collector()  # as the web server does
        found = {title: places for title, places in addresses(workspace).items() if only in title}
        missed = [
            title
            for title, places in found.items()
            if not measure(client, title, places, 5 if title in SLOW else ROUNDS)
        ]
        print(json.dumps({"pages": len(found), "beyond_a_bar": missed}))
        db.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("projects", type=int, nargs="?", default=2000)
    parser.add_argument("items", type=int, nargs="?", default=500)
    parser.add_argument("--database", help="a SQLite file that stays, and is used again")
    parser.add_argument("--only", default="", help="only pages with this in their title")
    asked = parser.parse_args()
    main(asked.projects, asked.items, asked.database, asked.only)
