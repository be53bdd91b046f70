"""A push that is cut off anywhere, or hears no answer, is made up for: nothing twice, nothing lost."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from model.health import Band
from model.push import Channel, WriteResult
from service import push_back
from service import setup as set_up
from service.push_back import Wish
from service.workspace import Workspace
from tests.support.library import Library

BOARDS = 3
SPOKEN = {"comment": "on_band_change", "status_update": "on_band_change"}
WRITES = BOARDS * 3 + 1  # fields, a comment and an update each; one request for all receipts


@pytest.fixture
def boards(library: Library) -> Library:
    library.boards, library.publish = BOARDS, SPOKEN
    return library


def _say(library: Library, workspace: Workspace, band: Band = Band.AT_RISK, score: float = 50.0) -> None:
    for number in range(BOARDS):
        library.say(workspace, f"b{number}", band, score + number)


def _state(shown: Mapping[str, Any]) -> dict[str, Any]:
    """What people see, without ids and marks."""
    return {
        "shown": shown["shown"],
        "receipts": shown["receipts"],
        "comments": sorted((one["board"], one["text"]) for one in shown["comments"].values()),
        "updates": sorted((one["board"], one["band"]) for one in shown["updates"].values()),
        "told": sorted(map(tuple, shown["told"])),
    }


def _undisturbed() -> dict[str, Any]:
    boards = [f"b{number}" for number in range(BOARDS)]
    return {
        "comments": [(board, f"AT_RISK {50.0 + number}") for number, board in enumerate(boards)],
        "updates": [(board, "AT_RISK") for board in boards],
        "told": sorted((what, board) for what in ("comment", "update") for board in boards),
    }


@pytest.mark.parametrize("point", range(1, WRITES + 1))
def test_a_push_that_is_killed_after_any_write_is_finished_by_the_next(boards: Library, point: int) -> None:
    boards.change(lambda document: document.update(die_after=point))
    with boards.workspace() as workspace:
        _say(boards, workspace)
        with pytest.raises(BaseException, match="killed"):
            push_back.push(workspace)
    boards.change(lambda document: document.pop("die_after"))
    with boards.workspace() as workspace:
        push_back.push(workspace)
        again = push_back.push(workspace)
        with workspace.db.read() as uow:
            assert uow.pushes.intents("books") == ()
            written = uow.pushes.written("books")
    assert {write.result for write in again} == {WriteResult.UNCHANGED}
    state = _state(boards.shown)
    assert {name: state[name] for name in _undisturbed()} == _undisturbed()
    assert all(one.previous is None for spots in written.values() for one in spots.values())


def test_what_stood_before_us_is_known_even_when_the_record_of_our_first_write_was_lost(boards: Library) -> None:
    theirs = {"health": "Great", "score": 99.0, "reason": "theirs"}
    boards.change(lambda document: document.update(shown={"b0": dict(theirs)}, die_after=2))
    with boards.workspace() as workspace:
        boards.say(workspace, "b0", Band.AT_RISK, 50.0)
        with pytest.raises(BaseException, match="killed"):
            push_back.push(workspace)
    boards.change(lambda document: document.pop("die_after"))
    with boards.workspace() as workspace:
        push_back.push(workspace)
        with workspace.db.read() as uow:
            written = uow.pushes.written("books")["books:project:b0"]
    assert {name: written[Channel.FIELD, name].previous for name in theirs} == theirs


@pytest.mark.parametrize("point", [2, 6, WRITES])
def test_a_killed_push_is_finished_on_either_database(boards: Library, database_url: str, point: int) -> None:
    boards.database = database_url
    with boards.workspace() as workspace:
        set_up.setup(workspace, apply=True)
    test_a_push_that_is_killed_after_any_write_is_finished_by_the_next(boards, point)


def test_of_several_pushers_at_once_one_writes_on_either_database(boards: Library, database_url: str) -> None:
    boards.database = database_url
    with boards.workspace() as workspace:
        set_up.setup(workspace, apply=True)
        _say(boards, workspace)

    def push(_number: int) -> set[str]:
        with boards.workspace() as own:
            return {write.result.value for write in push_back.push(own)}

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(push, range(4)))
    assert {"written"} in results
    state = _state(boards.shown)
    assert {name: state[name] for name in _undisturbed()} == _undisturbed()


@pytest.mark.parametrize("every", [1, 2, 3])
def test_answers_that_are_lost_cause_no_second_comment_and_no_second_update(boards: Library, every: int) -> None:
    with boards.workspace() as workspace:
        boards.change(lambda document: document.update({"break": every}))
        _say(boards, workspace)
        push_back.push(workspace)
        boards.change(lambda document: document.pop("break"))
        push_back.push(workspace)
        again = push_back.push(workspace)
    assert {write.result for write in again} == {WriteResult.UNCHANGED}
    state = _state(boards.shown)
    assert {name: state[name] for name in _undisturbed()} == _undisturbed()


def test_a_worker_finds_again_what_was_left_to_do_when_it_was_killed(boards: Library) -> None:
    boards.change(lambda document: document.update(die_after=4))
    with boards.workspace() as workspace:
        _say(boards, workspace)
        nodes = [f"b{number}" for number in range(BOARDS)]
        with workspace.db.begin() as uow:
            uow.agenda.note_due(nodes, at=boards.at, now=boards.at)
        with pytest.raises(BaseException, match="killed"):
            push_back.push(workspace, Wish(only=nodes, by="worker", insist=False))
        with workspace.db.read() as uow:
            assert sorted(uow.agenda.due(boards.at)) == nodes


def test_a_score_kept_while_a_push_was_under_way_is_pushed_by_the_next(boards: Library) -> None:
    with boards.workspace() as workspace:
        began = boards.at
        with workspace.db.begin() as uow:
            uow.agenda.note_due(["b0"], at=began, now=began)
        boards.pass_by(seconds=5)
        with workspace.db.begin() as uow:
            uow.agenda.note_due(["b0"], at=boards.at, now=boards.at)
            uow.agenda.pushed(["b0"], began_at=began)
            assert uow.agenda.due(boards.at) == ("b0",)
