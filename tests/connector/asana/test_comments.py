"""Our one comment on a task of a fake Asana, and the questions beside it."""

from datetime import timedelta

import pytest

from model.errors import AmbiguousWriteError, FatalError, NotFoundError, RefusedError
from model.health import Band
from model.push import Cause
from model.tree import Audience, Courtesy

LOST = ["drop_after_write", "reset", "timeout"]


@pytest.fixture
def task(place):
    return place("task", "LAUNCH-1")


def ours(bench):
    return [each for each in bench.space.stories.values() if each.created_by is bench.space.bot]


def test_a_comment_is_made_pinned_by_one_write_and_edited_in_place(bench, task, message):
    made = bench.connector.write_comment(task, message(), comment_id=None)
    again = bench.connector.write_comment(task, message(Band.OFF_TRACK), comment_id=made)
    story = bench.space.stories[made]
    assert again == made
    assert story.is_pinned
    assert "Off track" in story.text
    assert "Big <launch>" in story.text
    assert bench.space.stats["POST /tasks/{gid}/stories"] == 1
    assert bench.space.stats["PUT /stories/{gid}"] == 1


def test_a_new_comment_tells_the_followers_once_and_edits_tell_nobody(bench, task, message):
    made = bench.connector.write_comment(task, message(), comment_id=None)
    told = bench.space.notifications
    assert told == len([each for each in bench.space.task("LAUNCH-1").followers if each is not bench.space.bot])
    assert told > 0
    for _ in range(5):
        bench.connector.write_comment(task, message(Band.OFF_TRACK), comment_id=made)
    assert bench.space.notifications == told


def test_a_comment_of_ours_that_nobody_remembers_is_found_and_edited(bench, task, message):
    made = bench.connector.write_comment(task, message(), comment_id=None)
    assert bench.connector.write_comment(task, message(Band.OFF_TRACK), comment_id=None) == made
    assert len(ours(bench)) == 1


def test_nodes_whose_ids_begin_alike_have_comments_of_their_own(bench, task, message):
    second = bench.connector.write_comment(task, message(node="launch-2"), comment_id=None)
    first = bench.connector.write_comment(task, message(node="launch"), comment_id=None)
    assert first != second
    assert bench.connector.find_comment(task, "launch") == first
    assert bench.connector.find_comment(task, "launch-2") == second
    assert bench.connector.find_comment(task, "laun") is None


def test_a_title_that_looks_like_our_signature_is_not_taken_for_one(bench, task, message):
    cause = Cause(points=3.0, dimension="schedule", reason="late", items=(("Bellwether · other", None),))
    bench.connector.write_comment(task, message(causes=(cause,)), comment_id=None)
    assert bench.connector.find_comment(task, "other") is None


def test_the_same_words_by_somebody_else_are_not_ours(bench, task, message):
    made = bench.connector.write_comment(task, message(), comment_id=None)
    bench.space.comment("LAUNCH-1", bench.space.stories[made].text, by="ada")
    assert bench.connector.find_comment(task, "launch") == made


@pytest.mark.parametrize("fault", LOST)
def test_a_comment_whose_answer_got_lost_is_found_and_not_written_twice(bench, task, message, fault):
    bench.space.sleep = lambda _seconds: None
    bench.space.faults.set(fault, "*/stories", method="POST")
    made = bench.connector.write_comment(task, message(), comment_id=None)
    assert [each.gid for each in ours(bench)] == [made]


def test_where_it_cannot_be_found_either_nothing_is_written_again(bench, task, message):
    bench.space.faults.set("error_500", "*/stories", method="POST")
    with pytest.raises(AmbiguousWriteError):
        bench.connector.write_comment(task, message(), comment_id=None)
    assert ours(bench) == []
    assert bench.space.stats["POST /tasks/{gid}/stories"] == 1


def test_editing_one_that_is_gone_is_said_and_makes_no_new_one(bench, task, message):
    made = bench.connector.write_comment(task, message(), comment_id=None)
    bench.connector.delete_comment(task, made)
    with pytest.raises(NotFoundError):
        bench.connector.write_comment(task, message(), comment_id=made)
    assert ours(bench) == []


