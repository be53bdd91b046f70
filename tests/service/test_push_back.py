"""What is written where, when and how often: the rules of push-back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from model.errors import RefusedError
from model.health import Band, RollupResult
from model.push import Channel, WriteResult
from model.sync import Records
from model.work import ItemType, StatusCategory, WorkItem
from service import push_back
from service.push_back import Wish
from service.pushing.job import messages
from tests.support.library import NOW, UNCHANGED, WRITTEN, Library, by_place, scored

SPOKEN = {"comment": "on_band_change", "status_update": "on_band_change"}
ON, RISK, OFF, NONE = Band.ON_TRACK, Band.AT_RISK, Band.OFF_TRACK, Band.NO_DATA
SKIPPED, FAILED = WriteResult.SKIPPED, WriteResult.FAILED


def test_a_first_push_writes_the_least_noisy_first(library: Library) -> None:
    library.publish = SPOKEN
    with library.workspace() as workspace:
        library.say(workspace, "b0", RISK, 50.0)
        done = push_back.push(workspace)
    assert [w.channel for w in done] == [
        Channel.PROPERTY, Channel.FIELD, Channel.FIELD, Channel.FIELD, Channel.COMMENT, Channel.STATUS_UPDATE
    ]  # fmt: skip
    assert {w.result for w in done} == {WRITTEN}
    assert library.shown["told"] == [["comment", "b0"], ["update", "b0"]]


def test_what_stands_already_is_not_written_again(library: Library) -> None:
    library.publish = SPOKEN
    with library.workspace() as workspace:
        library.say(workspace, "b0", RISK, 50.0)
        library.push(workspace)
        before = library.shown["writes"]
        again = library.push(workspace)
    assert {w.result for w in again.values()} == {UNCHANGED}
    assert library.shown["writes"] == before


def test_new_figures_in_the_same_band_edit_the_comment_and_tell_nobody(library: Library) -> None:
    library.publish = SPOKEN
    with library.workspace() as workspace:
        library.say(workspace, "b0", RISK, 50.0)
        library.push(workspace)
        told = library.shown["told"]
        library.pass_by(hours=1)
        library.say(workspace, "b0", RISK, 48.0)
        done = library.push(workspace)
    assert (done["comment"].result, done["status_update"].result) == (WRITTEN, UNCHANGED)
    assert library.shown["told"] == told
    assert [one["text"] for one in library.shown["comments"].values()] == ["AT_RISK 48.0"]


def test_a_new_band_edits_the_one_comment_and_posts_one_status_update(library: Library) -> None:
    library.publish = SPOKEN
    with library.workspace() as workspace:
        for band, score in ((RISK, 50.0), (OFF, 20.0)):
            library.say(workspace, "b0", band, score)
            library.push(workspace)
            library.pass_by(hours=1)
    assert len(library.shown["comments"]) == 1
    assert [one["band"] for one in library.shown["updates"].values()] == ["AT_RISK", "OFF_TRACK"]


def test_ninety_days_of_daily_pushes_comment_once_and_speak_at_each_new_band_only(library: Library) -> None:
    library.publish = SPOKEN
    bands = [ON if day % 30 < 20 else RISK for day in range(90)]
    with library.workspace() as workspace:
        for day, band in enumerate(bands):
            library.say(workspace, "b0", band, 80.0 - day / 10 if band is ON else 50.0 - day / 10)
            library.push(workspace)
            library.pass_by(days=1)
    changes = 1 + sum(a is not b for a, b in pairwise(bands))
    told = library.shown["told"]
    assert told.count(["comment", "b0"]) == 1
    assert told.count(["update", "b0"]) == changes


def test_nothing_is_said_without_data(library: Library) -> None:
    library.publish = SPOKEN
    with library.workspace() as workspace:
        library.say(workspace, "b0", NONE, None)
        done = library.push(workspace)
    assert (done["comment"].result, done["status_update"].result) == (UNCHANGED, UNCHANGED)
    assert library.shown["shown"]["b0"]["health"] == "NO_DATA"


@pytest.mark.parametrize(("many", "requests"), [(True, 2), (False, 13)])
def test_fields_that_are_equal_at_many_targets_are_written_in_one_go_where_the_tool_can(
    library: Library, many: bool, requests: int
) -> None:
    library.boards = 12
    library.change(lambda document: document.update(many=many))
    with library.workspace() as workspace:
        for number in range(12):
            library.say(workspace, f"b{number}", NONE, None)
        done = push_back.push(workspace)
        again = push_back.push(workspace)
    assert {w.result for w in done} == {WRITTEN, UNCHANGED}  # an empty score stands there already
    assert {w.result for w in again} == {UNCHANGED}
    assert library.shown["writes"] == requests


# -- manners ----------------------------------------------------------------------------------------------------------


def test_in_quiet_hours_the_fields_are_written_and_nobody_is_told(library: Library) -> None:
    library.publish = SPOKEN
    library.general = {"quiet_hours": "11:00-14:00"}
    with library.workspace() as workspace:
        library.say(workspace, "b0", RISK, 50.0)
        done = library.push(workspace)
        assert (done["comment"].reason, done["status_update"].reason) == ("quiet", "quiet")
        assert done["comment"].again_at == datetime(2026, 11, 18, 14, tzinfo=UTC)
        assert done["field health"].result is WRITTEN
        assert "told" not in library.shown
        with workspace.db.read() as uow:
            assert uow.agenda.due(library.at) == ()
            assert uow.agenda.due(library.at + timedelta(hours=2)) == ("b0",)
        library.pass_by(hours=2)
        later = library.push(workspace)
    assert (later["comment"].result, later["status_update"].result) == (WRITTEN, WRITTEN)


def test_quiet_days_run_into_quiet_nights(library: Library) -> None:
    library.at = datetime(2026, 11, 20, 23, tzinfo=UTC)  # a Friday night
    library.publish = {**SPOKEN, "quiet_hours": "22:00-07:00", "quiet_days": ["saturday", "Sunday"]}
    with library.workspace() as workspace:
        library.say(workspace, "b0", RISK, 50.0)
        done = library.push(workspace)
    assert done["comment"].again_at == datetime(2026, 11, 23, 7, tzinfo=UTC)


def test_the_day_s_share_is_spent_on_figures_and_a_new_band_is_shown_all_the_same(library: Library) -> None:
    library.publish = {"per_day": 2}
    with library.workspace() as workspace:
        results = []
        for score in (50.0, 49.0, 48.0):
            library.say(workspace, "b0", RISK, score)
            results.append(library.push(workspace)["field score"])
            library.pass_by(minutes=5)
        library.say(workspace, "b0", OFF, 20.0)
        band = library.push(workspace)["field health"]
    assert [one.result for one in results] == [WRITTEN, WRITTEN, SKIPPED]
    assert (results[2].reason, results[2].again_at) == ("per_day", datetime(2026, 11, 19, tzinfo=UTC))
    assert band.result is WRITTEN


def test_where_outsiders_could_read_it_no_comment_is_made(library: Library) -> None:
    library.publish = SPOKEN
    library.change(lambda document: document.update(public=["b0"]))
    with library.workspace() as workspace:
        library.say(workspace, "b0", RISK, 50.0)
        done = library.push(workspace)
    assert (done["comment"].result, done["comment"].reason) == (SKIPPED, "public")
    assert "comments" not in library.shown


# -- respect ----------------------------------------------------------------------------------------------------------


def _edit_score(document: dict[str, Any]) -> None:
    document["shown"]["b0"]["score"] = 99.0


def test_a_value_somebody_changed_is_named_and_put_back(library: Library) -> None:
    with library.workspace() as workspace:
        library.say(workspace, "b0", RISK, 50.0)
        library.push(workspace)
        library.change(_edit_score)
        done = library.push(workspace)
    assert done["field score"].result is WRITTEN
    assert "Somebody changed it" in done["field score"].why
    assert library.shown["shown"]["b0"]["score"] == 50.0


def test_a_value_somebody_changed_is_named_and_kept_where_the_configuration_says_so(library: Library) -> None:
    library.publish = {"human_edits": "keep"}
    with library.workspace() as workspace:
        library.say(workspace, "b0", RISK, 50.0)
        library.push(workspace)
        library.change(_edit_score)
        library.say(workspace, "b0", RISK, 45.0)
        done = library.push(workspace)
    assert (done["field score"].result, done["field score"].reason) == (SKIPPED, "kept")
    assert done["field reason"].result is UNCHANGED
    assert library.shown["shown"]["b0"]["score"] == 99.0


def test_a_person_s_newer_status_update_stands(library: Library) -> None:
    library.publish = SPOKEN
    with library.workspace() as workspace:
        library.say(workspace, "b0", RISK, 50.0)
        library.push(workspace)
        posted = (datetime.now(UTC) + timedelta(hours=1)).isoformat()  # the tool has a clock of its own
        newer = {"board": "b0", "mark": "", "band": "ON_TRACK", "by": "ada", "at": posted}
        library.change(lambda document: document["updates"].update(H1=newer))
        library.pass_by(hours=2)
        library.say(workspace, "b0", OFF, 20.0)
        done = library.push(workspace)
    assert (done["status_update"].result, done["status_update"].reason) == (SKIPPED, "human_newer")
    assert done["field health"].result is WRITTEN


def test_a_comment_somebody_deleted_comes_back_with_the_next_band_only(library: Library) -> None:
    library.publish = {"comment": "on_band_change"}
    with library.workspace() as workspace:
        library.say(workspace, "b0", RISK, 50.0)
        library.push(workspace)
        library.change(lambda document: document["comments"].clear())
        library.say(workspace, "b0", RISK, 45.0)
        found_gone = library.push(workspace)["comment"]
        library.say(workspace, "b0", RISK, 44.0)
        still = library.push(workspace)["comment"]
        library.say(workspace, "b0", OFF, 20.0)
        anew = library.push(workspace)["comment"]
    assert (found_gone.result, found_gone.reason) == (SKIPPED, "comment_gone")
    assert still.result is UNCHANGED
    assert anew.result is WRITTEN
    assert len(library.shown["comments"]) == 1


def test_one_locked_field_is_one_clear_line_and_the_others_are_written(library: Library) -> None:
    library.change(lambda document: document.update(locked=["reason"]))
    with library.workspace() as workspace:
        library.say(workspace, "b0", RISK, 50.0)
        done = library.push(workspace)
    assert (done["field reason"].result, done["field reason"].why) == (FAILED, "The field reason is locked.")
    assert (done["field health"].result, done["field score"].result) == (WRITTEN, WRITTEN)


def test_a_target_that_is_gone_is_left_alone_longer_and_longer_in_the_background(library: Library) -> None:
    with library.workspace() as workspace:
        library.say(workspace, "b0", RISK, 50.0)
        library.change(lambda document: document.update(boards=[]))
        tries = []
        for _ in range(3):
            (first,) = push_back.push(workspace, Wish(by="worker", insist=False))
            (second,) = push_back.push(workspace, Wish(by="worker", insist=False))
            assert first.again_at is not None
            assert (first.result, second.result, second.reason) == (FAILED, SKIPPED, "trouble")
            tries.append(first.again_at - library.at)
            library.at = first.again_at
        asked = push_back.push(workspace)
    assert tries == [timedelta(minutes=15), timedelta(minutes=30), timedelta(hours=1)]
    assert asked[0].result is FAILED
    assert asked[0].why == "There is no board b0."


def test_a_target_that_is_back_is_written_and_its_trouble_forgotten(library: Library) -> None:
    boards = library.shown["boards"]
    with library.workspace() as workspace:
        library.say(workspace, "b0", RISK, 50.0)
        library.change(lambda document: document.update(boards=[]))
        push_back.push(workspace)
        library.change(lambda document: document.update(boards=boards))
        done = library.push(workspace)
        with workspace.db.read() as uow:
            assert uow.agenda.troubles("books") == {}
    assert {w.result for w in done.values()} == {WRITTEN}


def test_read_only_refuses_to_push_and_still_plans(library: Library) -> None:
    with library.workspace() as workspace:
        library.say(workspace, "b0", RISK, 50.0)
    library.read_only = True
    with library.workspace() as workspace:
        assert by_place(push_back.plan(workspace))["field health"].result is WriteResult.PLANNED
        with pytest.raises(RefusedError):
            push_back.push(workspace)
    assert "writes" not in library.shown


def test_while_somebody_else_pushes_nothing_is_written_and_nothing_forgotten(library: Library) -> None:
    with library.workspace() as workspace:
        library.say(workspace, "b0", RISK, 50.0)
        with workspace.db.begin() as uow:
            uow.agenda.note_due(["b0"], at=library.at, now=library.at)
        with workspace.db.alone(push_back.alone("books")):
            (busy,) = push_back.push(workspace, Wish(by="worker", insist=False))
        with workspace.db.read() as uow:
            assert uow.agenda.due(library.at) == ("b0",)
    assert (busy.result, busy.reason) == (FAILED, "busy")
    assert "writes" not in library.shown


@pytest.mark.parametrize("deed", ["present", "fields", "receipt", "comment"])
def test_a_fault_of_ours_at_one_target_fails_that_one_and_the_rest_goes_on(library: Library, deed: str) -> None:
    """Even where many are read or written in one go; and what may have been done is looked for before it is done again."""
    library.boards, library.publish = 12, SPOKEN
    library.change(lambda document: document.update(many=True, trip={deed: ["b3"]}))
    with library.workspace() as workspace:
        for number in range(12):
            library.say(workspace, f"b{number}", RISK, 50.0)
        done = push_back.push(workspace)
        failed = [write for write in done if write.result is FAILED]
        assert {(write.node, write.reason) for write in failed} == {("b3", "own_fault")}
        assert all("fault of ours (KeyError in writer.py, line " in write.why for write in failed)
        assert "nobody thought of" not in "".join(write.why for write in failed)
        assert {write.result for write in done if write.node != "b3"} == {WRITTEN}
        library.change(lambda document: document.pop("trip"))
        library.pass_by(days=1)
        mended = push_back.push(workspace)
    assert {write.result for write in mended} == {WRITTEN, UNCHANGED}
    assert {write.node for write in mended if write.result is WRITTEN} == {"b3"}


def test_a_fault_of_ours_shows_in_the_plan(library: Library) -> None:
    library.boards = 3
    library.change(lambda document: document.update(trip={"present": ["b1"]}))
    with library.workspace() as workspace:
        for number in range(3):
            library.say(workspace, f"b{number}", RISK, 50.0)
        planned = push_back.plan(workspace)
    assert {write.node for write in planned if write.result is FAILED} == {"b1"}


def test_what_only_shows_health_is_not_named_as_work_to_finish(library: Library) -> None:
    """The issue that a node is published on may lie in its own sources."""
    with library.workspace() as workspace:
        shown, other = (
            WorkItem(
                id=f"books:item:{key}", connection="books", vendor_id=key, key=key, title=f"Title of {key}",
                type=ItemType.TASK, original_type="x", status=StatusCategory.TODO, original_status="x", created_at=NOW,
                updated_at=NOW, origin="card:1",
            ) for key in ("b0", "c1")
        )  # fmt: skip
        said = scored("b0", RISK, 50.0, "2 items are late")
        finding = said.dimensions[0].finding.model_copy(update={"evidence": (shown.id, other.id)})
        said = said.model_copy(update={"dimensions": (replace(said.dimensions[0], finding=finding),)})
        with workspace.db.begin() as uow:
            uow.records.save(Records(items=(shown, other)), known_at=NOW)
            uow.scores.save(RollupResult(as_of=NOW, known_at=NOW, policy="p", nodes=(said,)))
        (message,) = messages(workspace, None, "books").values()
    assert [title for title, _ in message.text.causes[0].items] == ["Title of c1"]
