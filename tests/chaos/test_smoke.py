"""The short version: a change in a tool becomes health in it although workers die on the way."""

import random
import sqlite3
import time

import pytest

from tests.support.scene import Scene
from tests.support.workers import Workers, working


def _change(workers: Workers, number: int) -> None:
    workers.scene.jira.edit_issue(f"WEB-{100 + number}", status="Done")
    with workers.workspace.db.begin() as uow:
        uow.jobs.retry("poll:northlight-jira", at=workers.workspace.clock())


@pytest.mark.long
def test_workers_that_are_killed_lose_nothing_and_say_nothing_twice(scene: Scene) -> None:
    chance = random.Random(3)
    with working(scene, f"sqlite:///{scene.folder / 'test.db'}") as workers:
        worker = workers.start()
        for number in range(2):
            _change(workers, number)
            time.sleep(chance.uniform(0.5, 2.0))
            worker.kill()
            worker.wait()
            worker = workers.start()
        workers.until(workers.settled)
        with workers.workspace.db.read() as uow:
            scored = {one.score.id: one.score.score for one in uow.scores.latest()}
            done = [uow.records.item_by_label("northlight-jira", f"WEB-{100 + number}") for number in range(2)]
        written = [entry for entry in workers.writes() if entry.node == "web"]
        comments = [one["body"] for one in scene.jira.issue("WEB-1").comments]
    assert [item.status.value for item in done if item] == ["done"] * 2
    assert scored["web"] is not None
    assert written
    assert len(comments) == len({str(body) for body in comments})


@pytest.mark.long
def test_a_run_that_the_engine_ended_before_it_began_does_not_hold_its_job_up(scene: Scene) -> None:
    """As when the database was locked at the moment when it was to begin."""
    with working(scene, f"sqlite:///{scene.folder / 'test.db'}") as workers:
        workers.start()
        workers.until(workers.settled)
        before = workers.job("poll:northlight-jira")
        assert before is not None
        with sqlite3.connect(scene.folder / "test.db") as conn:
            conn.execute("UPDATE jobs SET run = run - 1, wanted = wanted + 1, due_at = 0 WHERE name = ?", (before.name,))
        conn.close()
        workers.until(lambda: (job := workers.job(before.name)) is not None and job.run > before.run)
