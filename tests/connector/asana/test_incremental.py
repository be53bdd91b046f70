"""Later pulls from a fake Asana: what changed, and only that."""

from datetime import date

import structlog
from structlog.testing import capture_logs

from connector.asana.changes import MOST_WHOLE
from model.sync import Stage
from model.tree import Source
from model.work import ChangeField, StatusCategory

BOTH = ("LAUNCH", "BRAND")


def started(bench, *keys):
    """A bench whose every history has been read, an hour later."""
    kept = bench.pull(bench.sources(*keys))
    bench.clock.move(minutes=30)
    return kept


def gids(kept, kind="task"):
    return {each.vendor_id for each in kept.came(kind)}


def test_an_idle_pull_costs_one_request_a_project_and_brings_one_empty_page(bench):
    kept = started(bench, *BOTH)
    assert bench.pull_only(bench.sources(*BOTH), kept) == 2
    assert [(page.raw, bool(page.cursor)) for page in kept.pages] == [((), True)]


def test_projects_and_statuses_are_read_again_after_an_hour_in_a_request_or_two(bench):
    kept = started(bench, *BOTH)
    bench.space.post_status_update("BRAND", "off_track", author="bo", text="Trouble")
    bench.clock.move(minutes=40)
    assert bench.pull_only(bench.sources(*BOTH), kept) == 2 + 2 + 1  # both projects, their events, the new status
    assert len(gids(kept, "status_update")) == 1
    assert gids(kept, "project") == {bench.gid("BRAND")}


def test_people_and_plans_are_read_again_after_a_day(bench):
    kept = started(bench, "LAUNCH")
    bench.clock.move(hours=23)
    bench.pull_only(bench.sources("LAUNCH"), kept)
    assert not kept.came("user")
    bench.space.add_user("Cy", "cy@acme.example")
    bench.clock.move(hours=2)
    bench.pull_only(bench.sources("LAUNCH"), kept)
    assert len(gids(kept, "user")) == 1


def test_a_plan_that_was_bought_makes_every_task_be_read_again_with_its_fields(bench):
    bench.space.lacking.add("custom fields")
    kept = started(bench, *BOTH)
    bench.clock.move(hours=12)
    bench.pull_only(bench.sources(*BOTH), kept)
    assert gids(kept) == set()
    bench.space.lacking.clear()
    bench.clock.move(hours=12)
    bench.pull_only(bench.sources(*BOTH), kept)
    assert gids(kept) == {each.vendor_id for each in kept.raw.values() if each.kind == "task"}
    bench.clock.move(hours=12)
    bench.pull_only(bench.sources(*BOTH), kept)
    assert gids(kept) == set()


def test_a_budget_that_was_taken_away_is_told_by_its_absence(bench):
    budget = bench.space.add_budget("LAUNCH", total=600)
    kept = started(bench, "LAUNCH")
    del bench.space.budgets[budget.gid]
    bench.clock.move(hours=25)
    bench.pull_only(bench.sources("LAUNCH"), kept)
    records = kept.records(bench.connector)
    assert records.budgets == ()
    assert records.complete_budgets_of == (f"acme-asana:project:{bench.gid('LAUNCH')}",)


def test_a_changed_task_is_read_by_itself_with_its_history(bench):
    kept = started(bench, *BOTH)
    bench.space.edit_task("LAUNCH-4", by="ada", name="A bigger risk")
    assert bench.pull_only(bench.sources(*BOTH), kept) == 2 + 2  # events; the task and its stories
    assert gids(kept) == gids(kept, "stories") == {bench.gid("LAUNCH-4")}
    assert bench.item(kept.records(bench.connector), "LAUNCH-4").title == "A bigger risk"


def test_many_changed_tasks_are_read_by_a_list(bench):
    made = [bench.space.create_task("BRAND", f"Task {number}", by="ada").gid for number in range(30)]
    kept = started(bench, *BOTH)
    for gid in made:
        bench.space.edit_task(gid, by="ada", name="Changed")
    assert bench.pull_only(bench.sources(*BOTH), kept) == 2 + 1 + 30  # events, one list, a history each
    assert gids(kept) == set(made)


def test_of_very_many_changed_tasks_the_histories_of_the_last_are_left_for_later(bench):
    made = [bench.space.create_task("BRAND", f"Task {number}", by="ada").gid for number in range(MOST_WHOLE + 50)]
    kept = started(bench, *BOTH)
    for gid in made:
        bench.space.edit_task(gid, by="ada", name="Changed")
    bench.pull_only(bench.sources(*BOTH), kept)
    told, unread = gids(kept, "stories"), {id_ for page in kept.pages for id_ in page.unread}
    assert gids(kept) == set(made)
    assert MOST_WHOLE <= len(told) < len(made)
    assert unread == {f"acme-asana:item:{gid}" for gid in set(made) - told}
    assert {page.stage for page in kept.pages if page.unread} == {Stage.ITEMS}