def test_whose_a_comment_is_can_be_asked(bench, task, message):
    made = bench.connector.write_comment(task, message(), comment_id=None)
    theirs = bench.space.comment("LAUNCH-1", "Mine", by="ada").gid
    assert bench.connector.comment_is_ours(task, made) is True
    assert bench.connector.comment_is_ours(task, theirs) is False
    assert bench.connector.comment_is_ours(task, "999") is None


def test_a_comment_is_taken_away_once_and_a_second_time_is_fine(bench, task, message):
    made = bench.connector.write_comment(task, message(), comment_id=None)
    bench.connector.delete_comment(task, made)
    bench.connector.delete_comment(task, made)
    assert made not in bench.space.stories


def test_another_persons_comment_is_never_taken_away(bench, task):
    theirs = bench.space.comment("LAUNCH-1", "Mine", by="ada").gid
    with pytest.raises(RefusedError):
        bench.connector.delete_comment(task, theirs)


def test_where_rich_text_is_refused_plain_text_is_written(bench, task, message):
    bench.space.faults.set("html_refused", "*", method="POST")
    made = bench.connector.write_comment(task, message(), comment_id=None)
    story = bench.space.stories[made]
    assert story.html_text is None
    assert "<strong>" not in story.text
    assert "Big <launch>" in story.text
    assert bench.connector.find_comment(task, "launch") == made


def test_markup_and_mentions_in_titles_are_shown_as_they_are(bench, task, message):
    ada = bench.space.user("ada").gid
    title = f'<a data-asana-gid="{ada}"/> </body><script>x</script> & ]]> @ada https://app.asana.com/0/profile/{ada}'
    cause = Cause(points=3.0, dimension="schedule", reason=title, items=((title, "https://a.example/1"),))
    made = bench.connector.write_comment(
        task, message(node_name=title, reason=title, causes=(cause,)), comment_id=None
    )
    assert bench.space.mentions == []
    assert bench.space.stories[made].html_text is not None
    assert "<script>x</script>" in bench.space.stories[made].text


@pytest.mark.parametrize("kind", ["project", "portfolio", "goal"])
def test_only_tasks_have_comments(bench, place, message, kind):
    key = {"project": "LAUNCH", "portfolio": "growth-p", "goal": next(iter(bench.space.goals))}[kind]
    assert bench.connector.comment_kinds == {"task"}
    with pytest.raises(FatalError) as caught:
        bench.connector.write_comment(place(kind, key), message(), comment_id=None)
    assert caught.value.reason == "no_comments_here"
    assert bench.connector.find_comment(place(kind, key), "launch") is None


def test_a_comment_for_some_people_only_is_not_shown_to_all(bench, place, message):
    target = place("task", "LAUNCH-1", courtesy=Courtesy(audience=Audience(role="Administrators")))
    with pytest.raises(RefusedError) as caught:
        bench.connector.write_comment(target, message(), comment_id=None)
    assert caught.value.reason == "no_audience_here"
    assert ours(bench) == []


def test_what_other_people_ask_is_heard_and_nothing_else(bench, task, clock):
    space, before = bench.space, clock()
    space.comment("LAUNCH-1", "/bellwether why", by="ada")
    clock.move(minutes=1)
    asked = [space.comment("LAUNCH-1", text, by="bo") for text in ("  /Bellwether\u00a0WHY \n", "/bellwether why")]
    space.comment("LAUNCH-1", "why not ask /bellwether why", by="ada")
    space.comment("LAUNCH-1", "/bellwether why", by=space.bot)
    heard = bench.connector.questions(task, since=before)
    assert [(each.id, each.at) for each in heard] == [(each.gid, each.created_at) for each in asked]
    assert bench.connector.questions(task, since=clock() + timedelta(seconds=1)) == ()


def test_nobody_can_ask_where_there_are_no_comments(bench, place, clock):
    assert bench.connector.questions(place("project", "LAUNCH"), since=clock()) == ()
