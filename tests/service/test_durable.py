"""The durable engine with real worker processes, on both databases: a change in a tool becomes health in it, whoever
dies on the way."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from model.jobs import POLL, Job, name_of
from service import push_back, scoring
from service import setup as set_up
from service.sync import sync
from service.workspace import Workspace
from store.pushes import AuditEntry
from tests.support.scene import Scene, no_progress

ROOT = Path(__file__).parents[2]
JIRA_POLL = name_of(POLL, "northlight-jira")
PATIENCE_S = 90


@dataclass
class Workers:
    """Worker processes of one deployment, and its store as we see it."""

    scene: Scene
    workspace: Workspace
    started: list[subprocess.Popen[bytes]]

    def start(self) -> subprocess.Popen[bytes]:
        log = (self.scene.folder / f"worker-{len(self.started)}.log").open("wb")
        command = [sys.executable, "-m", "app", "worker", "-v", "--config", str(self.scene.path)]
        worker = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env={**os.environ, "BELLWETHER_LOG": "json"})
        log.close()
        self.started.append(worker)
        return worker

    def until(self, what: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not what():
            assert time.monotonic() < deadline, self._state()
            time.sleep(0.1)

    def job(self, name: str) -> Job | None:
        with self.workspace.db.read() as uow:
            return uow.jobs.one(name)

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

    def _state(self) -> str:
        """What a person would look at."""
        with self.workspace.db.read() as uow:
            jobs = "\n".join(repr(job) for job in uow.jobs.all())
        return "".join(path.read_text() for path in sorted(self.scene.folder.glob("worker-*.log"))) + jobs


@pytest.fixture
def workers(scene: Scene, database_url: str) -> Iterator[Workers]:
    """A company that is synced, set up, scored and pushed; no worker runs yet."""
    scene.document["database"] = database_url
    with scene.workspace() as workspace:
        set_up.setup(workspace, apply=True)
        sync(workspace, (), full=False, progress=no_progress)
        scoring.score(workspace, as_of=None)
        push_back.push(workspace)
        found = Workers(scene, workspace, [])
        yield found
        for worker in found.started:
            worker.kill()
            worker.wait()


def _change(workers: Workers) -> None:
    """A change in the tool, and the next poll at once."""
    for number in range(100, 108):
        workers.scene.jira.edit_issue(f"WEB-{number}", status="Done")
    with workers.workspace.db.begin() as uow:
        uow.jobs.retry(JIRA_POLL, at=workers.workspace.clock())


def test_a_change_becomes_health_in_the_tool_and_a_stopped_worker_ends_well(workers: Workers) -> None:
    worker = workers.start()
    workers.until(workers.settled)
    before = len(workers.writes())
    _change(workers)
    workers.until(lambda: any(entry.node == "web" for entry in workers.writes()[before:]))
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=PATIENCE_S) == 0


def test_the_jobs_of_a_killed_worker_are_done_by_another_one_within_half_a_minute(workers: Workers) -> None:
    workers.scene.jira.faults.set("slow", times=10_000, seconds=120.0)
    first, second = workers.start(), workers.start()
    workers.until(lambda: (job := workers.job(JIRA_POLL)) is not None and job.running)
    workers.scene.jira.faults.clear()
    first.kill()
    second.kill()
    first.wait()
    second.wait()
    killed_at = time.monotonic()
    workers.start()
    workers.until(lambda: (job := workers.job(JIRA_POLL)) is not None and job.told is not None)
    assert time.monotonic() - killed_at < 30


def test_two_workers_do_not_take_each_others_place(workers: Workers) -> None:
    workers.start()
    workers.start()
    workers.until(workers.settled)
    free = {}
    for place in ("w1", "w2", "w3"):
        with workers.workspace.db.alone(f"worker:{place}") as got:
            free[place] = got
    assert free == {"w1": False, "w2": False, "w3": True}
    with workers.workspace.db.read() as uow:
        assert [job.name for job in uow.jobs.all() if job.tries] == []
