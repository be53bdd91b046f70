"""Background work, job by job: what comes when, what becomes of one that fails, what takes turns."""

from collections.abc import Iterator, MutableMapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from app.worker import observed
from model.errors import AppError
from model.events import ChangeEvent, EventKind
from model.jobs import CENSUS, HEAR, LONGEST_WAIT, POLL, QUIET_IN_A_BURST, ROLLUP, name_of
from service import jobs, scoring
from service.hearing import MANY
from service.jobs import Ended
from service.office import LONGEST_REST, Office
from service.workspace import Workspace
from store.hooks import Arrival
from tests.support.departures import gone_by_why
from tests.support.jobs import work_through
from tests.support.scene import Scene

JIRA = "northlight-jira"


class Moving:
    """A workspace whose clock is moved on by hand."""

    def __init__(self, workspace: Workspace) -> None:
        self._start = workspace.clock()
        self.passed = timedelta(0)
        self.workspace = replace(workspace, clock=self._now)

    def _now(self) -> datetime:
        return self._start + self.passed


def _failing(ended: list[Ended]) -> list[tuple[str, str]]:
    return [(one.name, one.error.reason) for one in ended if one.error is not None]


def test_a_tool_that_is_away_is_tried_again_with_patience_and_logged_once_each_way(synced: Scene) -> None:
    poll = name_of(POLL, JIRA)
    with synced.workspace() as workspace, capture_logs() as lines:
        moving = Moving(workspace)
        jobs.start_up(Office(moving.workspace))
        quiet = work_through(moving.workspace)
        synced.jira.faults.set("html", times=1000)
        tries: list[Ended] = []
        for _ in range(6):
            moving.passed += timedelta(minutes=5)
            tries += [one for one in work_through(moving.workspace) if one.name == poll]
        synced.jira.faults.clear()
        moving.passed += LONGEST_REST
        back = [one for one in work_through(moving.workspace) if one.name == poll]
    assert quiet.failed == {}
    assert {one.error is not None for one in tries} == {True}
    assert [one.was_failing for one in tries] == [False] + [True] * (len(tries) - 1)
    assert [(one.error, one.was_failing) for one in back] == [(None, True)]
    assert [line["event"] for line in lines if line.get("job") == poll and line["log_level"] == "warning"] == [
        "job_fails", "job_works_again",
    ]  # fmt: skip


@pytest.fixture
def every_line() -> Iterator[None]:
    """Lines of every level, whatever a test before this one set up in its process."""
    before = structlog.get_config()
    structlog.reset_defaults()
    yield
    structlog.configure(**before)


@pytest.mark.usefixtures("every_line")
def test_every_run_ends_in_one_line_with_all_that_is_to_be_known_of_it(synced: Scene) -> None:
    """One that does well, one that a tool refuses, and one that breaks."""
    poll, lines = name_of(POLL, JIRA), list[MutableMapping[str, Any]]()
    with synced.workspace() as workspace:

        def broken(_: str) -> None:
            raise KeyError("Ada Berg")

        moving, ends = Moving(workspace), ["done", "put_off", "crashed"]
        for number, how in enumerate(ends, start=1):
            moving.passed += timedelta(hours=1)
            if how == "put_off":
                synced.jira.faults.set("html", times=1000)
            with workspace.db.begin() as uow:
                uow.jobs.want(poll, at=moving.workspace.clock())
            space = replace(moving.workspace, connector=broken) if how == "crashed" else moving.workspace  # type: ignore[arg-type]
            with capture_logs() as told, suppress(KeyError):
                jobs.run(Office(space), poll, number, observed=observed)
                jobs.run(Office(space), poll, number, observed=observed)  # it is not its turn any more: nothing is said
            lines += [line for line in told if line["event"] == "job"]
        with workspace.db.read() as uow:
            reason = uow.jobs.one(poll).reason  # type: ignore[union-attr]
    assert [(line["job"], line["connection"], line["run"], line["outcome"]) for line in lines] == [
        (poll, JIRA, number, how) for number, how in enumerate(ends, start=1)
    ]
    done, put_off, crashed = lines
    assert (done["requests"] > 0, put_off["requests"] > 0, "requests" in crashed) == (True, True, False)
    assert all(line["seconds"] >= 0 for line in lines)
    assert {"waited_s", "wait_s", "changed"} <= set(done)
    assert (put_off["reason"], crashed["reason"], reason) == ("html_answer", "KeyError", "own_fault")
    assert "Ada Berg" not in str(lines)


def test_a_connection_is_polled_and_counted_again_by_itself(synced: Scene) -> None:
    with synced.workspace() as workspace:
        synced.jira.delete_issue("WEB-101")
        synced.running.sandbox.jira.webhooks.clear()
        moving = Moving(workspace)
        jobs.start_up(Office(moving.workspace))
        gone, names = [], []
        for hours in (0, 12, 25):
            moving.passed = timedelta(hours=hours)
            names.append({one.name for one in work_through(moving.workspace)})
            gone.append(gone_by_why(workspace.db, JIRA))
    assert gone == [{}, {}, {"deleted": 1}]
    assert all(name_of(POLL, JIRA) in run for run in names)
    assert [name_of(CENSUS, JIRA) in run for run in names] == [False, False, True]


