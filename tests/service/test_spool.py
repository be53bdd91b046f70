"""The spool: on SQLite a tool waits for no write of ours, and what was acknowledged comes into the database once."""

import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from model.errors import RetryableError
from model.jobs import HEAR, name_of
from service import intake, operation
from service.intake import SEEN_BEFORE, Taken
from service.reception import COUNTED_EVERY, SPOOLED, Reception
from service.workspace import Workspace
from store.hooks import Came
from tests.support.hooked import SECRET, MovedClock, asana_body, asana_signed, jira_body, jira_signed, offline
from tests.support.processes import run_together
from webhooks.intake import GATHER_S, OTHERS_S, Intake

JIRA, ASANA, KEY = "acme-jira", "acme-asana", "1201-abc"


@pytest.fixture
def away(tmp_path: Path) -> Iterator[Workspace]:
    with offline(tmp_path) as workspace:
        yield workspace


def take(desk: Reception, workspace: Workspace, number: int) -> str:
    body = jira_body(number)
    return desk.receive(workspace, JIRA, "", headers=jira_signed(body), body=body).reason


def inbox(workspace: Workspace) -> list[str]:
    with workspace.db.read() as uow:
        return [event.vendor_id for entry in uow.inbox.pending() for event in entry.events]


def counts(desk: Reception, workspace: Workspace) -> dict[str, int]:
    desk.flush(workspace)
    with workspace.db.read() as uow:
        return {outcome: number for (_connection, outcome, _name), number in uow.hooks.counts().items()}


def spool(workspace: Workspace) -> list[Came]:
    assert workspace.db.spool is not None
    return list(workspace.db.spool.look(1000).values())


