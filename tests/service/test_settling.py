"""What an earlier push left open is found out target by target, and nothing is taken for done that can't be seen."""

from datetime import timedelta
from typing import Any

from model.health import Band
from model.push import Channel, HealthFields, HealthRole, WriteResult
from service import plan_file, push_back, questions, undo
from service.push_back import Wish
from service.undo import Extent
from tests.support.jobs import work_through
from tests.support.library import Library, by_place

SPOKEN = {"comment": "on_band_change", "status_update": "on_band_change"}
THEIRS = {"health": "Great", "score": 99.0, "reason": "theirs"}
KILLED = (BaseException,)
ON, RISK, OFF = Band.ON_TRACK, Band.AT_RISK, Band.OFF_TRACK


def _killed_push(library: Library, *, after: int, band: Band = RISK, score: float = 50.0) -> None:
    """A first push that is killed after so many writes."""
    library.change(lambda document: document.update(die_after=after))
    with library.workspace() as workspace:
        library.say(workspace, "b0", band, score)
        try:
            push_back.push(workspace)
        except KILLED as killed:
            assert str(killed) == "killed"  # noqa: PT017
    library.change(lambda document: document.pop("die_after"))


def _hide(library: Library, board: str) -> dict[str, Any]:
    """Take a board away for a while; what it was."""
    found = next(one for one in library.shown["boards"] if one["id"] == board)
    library.change(lambda document: document["boards"].remove(found))
    return found


def test_a_target_that_is_gone_with_an_open_intent_keeps_no_other_waiting(library: Library) -> None:
    library.boards, library.publish = 2, SPOKEN
    _killed_push(library, after=2)
    _hide(library, "b0")
    with library.workspace() as workspace:
        library.say(workspace, "b1", RISK, 40.0)
        done = push_back.push(workspace)
    results = {node: {w.result for w in done if w.node == node} for node in ("b0", "b1")}
    assert results == {"b0": {WriteResult.FAILED}, "b1": {WriteResult.WRITTEN}}


def test_what_was_written_before_a_target_was_hidden_is_known_when_it_is_back(library: Library) -> None:
    library.change(lambda document: document.update(shown={"b0": dict(THEIRS)}))
    _killed_push(library, after=2)
    board = _hide(library, "b0")
    with library.workspace() as workspace:
        push_back.push(workspace)
        library.change(lambda document: document["boards"].append(board))
        push_back.push(workspace)
        undo.undo(workspace, Extent(node="b0"))
    assert library.shown["shown"]["b0"] == THEIRS


def test_an_undo_finds_what_a_killed_push_wrote_and_could_not_record(library: Library) -> None:
    library.publish = SPOKEN
    library.change(lambda document: document.update(shown={"b0": dict(THEIRS)}))
    _killed_push(library, after=4)
    with library.workspace() as workspace:
        undo.undo(workspace, Extent(since=library.at - timedelta(hours=1)))
    shown = library.shown
    assert (shown["shown"]["b0"], shown["comments"], shown["updates"]) == (THEIRS, {}, {})


def test_health_that_goes_there_and_back_shows_what_it_is(library: Library) -> None:
    library.publish = {"language": "en"}
    with library.workspace() as workspace:
        for band, score in ((RISK, 50.0), (OFF, 50.0), (OFF, 20.0), (RISK, 50.0)):
            library.say(workspace, "b0", band, score)
            library.push(workspace)
            library.pass_by(hours=1)
            assert library.shown["shown"]["b0"]["health"] == band
            assert library.shown["shown"]["b0"]["score"] == score


def test_a_field_that_was_locked_shows_the_truth_once_it_is_not(library: Library) -> None:
    with library.workspace() as workspace:
        library.say(workspace, "b0", ON, 80.0)
        library.push(workspace)
        library.change(lambda document: document.update(locked=["health"]))
        library.say(workspace, "b0", OFF, 10.0)
        library.push(workspace)
        library.change(lambda document: document.update(locked=[]))
        library.push(workspace)
    assert library.shown["shown"]["b0"]["health"] == OFF


def test_another_field_under_the_same_role_is_another_place(library: Library) -> None:
    library.publish = {"human_edits": "keep"}
    with library.workspace() as workspace:
        library.say(workspace, "b0", RISK, 50.0)
        library.push(workspace)
        others = HealthFields(connection="books", ids={role: f"other {role}" for role in HealthRole})
        with workspace.db.begin() as uow:
            uow.pushes.save_health_fields(others)
        library.change(lambda document: document.update(shown={"b0": dict(THEIRS)}))
        done = library.push(workspace)
        with workspace.db.read() as uow:
            written = uow.pushes.written("books")["books:project:b0"]
    assert done["field score"].result is WriteResult.WRITTEN
    assert {name: written[Channel.FIELD, name].previous for name in THEIRS} == THEIRS