def test_a_new_day_scores_every_node_again(synced: Scene) -> None:
    with synced.workspace() as workspace:
        moving = Moving(workspace)
        jobs.start_up(Office(moving.workspace))
        work_through(moving.workspace)
        moving.passed = timedelta(hours=25)
        work_through(moving.workspace)
        with workspace.db.read() as uow:
            told = {job.name: job.told for job in uow.jobs.all()}
    assert told[ROLLUP] == {"scored": len(workspace.tree.nodes)}


def test_a_mark_asks_for_the_roll_up_and_is_taken_away_by_it(synced: Scene) -> None:
    with synced.workspace() as workspace:
        work_through(workspace)
        with workspace.db.begin() as uow:
            uow.dirty.mark(["growth"], why="override", at=workspace.clock())
        assert work_through(workspace).count("scored") > 0
        with workspace.db.read() as uow:
            assert uow.dirty.pending() == ()


def test_a_node_that_keeps_changing_is_scored_when_it_is_quiet_and_never_much_later(synced: Scene) -> None:
    with synced.workspace() as workspace:
        work_through(workspace)
        moving = Moving(workspace)
        scored = []
        for _ in range(40):
            with workspace.db.begin() as uow:
                uow.dirty.mark(["web"], why="sync", at=moving.workspace.clock())
            moving.passed += timedelta(milliseconds=500)
            scored.append("web" in scoring.score_dirty(moving.workspace, settled_at=moving.workspace.clock()))
    assert sum(scored) == timedelta(seconds=20) // LONGEST_WAIT


def test_while_many_deliveries_come_or_wait_a_node_is_scored_seldom(synced: Scene) -> None:
    """What a burst changes comes in parts, some seconds apart: each part alone would look like the end of it."""
    with synced.workspace() as workspace:
        work_through(workspace)
        moving, scored = Moving(workspace), []
        office = Office(moving.workspace)
        for came, worked_off in ((MANY, False), (0, False), (MANY, True)):
            with workspace.db.begin() as uow:
                uow.inbox.let_go(JIRA, at=office.now)
                event = ChangeEvent(connection=JIRA, name="changed", kind=EventKind.ITEM_CHANGED, vendor_id="1")
                names = (f"{worked_off} {number}" for number in range(came))
                uow.hooks.store_deliveries([Arrival.of(JIRA, (name,), (event,), office.now) for name in names])
                if worked_off:
                    uow.inbox.let_go(JIRA, at=office.now)
                uow.dirty.mark(["web"], why="sync", at=office.now)
            for _ in range(5):
                moving.passed += timedelta(seconds=1)
                with workspace.db.begin() as uow:
                    uow.jobs.wake(office.now)
                    run = uow.jobs.ready(office.now).get(ROLLUP)
                ended = jobs.run(office, ROLLUP, run) if run else None
                scored.append(bool(ended and ended.told.get("scored")))
    in_a_burst, alone = [False, False, False, True, False], [True, False, False, False, False]
    assert scored == [*in_a_burst, *alone, *in_a_burst]


def test_in_a_burst_nodes_are_scored_together(synced: Scene) -> None:
    """Once one of them has waited long enough, or all are quiet."""
    with synced.workspace() as workspace:
        work_through(workspace)
        moving = Moving(workspace)

        def scored(*nodes: str) -> bool:
            moving.passed += timedelta(seconds=1)
            with workspace.db.begin() as uow:
                uow.dirty.mark(nodes, why="sync", at=moving.workspace.clock())
            found = scoring.score_dirty(
                moving.workspace, settled_at=moving.workspace.clock(), quiet=QUIET_IN_A_BURST, together=True
            )
            assert not found or {"web", "launch"} <= set(found)
            return bool(found)

        assert [scored("web"), *(scored("launch") for _ in range(8)), *(scored() for _ in range(3))] == [
            *[False] * 8, True, *[False] * 3
        ]  # fmt: skip
        assert [scored("launch"), scored("web"), *(scored() for _ in range(4))] == [*[False] * 5, True]


def test_what_is_asked_for_while_a_job_runs_is_done_by_its_next_run(scene: Scene) -> None:
    with scene.workspace() as workspace:
        db, now = workspace.db, workspace.clock()
        with db.begin() as uow:
            uow.jobs.want(ROLLUP, at=now)
            ready = uow.jobs.ready(now)
            begun = uow.jobs.begin(ROLLUP, ready[ROLLUP], at=now)
        assert begun is not None
        with db.begin() as uow:
            uow.jobs.want(ROLLUP, at=now)
            uow.jobs.want(ROLLUP, at=now)
        with db.begin() as uow:
            uow.jobs.finish(ROLLUP, begun.run, at=now, again_at=None, told={})
        with db.read() as uow:
            assert uow.jobs.ready(now) == {ROLLUP: begun.run + 1}


