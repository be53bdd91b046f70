"""How much a sync costs beside the bare download of the same pages: ``python -m bench.sync [jira|asana] [SIZE]``.

Every step is a process of its own against a server of its own: 50 ms latency a request; for the full load the server
repeats recorded answers, so that its own work is not measured. Prints a table, with ``--json`` a document.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from bench.worlds import jira_keys
from sandbox.server import Credentials

LATENCY_S = 0.05
TOLD = ("created", "updated", "deleted", "moved", "archived", "gone_or_hidden", "back")
ENVIRONMENT = {**os.environ, "BELLWETHER_DEMO_JIRA_TOKEN": Credentials().jira_token,
               "BELLWETHER_DEMO_ASANA_TOKEN": Credentials().asana_token}  # fmt: skip
THREADS = {"jira": 4, "asana": 6}
SPEEDS = {"jira": 1000.0, "asana": 1.0}
"""How many times faster than the vendors' limits: Asana's minute is what a full load there has to keep to."""
Row = dict[str, Any]


class Bench:
    """A running server and a folder for databases."""

    def __init__(self, tool: str, size: int, url: str, folder: Path) -> None:
        self.tool, self.size, self.url, self.folder = tool, size, url, folder

    def steer(self, what: str, **given: Any) -> Any:
        return httpx.post(f"{self.url}/_bench/{what}", json=given, timeout=None).json()  # edits go on for half an hour

    def config(self, name: str) -> Path:
        """A configuration with a fresh database and every project of the tool."""
        path = self.folder / name / "bellwether.yaml"
        path.parent.mkdir(exist_ok=True)
        if not path.exists():
            path.write_text(json.dumps(_document(self)))
        return path

    def step(self, name: str, what: str) -> Row:
        """One step in a process of its own; the database is brought to the newest schema by another one before."""
        for part in ("migrate", what):
            command = [sys.executable, "-m", "bench.run", str(self.config(name)), part]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
        return _last_line(done.stdout)

    def floor(self) -> Row:
        command = [sys.executable, "-m", "bench.floor", self.url, str(THREADS[self.tool])]
        wanted = json.dumps(self.steer("requests"))
        return _last_line(subprocess.run(command, check=True, capture_output=True, text=True, input=wanted).stdout)


def _document(bench: Bench) -> dict[str, Any]:
    names = jira_keys(bench.size)
    connection: dict[str, Any] = {"tool": "jira", "url": f"{bench.url}/jira", "auth": {
        "type": "api_token", "email": Credentials().jira_email, "token": "env:BELLWETHER_DEMO_JIRA_TOKEN"}}  # fmt: skip
    if bench.tool == "asana":
        shown = httpx.get(f"{bench.url}/_sandbox/config", timeout=600).json()
        connection = shown["connections"]["northlight-asana"]
        names = [source["project"] for source in _sources(shown)]
    return {
        "connections": {"bench": connection},
        "portfolios": [{"name": "All", "programs": [{"name": "Every", "projects": [
            {"name": f"Project {name}", "sources": [{"connection": "bench", "project": name}]} for name in names
        ]}]}],
    }  # fmt: skip


def _sources(document: dict[str, Any]) -> Iterator[dict[str, str]]:
    for portfolio in document["portfolios"]:
        for program in portfolio["programs"]:
            for project in program["projects"]:
                yield from project.get("sources", ())


def _last_line(text: str) -> Row:
    found: Row = json.loads(text.strip().splitlines()[-1])
    return found


@contextmanager
def bench(tool: str, size: int, speed: float) -> Iterator[Bench]:
    """A server with a world of ``size`` items, ``speed`` times faster than its limits, until the end of the block."""
    command = [sys.executable, "-m", "bench.server", tool, str(size), str(speed)]
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            url = json.loads(server.stdout.readline())["url"]
            yield Bench(tool, size, url, Path(folder))
        finally:
            if server.stdin is not None:
                server.stdin.close()
            server.wait(timeout=30)


def full_load(made: Bench) -> Iterator[tuple[str, Row]]:
    """A load while answers are recorded, then the floor and the measured load while they are repeated."""
    made.steer("set", mode="record")
    made.step("first", "full")
    made.steer("set", mode="repeat", latency_s=LATENCY_S)
    yield "floor", made.floor()
    made.steer("set", mode="repeat", latency_s=LATENCY_S)
    loaded = made.step("measured", "full")
    loaded["misses"] = made.steer("calls")["misses"]
    yield "full load", loaded


def later_passes(made: Bench) -> Iterator[tuple[str, Row]]:
    """An idle pass, one after 1 % was edited, a census of nothing missing, then what left or was moved about.

    The fakes answer themselves. ``expected`` in a row is what was done in the tool.
    """
    made.steer("set", latency_s=LATENCY_S)
    yield "idle pass", made.step("measured", "sync")
    made.steer("edit", count=made.size // 100)
    yield "1 % changed", made.step("measured", "sync") | {"expected": {"updated": made.size // 100}}
    yield "census", made.step("measured", "census")
    if made.tool == "jira":
        expected = made.steer("leave")
        yield f"census, {sum(expected.values())} left", made.step("measured", "census") | {"expected": expected}
    else:
        expected = made.steer("stir")
        yield "60 stirred", made.step("measured", "sync") | {"expected": expected}
        yield "census after it", made.step("measured", "census") | {"expected": {}}
        made.steer("stir")
        yield "census, 60 stirred", made.step("measured", "census") | {"expected": {"deleted": expected["deleted"]}}


def counts(row: Row) -> dict[str, int]:
    """What a report tells of items, where it is not nothing."""
    told = {name: row[name] if isinstance(row[name], int) else len(row[name]) for name in TOLD if name in row}
    return {name: number for name, number in told.items() if number}


def refused(made: Bench) -> Iterator[tuple[str, Row]]:
    """Every tenth request answered 429 with a Retry-After of a second."""
    made.steer("set", latency_s=LATENCY_S)
    yield "undisturbed", made.step("undisturbed", "full")
    made.steer("set", latency_s=LATENCY_S, refuse_every=10)
    row = made.step("refused", "full")
    row |= {"too_early": made.steer("calls")["too_early"]}
    yield "429 on every 10th", row


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench.sync")
    parser.add_argument("tool", nargs="?", choices=("jira", "asana"), default="jira")
    parser.add_argument("size", nargs="?", type=int, default=10_000)
    parser.add_argument("--only", choices=("load", "later", "refused"))
    parser.add_argument("--speed", type=float, help="how many times faster than the vendors' limits")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    rows: list[tuple[str, Row]] = []
    with bench(given.tool, given.size, given.speed or SPEEDS[given.tool]) as made:
        if given.only in (None, "load", "later"):
            rows += full_load(made)
        if given.only in (None, "later"):
            rows += later_passes(made)
        if given.only in (None, "refused"):
            rows += refused(made)
    if given.json:
        print(json.dumps(dict(rows), indent=1))
        return
    print(f"{given.tool}, {given.size} items, {LATENCY_S * 1000:.0f} ms a request")
    for name, row in rows:
        print(f"{name:<18} {row['requests']:>6} requests {row.get('bytes', 0) / 1e6:>8.1f} MB {row['seconds']:>8.2f} s "
              f"{row['cpu_s']:>7.2f} s CPU {row['rss_mb']:>7.1f} MB RSS  {row.get('requests_by_stage', '')}")  # fmt: skip
        if "expected" in row:
            print(f"{'':<18} told {counts(row)}, {'as' if counts(row) == row['expected'] else 'NOT'} expected "
                  f"{row['expected']}")  # fmt: skip
    measured = dict(rows)
    if "full load" in measured:
        floor, load = measured["floor"], measured["full load"]
        print(f"full load / floor: {load['seconds'] / floor['seconds']:.2f} x the time, "
              f"{load['rss_mb'] - floor['rss_mb']:+.1f} MB, {load['misses']} answers not recorded")  # fmt: skip


if __name__ == "__main__":
    main()
