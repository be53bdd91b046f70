"""What stands at many targets of a fake Asana, and how few requests that takes."""

from datetime import timedelta

import httpx
import pytest

from model.errors import ConnectionUnusableError
from model.health import Band
from model.push import HealthRole
from model.tree import Target

VALUES = {HealthRole.HEALTH: "AT_RISK", HealthRole.SCORE: 61.5, HealthRole.REASON: "2 of 5 items are late"}


def _many(space, projects, portfolios):
    """A workspace with so many projects, spread over so many portfolios; the targets of all of them."""
    holders = [space.add_portfolio(f"P{n}", space.bot) for n in range(portfolios)]
    made = [space.add_project(f"Project {n}", space.bot) for n in range(projects)]
    for n, project in enumerate(made):
        if holders:
            space.add_item(holders[n % portfolios], project)
    return [Target(connection="acme-asana", kind="portfolio", value=each.gid) for each in holders] + [
        Target(connection="acme-asana", kind="project", value=each.gid) for each in made
    ]


def _spent(bench, targets, fields=None):
    bench.connector.own_account()  # Asked for once in a connector's life.
    before = sum(bench.space.stats.values())
    states = bench.connector.present(targets, fields=fields)
    return states, sum(bench.space.stats.values()) - before


@pytest.mark.parametrize(("projects", "portfolios"), [(480, 20), (500, 0), (400, 100)])
def test_five_hundred_targets_are_read_with_three_requests_in_a_hundred(bench, projects, portfolios):
    targets = _many(bench.space, projects, portfolios)
    states, spent = _spent(bench, targets)
    assert {each.label for each in targets} == set(states)
    assert all(each.missing is None for each in states.values())
    assert spent <= 15


def test_five_hundred_goals_are_read_with_three_requests_in_a_hundred(bench):
    goals = [bench.space.add_goal(f"Goal {n}", bench.space.bot) for n in range(500)]
    states, spent = _spent(bench, [Target(connection="acme-asana", kind="goal", value=each.gid) for each in goals])
    assert {each.vendor_id for each in states.values()} == {each.gid for each in goals}
    assert spent <= 15


def test_a_few_targets_in_a_large_workspace_cost_no_more_than_twice_their_number(bench):
    targets = _many(bench.space, 1500, 0)[-3:]
    before = bench.requests()
    states = bench.connector.present(targets, fields=None)
    assert [each.vendor_id for each in states.values()] == [each.value for each in targets]
    assert bench.requests() - before <= 2 * len(targets)


def test_a_few_projects_in_a_target_portfolio_are_found_there(bench):
    elsewhere = _many(bench.space, 1000, 0)
    targets = _many(bench.space, 60, 1)
    states, spent = _spent(bench, targets)
    assert len(elsewhere) == 1000
    assert all(each.missing is None for each in states.values())
    assert spent <= 5


@pytest.mark.parametrize(("kind", "key"), [("project", "LAUNCH"), ("portfolio", "growth-p"), ("task", "LAUNCH-1")])
@pytest.mark.parametrize("beside", [0, 3])
def test_fields_are_read_singly_and_in_lists_alike(bench, place, health, kind, key, beside):
    space = bench.space
    fields = health(space.portfolios[bench.gid("growth-p")], space.projects[bench.gid("LAUNCH")])
    target = place(kind, key)
    bench.connector.write_fields(target, VALUES, fields=fields)
    states = bench.connector.present([target, *_many(space, beside, beside)], fields=fields)
    assert states[target.label].fields == VALUES


def test_tasks_are_read_ten_at_a_time(bench, place):
    made = [bench.space.create_task("BRAND", f"T{n}", by="ada").gid for n in range(25)]
    before = bench.requests()
    states = bench.connector.present([place("task", gid) for gid in made], fields=None)
    assert {each.vendor_id for each in states.values()} == set(made)
    assert bench.requests() - before == 3


