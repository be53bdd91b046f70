"""Prepared documents: each is made once, by whoever is there, and is exactly what an answer at once would have been."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from model.errors import UsageError
from model.jobs import ERRANDS, PUSH, lane_of
from service import forgetting, jobs, movement, preparing, retention
from service.change import moved_since
from service.change_document import change_document, labels_of_parts
from service.office import Office
from service.prepared_kinds import ChangeOf, FileOf, SplitOf
from service.presence import place_name
from service.report import Asked, report
from service.reports.formats import made
from service.workspace import Workspace, local_day
from store.errands import ErrandState
from store.prepared import Document, DocumentKind
from tests.support.stage import stage


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Callable[[Path], str]) -> Iterator[Workspace]:
    with stage(tmp_path_factory.mktemp("preparing"), migrated_sqlite) as set_:
        yield set_.workspace


@pytest.fixture
def space(played: Workspace) -> Iterator[Workspace]:
    """The small company, without a document, at a moment that stands still."""
    now = played.clock()
    yield replace(played, clock=lambda: now)
    with played.db.begin() as uow:
        uow.prepared.forget_everything()


@pytest.fixture
def worker(space: Workspace) -> Iterator[None]:
    """Somebody who holds a worker's place, and does nothing."""
    claim = space.db.claim(place_name("w1"))
    assert claim.held()
    yield
    claim.release()


def _one(space: Workspace, number: int) -> Document:
    found = preparing.one(space, number)
    assert found is not None
    return found


def _days(space: Workspace, back: int = 20) -> SplitOf:
    today = local_day(space)
    return SplitOf(since=today - timedelta(days=back), until=today)


def test_a_split_is_kept_as_it_is_shown(space: Workspace) -> None:
    asked = _days(space)
    number = preparing.ask(space, "growth", asked, by="ada")
    kept = movement.unpacked(space, preparing.content(space, _one(space, number)))
    shown = movement.split(space, "growth", movement.Span(asked.since, asked.until))
    bare = shown.moved.explained.model_copy(update={"parts": ()})
    assert shown.causes
    assert kept == replace(shown, moved=replace(shown.moved, explained=bare))


def test_a_change_and_a_report_are_those_that_an_answer_gives(space: Workspace) -> None:
    now = space.clock()
    since, until = now - timedelta(days=20), now - timedelta(days=1)
    moved = moved_since(space, "reach", since=since, until=until)
    told = change_document(moved, labels_of_parts(space, moved), "de")
    number = preparing.ask(space, "reach", ChangeOf(since=since, until=until, language="de"), by="ada")
    assert json.loads(preparing.content(space, _one(space, number))) == told
    found = report(space, "reach", Asked("fr", since=now - timedelta(days=9), quick=True))
    number = preparing.ask(space, "reach", FileOf(format="json", language="fr", days=9), by="ada")
    assert preparing.content(space, _one(space, number)) == made(found, "json")
    assert _one(space, number).media_type == "application/json"


def test_what_is_asked_again_is_the_same_document_until_its_node_is_scored(space: Workspace) -> None:
    first = preparing.ask(space, "web", _days(space), by="ada")
    assert preparing.ask(space, "web", _days(space), by="ada") == first
    assert preparing.ask(space, "web", _days(space, 21), by="ada") != first
    before = replace(space, clock=lambda: space.clock() - timedelta(hours=2))
    old = preparing.ask(before, "launch", _days(space), by="ada")
    assert preparing.is_fresh(space, _one(space, first))
    assert not preparing.is_fresh(space, _one(space, old)), "it was scored since"
    assert preparing.ask(space, "launch", _days(space), by="ada") != old


def test_what_somebody_else_asked_is_not_worked_out_twice(space: Workspace) -> None:
    first = preparing.ask(space, "web", _days(space), by="ada")
    with space.db.begin() as uow:
        uow.prepared.keep(first, "application/json", preparing.packed(space, _one(space, first))[:20], at=space.clock())
    second = preparing.ask(space, "web", _days(space), by="bo")
    assert second != first
    assert preparing.packed(space, _one(space, second)) == preparing.packed(space, _one(space, first))


@pytest.mark.usefixtures("worker")
def test_where_a_worker_is_it_is_asked_to_and_waits_for_no_push(space: Workspace) -> None:
    with space.db.begin() as uow:
        uow.jobs.pause(PUSH, by="ada", at=space.clock())
        uow.jobs.want(ERRANDS, at=space.clock())
    number = preparing.ask(space, "web", _days(space), by="ada")
    assert preparing.ask(space, "web", _days(space), by="ada") == number, "it is open"
    assert _one(space, number).state is ErrandState.WAITING
    file = preparing.ask(space, "web", FileOf(format="csv"), by="ada")
    with space.db.read() as uow:
        ready = uow.jobs.ready(space.clock())
    assert ERRANDS not in ready
    jobs.run(Office(space), FileOf.job, ready[FileOf.job])
    assert [_one(space, one).is_open for one in (file, number)] == [False, True], "nor for what takes minutes"
    jobs.run(Office(space), SplitOf.job, ready[SplitOf.job])
    with space.db.begin() as uow:
        uow.jobs.resume(PUSH)
        uow.jobs.drop(ERRANDS)
        job = uow.jobs.one(SplitOf.job)
    done = _one(space, number)
    assert done.state is ErrandState.DONE
    assert job is not None
    assert done.ended_at is not None
    assert job.again_at == done.ended_at + preparing.KEPT_FOR, "when it is to be forgotten"
    assert lane_of(FileOf.job) != lane_of(SplitOf.job)


