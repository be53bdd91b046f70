"""Places of processes, clocks that jump, a configuration that is edited, a connection that is removed."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from app.wsgi import create_app
from model.events import ChangeEvent, EventKind
from model.jobs import HEAR, POLL, name_of
from service import jobs, push_back, scoring
from service import setup as set_up
from service.office import Office
from service.reading_jobs import POLL_EVERY
from service.workspace import Workspace
from store.hooks import Arrival
from tests.support.jobs import work_through
from tests.support.scene import Scene
from tests.support.workers import Workers, working

JIRA = "northlight-jira"
TWO_HOURS_S = 7200
"""How far a clock may be off, as docs/background-work.md says."""


def _late(scene: Scene, *numbers: int) -> None:
    for number in numbers:
        scene.jira.edit_issue(f"WEB-{number}", duedate="2020-01-01")


def _begun(workspace: Workspace) -> None:
    set_up.setup(workspace, apply=True)
    scoring.score(workspace, as_of=None)
    push_back.push(workspace)


def _written(workspace: Workspace, node: str) -> int:
    with workspace.db.read() as uow:
        return sum(entry.node == node for entry in uow.pushes.audit())


@pytest.mark.parametrize("jumps", [(TWO_HOURS_S, 0), (-TWO_HOURS_S, 0), (0, -TWO_HOURS_S, TWO_HOURS_S)])
def test_a_clock_that_jumps_two_hours_holds_nothing_up(synced: Scene, jumps: tuple[int, ...]) -> None:
    """After each jump a change becomes health in the tool, and everything that comes again comes no later than ever."""
    with synced.workspace() as opened:
        _begun(opened)
        offset = [timedelta(0)]
        workspace = replace(opened, clock=lambda: opened.clock() + offset[0])
        jobs.start_up(Office(workspace))
        work_through(workspace)
        for number, jump in enumerate(jumps):
            offset[0] = timedelta(seconds=jump)
            jobs.keep_time(Office(workspace))
            before = _written(workspace, "web")
            _late(synced, 101 + 2 * number, 102 + 2 * number)
            with workspace.db.begin() as uow:
                uow.jobs.want(name_of(POLL, JIRA), at=workspace.clock())
            work_through(workspace)
            assert _written(workspace, "web") > before, f"after a jump to {jump} s"
            with workspace.db.read() as uow:
                poll = uow.jobs.one(name_of(POLL, JIRA))
            assert poll is not None
            assert poll.again_at is not None
            assert poll.again_at - workspace.clock() <= POLL_EVERY


@pytest.mark.long
def test_a_worker_whose_clock_jumps_goes_on(scene: Scene) -> None:
    clock, entry = scene.folder / "clock", Path(__file__).with_name("shifted_worker.py")
    clock.write_text("0")
    with working(scene, f"sqlite:///{scene.folder / 'test.db'}") as workers:
        workers.start(str(entry), str(clock))
        workers.until(workers.settled)
        for number, jump in enumerate((-TWO_HOURS_S, 0, TWO_HOURS_S)):
            clock.write_text(str(jump))
            before = _written(workers.workspace, "web")
            _late(scene, 101 + 2 * number, 102 + 2 * number)
            with workers.workspace.db.begin() as uow:
                uow.jobs.retry(name_of(POLL, JIRA), at=workers.workspace.clock() + timedelta(seconds=min(jump, 0)))
            workers.until(lambda before=before: _written(workers.workspace, "web") > before)  # type: ignore[misc]


def _two_with_one_place(workers: Workers, loosen: Callable[[], None]) -> None:
    """Somebody else takes a worker's place once its lock is loosened: the worker ends, and its work goes on."""
    first = workers.start()
    workers.until(workers.settled)
    taken = workers.workspace.db.claim("worker:w1")
    deadline = time.monotonic() + 20
    while not taken.held():
        assert time.monotonic() < deadline
        loosen()
    try:
        assert first.wait(timeout=60) != 0
        assert "Another process has taken this worker's place" in workers.log()
        workers.start()
        workers.until(workers.settled)
    finally:
        taken.release()