def test_a_run_that_was_cut_off_is_begun_again_and_one_that_ended_is_not(scene: Scene) -> None:
    with scene.workspace() as workspace:
        office, now = Office(workspace), workspace.clock()
        with workspace.db.begin() as uow:
            uow.jobs.want(ROLLUP, at=now)
            assert uow.jobs.begin(ROLLUP, 1, at=now) is not None
        assert jobs.run(office, ROLLUP, 1) is not None
        assert jobs.run(office, ROLLUP, 1) is None
        assert jobs.run(office, ROLLUP, 7) is None


def test_a_job_that_is_cut_off_again_and_again_rests_longer_and_longer(scene: Scene) -> None:
    rests = []
    with scene.workspace() as workspace:
        office, now = Office(workspace), workspace.clock()
        with workspace.db.begin() as uow:
            uow.jobs.want(ROLLUP, at=now)
        for number, cuts in enumerate((jobs.CRASHES, 1, 1, 1), start=1):
            with workspace.db.begin() as uow:
                uow.jobs.no_later(ROLLUP, now)
                due = {job.name: job.due_at for job in uow.jobs.all()}[ROLLUP]
                for _ in range(cuts):  # and once more with the process that runs it
                    assert uow.jobs.begin(ROLLUP, number, at=due) is not None
            ended = jobs.run(office, ROLLUP, number)
            assert ended is not None
            assert ended.error is not None
            assert (ended.error.reason, ended.due_at is not None) == ("crashed", True)
            rests.append(round((ended.due_at - now).total_seconds()) if ended.due_at else 0)
    assert rests == [5, 20, 80, 320]


def test_an_error_of_our_own_puts_the_job_off_and_is_raised(scene: Scene) -> None:
    with scene.workspace() as workspace:
        now = workspace.clock()
        with workspace.db.begin() as uow:
            uow.jobs.want(name_of(POLL, JIRA), at=now)

        def broken(_: str) -> None:
            raise KeyError("issues")

        with pytest.raises(KeyError):
            jobs.run(Office(replace(workspace, connector=broken)), name_of(POLL, JIRA), 1)  # type: ignore[arg-type]
        with workspace.db.read() as uow:
            (job,) = uow.jobs.all()
    assert (job.waiting, job.running, job.tries, job.reason) == (True, False, 1, "own_fault")


def test_two_jobs_of_one_lane_take_turns(scene: Scene) -> None:
    with scene.workspace() as workspace:
        now = workspace.clock()
        with workspace.db.begin() as uow:
            uow.jobs.want(name_of(HEAR, JIRA), at=now)
        with workspace.db.alone(f"lane:{JIRA}"):
            assert jobs.run(Office(workspace), name_of(HEAR, JIRA), 1) is None
        with workspace.db.read() as uow:
            assert uow.jobs.ready(now) == {}
            later = uow.jobs.ready(workspace.clock() + jobs.BUSY_REST)
    assert later == {name_of(HEAR, JIRA): 2}


def test_nothing_begins_in_a_paused_lane_until_it_goes_on(scene: Scene) -> None:
    with scene.workspace() as workspace:
        now = workspace.clock()
        with workspace.db.begin() as uow:
            uow.jobs.want(name_of(HEAR, JIRA), at=now)
            uow.jobs.pause(JIRA, by="ada", at=now)
            assert uow.jobs.ready(now) == {}
            assert uow.jobs.begin(name_of(HEAR, JIRA), 1, at=now) is None
            assert uow.jobs.resume(JIRA)
            assert uow.jobs.ready(now) == {name_of(HEAR, JIRA): 2}


def test_a_job_of_a_connection_that_was_removed_ends_and_does_not_come_again(scene: Scene) -> None:
    with scene.workspace() as workspace:
        now, name = workspace.clock(), name_of(POLL, "no-more")
        with workspace.db.begin() as uow:
            uow.jobs.want(name, at=now)
        assert jobs.run(Office(workspace), name, 1) is not None
        with workspace.db.read() as uow:
            job = uow.jobs.one(name)
    assert job is not None
    assert (job.waiting, job.again_at) == (False, None)


def test_a_failing_job_rests_longer_each_time_up_to_ten_minutes() -> None:
    rests = [jobs.rest(tries) for tries in range(12)]
    assert rests == sorted(rests)
    assert (rests[0], rests[-1]) == (jobs.SHORTEST_REST, LONGEST_REST)


def test_a_rest_is_never_shorter_than_the_tool_asked_for(scene: Scene) -> None:
    with scene.workspace() as workspace:
        now = workspace.clock()
        with workspace.db.begin() as uow:
            uow.jobs.want(name_of(POLL, JIRA), at=now)

        def limited(_: str) -> None:
            from model.errors import RetryableError

            raise RetryableError("Too many requests.", reason="rate_limited", retry_after_s=1234)

        ended = jobs.run(Office(replace(workspace, connector=limited)), name_of(POLL, JIRA), 1)  # type: ignore[arg-type]
    assert ended is not None
    assert isinstance(ended.error, AppError)
    assert ended.due_at is not None
    assert ended.due_at >= now + timedelta(seconds=1234)
