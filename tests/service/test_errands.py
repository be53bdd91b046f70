"""Errands: what was asked for is done once, by whoever is there, and what is old is forgotten."""

import pytest

from model.errors import RefusedError, UsageError
from model.health import Band
from model.push import WriteResult
from service import errands
from service.undo import Extent
from store.errands import ErrandKind, ErrandState
from tests.support.library import Library


def _planned(library: Library) -> int:
    with library.workspace() as workspace:
        with workspace.db.begin() as uow:
            uow.sync.finish(workspace.connections[0], "read", at=workspace.clock())
        library.say(workspace, "b0", Band.AT_RISK, 50.0)
        return errands.ask_plan(workspace, by="ada")


def test_an_errand_that_a_dead_process_had_begun_is_done_by_the_next_one(library: Library) -> None:
    number = _planned(library)
    with library.workspace() as workspace:
        with workspace.db.begin() as uow:
            push = uow.errands.ask(ErrandKind.PUSH, {"plan": number}, by="ada", at=workspace.clock())
            uow.errands.begin(push, at=workspace.clock())
        assert errands.work_off(workspace) == 1
        assert errands.one(workspace, push).state is ErrandState.DONE
        assert errands.work_off(workspace) == 0
        with workspace.db.read() as uow:
            assert uow.errands.counts(push)[WriteResult.WRITTEN] > 0
            assert {entry.by for entry in uow.pushes.audit()} == {"ada"}


def test_nobody_does_what_somebody_else_is_doing(library: Library) -> None:
    with library.workspace() as workspace:
        with workspace.db.begin() as uow:
            number = uow.errands.ask(ErrandKind.PLAN, {"only": []}, by="ada", at=workspace.clock())
        with workspace.db.alone(f"errand:{number}"):
            assert errands.work_off(workspace) == 0
        assert errands.work_off(workspace) == 1


def test_a_plan_is_carried_out_once_and_not_at_all_where_nothing_may_be_written(library: Library) -> None:
    number = _planned(library)
    with library.workspace() as workspace:
        push = errands.ask_push(workspace, number, by="ada")
        assert errands.run_of(workspace, errands.one(workspace, push)) is not None
        for plan in (number, push):
            with pytest.raises(UsageError):
                errands.ask_push(workspace, plan, by="ada")
        workspace.read_only = True
        with pytest.raises(RefusedError):
            errands.ask_undo(workspace, Extent(node="b0"), by="ada", preview=False)
        with pytest.raises(RefusedError):
            errands.ask_push(workspace, number, by="ada")


def test_only_the_newest_are_kept_and_what_is_not_done_is(library: Library) -> None:
    with library.workspace() as workspace:
        library.say(workspace, "b0", Band.AT_RISK, 50.0)
        with workspace.db.begin() as uow:
            for _ in range(4):
                ended = uow.errands.ask(ErrandKind.PLAN, {}, by="ada", at=workspace.clock())
                uow.errands.end(ended, ErrandState.DONE, at=workspace.clock())
            waiting = uow.errands.ask(ErrandKind.PLAN, {}, by="ada", at=workspace.clock())
            last = uow.errands.ask(ErrandKind.PLAN, {}, by="ada", at=workspace.clock())
            uow.errands.end(last, ErrandState.DONE, at=workspace.clock())
            uow.errands.forget_all_but(1)
            left = {one.id for one in uow.errands.newest(list(ErrandKind), limit=10)}
        assert left == {waiting, last}