def test_more_events_than_one_answer_holds_are_all_read(bench):
    made = [bench.space.create_task("BRAND", f"Task {number}", by="ada").gid for number in range(60)]
    kept = started(bench, "BRAND")
    for gid in made:
        bench.space.edit_task(gid, by="ada", name="Changed", completed=True)
    bench.pull_only(bench.sources("BRAND"), kept)
    assert gids(kept) == set(made)
    assert bench.pull_only(bench.sources("BRAND"), kept) == 1


def test_a_changed_subtask_is_found_though_its_parent_is_untouched(bench):
    kept = started(bench, "LAUNCH")
    bench.space.complete_task("LAUNCH-5", by="bo")
    bench.pull_only(bench.sources("LAUNCH"), kept)
    assert gids(kept) == {bench.gid("LAUNCH-5")}
    assert bench.item(kept.records(bench.connector), "LAUNCH-5").status is StatusCategory.DONE


def test_a_new_subtask_is_found_and_stands_where_its_top_ancestor_does(bench):
    kept = started(bench, "LAUNCH")
    made = bench.space.create_subtask("LAUNCH-5", "Deep down", by="ada")
    bench.pull_only(bench.sources("LAUNCH"), kept)
    places = {
        each.container_id for each in kept.records(bench.connector).memberships
        if each.item_id == f"acme-asana:item:{made.gid}"
    }  # fmt: skip
    assert f"acme-asana:project:{bench.gid('LAUNCH')}" in places


def test_a_deleted_task_is_gone(bench):
    kept = started(bench, "LAUNCH")
    gid = bench.gid("LAUNCH-4")
    bench.space.delete_task(gid, by="ada")
    bench.pull_only(bench.sources("LAUNCH"), kept)
    assert kept.gone == [f"acme-asana:item:{gid}"]


def test_a_task_that_became_invisible_is_named_with_its_id_and_not_gone(bench):
    kept = started(bench, "LAUNCH")
    bench.space.edit_task("LAUNCH-4", by="ada", name="Changed")
    bench.space.hide_project("LAUNCH")
    bench.space.hidden.clear()
    bench.space.hides = lambda thing: getattr(thing, "gid", "") == bench.gid("LAUNCH-4")
    bench.pull_only(bench.sources("LAUNCH"), kept)
    assert [each.item_id for each in kept.skipped()] == [f"acme-asana:item:{bench.gid('LAUNCH-4')}"]
    assert kept.gone == []


def test_a_move_between_sections_is_found_though_it_does_not_touch_the_task(bench):
    kept = started(bench, "LAUNCH")
    bench.space.add_to_project("LAUNCH-4", "LAUNCH", by="ada", section="Doing")
    bench.pull_only(bench.sources("LAUNCH"), kept)
    records = kept.records(bench.connector)
    risk = bench.item(records, "LAUNCH-4")
    assert risk.status is StatusCategory.IN_PROGRESS
    change = next(each for each in records.changes if each.item_id == risk.id and each.field is ChangeField.STATUS)
    assert (change.old, change.new, change.original_new) == ("todo", "in_progress", "Doing")


def test_subtasks_follow_their_top_ancestor_into_another_section(bench):
    kept = started(bench, "LAUNCH")
    bench.space.add_to_project("LAUNCH-1", "LAUNCH", by="ada", section="Review")
    bench.pull_only(bench.sources("LAUNCH"), kept)
    assert gids(kept) == {bench.gid(key) for key in ("LAUNCH-1", "LAUNCH-2", "LAUNCH-5")}
    review = next(each for each in bench.space.project("LAUNCH").sections if each.name == "Review")
    stays = [
        each for each in kept.records(bench.connector).memberships
        if each.item_id == f"acme-asana:item:{bench.gid('LAUNCH-5')}" and each.to_at is None
    ]  # fmt: skip
    assert f"acme-asana:section:{review.gid}" in {each.container_id for each in stays}


def test_a_renamed_section_gives_its_tasks_another_status_without_reading_a_history(bench):
    kept = started(bench, "LAUNCH")
    section = bench.space.project("LAUNCH").sections[0]
    bench.space.rename_section(section.gid, "Doing this week", by="ada")
    bench.pull_only(bench.sources("LAUNCH"), kept)
    assert not kept.came("stories")
    assert bench.item(kept.records(bench.connector), "LAUNCH-4").status is StatusCategory.IN_PROGRESS


