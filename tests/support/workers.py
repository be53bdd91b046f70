"""A pytest plugin: real worker processes of one deployment over the small company, and its store as we see it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from model.jobs import Job
from service import push_back, scoring
from service import setup as set_up
from service.presence import place_name
from service.sync import sync
from service.workspace import Workspace
from store.pushes import AuditEntry
from tests.support.scene import Scene, no_progress

ROOT = Path(__file__).parents[2]
PATIENCE_S = 90


@dataclass
class Workers:
    """Worker processes of one deployment, and its store as we see it."""

    scene: Scene
    workspace: Workspace
    started: list[subprocess.Popen[bytes]]
    patience_s: float = PATIENCE_S

    def start(self, *entry: str, inside: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
        """Another worker; ``entry``: started by a program of a test's own, which is told the configuration last.

        ``inside``: what the command begins with, to run it on a machine of its own.
        """
        log = (self.scene.folder / f"worker-{len(self.started)}.log").open("wb")
        command = [*inside, sys.executable, *(entry or ("-m", "app", "worker", "-v", "--config")), str(self.scene.path)]
        worker = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env={**os.environ, "BELLWETHER_LOG": "json"})
        log.close()
        self.started.append(worker)
        return worker

    def until(self, what: Callable[[], bool]) -> None:
        deadline = time.monotonic() + self.patience_s
        while not what():
            assert time.monotonic() < deadline, self._state()
            time.sleep(0.1)

    def every_job(self) -> tuple[Job, ...]:
        with self.workspace.db.read() as uow:
            return uow.jobs.all()

    def job(self, name: str) -> Job | None:
        with self.workspace.db.read() as uow:
            return uow.jobs.one(name)

    def places(self) -> int:
        """How many of the first places are taken. Whoever looks for a place at this very moment may pass one over."""
        taken = 0
        for number in range(1, 5):
            with self.workspace.db.alone(place_name(f"w{number}")) as free:
                taken += not free
        return taken

    def settled(self) -> bool:
        """Whether nothing runs or is about to."""
        soon = self.workspace.clock() + timedelta(seconds=10)
        with self.workspace.db.read() as uow:
            every = uow.jobs.all()
            busy = [job for job in every if job.running or (job.waiting and job.due_at < soon)]
            return not busy and len(every) > 1 and uow.dirty.pending() == ()

    def writes(self) -> list[AuditEntry]:
        with self.workspace.db.read() as uow:
            return list(uow.pushes.audit())

    def log(self) -> str:
        """What all of them logged."""
        return "".join(path.read_text() for path in sorted(self.scene.folder.glob("worker-*.log")))

    def _state(self) -> str:
        """What a person would look at."""
        with self.workspace.db.read() as uow:
            jobs = "\n".join(repr(job) for job in uow.jobs.all())
        return self.log() + jobs


@contextmanager
def working(scene: Scene, database_url: str) -> Iterator[Workers]:
    """A company that is synced, set up, scored and pushed; no worker runs yet."""
    scene.document["database"] = database_url
    with scene.workspace() as workspace:
        set_up.setup(workspace, apply=True)
        sync(workspace, (), full=False, progress=no_progress)
        scoring.score(workspace, as_of=None)
        push_back.push(workspace)
        found = Workers(scene, workspace, [])
        try:
            yield found
        finally:
            for worker in found.started:
                worker.kill()
                worker.wait()


@pytest.fixture
def workers(scene: Scene, database_url: str) -> Iterator[Workers]:
    """Workers to be, on each database."""
    with working(scene, database_url) as found:
        yield found
