"""Our status updates in a fake Asana: never two, always found again, never taken for a person's."""

from datetime import timedelta

import pytest

from model.errors import AmbiguousWriteError, FatalError, RefusedError
from model.health import Band
from model.tree import Audience, Courtesy

LOST = ["drop_after_write", "reset", "timeout"]


def key_of(bench, kind):
    return {"project": "LAUNCH", "portfolio": "growth-p", "goal": next(iter(bench.space.goals))}[kind]


def ours(bench):
    return [each for each in bench.space.status_updates.values() if each.author is bench.space.bot]


@pytest.mark.parametrize("kind", ["project", "portfolio", "goal"])
@pytest.mark.parametrize("band", [Band.ON_TRACK, Band.AT_RISK, Band.OFF_TRACK])
def test_each_band_is_posted_in_the_words_of_its_kind(bench, place, message, kind, band):
    made = bench.connector.write_status_update(place(kind, key_of(bench, kind)), message(band), mark="m1")
    assert bench.space.status_updates[made].status_type == band.value.lower()


def test_no_data_is_never_posted_as_a_status(bench, place, message):
    with pytest.raises(FatalError) as caught:
        bench.connector.write_status_update(place("project", "LAUNCH"), message(Band.NO_DATA, score=None), mark="m1")
    assert caught.value.reason == "no_status_here"
    assert ours(bench) == []


def test_a_task_has_no_status_updates(bench, place, message):
    with pytest.raises(FatalError):
        bench.connector.write_status_update(place("task", "LAUNCH-1"), message(), mark="m1")


def test_the_mark_stands_in_the_last_line_and_finds_the_update(bench, place, message, clock):
    target = place("project", "LAUNCH")
    made = bench.connector.write_status_update(target, message(), mark="m-4711")
    assert "m-4711" in bench.space.status_updates[made].text.splitlines()[-1]
    assert bench.connector.find_status_update(target, "m-4711", since=clock()) == made
    assert bench.connector.find_status_update(target, "m-4712", since=clock()) is None


def test_a_clock_that_differs_by_minutes_does_not_hide_an_update(bench, place, message, clock):
    target = place("project", "LAUNCH")
    made = bench.connector.write_status_update(target, message(), mark="m1")
    assert bench.connector.find_status_update(target, "m1", since=clock() + timedelta(minutes=9)) == made
    assert bench.connector.find_status_update(target, "m1", since=clock() + timedelta(hours=1)) is None


def test_the_same_mark_by_somebody_else_is_not_ours(bench, place, clock):
    bench.space.post_status_update("LAUNCH", "at_risk", author="ada", text="copied m1")
    assert bench.connector.find_status_update(place("project", "LAUNCH"), "m1", since=clock()) is None


@pytest.mark.parametrize("fault", LOST)
def test_an_update_whose_answer_got_lost_is_found_and_not_posted_twice(bench, place, message, fault):
    bench.space.sleep = lambda _seconds: None
    bench.space.faults.set(fault, "/status_updates", method="POST")
    made = bench.connector.write_status_update(place("project", "LAUNCH"), message(), mark="m1")
    assert [each.gid for each in ours(bench)] == [made]


def test_where_it_cannot_be_found_either_nothing_is_posted_again(bench, place, message):
    bench.space.faults.set("error_500", "/status_updates", method="POST")
    with pytest.raises(AmbiguousWriteError):
        bench.connector.write_status_update(place("project", "LAUNCH"), message(), mark="m1")
    assert bench.space.stats["POST /status_updates"] == 1
    assert ours(bench) == []


def test_where_rich_text_is_refused_plain_text_is_posted_once_and_found(bench, place, message, clock):
    bench.space.faults.set("html_refused", "*", method="POST")
    target = place("project", "LAUNCH")
    made = bench.connector.write_status_update(target, message(), mark="m1")
    assert "<strong>" not in bench.space.status_updates[made].text
    assert bench.connector.find_status_update(target, "m1", since=clock()) == made
    assert len(ours(bench)) == 1


def test_followers_are_told_once(bench, place, message):
    bench.connector.write_status_update(place("project", "LAUNCH"), message(), mark="m1")
    others = [each for each in bench.space.project("LAUNCH").followers if each is not bench.space.bot]
    assert bench.space.notifications == len(others) > 0


def test_an_update_is_taken_away_once_and_a_second_time_is_fine(bench, place, message):
    target = place("project", "LAUNCH")
    made = bench.connector.write_status_update(target, message(), mark="m1")
    bench.connector.delete_status_update(target, made)
    bench.connector.delete_status_update(target, made)
    assert ours(bench) == []
    [state] = bench.connector.present([target], fields=None).values()
    assert state.human_status == "on_track"


def test_a_persons_update_is_never_taken_away(bench, place):
    theirs = bench.space.post_status_update("LAUNCH", "at_risk", author="ada", text="Hm")
    with pytest.raises(RefusedError):
        bench.connector.delete_status_update(place("project", "LAUNCH"), theirs.gid)


def test_an_update_for_some_people_only_is_not_sent_to_all_followers(bench, place, message):
    target = place("project", "LAUNCH", courtesy=Courtesy(audience=Audience(group="g")))
    with pytest.raises(RefusedError):
        bench.connector.write_status_update(target, message(), mark="m1")
    assert ours(bench) == []


def test_our_own_update_is_never_read_back_as_declared_by_a_person(bench, place, message, clock):
    kept = bench.pull(bench.sources("LAUNCH"))
    assert [each.status for each in kept.records(bench.connector).declared] == ["on_track"]
    clock.move(hours=2)
    bench.connector.write_status_update(place("project", "LAUNCH"), message(Band.OFF_TRACK), mark="m1")
    kept = bench.pull(bench.sources("LAUNCH"), kept)
    assert kept.came("status_update") != []
    assert [each.status for each in kept.records(bench.connector).declared] == ["on_track"]


def test_what_an_account_of_ours_before_this_one_posted_is_no_declaration_either(bench, place, message):
    made = bench.connector.write_status_update(place("project", "LAUNCH"), message(Band.OFF_TRACK), mark="m1")
    bench.space.status_updates[made].author = bench.space.add_user("Old bot", "old@sandbox.example")
    kept = bench.pull(bench.sources("LAUNCH"))
    assert [each.status for each in kept.records(bench.connector).declared] == ["on_track"]