def test_each_action_of_a_batch_is_charged_so_that_no_limit_is_passed(make_bench, clock):
    bench = make_bench(tick=lambda: clock().timestamp(), requests_per_minute=150)
    space = bench.space
    space.plan, space.speed = "free", 1.0
    made = [space.create_task("BRAND", f"T{n}", by="ada").gid for n in range(250)]
    targets = [Target(connection="acme-asana", kind="task", value=gid) for gid in made]
    states = bench.connector.present(targets, fields=None)
    assert len(states) == 250
    assert space.limiter.rejected == 0
    assert clock.slept


def test_a_batch_that_is_refused_leaves_its_tasks_to_be_asked_for_one_by_one(bench, place):
    bench.space.faults.set("refused_400", "/batch")
    states = bench.connector.present([place("task", "LAUNCH-1"), place("task", "LAUNCH-4")], fields=None)
    assert [each.missing for each in states.values()] == [None, None]


def test_one_action_of_a_batch_that_fails_is_asked_for_again_by_itself(bench, place):
    bench.space.faults.set("error_500", f"/tasks/{bench.gid('LAUNCH-4')}")
    states = bench.connector.present([place("task", "LAUNCH-1"), place("task", "LAUNCH-4")], fields=None)
    assert [each.missing for each in states.values()] == [None, None]


@pytest.mark.parametrize("alone", [True, False])
def test_each_target_that_cannot_be_written_is_named_with_its_reason(bench, place, alone):
    space = bench.space
    space.archive_project("BRAND", by="ada")
    space.hide_project("LAUNCH")
    targets = [place("project", "999"), place("project", "LAUNCH"), place("project", "BRAND"), place("issue", "X-1")]
    if alone:
        states = {}
        for each in targets:
            states |= bench.connector.present([each], fields=None)
    else:
        states = bench.connector.present(targets, fields=None)
    reasons = [states[each.label].missing_reason for each in targets]
    assert reasons == ["not_found", "forbidden", "archived", "wrong_kind"]
    assert all(states[each.label].missing for each in targets)


def test_a_plan_without_goals_is_said_of_every_goal_and_the_rest_is_read(bench, place):
    goals = [bench.space.add_goal(f"G{n}", bench.space.bot).gid for n in range(5)]
    bench.space.lacking.add("goals")
    targets = [*(place("goal", gid) for gid in goals), place("project", "LAUNCH")]
    states, spent = _spent(bench, targets)
    assert [each.missing_reason for each in states.values()] == ["plan_lacks"] * 5 + [None]
    assert spent == 2


def test_one_goal_that_the_plan_lacks_is_named_beside_a_task_that_is_there(bench, place):
    bench.space.lacking.add("goals")
    targets = [place("goal", next(iter(bench.space.goals))), place("task", "LAUNCH-1")]
    states = bench.connector.present(targets, fields=None)
    assert [each.missing_reason for each in states.values()] == ["plan_lacks", None]
    assert "goals" in states[targets[0].label].missing


def test_an_answer_that_cannot_be_read_is_named(bench, make_talking, place):
    connector = make_talking(lambda _request: httpx.Response(200, json={"data": {"gid": "1", "archived": "perhaps"}}))
    [state] = connector.present([place("project", "LAUNCH")], fields=None).values()
    assert state.missing_reason == "malformed"
    assert "archived" in state.missing


def test_lists_that_are_null_are_empty(bench, place, health):
    fields = health(bench.space.portfolios[bench.gid("growth-p")])
    bench.space.faults.set("null_lists", "/projects/*")
    [state] = bench.connector.present([place("project", "LAUNCH")], fields=fields).values()
    assert (state.fields, state.missing) == ({}, None)


def test_without_custom_fields_in_the_plan_no_field_is_shown(bench, place, health):
    fields = health(bench.space.portfolios[bench.gid("growth-p")])
    bench.space.lacking.add("custom fields")
    [state] = bench.connector.present([place("project", "LAUNCH")], fields=fields).values()
    assert (state.fields, state.missing) == ({}, None)