def test_what_threads_took_comes_in_once_in_order_and_is_counted(away: Workspace) -> None:
    desk = Reception(spooling=True)
    gathering = Intake(lambda: away, desk)
    gathering.start()
    said: list[str] = []
    threads = [threading.Thread(target=lambda: said.extend(take(desk, away, one) for one in range(25))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gathering.stop()
    assert said == [SPOOLED] * 200
    assert sorted(inbox(away), key=int) == [str(number) for number in range(25)]
    assert spool(away) == []
    assert counts(desk, away) == {"accepted": 25, "seen_before": 175}
    with away.db.read() as uow:
        assert uow.jobs.known([name_of(HEAR, JIRA)])


PROGRAM = """
import sys
from pathlib import Path
from service.reception import Reception
from tests.support.hooked import jira_body, jira_signed, offline
from webhooks.intake import Intake
url, folder, number = sys.argv[1:]
with offline(Path(folder), url) as workspace:
    desk = Reception(spooling=True)
    gathering = Intake(lambda: workspace, desk)
    print("ready", flush=True)
    sys.stdin.read()
    gathering.start()
    for body in [jira_body(one) for one in range(40)]:
        assert desk.receive(workspace, "acme-jira", "", headers=jira_signed(body), body=body).reason == "spooled"
    gathering.stop()
    desk.flush(workspace)
    print(number)
"""


def test_processes_that_take_and_take_in_at_once_take_each_delivery_once(tmp_path: Path) -> None:
    with offline(tmp_path) as workspace:
        run_together(PROGRAM, f"sqlite:///{tmp_path / 'offline.db'}", str(tmp_path), processes=3)
        Intake(lambda: workspace, Reception()).take_in()  # what came while another one was at it
        assert len(inbox(workspace)) == len(set(inbox(workspace))) == 40
        with workspace.db.read() as uow:
            counted = {outcome: number for (_, outcome, _name), number in uow.hooks.counts().items()}
    assert counted["accepted"] + counted["seen_before"] <= 120
    assert counted["accepted"] <= 40


def test_a_tool_does_not_wait_for_who_writes_and_what_came_is_told_of(away: Workspace) -> None:
    desk = Reception(spooling=True)
    take(desk, away, 0)
    with away.db.begin():
        assert take(desk, away, 1) == SPOOLED
        assert operation.state(away).waiting.deliveries == {JIRA: 2}
        assert inbox(away) == []
    assert Intake(lambda: away, desk).take_in() == GATHER_S
    assert inbox(away) == ["0", "1"]
    assert operation.state(away).waiting.deliveries == {JIRA: 2}


def test_what_a_process_that_is_gone_had_taken_another_takes_in(tmp_path: Path) -> None:
    with offline(tmp_path) as gone:
        take(Reception(spooling=True), gone, 1)
    with offline(tmp_path) as workspace:
        Intake(lambda: workspace, Reception()).take_in()
        assert inbox(workspace) == ["1"]


def test_what_was_taken_in_and_not_removed_has_been_seen(away: Workspace) -> None:
    desk = Reception(spooling=True)
    take(desk, away, 1)
    with away.db.begin() as uow:
        intake.keep(uow, spool(away))
    assert intake.take_in(away) == Taken(1, ((JIRA, SEEN_BEFORE),))
    assert (inbox(away), spool(away)) == (["1"], [])


def test_while_one_process_takes_in_another_leaves_it_to_it_and_looks_again(away: Workspace) -> None:
    desk = Reception(spooling=True)
    take(desk, away, 1)
    desk.spooled.clear()
    with away.db.alone("spool"):
        assert intake.take_in(away) is None
        assert Intake(lambda: away, desk).take_in() == GATHER_S
    assert desk.spooled.is_set()
    assert inbox(away) == []


def test_a_sign_of_life_is_noted_without_a_delivery(away: Workspace) -> None:
    body = asana_body()
    answer = Reception(spooling=True).receive(away, ASANA, KEY, headers=asana_signed(body, SECRET), body=body)
    assert answer.reason == "heartbeat"
    assert intake.take_in(away) == Taken(1)
    with away.db.read() as uow:
        kept = uow.hooks.registration(ASANA, KEY)
        assert uow.inbox.pending() == ()
    assert kept is not None
    assert kept.heard_at is not None


@contextmanager
def full_disk() -> Iterator[None]:
    """No file may grow, but what the log would say is kept in memory."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        with capture_logs():
            yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_asks_the_tool_to_come_back_and_what_was_taken_comes_in_later(away: Workspace) -> None:
    desk, body = Reception(spooling=True), jira_body(2)
    gathering = Intake(lambda: away, desk)
    assert take(desk, away, 1) == SPOOLED
    with full_disk():
        refused = desk.receive(away, JIRA, "", headers=jira_signed(body), body=body)
        assert gathering.take_in() == OTHERS_S
    assert (refused.status, "Retry-After" in refused.headers) == (503, True)
    assert take(desk, away, 2) == SPOOLED
    assert gathering.take_in() == GATHER_S
    assert inbox(away) == ["1", "2"]


def test_a_spool_that_cannot_be_opened_asks_the_tool_to_come_back(tmp_path: Path) -> None:
    with offline(tmp_path) as workspace:
        (tmp_path / "offline.db-spool").mkdir()
        body = jira_body(1)
        answer = Reception(spooling=True).receive(workspace, JIRA, "", headers=jira_signed(body), body=body)
    assert (answer.status, answer.reason) == (503, "database_unopenable")


def test_a_tool_does_not_wait_for_counts_to_be_stored(away: Workspace) -> None:
    clock = MovedClock(away)
    moving, desk = replace(away, clock=clock), Reception(spooling=True)
    desk.receive(moving, "nobody", "", headers={}, body=b"")
    clock.passed = 2 * COUNTED_EVERY
    with away.db.begin():
        assert desk.receive(moving, "nobody", "", headers={}, body=b"").status == 404
    Intake(lambda: moving, desk).take_in()
    with away.db.read() as uow:
        assert uow.hooks.counts() == {("", "unknown_connection", ""): 2}


def test_a_fault_of_ours_ends_no_intake(away: Workspace) -> None:
    desk = Reception(spooling=True)
    take(desk, away, 1)

    def broken() -> Workspace:
        raise RuntimeError("a fault of ours")

    assert Intake(broken, desk).take_in() == OTHERS_S
    assert Intake(lambda: away, desk).take_in() == GATHER_S
    assert inbox(away) == ["1"]


def test_a_database_that_is_away_leaves_everything_in_the_spool(away: Workspace) -> None:
    desk = Reception(spooling=True)
    take(desk, away, 1)

    def gone() -> Workspace:
        raise RetryableError("The database does not answer.", where="database", reason="database_unavailable")

    assert Intake(gone, desk).take_in() == OTHERS_S
    assert len(spool(away)) == 1