def unheard(bench, change):
    """Something happens that no event tells of."""
    bench.space.log.append, append = (lambda _event: None), bench.space.log.append
    change()
    bench.space.log.append = append


def words(bench, kept, key):
    return bench.item(kept.records(bench.connector), key).original_status


def rename(bench, key="LAUNCH-4", name="Ready to go"):
    section = next(iter(bench.space.task(key).homes.values()))
    bench.space.rename_section(section.gid, name, by="ada")


def test_without_an_event_stream_a_renamed_section_is_found_within_the_hour(bench):
    bench.space.forbidden.add("events")
    kept = started(bench, "LAUNCH")
    rename(bench)
    assert bench.pull_only(bench.sources("LAUNCH"), kept) == 1
    bench.clock.move(hours=1)
    bench.pull_only(bench.sources("LAUNCH"), kept)
    assert words(bench, kept, "LAUNCH-4") == "Ready to go"


def test_a_section_renamed_unheard_is_found_by_the_list_after_some_hours(bench):
    kept = started(bench, "LAUNCH")
    unheard(bench, lambda: rename(bench))
    bench.clock.move(hours=7)
    bench.pull_only(bench.sources("LAUNCH"), kept)
    assert words(bench, kept, "LAUNCH-4") == "Ready to go"
    bench.clock.move(hours=7)
    bench.pull_only(bench.sources("LAUNCH"), kept)
    assert not kept.came("section")
    assert not kept.came("task")


def test_a_section_renamed_unheard_is_found_as_soon_as_one_of_its_tasks_is_read(bench):
    other = bench.space.create_task("LAUNCH", "Beside it", by="ada")
    bench.space.add_to_project(other.gid, "LAUNCH", by="ada", section="To do")
    kept = started(bench, "LAUNCH")
    unheard(bench, lambda: rename(bench))
    bench.space.edit_task(other.gid, by="ada", name="Edited")
    bench.pull_only(bench.sources("LAUNCH"), kept)
    assert words(bench, kept, "LAUNCH-4") == "Ready to go"


def test_a_renamed_section_is_still_found_after_one_of_its_tasks_was_fetched_by_itself(bench):
    other = bench.space.create_task("LAUNCH", "Beside it", by="ada")
    bench.space.add_to_project(other.gid, "LAUNCH", by="ada", section="To do")
    kept = started(bench, "LAUNCH")
    unheard(bench, lambda: rename(bench))
    reference = kept.reference(bench.connector)
    page = bench.connector.refetch([other.gid], bench.sources("LAUNCH"), reference=reference)
    kept.raw.update({(each.kind, each.vendor_id): each for each in page.raw})
    bench.clock.move(hours=7)
    bench.pull_only(bench.sources("LAUNCH"), kept)
    assert words(bench, kept, "LAUNCH-4") == "Ready to go"


def test_where_sections_can_not_be_listed_the_project_is_still_read(bench):
    kept = started(bench, "LAUNCH")
    bench.space.forbidden.add("sections")
    bench.space.edit_task("LAUNCH-4", by="ada", name="Changed")
    bench.clock.move(hours=7)
    bench.pull_only(bench.sources("LAUNCH"), kept)
    assert not kept.skipped()
    assert gids(kept) == {bench.gid("LAUNCH-4")}


def test_a_project_that_changed_is_read_again_at_once(bench):
    kept = started(bench, *BOTH)
    bench.space.archive_project("BRAND", by="ada")
    assert bench.pull_only(bench.sources(*BOTH), kept) == 2 + 1
    project = next(each for each in kept.records(bench.connector).projects if each.vendor_id == bench.gid("BRAND"))
    assert project.archived


def test_a_task_with_a_field_nobody_knows_has_its_project_read_again(bench):
    kept = started(bench, *BOTH)
    field = bench.space.add_custom_field("Effort", "number")
    project = bench.space.project("BRAND")
    project.settings.append(type(project.settings[0])(bench.space.new_gid("setting"), field, project))
    bench.space.edit_task("BRAND-1", by="ada", custom_fields={field.gid: 5})
    bench.pull_only(bench.sources(*BOTH), kept)
    assert gids(kept, "project") == {project.gid}
    assert (field.gid, "Effort") in bench.connector.known_fields(kept.reference(bench.connector))


def test_a_project_new_to_the_tree_brings_its_items_and_no_others(bench):
    kept = started(bench, "LAUNCH")
    bench.pull_only(bench.sources(*BOTH), kept)
    assert gids(kept) == {bench.gid("BRAND-1")}
    assert {page.stage for page in kept.pages if page.raw} == {Stage.REFERENCE, Stage.ITEMS}