def test_a_node_named_after_its_run_was_undone_is_written_again(library: Library) -> None:
    with library.workspace() as workspace:
        for score in (50.0, 45.0):
            library.say(workspace, "b0", RISK, score)
            library.push(workspace)
            library.pass_by(hours=1)
        with workspace.db.read() as uow:
            run = uow.pushes.audit()[-1].run
        undo.undo(workspace, Extent(run=run))
        assert library.shown["shown"]["b0"]["score"] == 50.0
        planned = by_place(push_back.plan(workspace, Wish(only={"b0"})))
        push_back.push(workspace, Wish(only={"b0"}))
    assert planned["field score"].result is WriteResult.PLANNED
    assert library.shown["shown"]["b0"]["score"] == 45.0


def test_everything_that_was_undone_can_be_taken_up_at_once(library: Library) -> None:
    library.boards = 2
    with library.workspace() as workspace:
        for node in ("b0", "b1"):
            library.say(workspace, node, RISK, 50.0)
        push_back.push(workspace)
        undo.undo(workspace, Extent(since=library.at - timedelta(hours=1)))
        done = push_back.push(workspace, Wish(resume=True))
    assert {write.result for write in done} == {WriteResult.WRITTEN}


def test_an_undo_that_put_nothing_back_holds_nothing(library: Library) -> None:
    with library.workspace() as workspace:
        library.say(workspace, "b0", RISK, 50.0)
        library.push(workspace)
        board = _hide(library, "b0")
        undo.undo(workspace, Extent(node="b0"))
        library.change(lambda document: document["boards"].append(board))
        assert {write.result for write in library.push(workspace).values()} == {WriteResult.UNCHANGED}


def test_a_plan_with_a_target_that_is_gone_can_be_kept_and_carried_out(library: Library, tmp_path: Any) -> None:
    library.boards = 2
    path = tmp_path / "plan.json"
    with library.workspace() as workspace:
        for node in ("b0", "b1"):
            library.say(workspace, node, Band.NO_DATA, None)
        _hide(library, "b0")
        plan_file.save(workspace, path, push_back.plan(workspace), Wish())
        done = plan_file.push(workspace, path)
    assert {write.node for write in done if write.result is WriteResult.WRITTEN} == {"b1"}


def test_a_status_update_that_got_no_answer_may_turn_up_for_a_while(library: Library) -> None:
    library.publish = {"status_update": "on_band_change"}
    with library.workspace() as workspace:
        library.say(workspace, "b0", RISK, 50.0)
        library.change(lambda document: document.update(lose=True))
        library.push(workspace)
        library.change(lambda document: document.pop("lose"))
        library.pass_by(minutes=2)
        waits = library.push(workspace)["status_update"]
        library.pass_by(minutes=5)
        posted = library.push(workspace)["status_update"]
    assert (waits.result, waits.reason) == (WriteResult.SKIPPED, "unsettled")
    assert posted.result is WriteResult.WRITTEN
    assert len(library.shown["updates"]) == 1


def test_a_question_whose_answer_failed_is_answered_later(library: Library) -> None:
    with library.workspace() as workspace:
        library.say(workspace, "b0", RISK, 50.0)
        asked = {"board": "b0", "node": "", "by": "ada", "text": "/bellwether why", "at": library.at.isoformat()}
        library.change(lambda document: document.update(comments={"Q1": asked}, lose=True))
        questions.answer(workspace)
        library.change(lambda document: document.pop("lose"))
        library.pass_by(minutes=10)
        (done,) = questions.answer(workspace)
    assert done.result is WriteResult.WRITTEN


def test_an_audience_named_later_counts_at_once(library: Library) -> None:
    library.publish = {"comment": "on_band_change"}
    with library.workspace() as workspace:
        library.say(workspace, "b0", RISK, 50.0)
        library.push(workspace)
    library.publish = {"comment": "on_band_change", "audience": {"role": "Administrators"}}
    with library.workspace() as workspace:
        assert library.push(workspace)["comment"].result is WriteResult.WRITTEN
        assert library.push(workspace)["comment"].result is WriteResult.UNCHANGED


def test_a_node_that_publishes_no_more_starts_no_push(library: Library) -> None:
    with library.workspace() as workspace:
        with workspace.db.begin() as uow:
            uow.agenda.note_due(["gone"], at=library.at, now=library.at)
        for _ in range(3):
            work_through(workspace)
        with workspace.db.read() as uow:
            assert [run for run in uow.runs.recent(10) if run.kind == "push"] == []
            assert uow.agenda.due(library.at) == ()
