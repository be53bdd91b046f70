"""Setting up and writing health into a fake Asana over real HTTP."""

from datetime import UTC, datetime, timedelta

import pytest

from model.errors import FatalError
from model.health import Band
from model.push import Cause, HealthMessage, HealthRole
from model.tree import Target

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def target(bench, kind, key):
    return Target(connection="acme-asana", kind=kind, value=bench.gid(key))


def message(band=Band.AT_RISK, **more):
    given = {
        "node": "launch", "node_name": "Big <launch>", "band": band, "score": 61.5, "reason": "2 of 5 items are late",
        "causes": (Cause(points=12.5, dimension="schedule", reason="late & open", items=(("Copy", "https://a.example/1?b&c"),)),),
        "coverage": 0.9, "trust": 0.8, "as_of": NOW, **more,
    }  # fmt: skip
    return HealthMessage(**given)


def set_up(bench, *targets):
    return bench.connector.setup(targets, known=None, apply=True)


def test_a_plan_makes_nothing(bench):
    before = set(bench.space.custom_fields)
    result = bench.connector.setup([target(bench, "project", "LAUNCH")], known=None, apply=False)
    assert len([step for step in result.steps if not step.done]) == 6
    assert result.fields is None
    assert set(bench.space.custom_fields) == before


def test_setup_makes_the_fields_once_and_a_second_run_has_nothing_to_do(bench):
    targets = [target(bench, "project", "LAUNCH"), target(bench, "portfolio", "growth-p")]
    first = set_up(bench, *targets)
    assert set(first.fields.options) == set(Band)
    assert all(step.done for step in first.steps)
    assert bench.connector.setup(targets, known=first.fields, apply=True).steps == ()
    assert bench.connector.setup(targets, known=None, apply=True).fields == first.fields


def test_a_plan_without_custom_fields_is_said_as_a_step_by_hand(bench):
    bench.space.plan = "free"
    result = set_up(bench, target(bench, "project", "LAUNCH"))
    assert [step.by_hand for step in result.steps] == [True]
    assert result.fields is None


@pytest.mark.parametrize(("kind", "key"), [("project", "LAUNCH"), ("portfolio", "growth-p"), ("task", "LAUNCH-1")])
def test_fields_are_written_and_read_back(bench, kind, key):
    place = target(bench, kind, key)
    fields = set_up(bench, place).fields
    bench.connector.write_fields(place, message(), fields=fields)
    state = bench.connector.present(place, fields=fields, comment_id=None)
    assert state.fields == {
        HealthRole.HEALTH: "AT_RISK", HealthRole.SCORE: 61.5, HealthRole.REASON: "2 of 5 items are late",
    }  # fmt: skip


def test_remove_setup_takes_away_only_ours(bench):
    place = target(bench, "project", "LAUNCH")
    before = set(bench.space.custom_fields)
    fields = set_up(bench, place).fields
    bench.connector.remove_setup([place], known=fields, apply=True)
    assert set(bench.space.custom_fields) == before


def test_a_comment_is_pinned_and_edited_in_place(bench):
    place = target(bench, "task", "LAUNCH-1")
    made = bench.connector.write_comment(place, message(), comment_id=None)
    again = bench.connector.write_comment(place, message(Band.OFF_TRACK), comment_id=made)
    story = bench.space.stories[made]
    assert again == made
    assert story.is_pinned
    assert "Off track" in story.text
    assert "Big <launch>" in story.text
    assert bench.connector.present(place, fields=None, comment_id=made).comment_id == made


def test_a_comment_whose_answer_got_lost_is_not_written_twice(bench):
    place = target(bench, "task", "LAUNCH-1")
    bench.space.faults.set("drop_after_write", "*/stories", method="POST")
    made = bench.connector.write_comment(place, message(), comment_id=None)
    ours = [each for each in bench.space.stories.values() if each.created_by is bench.space.bot]
    assert [each.gid for each in ours] == [made]


