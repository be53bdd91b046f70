"""A first pull from a fake Asana over real HTTP, and its histories."""

from collections.abc import Callable
from datetime import date

import pytest

from model.errors import ConnectionUnusableError
from model.sync import Stage
from model.tree import Source
from model.work import ChangeField, ContainerKind, ItemType, StatusCategory


def test_a_first_pull_brings_reference_then_items_and_no_histories(bench):
    pages = list(bench.connector.pull(bench.sources("LAUNCH", "BRAND"), cursor=None, checkpoint=None))
    stages = [page.stage for page in pages]
    assert stages == sorted(stages, key=list(Stage).index)
    assert not [each for page in pages for each in page.raw if each.kind in ("stories", "time_entries")]
    assert pages[-1].cursor
    assert pages[-1].checkpoint is None
    assert all(page.checkpoint for page in pages[:-1])


def test_every_task_arrives_once_with_subtasks_of_any_depth(bench):
    kept = bench.pull(bench.sources("LAUNCH", "BRAND"))
    gids = [each.vendor_id for each in kept.came("task")]
    expected = {bench.gid(key) for key in ("LAUNCH-1", "LAUNCH-2", "LAUNCH-3", "LAUNCH-4", "LAUNCH-5", "BRAND-1")}
    assert sorted(gids) == sorted(expected)
    assert {each.vendor_id for each in kept.came("stories")} == expected


def test_items_read_as_they_are(bench):
    records = bench.pull(bench.sources("LAUNCH", "BRAND")).records(bench.connector)
    copy, subtask = bench.item(records, "LAUNCH-1"), bench.item(records, "LAUNCH-2")
    assert (copy.status, copy.story_points, copy.spent_hours) == (StatusCategory.IN_PROGRESS, 5.0, 1.5)
    assert copy.due_on.isoformat() == "2026-11-01"
    assert (subtask.type, subtask.parent_id) == (ItemType.SUBTASK, copy.id)
    assert bench.item(records, "LAUNCH-3").type is ItemType.MILESTONE
    assert bench.item(records, "LAUNCH-3").status is StatusCategory.DONE
    assert bench.item(records, "BRAND-1").status is StatusCategory.DROPPED
    assert bench.item(records, "LAUNCH-4").risk.probability == 0.4
    assert not records.skipped


def test_history_tells_every_change_with_its_old_and_new_value(bench):
    records = bench.pull(bench.sources("LAUNCH", "BRAND")).records(bench.connector)
    copy = bench.item(records, "LAUNCH-1")
    told = {
        each.field: (each.old, each.new) for each in records.changes if each.item_id == copy.id
    }
    assert told[ChangeField.STATUS] == ("todo", "in_progress")
    assert told[ChangeField.DUE_ON] == ("2026-10-01", "2026-11-01")
    assert told[ChangeField.ASSIGNEE][1] == f"acme-asana:person:{bench.gid('bo')}"
    assert told[ChangeField.STORY_POINTS] == ("3", "5")
    assert told[ChangeField.TITLE] == ("Old words", "Write the copy")
    assert copy.id in records.complete_history_of


def test_a_subtask_belongs_to_the_places_of_its_top_ancestor(bench):
    records = bench.pull(bench.sources("LAUNCH")).records(bench.connector)
    deep = bench.item(records, "LAUNCH-5")
    containers = {each.container_id for each in records.memberships if each.item_id == deep.id and each.to_at is None}
    assert f"acme-asana:project:{bench.gid('LAUNCH')}" in containers
    assert any(":section:" in each for each in containers)


def test_section_stays_have_a_beginning_and_an_end(bench):
    records = bench.pull(bench.sources("LAUNCH")).records(bench.connector)
    copy = bench.item(records, "LAUNCH-1")
    stays = [
        each for each in records.memberships
        if each.item_id == copy.id and each.container_kind is ContainerKind.SECTION
    ]  # fmt: skip
    ended = [each for each in stays if each.to_at is not None]
    assert len(ended) == 1
    assert ended[0].to_at in {each.from_at for each in stays}


def test_links_come_from_dependencies_and_from_urls(bench):
    records = bench.pull(bench.sources("LAUNCH")).records(bench.connector)
    copy, milestone = bench.item(records, "LAUNCH-1"), bench.item(records, "LAUNCH-3")
    within = next(each for each in records.links if each.target_id == copy.id)
    assert within.source_id == bench.item(records, "LAUNCH-4").id
    across = next(each for each in records.links if each.target_id == milestone.id)
    assert across.source_url.endswith("/browse/CRM-1")


