"""A tool that can't be reached, takes long, or breaks off: its deliveries wait, and it is gone on with when it is back."""

import time

import pytest

from tests.support.partition import Proxy
from tests.support.scene import Scene
from tests.support.workers import Workers, working

AWAY_S = 6.0
JIRA_POLL = "poll:northlight-jira"

pytestmark = pytest.mark.long


def _behind(scene: Scene, proxy: Proxy) -> None:
    """Jira is reached through the proxy from now on."""
    url = scene.document["connections"]["northlight-jira"]["url"]
    ours = str(scene.running.server.server_port)
    scene.document["connections"]["northlight-jira"]["url"] = url.replace(ours, str(proxy.port))


def _poll_now(workers: Workers) -> None:
    with workers.workspace.db.begin() as uow:
        uow.jobs.retry(JIRA_POLL, at=workers.workspace.clock())


@pytest.mark.parametrize("mode", ["hold", "cut", "slow"])
def test_a_partition_between_us_and_a_tool_loses_nothing(scene: Scene, mode: str) -> None:
    with Proxy("127.0.0.1", scene.running.server.server_port) as proxy:
        _behind(scene, proxy)
        with working(scene, f"sqlite:///{scene.folder / 'test.db'}") as workers:
            workers.start()
            workers.until(workers.settled)
            before = len(workers.writes())
            for number in range(101, 108):
                scene.jira.edit_issue(f"WEB-{number}", duedate="2020-01-01")
            proxy.set(mode if mode != "slow" else "open", delay_s=0.5 if mode == "slow" else 0.0)
            _poll_now(workers)
            time.sleep(AWAY_S)
            proxy.set("open")
            _poll_now(workers)
            workers.until(lambda: any(entry.node == "web" for entry in workers.writes()[before:]))
            workers.until(workers.settled)
            comments = [str(one["body"]) for one in scene.jira.issue("WEB-1").comments]
            assert len(comments) == len(set(comments))


def test_while_one_tool_is_away_the_other_one_is_worked_on(scene: Scene) -> None:
    with Proxy("127.0.0.1", scene.running.server.server_port) as proxy:
        _behind(scene, proxy)
        with working(scene, f"sqlite:///{scene.folder / 'test.db'}") as workers:
            workers.start()
            workers.until(workers.settled)
            before = len(workers.writes())
            proxy.set("cut")
            for number in range(101, 108):
                task = scene.asana.task(f"LAUNCH-{number}")
                scene.asana.edit_task(task.gid, by="cy", due_on="2020-01-01")
            with workers.workspace.db.begin() as uow:
                uow.jobs.retry("poll:northlight-asana", at=workers.workspace.clock())
            workers.until(lambda: any(entry.node == "launch" for entry in workers.writes()[before:]))


def test_a_worker_that_is_told_to_stop_leaves_a_job_that_does_not_end_to_the_next_one(scene: Scene) -> None:
    with Proxy("127.0.0.1", scene.running.server.server_port) as proxy:
        _behind(scene, proxy)
        with working(scene, f"sqlite:///{scene.folder / 'test.db'}") as workers:
            worker = workers.start()
            workers.until(workers.settled)
            proxy.set("hold")
            _poll_now(workers)
            workers.until(lambda: (job := workers.job(JIRA_POLL)) is not None and job.running)
            worker.terminate()
            assert worker.wait(timeout=60) == 0
            assert workers.log().count('"jobs_cut_off"') == 1
            assert "Traceback" not in workers.log()
            proxy.set("open")
            workers.start()
            workers.until(workers.settled)
            assert [job for job in workers.every_job() if job.running or job.tries] == []
