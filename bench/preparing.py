"""What prepared documents cost: ``python -m bench.preparing [PROJECTS] [ITEMS]``, by default 300 projects of 20 items.

The organisation of ``bench.pages``, asked through WSGI while a worker's place is taken: the split of its top for a page, the
same for a program, its report in each format with every line. Prints one line of JSON a document: ms of CPU of the web
process to ask (``ask``), to look while it waits (``look``), to read what was made (``read``), the longest of a few each; CPU
seconds of the worker to make it (``make_s``); KB of what is sent.
"""

import argparse
import json
import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.server import steady_collector
from bench.page_readers import readers
from bench.page_world import configuration
from bench.pages import browser, filled, served
from bench.portfolio import NOW
from bench.rollup import opened
from model.jobs import DOCUMENTS, MOVEMENTS, REPORTS, name_of
from service import preparing
from service.presence import place_name
from service.workspace import Workspace

TOP = "all"
TIMES = 5
OURS = {"Origin": "http://localhost", "Accept-Encoding": "gzip"}
PROOF = re.compile(r'name="csrf-token" content="([^"]+)"')
"""What a page of ours says, and whoever sends a form says back."""
_DAYS = f"since={NOW.date().replace(day=1)}&until={NOW.date()}"


class Way(NamedTuple):
    """How a document is asked for, looked at while it waits, and read; "{}" is where its number stands."""

    name: str
    ask: Callable[[FlaskClient, str], TestResponse]
    look: str
    read: str


def _page(name: str, path: str, query: str, read: str) -> Way:
    here = f"/nodes/{TOP}/{path}?{query}"

    def ask(client: FlaskClient, proof: str) -> TestResponse:
        return client.post(here, headers={**OURS, "X-CSRFToken": proof})

    return Way(name, ask, here, read or here)


def _call(name: str, path: str, body: dict[str, str], end: str = "") -> Way:
    document = "/api/v1/documents/{}"

    def ask(client: FlaskClient, proof: str) -> TestResponse:
        return client.post(f"/api/v1/nodes/{TOP}/{path}", json=body, headers={**OURS, "X-CSRFToken": proof})

    return Way(name, ask, document, document + end)


WAYS = (
    _page("split of a page", "moved", _DAYS, ""),
    _call("change", "changes", {"since": f"{NOW.date().replace(day=1)}T00:00:00Z"}),
    *(
        _page(f"report, {kind}", "exports", f"format={kind}&days={days}", f"/nodes/{TOP}/documents/{{}}")
        for days, kind in enumerate(("csv", "json", "xlsx"), start=7)
    ),
    _call("report of the API, json", "reports", {"language": "de"}, "/file"),
)


def measured(client: FlaskClient, workspace: Workspace, way: Way) -> dict[str, object]:
    """One document from being asked for to being read."""
    proof = PROOF.findall(client.get("/search").text)[0]
    ask, _ = _longest(lambda: way.ask(client, proof), (202, 303))
    with workspace.db.read() as uow:
        number = uow.prepared.open()[-1].id
    look, _ = _longest(lambda: client.get(way.look.format(number), headers=OURS), (200,))
    begun = time.process_time()
    for job in (MOVEMENTS, REPORTS):
        preparing.work_off(workspace, name_of(DOCUMENTS, job))
    make_s = time.process_time() - begun
    read, sent = _longest(lambda: client.get(way.read.format(number), headers=OURS), (200,))
    return {
        "document": way.name, "ask": ask, "look": look, "make_s": round(make_s, 2), "read": read,
        "kb": round(len(sent.data) / 1024, 1),
    }  # fmt: skip


def _longest(call: Callable[[], TestResponse], expected: tuple[int, ...]) -> tuple[float, TestResponse]:
    """ms of CPU of the slowest of a few calls, but the first, which loads templates; the last answer."""
    used = []
    for _ in range(TIMES + 1):
        begun = time.process_time()
        answer = call()
        used.append((time.process_time() - begun) * 1000)
        assert answer.status_code in expected, answer.text[:500]
    return round(max(used[1:]), 1), answer


def main(projects: int, items: int, file: str | None) -> None:
    """Fill, then prepare each document."""
    with tempfile.TemporaryDirectory(prefix="bellwether-bench-") as folder:
        db = opened(f"sqlite:///{file or Path(folder) / 'bench.db'}")
        db.upgrade()
        workspace = filled(db, projects, items)
        client = browser(served(workspace, configuration(Path(folder), projects)), readers(workspace)[0])
        steady_collector()  # as the web server does
        with db.begin() as uow:
            uow.prepared.forget_everything()
        place = db.claim(place_name("w1"))
        assert place.held()
        for way in WAYS:
            print(json.dumps(measured(client, workspace, way)), flush=True)
        place.release()
        db.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("projects", type=int, nargs="?", default=300)
    parser.add_argument("items", type=int, nargs="?", default=20)
    parser.add_argument("--database", help="a SQLite file that stays, and is used again")
    asked = parser.parse_args()
    main(asked.projects, asked.items, asked.database)
