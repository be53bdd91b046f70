"""``/bellwether why``: answered once, by an edit of our living comment."""

from datetime import timedelta

from model.health import Band
from model.push import WriteResult
from service import push_back, questions, undo
from service.undo import Extent
from tests.support.library import Library


def _ask(library: Library, text: str = "/bellwether why", key: str = "Q1") -> None:
    comment = {"board": "b0", "node": "", "by": "ada", "text": text, "at": library.at.isoformat()}
    library.change(lambda document: document.setdefault("comments", {}).update({key: comment}))


def _ours(library: Library) -> list[str]:
    return [one["text"] for one in library.shown["comments"].values() if one["by"] == "Librarian"]


def test_a_question_is_answered_once_by_an_edit_of_our_comment(library: Library) -> None:
    library.publish = {"comment": "on_band_change"}
    with library.workspace() as workspace:
        library.say(workspace, "b0", Band.AT_RISK, 50.0)
        push_back.push(workspace)
        told = library.shown["told"]
        _ask(library)
        library.pass_by(minutes=6)
        (done,) = questions.answer(workspace)
        library.pass_by(minutes=6)
        again = questions.answer(workspace)
    assert (done.result, done.why) == (WriteResult.WRITTEN, questions.WHY)
    assert again == ()
    assert _ours(library) == [f"AT_RISK 50.0 asked {(library.at - timedelta(minutes=12)).isoformat()}"]
    assert library.shown["told"] == told


def test_where_no_comment_was_asked_for_a_person_s_question_makes_the_one(library: Library) -> None:
    with library.workspace() as workspace:
        library.say(workspace, "b0", Band.AT_RISK, 50.0)
        _ask(library, " /Bellwether WHY ")
        questions.answer(workspace)
    assert len(_ours(library)) == 1


def test_another_comment_is_no_question(library: Library) -> None:
    with library.workspace() as workspace:
        library.say(workspace, "b0", Band.AT_RISK, 50.0)
        _ask(library, "should we ask /bellwether why?")
        assert questions.answer(workspace) == ()
    assert _ours(library) == []


def test_a_second_question_later_is_answered_again_in_the_same_comment(library: Library) -> None:
    with library.workspace() as workspace:
        library.say(workspace, "b0", Band.AT_RISK, 50.0)
        for key in ("Q1", "Q2"):
            _ask(library, key=key)
            questions.answer(workspace)
            library.pass_by(minutes=10)
    assert len(_ours(library)) == 1
    assert (library.at - timedelta(minutes=10)).isoformat() in _ours(library)[0]


def test_nobody_is_answered_where_outsiders_could_read_it(library: Library) -> None:
    library.change(lambda document: document.update(public=["b0"]))
    with library.workspace() as workspace:
        library.say(workspace, "b0", Band.AT_RISK, 50.0)
        _ask(library)
        assert questions.answer(workspace) == ()
    assert _ours(library) == []


def test_nothing_is_answered_in_read_only_mode_or_where_it_was_undone(library: Library) -> None:
    with library.workspace() as workspace:
        library.say(workspace, "b0", Band.AT_RISK, 50.0)
        push_back.push(workspace)
        undo.undo(workspace, Extent(node="b0"))
        _ask(library)
        assert questions.answer(workspace) == ()
    library.read_only = True
    with library.workspace() as workspace:
        assert questions.answer(workspace) == ()
