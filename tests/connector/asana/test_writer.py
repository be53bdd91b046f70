"""Writing our fields into a fake Asana over real HTTP, and everything it may say no to."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.asana.client import PlanError
from connector.asana.field_writer import TEXT_LIMIT
from model.errors import FatalError, NotFoundError, RefusedError
from model.push import HealthRole, Receipt

VALUES = {HealthRole.HEALTH: "AT_RISK", HealthRole.SCORE: 61.5, HealthRole.REASON: "2 of 5 items are late"}


@pytest.fixture
def shown(bench, health):
    """Our fields on the program's portfolio, so that its projects show them, and on a project for its tasks."""
    return health(bench.space.portfolios[bench.gid("growth-p")], bench.space.projects[bench.gid("LAUNCH")])


def held(bench, fields, key="LAUNCH"):
    """The raw values of our fields at an object of the workspace."""
    values = bench.space.anything(bench.gid(key)).values
    return {role: values.get(gid) for role, gid in fields.ids.items()}


def puts(bench):
    return sum(count for call, count in bench.space.stats.items() if call.startswith("PUT "))


@pytest.mark.parametrize(("kind", "key"), [("project", "LAUNCH"), ("portfolio", "growth-p"), ("task", "LAUNCH-1")])
def test_all_fields_of_a_target_are_written_by_one_request(bench, place, shown, kind, key):
    assert bench.connector.write_fields(place(kind, key), VALUES, fields=shown) == {}
    assert held(bench, shown, key)[HealthRole.SCORE] == 61.5
    assert puts(bench) == 1
    assert bench.space.notifications == 0


def test_a_goal_takes_fields(bench, place, health):
    [goal] = bench.space.goals.values()
    fields = health(goal)
    assert bench.connector.write_fields(place("goal", goal.gid), VALUES, fields=fields) == {}
    assert goal.values[fields.ids[HealthRole.REASON]] == VALUES[HealthRole.REASON]


def test_only_the_given_fields_are_touched(bench, place, shown):
    target = place("project", "LAUNCH")
    bench.connector.write_fields(target, VALUES, fields=shown)
    bench.connector.write_fields(target, {HealthRole.SCORE: 70.0}, fields=shown)
    assert held(bench, shown)[HealthRole.SCORE] == 70.0
    assert held(bench, shown)[HealthRole.REASON] == VALUES[HealthRole.REASON]


def test_none_clears_a_field(bench, place, shown):
    target = place("project", "LAUNCH")
    bench.connector.write_fields(target, VALUES, fields=shown)
    bench.connector.write_fields(target, dict.fromkeys(HealthRole), fields=shown)
    assert set(held(bench, shown).values()) == {None}


def test_undo_puts_back_a_choice_of_the_teams_own_by_its_words(bench, place, shown):
    field = bench.space.custom_fields[shown.ids[HealthRole.HEALTH]]
    field.options.append(bench.space.new_option("Who knows"))
    bench.connector.write_fields(place("project", "LAUNCH"), {HealthRole.HEALTH: "Who knows"}, fields=shown)
    assert held(bench, shown)[HealthRole.HEALTH] == field.options[-1].gid


def test_words_that_are_no_choice_any_more_are_refused_and_the_rest_is_written(bench, place, shown):
    values = {**VALUES, HealthRole.HEALTH: "Never heard of"}
    refused = bench.connector.write_fields(place("project", "LAUNCH"), values, fields=shown)
    assert set(refused) == {HealthRole.HEALTH}
    assert "“Never heard of”" in refused[HealthRole.HEALTH]
    assert held(bench, shown)[HealthRole.SCORE] == 61.5
    assert puts(bench) == 1


def test_a_disabled_option_is_refused_by_name_and_the_rest_is_written(bench, place, shown):
    bench.space.custom_fields[shown.ids[HealthRole.HEALTH]].options[1].enabled = False
    refused = bench.connector.write_fields(place("project", "LAUNCH"), VALUES, fields=shown)
    assert "disabled or gone" in refused[HealthRole.HEALTH]
    assert set(refused) == {HealthRole.HEALTH}
    assert held(bench, shown) == {**VALUES, HealthRole.HEALTH: None}
    assert puts(bench) == 2


def test_an_option_that_is_gone_is_refused_by_name(bench, place, shown):
    bench.space.custom_fields[shown.ids[HealthRole.HEALTH]].options.pop(1)
    refused = bench.connector.write_fields(place("project", "LAUNCH"), VALUES, fields=shown)
    assert set(refused) == {HealthRole.HEALTH}