def test_declared_statuses_of_people_arrive_and_ours_do_not(bench):
    bench.space.post_status_update(bench.gid("LAUNCH"), "at_risk", text="By ourselves", author=bench.space.bot.gid)
    records = bench.pull(bench.sources("LAUNCH")).records(bench.connector)
    assert [(each.original_status, each.subject_id) for each in records.declared] == [
        ("on_track", f"acme-asana:project:{bench.gid('LAUNCH')}")
    ]


def test_an_expired_page_token_is_got_round_by_reading_section_by_section(bench):
    project, by = bench.gid("LAUNCH"), bench.gid("ada")
    made = {bench.space.create_task(project, f"Task {number}", by=by).gid for number in range(105)}
    bench.space.faults.set("offset_expired", "/tasks", times=1)
    kept = bench.pull(bench.sources("LAUNCH"))
    assert made <= {gid for kind, gid in kept.raw if kind == "task"}


def test_a_source_that_is_not_there_is_named_and_the_others_arrive(bench):
    missing = Source(connection="acme-asana", kind="project", value="999")
    kept = bench.pull([missing, *bench.sources("BRAND")])
    assert [each.item for page in kept.pages for each in page.skipped] == ["acme-asana:project:999"]
    assert kept.came("task")


def test_refetch_brings_one_item_whole_and_tells_what_is_gone(bench):
    page = bench.connector.refetch([bench.gid("LAUNCH-1"), "424242"], [])
    assert {each.kind for each in page.raw} == {"task", "stories", "time_entries"}
    assert page.gone == ("acme-asana:item:424242",)


def test_of_a_burst_each_item_costs_one_request_and_its_history_is_left_to_the_next_sync(bench):
    made = [bench.space.create_task("LAUNCH", f"Task {number}", by="bo").gid for number in range(80)]
    before = bench.connector.traffic().requests
    page = bench.connector.refetch(made, [])
    assert {each.vendor_id for each in page.raw if each.kind == "task"} == set(made)
    assert not [each for each in page.raw if each.kind == "stories"]
    assert bench.connector.traffic().requests - before == len(made)


@pytest.mark.parametrize("fault", ["html_login", "gone_410"])
def test_a_tool_that_can_not_be_used_says_so(bench, fault):
    bench.space.faults.set(fault, "*", times=None)
    with pytest.raises(ConnectionUnusableError):
        bench.pull(bench.sources("LAUNCH"))


def test_a_full_minute_of_requests_is_waited_out(bench):
    bench.space.faults.set("rate_limited", "/tasks", times=1, retry_after_s=7)
    bench.pull(bench.sources("LAUNCH"))
    assert any(seconds >= 7 for seconds in bench.clock.slept)


def test_the_token_is_in_no_error(make_bench: Callable[..., object]):
    bench = make_bench(token="1/1234567890:deadbeefdeadbeefdeadbeef")
    with pytest.raises(ConnectionUnusableError) as caught:
        bench.pull(bench.sources("LAUNCH"))
    assert "deadbeef" not in str(caught.value)
    assert "deadbeef" not in repr(caught.value.__cause__)


def test_a_portfolio_brings_the_projects_of_the_portfolios_in_it_once(bench):
    inner = bench.space.portfolios[bench.gid("growth-p")]
    outer = bench.space.portfolios[bench.gid("growth")]
    bench.space.add_item(outer, bench.space.project("LAUNCH"))
    inner.items.append(outer)  # a ring, which Asana should refuse
    source = Source(connection="acme-asana", kind="portfolio", value=outer.gid)
    kept = bench.pull([source])
    assert [each.vendor_id for each in kept.came("portfolio")] == [outer.gid, inner.gid]
    assert {gid for kind, gid in kept.raw if kind == "project"} == {bench.gid("LAUNCH"), bench.gid("BRAND")}
    assert set(bench.connector.container_ids(source, kept.reference(bench.connector))) == {
        f"acme-asana:project:{bench.gid('LAUNCH')}", f"acme-asana:project:{bench.gid('BRAND')}",
    }  # fmt: skip


def test_a_source_that_is_a_section_reads_its_whole_project(bench):
    section = bench.space.project("LAUNCH").sections[1]
    source = Source(connection="acme-asana", kind="section", value=section.gid)
    kept = bench.pull([source])
    assert {gid for kind, gid in kept.raw if kind == "project"} == {bench.gid("LAUNCH")}
    assert bench.gid("LAUNCH-4") in {gid for kind, gid in kept.raw if kind == "task"}