@pytest.mark.usefixtures("worker")
def test_a_document_of_a_dead_process_is_taken_up_and_at_last_given_up(space: Workspace) -> None:
    numbers = [preparing.ask(space, "web", _days(space, back), by="ada") for back in (20, 21)]
    for number, deaths in zip(numbers, (1, preparing.MOST_BEGUN), strict=True):
        for _ in range(deaths):
            with space.db.begin() as uow:
                uow.prepared.begin(number, at=space.clock())
    with space.db.alone(f"document:{numbers[0]}"):
        assert preparing.work_off(space, SplitOf.job) == 1, "nobody makes what somebody else is making"
    assert preparing.work_off(space, SplitOf.job) == 1
    states = [_one(space, number) for number in numbers]
    assert [one.state for one in states] == [ErrandState.DONE, ErrandState.FAILED]
    assert "never ended" in (states[1].error or "")


@pytest.mark.usefixtures("worker")
def test_one_person_waits_for_a_few_at_once_and_others_are_not_kept_from_asking(space: Workspace) -> None:
    for back in range(preparing.OPEN_OF_ONE):
        preparing.ask(space, "web", _days(space, 5 + back), by="ada")
    with pytest.raises(UsageError, match="already"):
        preparing.ask(space, "web", _days(space), by="ada")
    preparing.ask(space, "web", _days(space), by="bo")


def test_what_can_not_be_made_says_so(space: Workspace) -> None:
    number = preparing.ask(space, "web", FileOf(format="csv", lens="none of ours"), by="ada")
    found = _one(space, number)
    assert found.state is ErrandState.REFUSED
    assert "There is no lens" in (found.error or "")
    assert preparing.content(space, found) == b""


def test_a_document_that_takes_too_much_memory_says_so(space: Workspace) -> None:
    now, looks = space.clock(), count()

    def clock() -> datetime:
        if next(looks) == 1:
            raise MemoryError
        return now

    with space.db.begin() as uow:
        asked = _days(space).model_dump(mode="json")
        number = uow.prepared.ask(DocumentKind.SPLIT, "web", asked, by="ada", at=now)
    assert preparing.make(replace(space, clock=clock), number)
    found = _one(space, number)
    assert found.state is ErrandState.FAILED
    assert "memory" in (found.error or "")


def test_a_document_whose_process_came_to_an_end_is_given_up_and_one_that_somebody_is_at_is_not(space: Workspace) -> None:
    dead = replace(space, apart=lambda _number: False)
    number = preparing.ask(dead, "web", _days(space), by="ada")
    assert _one(space, number).state is ErrandState.FAILED
    with space.db.begin() as uow:
        other = uow.prepared.ask(DocumentKind.SPLIT, "web", {}, by="ada", at=space.clock())
    with space.db.alone(f"document:{other}"):
        preparing.work_off(dead, SplitOf.job)
        assert _one(space, other).is_open


def test_others_write_while_a_document_is_made(space: Workspace) -> None:
    """Each look at the clock writes into the database: it would wait for a transaction that is held meanwhile."""
    looks = count()
    now = space.clock()

    def clock() -> datetime:
        with space.db.begin() as uow:
            uow.notes.put("looked", next(looks), at=now)
        return now

    number = preparing.ask(replace(space, clock=clock), "web", _days(space), by="ada")
    assert _one(space, number).state is ErrandState.DONE
    assert next(looks) > 3


def test_documents_are_forgotten_after_a_day(space: Workspace) -> None:
    number = preparing.ask(space, "web", _days(space), by="ada")
    retention.prune(replace(space, clock=lambda: space.clock() + timedelta(hours=23)))
    assert preparing.one(space, number) is not None
    retention.prune(replace(space, clock=lambda: space.clock() + timedelta(hours=25)))
    assert preparing.one(space, number) is None


def test_documents_go_when_somebody_is_forgotten(space: Workspace) -> None:
    number = preparing.ask(space, "web", FileOf(format="json", names=True), by="ada")
    forgetting.forget(space, "Ada Berg", apply=False, new_token=lambda: "x")
    assert preparing.one(space, number) is not None
    forgetting.forget(space, "Ada Berg", apply=True, new_token=lambda: "x")
    assert preparing.one(space, number) is None