def test_a_field_taken_off_the_portfolio_is_refused_by_name_and_the_rest_is_written(bench, place, shown):
    bench.space.portfolios[bench.gid("growth-p")].settings.pop(1)
    refused = bench.connector.write_fields(place("project", "LAUNCH"), VALUES, fields=shown)
    assert set(refused) == {HealthRole.SCORE}
    assert "setup --apply" in refused[HealthRole.SCORE]
    assert held(bench, shown)[HealthRole.REASON] == VALUES[HealthRole.REASON]


def test_a_field_that_somebody_locked_is_refused_by_name_and_the_rest_is_written(bench, place, shown):
    bench.space.custom_fields[shown.ids[HealthRole.REASON]].locked_by = bench.space.user("ada")
    refused = bench.connector.write_fields(place("project", "LAUNCH"), VALUES, fields=shown)
    assert set(refused) == {HealthRole.REASON}
    assert "locked" in refused[HealthRole.REASON]
    assert held(bench, shown)[HealthRole.SCORE] == 61.5


def test_two_fields_that_are_refused_for_different_reasons_are_both_told(bench, place, shown):
    bench.space.portfolios[bench.gid("growth-p")].settings.pop(1)
    bench.space.custom_fields[shown.ids[HealthRole.HEALTH]].options[1].enabled = False
    refused = bench.connector.write_fields(place("project", "LAUNCH"), VALUES, fields=shown)
    assert set(refused) == {HealthRole.HEALTH, HealthRole.SCORE}
    assert held(bench, shown)[HealthRole.REASON] == VALUES[HealthRole.REASON]


def test_a_refusal_that_names_no_field_has_each_tried_by_itself(bench, place, shown):
    bench.space.faults.set("refused_400", "/projects/*", times=2, method="PUT")
    refused = bench.connector.write_fields(place("project", "LAUNCH"), VALUES, fields=shown)
    assert set(refused) == {HealthRole.HEALTH}
    assert held(bench, shown) == {**VALUES, HealthRole.HEALTH: None}


def test_where_every_field_is_refused_an_error_says_why(bench, place, shown):
    bench.space.portfolios[bench.gid("growth-p")].settings.clear()
    with pytest.raises(FatalError, match="taken off") as caught:
        bench.connector.write_fields(place("project", "LAUNCH"), VALUES, fields=shown)
    assert caught.value.reason == "fields_refused"


def test_where_every_field_is_locked_the_account_has_no_right(bench, place, shown):
    for gid in shown.ids.values():
        bench.space.custom_fields[gid].locked_by = bench.space.user("ada")
    with pytest.raises(RefusedError, match="may not change"):
        bench.connector.write_fields(place("project", "LAUNCH"), VALUES, fields=shown)


def test_a_workspace_without_custom_fields_is_said_in_one_clear_line(bench, place, shown):
    bench.space.lacking.add("custom fields")
    with pytest.raises(PlanError, match="plan has no custom fields") as caught:
        bench.connector.write_fields(place("project", "LAUNCH"), VALUES, fields=shown)
    assert caught.value.reason == "plan_lacks"
    assert puts(bench) == 1


def test_a_target_that_is_gone_is_not_a_refusal_of_its_fields(bench, place, shown):
    with pytest.raises(NotFoundError):
        bench.connector.write_fields(place("project", "999"), VALUES, fields=shown)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=3000))
def test_any_text_is_written_and_never_longer_than_asana_takes(bench, place, shown, text):
    assert bench.connector.write_fields(place("project", "LAUNCH"), {HealthRole.REASON: text}, fields=shown) == {}
    assert held(bench, shown)[HealthRole.REASON] == text[:TEXT_LIMIT]


def test_a_write_whose_answer_got_lost_is_made_again_with_the_same_end(bench, place, shown):
    bench.space.faults.set("reset", "/projects/*", method="PUT")
    assert bench.connector.write_fields(place("project", "LAUNCH"), VALUES, fields=shown) == {}
    assert held(bench, shown)[HealthRole.SCORE] == 61.5
    assert puts(bench) == 2


def test_there_is_no_quiet_property(bench, place):
    assert bench.connector.property_kinds == frozenset()
    receipt = Receipt(target=place("task", "LAUNCH-1"), vendor_id=bench.gid("LAUNCH-1"), value={})
    assert list(bench.connector.write_properties([receipt])) == [receipt.target.label]