@pytest.mark.long
def test_of_two_processes_with_one_place_on_sqlite_one_ends_and_its_work_goes_on(scene: Scene) -> None:
    """Somebody tidied up the file of the lock."""

    def loosen() -> None:
        for lock in scene.folder.glob("test.db.*.lock"):
            lock.unlink()

    with working(scene, f"sqlite:///{scene.folder / 'test.db'}") as workers:
        _two_with_one_place(workers, loosen)


@pytest.mark.long
def test_of_two_processes_with_one_place_one_ends_and_its_work_goes_on(scene: Scene, fresh_postgres: object) -> None:
    """A server that forgot a lock: a place is never held by two for long."""
    url = fresh_postgres(False)  # type: ignore[operator]
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    forget = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"

    def loosen() -> None:
        with admin.connect() as conn:
            conn.execute(text(forget))

    with working(scene, url) as workers:
        _two_with_one_place(workers, loosen)
    admin.dispose()


@pytest.mark.long
def test_a_configuration_that_is_edited_in_mid_sync_counts_from_the_next_job_on(scene: Scene) -> None:
    with working(scene, f"sqlite:///{scene.folder / 'test.db'}") as workers:
        worker = workers.start()
        workers.until(workers.settled)
        scene.jira.faults.set("slow", times=3, seconds=3.0)
        _late(scene, 101, 102, 103)
        with workers.workspace.db.begin() as uow:
            uow.jobs.retry(name_of(POLL, JIRA), at=workers.workspace.clock())
        workers.until(lambda: _runs(workers))
        scene.document["portfolios"][0]["name"] = "Growth, renamed"
        scene.write()
        before = _written(workers.workspace, "web")
        workers.until(lambda: _written(workers.workspace, "web") > before)
        workers.until(lambda: _name(workers, "growth") == "Growth, renamed")
        scene.path.write_text("portfolios: 7\n")
        _late(scene, 104, 105)
        with workers.workspace.db.begin() as uow:
            uow.jobs.retry(name_of(POLL, JIRA), at=workers.workspace.clock())
        before = _written(workers.workspace, "web")
        workers.until(lambda: _written(workers.workspace, "web") > before)
        assert workers.log().count("configuration_refused") == 1
        assert worker.poll() is None


def _runs(workers: Workers) -> bool:
    job = workers.job(name_of(POLL, JIRA))
    return job is not None and job.running


def _name(workers: Workers, node: str) -> str:
    with workers.workspace.db.read() as uow:
        return next(one.score.name for one in uow.scores.latest() if one.score.id == node)


def test_a_webhook_for_a_connection_that_was_removed_is_refused_and_nothing_is_lost_when_it_is_back(synced: Scene) -> None:
    """What waited is let go: when the connection comes back, its poll goes on where it stood."""
    with synced.workspace() as workspace:
        _begun(workspace)
        issue = synced.jira.issue("WEB-101")
        _late(synced, 101)
        event = ChangeEvent(connection=JIRA, kind=EventKind.ITEM_CHANGED, vendor_id=issue.id, name="jira:issue_updated")
        with workspace.db.begin() as uow:
            uow.hooks.store_deliveries([Arrival.of(JIRA, ("1",), (event,), workspace.clock())])
            uow.jobs.want(name_of(HEAR, JIRA), at=workspace.clock())
        without = replace(workspace, connections=tuple(one for one in workspace.connections if one != JIRA))
        configuration = synced.configuration()
        client = create_app(lambda: without, lambda: configuration).test_client()
        assert client.post(f"/webhooks/{JIRA}", data=b"{}").status_code == 404
        removed = work_through(without)
        with workspace.db.read() as uow:
            assert uow.inbox.waiting() == {}
        jobs.start_up(Office(workspace))
        with workspace.db.begin() as uow:
            uow.jobs.retry(name_of(POLL, JIRA), at=workspace.clock())
        back = work_through(workspace)
    assert removed.failed == {}
    assert back.count("changed") == 1