def test_a_project_new_to_the_tree_brings_what_is_planned_for_it(bench):
    bench.space.allocate("BRAND", "ada", percent=50, start=date(2026, 11, 1), end=date(2026, 11, 30))
    kept = started(bench, "LAUNCH")
    bench.pull_only(bench.sources(*BOTH), kept)
    assert gids(kept, "allocations") == gids(kept, "budgets") == {bench.gid("BRAND")}
    assert [each.percent for each in kept.records(bench.connector).allocations] == [50]


def test_what_the_plan_lacks_is_not_asked_for_with_each_new_project(bench):
    bench.space.lacking.update(("allocations", "budgets"))
    kept = started(bench, "LAUNCH")
    before = dict(bench.space.stats)
    bench.pull_only(bench.sources(*BOTH), kept)
    assert {name: bench.space.stats[name] - before.get(name, 0) for name in ("GET /allocations", "GET /budgets")} == {
        "GET /allocations": 0, "GET /budgets": 0,
    }  # fmt: skip


def test_lost_events_are_said_and_the_project_is_read_again_from_a_new_token(bench):
    structlog.reset_defaults()
    kept = started(bench, "LAUNCH")
    bench.space.edit_task("LAUNCH-2", by="ada", name="Changed unseen")
    bench.space.log.expire_tokens()
    with capture_logs() as logs:
        bench.pull_only(bench.sources("LAUNCH"), kept)
    first = kept.pages[0]
    assert (first.raw, bool(first.checkpoint)) == ((), True)
    assert [(each["event"], each["project"]) for each in logs] == [("event_gap", bench.gid("LAUNCH"))]
    assert bench.item(kept.records(bench.connector), "LAUNCH-2").title == "Changed unseen"
    bench.clock.move(minutes=10)
    assert bench.pull_only(bench.sources("LAUNCH"), kept) == 1


def test_a_pull_cut_off_right_after_a_gap_still_reads_the_project_again(bench):
    kept = started(bench, "LAUNCH")
    bench.space.edit_task("LAUNCH-2", by="ada", name="Changed unseen")
    bench.space.log.expire_tokens()
    sources, reference = bench.sources("LAUNCH"), kept.reference(bench.connector)
    pages = bench.connector.pull(sources, cursor=kept.cursor, checkpoint=None, reference=reference)
    checkpoint = next(pages).checkpoint
    pages.close()
    kept.take(bench.connector.pull(sources, cursor=kept.cursor, checkpoint=checkpoint, reference=reference))
    assert bench.item(kept.records(bench.connector), "LAUNCH-2").title == "Changed unseen"


def test_without_an_event_stream_one_list_a_project_finds_what_changed(bench):
    bench.space.forbidden.add("events")
    kept = started(bench, *BOTH)
    assert bench.pull_only(bench.sources(*BOTH), kept) == 2
    bench.space.edit_task("LAUNCH-4", by="ada", name="A bigger risk")
    bench.pull_only(bench.sources(*BOTH), kept)
    assert gids(kept) == {bench.gid("LAUNCH-4")}


def test_what_no_event_told_is_found_by_the_list_after_some_hours(bench):
    kept = started(bench, "LAUNCH")
    bench.space.log.append, kept_append = (lambda _event: None), bench.space.log.append
    bench.space.edit_task("LAUNCH-4", by="ada", name="Nobody heard")
    bench.space.log.append = kept_append
    bench.pull_only(bench.sources("LAUNCH"), kept)
    assert not kept.came("task")
    bench.clock.move(hours=7)
    bench.pull_only(bench.sources("LAUNCH"), kept)
    assert gids(kept) == {bench.gid("LAUNCH-4")}


def test_a_project_that_can_not_be_read_any_more_is_named_and_the_others_go_on(bench):
    kept = started(bench, *BOTH)
    bench.space.hide_project("LAUNCH")
    bench.space.edit_task("BRAND-1", by="ada", name="Other")
    bench.pull_only(bench.sources(*BOTH), kept)
    place = f"acme-asana:project:{bench.gid('LAUNCH')}"
    assert [(each.item, each.containers) for each in kept.skipped()] == [(place, (place,))]
    assert gids(kept) == {bench.gid("BRAND-1")}
    assert kept.cursor


def test_a_portfolio_that_got_another_project_brings_it_within_the_hour(bench):
    source = Source(connection="acme-asana", kind="portfolio", value=bench.gid("growth"))
    kept = bench.pull([source])
    project = bench.space.add_project("New one", bench.space.user("ada"))
    bench.space.create_task(project.gid, "First", by="ada")
    bench.space.add_item(bench.space.portfolios[bench.gid("growth-p")], project)
    bench.clock.move(hours=2)
    bench.pull_only([source], kept)
    assert gids(kept) == set(project.tasks)
