"""What the pages cost: ``python -m bench.pages [PROJECTS] [ITEMS]``, by default 2,000 projects of 500 items.

Fills a database with items, declared statuses, the scores of a full roll-up and of a lens, and a year of weekly points,
then asks for each route of the site that answers to GET, the API's too, through WSGI, again and again for other nodes, as
a browser does that takes gzip: once as somebody who may do everything, once as a viewer of one portfolio. Prints one line of
JSON a page and reader, the slowest first: p50 and p95 of the server's time in ms (CPU of this process, which waits for no
network; and by the clock), and the size of the answer in KB; then each page that was not measured, with the reason. The
bars are 150 ms at p95 and 150 KB; at the usual size a page beyond one ends the command with 1. ``--database FILE`` keeps a
SQLite file and uses it again.
"""

import argparse
import gzip
import json
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import FrameType

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import bootstrap
from app.server import steady_collector
from bench.bulk import bulk_rows, bulk_tree
from bench.page_addresses import Page, pages_of
from bench.page_readers import Reader, readers
from bench.page_tool import with_tool
from bench.page_world import DECLARED_WEEKS, LENS, configuration, declared, people, with_candidates
from bench.portfolio import NOW, empty_workspace
from bench.rollup import opened
from config.configuration import Configuration
from config.web import pages
from config.web.compression import LEVEL
from config.web.cookies import LOGIN
from config.web.site import Site
from model.health import Band, Basis, RollupResult
from model.sync import Records
from service import preparing, scoring
from service.lens_at_hand import at_hand
from service.people_ahead import NAME
from service.workspace import Workspace
from store.database import Database
from store.scores import TrendPoint

ROUNDS = 60
LONG_S, MOST_S, LONGEST_S = 1.0, 6.0, 5.0
"""A request that takes longer counts from the first one on; so much is spent on one page; and then a request is given up."""
BAR_MS, BAR_KB = 150, 150
WEEKS = 52
USUAL = (2000, 500)
"""Projects, and items of each: the size that the bars are for."""


def filled(db: Database, projects: int, items: int) -> Workspace:
    """The organisation, scored, with points of a year that wander to the score of now. What is there already stays.

    It is scored with its people and with what they declared, again where it was without.
    """
    workspace = empty_workspace(db, with_candidates(bulk_tree(projects)))
    workspace.teammates, workspace.lenses = people(projects), (LENS,)
    with db.read() as uow:
        there, counted = uow.scores.newest_as_of() is not None, uow.notes.get(NAME) is not None
        said = bool(uow.records.declared())
    if not there:
        bulk_rows(db, projects, items)
    if not said:
        with db.begin() as uow:
            uow.records.save(Records(declared=declared(projects)), known_at=NOW)
    if not (counted and said):
        scoring.score(workspace, as_of=None)
        _scored_long_ago(db)
    if at_hand(workspace, LENS) is None:
        preparing.ask_lens(workspace, LENS)
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


def _scored_long_ago(db: Database) -> None:
    """A score from before anything was declared: others hear of a gap only where there has long been a score."""
    with db.begin() as uow:
        before = tuple(
            one.score.model_copy(update={"declared_band": None, "declared_at": None})
            for one in uow.scores.latest() if one.score.declared_band
        )  # fmt: skip
        at = NOW - timedelta(weeks=DECLARED_WEEKS + 1)
        uow.scores.save(RollupResult(as_of=at, known_at=at, policy="default", nodes=before))


def _year(score: float | None, band: Band, chance: random.Random) -> Iterator[TrendPoint]:
    """A year of points, the newest first."""
    for back in range(WEEKS):
        basis = Basis.OBSERVED if back < WEEKS // 2 else Basis.RECONSTRUCTED
        yield TrendPoint(at=NOW - timedelta(weeks=back, hours=9), score=score, band=band, basis=basis)
        score = None if score is None else min(100.0, max(0.0, score + chance.uniform(-4, 4)))


def served(workspace: Workspace, plain: Configuration) -> Flask:
    """The pages over the workspace."""
    app = Flask("bellwether", static_folder=None, template_folder=None)

    def configuration(_text: str = "") -> Configuration:
        return plain

    around = partial(bootstrap.surroundings, database=workspace.db)
    pages.install(app, Site(lambda: workspace, configuration, configuration, lambda: workspace, around))
    return app


def browser(app: Flask, reader: Reader) -> FlaskClient:
    """A browser in which somebody is logged in."""
    client = app.test_client()
    client.set_cookie(LOGIN, reader.cookie)
    return client