def test_goals_arrive_with_what_supports_them(bench):
    goal = next(iter(bench.space.goals.values()))
    below = bench.space.add_goal("A smaller one", bench.space.user("ada"))
    bench.space.support_goal(goal, below, weight=0.5)
    told = {each.name: each for each in bench.pull(bench.sources("LAUNCH")).records(bench.connector).goals}
    assert {(each.subject_id, each.weight) for each in told[goal.name].supported_by} == {
        (f"acme-asana:portfolio:{bench.gid('growth')}", 1.0), (f"acme-asana:goal:{below.gid}", 0.5),
    }  # fmt: skip
    assert (told[goal.name].target, told[goal.name].unit) == (1, "percentage")
    assert told["A smaller one"].owner_id == f"acme-asana:person:{bench.gid('ada')}"


def test_budgets_arrive_in_hours_or_in_money(bench):
    bench.space.add_budget("LAUNCH", total=6000, actual=90)
    bench.space.add_budget("BRAND", total=5000, actual=120.5, currency="EUR")
    records = bench.pull(bench.sources("LAUNCH", "BRAND")).records(bench.connector)
    told = {(each.project_id, each.kind.value): each for each in records.budgets}
    hours = told[f"acme-asana:project:{bench.gid('LAUNCH')}", "time"]
    money = told[f"acme-asana:project:{bench.gid('BRAND')}", "cost"]
    assert (hours.planned, hours.actual, hours.currency) == (100.0, 1.5, None)
    assert (money.planned, money.actual, money.currency) == (5000, 120.5, "EUR")
    assert len(records.complete_budgets_of) == 2


def test_allocations_arrive_with_their_person_and_days(bench):
    bench.space.allocate("LAUNCH", "ada", percent=50, start=date(2026, 11, 1), end=date(2026, 11, 30))
    records = bench.pull(bench.sources("LAUNCH", "BRAND")).records(bench.connector)
    told = [(each.person_id, each.percent, each.hours, each.start_on, each.end_on) for each in records.allocations]
    person = f"acme-asana:person:{bench.gid('ada')}"
    assert told == [(person, 50, None, date(2026, 11, 1), date(2026, 11, 30))]
    assert len(records.complete_allocations_of) == 2


def test_a_task_that_was_moved_to_another_project_without_being_touched_keeps_where_it_was(bench):
    made = bench.space.create_task("LAUNCH", "Moved over", by="ada")
    bench.clock.move(hours=1)
    bench.space.add_to_project(made.gid, "BRAND", by="ada")
    bench.space.remove_from_project(made.gid, "LAUNCH", by="ada")
    kept = bench.pull(bench.sources("LAUNCH", "BRAND"))
    places = [
        each for each in kept.records(bench.connector).memberships
        if each.item_id == f"acme-asana:item:{made.gid}" and each.container_kind == "project"
    ]
    assert sorted(each.to_at is None for each in places) == [False, True]


def test_a_task_that_moved_without_being_touched_has_its_stories_read(bench):
    made = bench.space.create_task("LAUNCH", "Moved at once", by="ada")
    bench.clock.move(hours=1)
    bench.space.add_to_project(made.gid, "LAUNCH", by="ada", section="Doing")
    kept = bench.pull(bench.sources("LAUNCH"))
    item = f"acme-asana:item:{made.gid}"
    moved = [each for each in kept.records(bench.connector).changes if each.item_id == item]
    assert [(each.old, each.new) for each in moved] == [("todo", "in_progress")]


def test_a_batch_of_histories_is_one_page_without_the_items(bench):
    kept = bench.pull(bench.sources("LAUNCH", "BRAND"))
    tasks = [each for each in kept.raw.values() if each.kind == "task"]
    reference = kept.reference(bench.connector)
    pages = list(bench.connector.histories(iter([tasks[:2], tasks[2:]]), reference=reference))
    assert [{each.vendor_id for each in page.raw if each.kind == "stories"} for page in pages] == [
        {each.vendor_id for each in tasks[:2]}, {each.vendor_id for each in tasks[2:]},
    ]  # fmt: skip
    assert not [each for page in pages for each in page.raw if each.kind == "task"]


def test_a_task_that_vanished_before_its_history_was_read_stops_nothing(bench):
    kept = bench.empty().take(bench.connector.pull(bench.sources("LAUNCH"), cursor=None, checkpoint=None))
    tasks = [each for each in kept.raw.values() if each.kind == "task"]
    bench.space.delete_task("LAUNCH-3", by="ada")
    page = next(bench.connector.histories(iter([tasks]), reference=kept.reference(bench.connector)))
    assert bench.gid("LAUNCH-3") not in {each.vendor_id for each in page.raw}
    assert bench.gid("LAUNCH-1") in {each.vendor_id for each in page.raw}
