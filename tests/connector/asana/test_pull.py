"""Pulling from a fake Asana over real HTTP."""

from collections.abc import Callable

import pytest

from model.errors import ConnectionUnusableError
from model.sync import Stage
from model.tree import Source
from model.work import ChangeField, ContainerKind, ItemType, StatusCategory


def test_a_full_pull_brings_reference_then_items_then_histories(bench):
    kept = bench.pull(bench.sources("LAUNCH", "BRAND"))
    stages = [page.stage for page in kept.pages]
    assert stages == sorted(stages, key=list(Stage).index)
    assert set(stages) == set(Stage)
    assert kept.pages[-1].cursor
    assert kept.pages[-1].checkpoint is None
    assert all(page.checkpoint for page in kept.pages[:-1])


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


def test_an_idle_pull_costs_little_and_repeats_no_item(bench):
    sources = bench.sources("LAUNCH", "BRAND")
    kept = bench.pull(sources)
    bench.clock.move(hours=1)
    before = bench.requests()
    bench.pull(sources, kept)
    assert bench.requests() - before <= 3 + 2 * len(sources)
    assert not kept.came("task")
    assert not kept.came("stories")


def test_an_incremental_pull_brings_only_what_changed(bench):
    sources = bench.sources("LAUNCH", "BRAND")
    kept = bench.pull(sources)
    bench.clock.move(hours=1)
    bench.space.edit_task(bench.gid("LAUNCH-4"), by=bench.gid("ada"), name="A bigger risk")
    bench.pull(sources, kept)
    assert [each.vendor_id for each in kept.came("task")] == [bench.gid("LAUNCH-4")]
    assert [each.vendor_id for each in kept.came("stories")] == [bench.gid("LAUNCH-4")]
    assert bench.item(kept.records(bench.connector), "LAUNCH-4").title == "A bigger risk"


def test_a_changed_subtask_is_found_though_its_parent_is_untouched(bench):
    sources = bench.sources("LAUNCH")
    kept = bench.pull(sources)
    bench.clock.move(hours=1)
    bench.space.complete_task(bench.gid("LAUNCH-5"), by=bench.gid("bo"))
    bench.pull(sources, kept)
    assert [each.vendor_id for each in kept.came("task")] == [bench.gid("LAUNCH-5")]
    assert bench.item(kept.records(bench.connector), "LAUNCH-5").status is StatusCategory.DONE


def test_a_deleted_task_is_gone(bench):
    sources = bench.sources("LAUNCH")
    kept = bench.pull(sources)
    gid = bench.gid("LAUNCH-4")
    bench.clock.move(hours=1)
    bench.space.delete_task(gid, by=bench.gid("ada"))
    bench.pull(sources, kept)
    assert kept.gone == [f"acme-asana:item:{gid}"]


def test_a_move_between_sections_is_found_though_it_does_not_touch_the_task(bench):
    sources = bench.sources("LAUNCH")
    kept = bench.pull(sources)
    bench.clock.move(hours=1)
    bench.space.add_to_project(bench.gid("LAUNCH-4"), bench.gid("LAUNCH"), by=bench.gid("ada"), section="Doing")
    bench.pull(sources, kept)
    records = kept.records(bench.connector)
    risk = bench.item(records, "LAUNCH-4")
    assert risk.status is StatusCategory.IN_PROGRESS
    change = next(each for each in records.changes if each.item_id == risk.id and each.field is ChangeField.STATUS)
    assert (change.old, change.new, change.original_new) == ("todo", "in_progress", "Doing")


def test_lost_events_mean_reading_the_project_again_from_a_new_token(bench):
    sources = bench.sources("LAUNCH")
    kept = bench.pull(sources)
    bench.clock.move(hours=30)
    bench.space.edit_task(bench.gid("LAUNCH-2"), by=bench.gid("ada"), name="Changed unseen")
    bench.space.log.expire_tokens()
    bench.pull(sources, kept)
    assert bench.item(kept.records(bench.connector), "LAUNCH-2").title == "Changed unseen"
    bench.clock.move(minutes=10)
    bench.pull(sources, kept)
    assert not kept.came("task")


def test_a_pull_that_was_cut_off_goes_on_behind_its_last_page(bench):
    sources = bench.sources("LAUNCH", "BRAND")
    whole = bench.pull(sources)
    first = []
    for page in bench.connector.pull(sources, cursor=None, checkpoint=None):
        first.append(page)
        if page.stage is Stage.ITEMS:
            break
    rest = list(bench.connector.pull(sources, cursor=None, checkpoint=first[-1].checkpoint))
    seen = {(each.kind, each.vendor_id) for page in [*first, *rest] for each in page.raw}
    assert seen == set(whole.raw)
    assert rest[0].stage is not Stage.REFERENCE
    assert sum(each.kind == "task" for page in [*first, *rest] for each in page.raw) == 6


def test_an_expired_page_token_is_got_round_by_reading_section_by_section(bench):
    project, by = bench.gid("LAUNCH"), bench.gid("ada")
    made = {bench.space.create_task(project, f"Task {number}", by=by).gid for number in range(105)}
    bench.space.faults.set("offset_expired", "/tasks", times=1)
    kept = bench.pull(bench.sources("LAUNCH"))
    assert made <= {gid for kind, gid in kept.raw if kind == "task"}


def test_a_portfolio_brings_the_projects_of_the_portfolios_in_it(bench):
    source = Source(connection="acme-asana", kind="portfolio", value=bench.gid("growth"))
    kept = bench.pull([source])
    assert {gid for kind, gid in kept.raw if kind == "project"} == {bench.gid("LAUNCH"), bench.gid("BRAND")}
    reference = [each for each in kept.raw.values() if each.kind in bench.connector.reference_kinds]
    assert set(bench.connector.container_ids(source, reference)) == {
        f"acme-asana:project:{bench.gid('LAUNCH')}", f"acme-asana:project:{bench.gid('BRAND')}",
    }  # fmt: skip


def test_a_malformed_date_skips_its_item_by_name_and_the_rest_arrives(bench):
    bench.space.faults.set("malformed_task", "/tasks", times=2)
    records = bench.pull(bench.sources("LAUNCH")).records(bench.connector)
    assert len(records.skipped) == 1
    assert records.skipped[0].item.startswith("acme-asana:")
    assert "due_on" in records.skipped[0].why
    assert len(records.items) == 4


def test_non_breaking_spaces_are_kept(bench):
    bench.space.edit_task(bench.gid("LAUNCH-4"), by=bench.gid("ada"), name="10\u00a0km")
    records = bench.pull(bench.sources("LAUNCH")).records(bench.connector)
    assert bench.item(records, "LAUNCH-4").title == "10\u00a0km"


def test_a_source_that_is_not_there_is_named_and_the_others_arrive(bench):
    missing = Source(connection="acme-asana", kind="project", value="999")
    kept = bench.pull([missing, *bench.sources("BRAND")])
    assert [each.item for page in kept.pages for each in page.skipped] == ["acme-asana:project:999"]
    assert kept.came("task")


def test_refetch_brings_one_item_whole_and_tells_what_is_gone(bench):
    page = bench.connector.refetch([bench.gid("LAUNCH-1"), "424242"], [])
    assert {each.kind for each in page.raw} == {"task", "stories", "time_entries"}
    assert page.gone == ("acme-asana:item:424242",)


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