@dataclass(frozen=True)
class Told:
    """What a page cost: ms of this process at the median and at p95, ms by the clock, KB of the largest answer.

    ``rounds``: how often it was asked for; 0: it was given up.
    """

    page: str
    reader: str
    cpu_ms_p50: float
    cpu_ms_p95: float
    clock_ms_p95: float
    kb_max: float
    rounds: int

    @property
    def within(self) -> bool:
        return self.cpu_ms_p95 <= BAR_MS and self.kb_max <= BAR_KB


class _TooLongError(BaseException):
    """Raised into a request, past whatever turns errors into answers."""


def _give_up(_signal: int, _frame: FrameType | None) -> None:
    raise _TooLongError


def measured(client: FlaskClient, page: Page, reader: Reader) -> Told | str:
    """What a page cost somebody; one that took too long is told with the time after which it was given up."""
    signal.signal(signal.SIGVTALRM, _give_up)
    try:
        return _measured(client, page, reader)
    except _TooLongError:
        most = LONGEST_S * 1000
        return Told(page.title, reader.name, most, most, most, 0.0, 0)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _measured(client: FlaskClient, page: Page, reader: Reader) -> Told | str:
    """One page, again and again for other nodes; what it answered, where that is no page."""
    chance = random.Random(7)
    cpu, wall, sizes = [], [], []
    for number in range(ROUNDS + 2):
        place = chance.choice(page.addresses)
        signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST_S)
        began, clock = time.process_time(), time.perf_counter()
        answer = client.get(place, headers={"Accept-Encoding": "gzip", "Host": "localhost"})
        used, waited = time.process_time() - began, time.perf_counter() - clock
        if answer.status_code != 200:
            return f"{place} answers {answer.status_code} {answer.headers.get('Location', '')}".strip()
        if number >= 2 or used > LONG_S:  # the first ones load templates and warm the file's pages
            cpu.append(used * 1000)
            wall.append(waited * 1000)
            sizes.append(len(_sent(answer)) / 1024)
        if sum(cpu) > MOST_S * 1000:
            break
    return Told(page.title, reader.name, _at(cpu, 0.5), _at(cpu, 0.95), _at(wall, 0.95), round(max(sizes), 1), len(cpu))


def _sent(answer: TestResponse) -> bytes:
    """The bytes as a browser gets them; what a program reads is compressed by whoever stands in front."""
    body = answer.get_data()
    return body if "Content-Encoding" in answer.headers else gzip.compress(body, LEVEL)


def _at(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)


def main(projects: int, items: int, file: str | None, only: str) -> bool:
    """Fill, then measure every page for every reader, the slowest told first; whether all are within their bars."""
    with tempfile.TemporaryDirectory(prefix="bellwether-bench-") as folder:
        db = opened(f"sqlite:///{file or Path(folder) / 'bench.db'}")
        db.upgrade()
        workspace = filled(db, projects, items)
        plain = configuration(Path(folder), projects)
        workspace = with_tool(workspace, plain)
        everybody = readers(workspace)
        app = served(workspace, plain)
        steady_collector()  # as the web server does
        told: list[Told] = []
        left: list[tuple[str, str, str]] = []
        for reader in everybody:
            _ask(app, workspace, reader, only, told, left)
        db.close()
    for one in sorted(told, key=lambda one: -one.cpu_ms_p95):
        print(json.dumps({**asdict(one), "within": one.within}))
    for name, title, reason in left:
        print(json.dumps({"page": title, "reader": name, "not_measured": reason}))
    beyond = [f"{one.page} for {one.reader}" for one in told if not one.within]
    print(json.dumps({"pages": len(told), "beyond_a_bar": beyond}))
    return not beyond or (projects, items) != USUAL


def _ask(
    app: Flask, workspace: Workspace, reader: Reader, only: str, told: list[Told], left: list[tuple[str, str, str]]
) -> None:
    """Measure every page that somebody may open."""
    client = browser(app, reader)
    found, reasons = pages_of(app, workspace, reader)
    left += [(reader.name, title, reason) for title, reason in reasons.items()]
    for page in found:
        if only not in page.title:
            continue
        one = measured(client, page, reader)
        print(f"{time.process_time():7.1f} s  {page.title} for {reader.name}", file=sys.stderr, flush=True)
        if isinstance(one, Told):
            told.append(one)
        else:
            left.append((reader.name, page.title, one))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("projects", type=int, nargs="?", default=USUAL[0])
    parser.add_argument("items", type=int, nargs="?", default=USUAL[1])
    parser.add_argument("--database", help="a SQLite file that stays, and is used again")
    parser.add_argument("--only", default="", help="only pages with this in their route")
    asked = parser.parse_args()
    sys.exit(0 if main(asked.projects, asked.items, asked.database, asked.only) else 1)
