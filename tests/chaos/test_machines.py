"""A machine whose network dies without a word: what it was at goes on elsewhere."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from model.jobs import POLL, name_of
from tests.support.machine import Machine, second_machine
from tests.support.scene import Scene, play
from tests.support.small_world import small_world
from tests.support.tcp_server import tcp_server
from tests.support.workers import working

JIRA = "northlight-jira"
LONGER_THAN_THE_TEST_S = 300.0

pytestmark = pytest.mark.long


@pytest.fixture
def machine() -> Iterator[Machine]:
    with second_machine() as made:
        yield made


@pytest.fixture
def reached(machine: Machine, tmp_path: Path) -> Iterator[Scene]:
    """The small company, in tools that are reached from both machines."""
    for scene in play(small_world(datetime.now(UTC)), tmp_path, host=machine.here):
        for connection in scene.document["connections"].values():
            connection["allow_insecure"] = True
        yield scene


def test_the_jobs_of_a_machine_whose_network_died_are_done_by_another_one_within_half_a_minute(
    machine: Machine, reached: Scene
) -> None:
    with tcp_server(machine.here) as url, working(reached, url) as workers:
        reached.jira.faults.set("slow", times=10_000, seconds=LONGER_THAN_THE_TEST_S)
        workers.start(inside=machine.inside)
        poll = name_of(POLL, JIRA)
        workers.until(lambda: (job := workers.job(poll)) is not None and job.running)
        workers.start()
        workers.until(lambda: workers.places() == 2)
        reached.jira.faults.clear()
        machine.pull_the_cable()
        died_at = time.monotonic()
        workers.until(lambda: (job := workers.job(poll)) is not None and job.told is not None)
        assert time.monotonic() - died_at < 30
        assert '"jobs_taken_over"' in workers.log()