def test_a_status_update_whose_answer_got_lost_is_not_posted_twice(bench):
    place = target(bench, "project", "LAUNCH")
    bench.space.faults.set("drop_after_write", "/status_updates", method="POST")
    made = bench.connector.write_status_update(place, message())
    ours = [each for each in bench.space.projects[place.value].updates if each.author is bench.space.bot]
    assert [(each.gid, each.status_type) for each in ours] == [(made, "at_risk")]


def test_people_and_we_are_told_apart_at_a_target(bench):
    place = target(bench, "project", "LAUNCH")
    made = bench.connector.write_status_update(place, message())
    state = bench.connector.present(place, fields=None, comment_id=None)
    assert state.our_status_id == made
    assert state.human_status == "on_track"
    assert state.human_status_at == NOW - timedelta(days=7)


def test_no_data_is_never_posted_as_a_status(bench):
    with pytest.raises(FatalError):
        bench.connector.write_status_update(target(bench, "project", "LAUNCH"), message(Band.NO_DATA, score=None))


def test_a_target_that_is_gone_is_missing(bench):
    gone = Target(connection="acme-asana", kind="project", value="999")
    assert bench.connector.present(gone, fields=None, comment_id=None).missing


def test_there_is_no_quiet_property(bench):
    assert bench.connector.write_property(target(bench, "task", "LAUNCH-1"), message()) is False


def test_a_field_of_our_name_that_is_the_teams_own_is_adopted_and_never_deleted(bench):
    theirs = bench.space.add_custom_field("Bellwether score", "number", precision=1)
    theirs.description = "We score by hand"
    place = target(bench, "project", "LAUNCH")
    fields = set_up(bench, place).fields
    assert fields.ids[HealthRole.SCORE] == theirs.gid
    result = bench.connector.remove_setup([place], known=fields, apply=True)
    assert theirs.gid in bench.space.custom_fields
    assert [step.by_hand for step in result.steps].count(True) == 1
    assert set(fields.ids.values()) & set(bench.space.custom_fields) == {theirs.gid}


def test_a_field_of_ours_that_was_renamed_is_still_ours_to_delete(bench):
    place = target(bench, "project", "LAUNCH")
    before = set(bench.space.custom_fields)
    fields = set_up(bench, place).fields
    bench.space.custom_fields[fields.ids[HealthRole.SCORE]].name = "Score"
    bench.connector.remove_setup([place], known=fields, apply=True)
    assert set(bench.space.custom_fields) == before


@pytest.mark.parametrize("write", ["comment", "status"])
def test_where_rich_text_is_refused_plain_text_is_written(bench, write):
    bench.space.faults.set("html_refused", "*", method="POST")
    if write == "comment":
        made = bench.connector.write_comment(target(bench, "task", "LAUNCH-1"), message(), comment_id=None)
        text = bench.space.stories[made].text
        assert bench.space.stories[made].html_text is None
    else:
        made = bench.connector.write_status_update(target(bench, "project", "LAUNCH"), message())
        text = bench.space.status_updates[made].text
    assert "2 of 5 items are late" in text
    assert "<strong>" not in text
    assert "Big <launch>" in text


def test_a_goal_shows_fields_and_status_updates(bench):
    goal = next(iter(bench.space.goals.values()))
    place = Target(connection="acme-asana", kind="goal", value=goal.gid)
    fields = set_up(bench, place).fields
    bench.connector.write_fields(place, message(), fields=fields)
    made = bench.connector.write_status_update(place, message())
    state = bench.connector.present(place, fields=fields, comment_id=None)
    assert state.fields[HealthRole.HEALTH] == "AT_RISK"
    assert state.our_status_id == made
    assert bench.space.status_updates[made].status_type == "at_risk"


def test_a_goal_has_no_comments(bench):
    goal = next(iter(bench.space.goals))
    with pytest.raises(FatalError):
        bench.connector.write_comment(
            Target(connection="acme-asana", kind="goal", value=goal), message(), comment_id=None
        )