def test_a_role_whose_field_is_not_on_the_target_is_left_out(bench, place, health):
    holder = bench.space.portfolios[bench.gid("growth-p")]
    fields = health(holder)
    holder.settings.pop()
    [state] = bench.connector.present([place("project", "LAUNCH")], fields=fields).values()
    assert state.fields == {HealthRole.HEALTH: None, HealthRole.SCORE: None}


def test_a_choice_that_is_none_of_ours_is_told_by_its_words(bench, place, health):
    fields = health(bench.space.portfolios[bench.gid("growth-p")])
    field = bench.space.custom_fields[fields.ids[HealthRole.HEALTH]]
    field.options.append(bench.space.new_option("Who knows"))
    bench.space.project("LAUNCH").values[field.gid] = field.options[-1].gid
    [state] = bench.connector.present([place("project", "LAUNCH")], fields=fields).values()
    assert state.fields[HealthRole.HEALTH] == "Who knows"


@pytest.mark.parametrize("bare", [False, True], ids=["nested", "documented"])
def test_the_newest_status_counts_as_a_persons_only_where_it_is_not_ours(bench, place, message, clock, bare):
    bench.space.bare_statuses = bare
    target = place("project", "LAUNCH")
    [before] = bench.connector.present([target], fields=None).values()
    assert (before.human_status, before.human_status_at) == ("on_track", clock() - timedelta(days=7))
    made = bench.connector.write_status_update(target, message(), mark="m1")
    [ours] = bench.connector.present([target], fields=None).values()
    assert (ours.human_status, ours.human_status_at) == (None, None)
    assert (before.own_status_id, ours.own_status_id, ours.own_status) == (None, made, message().band)
    clock.move(minutes=5)
    bench.space.post_status_update("LAUNCH", "off_track", author="ada", text="No")
    [after] = bench.connector.present([target], fields=None).values()
    assert (after.human_status, after.human_status_at, after.own_status_id) == ("off_track", clock(), None)


def test_what_a_person_posts_with_our_account_is_not_ours(bench, place):
    bench.space.post_status_update("LAUNCH", "off_track", author=bench.space.bot, text="By hand\n")
    [state] = bench.connector.present([place("project", "LAUNCH")], fields=None).values()
    assert (state.own_status, state.own_status_id) == (None, None)


def test_where_nested_statuses_are_bare_each_update_is_read_once(bench):
    bench.space.bare_statuses = True
    targets = _many(bench.space, 40, 0)
    for each in targets:
        bench.space.post_status_update(each.value, "at_risk", author="ada", text="Hm")
    states = bench.connector.present(targets, fields=None)
    assert {each.human_status for each in states.values()} == {"at_risk"}
    assert _spent(bench, targets)[1] <= 2


def test_a_page_token_that_expires_costs_requests_but_no_target(bench):
    targets = _many(bench.space, 130, 0)
    bench.space.faults.set("offset_expired", "/workspaces/*/projects")
    states = bench.connector.present(targets, fields=None)
    assert all(each.missing is None for each in states.values())


def test_a_target_that_is_published_to_twice_is_read_once(bench, place):
    target = place("project", "LAUNCH")
    states, spent = _spent(bench, [target, target])
    assert (list(states), spent) == ([target.label], 1)


def test_nothing_is_asked_for_no_targets(bench):
    assert _spent(bench, []) == ({}, 0)


def test_a_credential_that_is_refused_is_raised_and_not_told_of_each_target(make_bench):
    bench = make_bench(token="wrong")
    target = Target(connection="acme-asana", kind="project", value=bench.gid("LAUNCH"))
    with pytest.raises(ConnectionUnusableError):
        bench.connector.present([target], fields=None)


def test_every_band_comes_back_as_it_was_written(bench, place, health):
    fields = health(bench.space.portfolios[bench.gid("growth-p")])
    target = place("project", "LAUNCH")
    for band in Band:
        bench.connector.write_fields(target, {HealthRole.HEALTH: band.value}, fields=fields)
        [state] = bench.connector.present([target], fields=fields).values()
        assert state.fields[HealthRole.HEALTH] == band.value
