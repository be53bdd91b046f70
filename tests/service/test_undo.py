"""Undo: what stood there before us is back, unless somebody has changed it since."""

from datetime import timedelta
from typing import Any

import pytest

from model.errors import UsageError
from model.health import Band
from model.push import WriteResult
from service import push_back, undo
from service.push_back import Wish
from service.undo import Extent
from service.workspace import Workspace
from tests.support.library import Library, by_place

SPOKEN = {"comment": "on_band_change", "status_update": "on_band_change"}
THEIRS = {"health": "Great", "score": 99.0, "reason": "theirs"}


@pytest.fixture
def spoken(library: Library) -> Library:
    library.publish = SPOKEN
    library.change(lambda document: document.update(shown={"b0": dict(THEIRS)}))
    return library


def _push(library: Library, workspace: Workspace, band: Band, score: float) -> str:
    """Push a score; the run's id."""
    library.say(workspace, "b0", band, score)
    push_back.push(workspace)
    library.pass_by(hours=1)
    with workspace.db.read() as uow:
        return uow.pushes.audit()[-1].run


def test_everything_we_wrote_is_back_as_it_was(spoken: Library) -> None:
    with spoken.workspace() as workspace:
        began = spoken.at
        for band, score in ((Band.AT_RISK, 50.0), (Band.OFF_TRACK, 20.0)):
            _push(spoken, workspace, band, score)
        undo.undo(workspace, Extent(since=began))
    shown = spoken.shown
    assert shown["shown"]["b0"] == THEIRS
    assert (shown["receipts"]["b0"], shown["comments"], shown["updates"]) == (None, {}, {})


def test_a_single_run_is_undone_to_what_the_run_before_it_wrote(spoken: Library) -> None:
    with spoken.workspace() as workspace:
        _push(spoken, workspace, Band.AT_RISK, 50.0)
        before = spoken.shown
        run = _push(spoken, workspace, Band.OFF_TRACK, 20.0)
        undo.undo(workspace, Extent(run=run))
    shown = spoken.shown
    assert (shown["shown"], shown["receipts"]) == (before["shown"], before["receipts"])
    assert [one["text"] for one in shown["comments"].values()] == ["AT_RISK 50.0"]
    assert shown["updates"] == before["updates"]


def test_what_somebody_changed_since_stays_and_is_named(spoken: Library) -> None:
    def edit(document: dict[str, Any]) -> None:
        document["shown"]["b0"]["score"] = 12.0
        for one in document["comments"].values():
            one["edited_by"] = "ada"

    with spoken.workspace() as workspace:
        _push(spoken, workspace, Band.AT_RISK, 50.0)
        spoken.change(edit)
        done = by_place(undo.undo(workspace, Extent(node="b0")))
    assert (done["field score"].result, done["comment"].result) == (WriteResult.SKIPPED, WriteResult.SKIPPED)
    assert "Somebody" in done["field score"].why
    assert spoken.shown["shown"]["b0"] == {**THEIRS, "score": 12.0}
    assert len(spoken.shown["comments"]) == 1


def test_a_dry_run_shows_the_same_and_writes_nothing(spoken: Library) -> None:
    with spoken.workspace() as workspace:
        _push(spoken, workspace, Band.AT_RISK, 50.0)
        before = spoken.shown
        planned = undo.plan_undo(workspace, Extent(node="b0"))
        assert spoken.shown == before
        done = undo.undo(workspace, Extent(node="b0"))
    assert [(w.channel, w.field, w.new) for w in planned] == [(w.channel, w.field, w.new) for w in done]
    assert {w.result for w in planned} == {WriteResult.PLANNED}


def test_what_was_undone_is_left_alone_until_somebody_pushes_the_node_by_name(spoken: Library) -> None:
    with spoken.workspace() as workspace:
        _push(spoken, workspace, Band.AT_RISK, 50.0)
        undo.undo(workspace, Extent(node="b0"))
        spoken.say(workspace, "b0", Band.OFF_TRACK, 20.0)
        worker = push_back.push(workspace, Wish(only={"b0"}, by="worker", insist=False))
        everything = push_back.push(workspace)
        by_name = by_place(push_back.push(workspace, Wish(only={"b0"})))
    assert {w.reason for w in (*worker, *everything)} == {"held"}
    assert by_name["field health"].result is WriteResult.WRITTEN
    assert spoken.shown["shown"]["b0"]["health"] == "OFF_TRACK"


def test_after_an_undo_a_second_one_finds_nothing_to_do(spoken: Library) -> None:
    with spoken.workspace() as workspace:
        _push(spoken, workspace, Band.AT_RISK, 50.0)
        undo.undo(workspace, Extent(node="b0"))
        before = spoken.shown
        again = undo.undo(workspace, Extent(node="b0"))
    assert WriteResult.FAILED not in {write.result for write in again}
    assert {k: v for k, v in spoken.shown.items() if k != "writes"} == {k: v for k, v in before.items() if k != "writes"}


def test_undo_after_undo_and_push_comes_back_to_what_stood_before_us(spoken: Library) -> None:
    with spoken.workspace() as workspace:
        began = spoken.at
        _push(spoken, workspace, Band.AT_RISK, 50.0)
        undo.undo(workspace, Extent(since=began))
        spoken.pass_by(hours=1)
        push_back.push(workspace, Wish(only={"b0"}))
        spoken.pass_by(hours=1)
        undo.undo(workspace, Extent(since=began))
    assert spoken.shown["shown"]["b0"] == THEIRS
    assert spoken.shown["comments"] == {}


def test_sent_mails_are_said_to_be_beyond_us(spoken: Library) -> None:
    with spoken.workspace() as workspace:
        _push(spoken, workspace, Band.AT_RISK, 50.0)
        done = by_place(undo.undo(workspace, Extent(node="b0")))
    assert "can't be called back" in done["comment"].why
    assert "can't be called back" in done["status_update"].why


def test_a_run_that_wrote_nothing_is_an_error_with_a_way_on(spoken: Library) -> None:
    with spoken.workspace() as workspace, pytest.raises(UsageError, match="wrote nothing"):
        undo.undo(workspace, Extent(run="push-77"))


def test_every_undoing_is_in_the_log(spoken: Library) -> None:
    with spoken.workspace() as workspace:
        _push(spoken, workspace, Band.AT_RISK, 50.0)
        undo.undo(workspace, Extent(node="b0"), by="ada")
        with workspace.db.read() as uow:
            entries = uow.pushes.audit(since=spoken.at - timedelta(minutes=1))
    assert {entry.run.partition("-")[0] for entry in entries} == {"undo"}
    assert {entry.by for entry in entries} == {"ada"}
    assert {entry.new for entry in entries if entry.field} >= {"Great", 99.0, "theirs"}
