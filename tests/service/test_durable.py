"""The durable engine with real worker processes, on both databases: a change in a tool becomes health in it, whoever
dies on the way."""

import json
import os
import signal
import time

import pytest

from model.jobs import POLL, name_of
from service import preparing
from service.prepared_kinds import ChangeOf
from service.presence import is_worked
from store.errands import ErrandState
from tests.support.workers import PATIENCE_S, Workers

JIRA_POLL = name_of(POLL, "northlight-jira")


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


@pytest.mark.skipif(os.environ.get("CHAOS") != "all", reason="make chaos-live kills workers")
def test_the_job_of_a_killed_worker_is_done_by_the_one_beside_it_within_half_a_minute(workers: Workers) -> None:
    workers.scene.jira.faults.set("slow", times=10_000, seconds=120.0)
    first = workers.start()
    workers.until(lambda: (job := workers.job(JIRA_POLL)) is not None and job.running)
    second = workers.start()
    workers.until(lambda: workers.places() == 2)
    workers.scene.jira.faults.clear()
    first.kill()
    killed_at = time.monotonic()
    first.wait()
    workers.until(lambda: (job := workers.job(JIRA_POLL)) is not None and job.told is not None)
    assert time.monotonic() - killed_at < 30
    assert second.poll() is None
    assert '"jobs_taken_over"' in workers.log()


@pytest.mark.skipif(os.environ.get("CHAOS") != "all", reason="make chaos-live kills workers")
def test_the_jobs_of_killed_workers_are_done_by_a_new_one_within_half_a_minute(workers: Workers) -> None:
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


@pytest.mark.skipif(os.environ.get("CHAOS") != "all", reason="make chaos-live kills workers")
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


def test_a_document_is_prepared_by_a_worker(workers: Workers) -> None:
    workers.start()
    workers.until(lambda: is_worked(workers.workspace.db))
    number = preparing.ask(workers.workspace, "growth", ChangeOf(), by="ada")
    workers.until(lambda: (found := preparing.one(workers.workspace, number)) is not None and not found.is_open)
    made = preparing.one(workers.workspace, number)
    assert made is not None
    assert made.state is ErrandState.DONE, made.error
    assert json.loads(preparing.content(workers.workspace, made))["causes"]
