"""The made company as the fake Asana shows it."""

from collections.abc import Callable
from typing import Any

from sandbox.asana.load import load_company
from sandbox.asana.space import AsanaSpace

Gid = Callable[[str], str]


def _field(task: dict[str, Any], name: str) -> Any:
    return next(each["display_value"] for each in task["custom_fields"] if each["name"] == name)


def _stories(api: Any, gid: str, subtype: str) -> list[dict[str, Any]]:
    stories = api.data(f"/tasks/{gid}/stories", opt_fields=f"resource_subtype,{STORY_FIELDS}")
    return [story for story in stories if story["resource_subtype"] == subtype]


STORY_FIELDS = (
    "created_at,created_by.name,old_dates.due_on,new_dates.due_on,old_section.name,new_section.name,assignee.name,"
    "custom_field.name,old_number_value,new_number_value,old_enum_value.name,new_enum_value.name,old_name,new_name,"
    "dependency.name"
)


def test_a_blocked_task_says_so_in_its_field_and_is_shown_in_both_its_projects(api: Any, gid: Gid) -> None:
    task = api.data(f"/tasks/{gid('LAUNCH-1')}")
    assert _field(task, "Stage") == "Blocked"
    assert [home["project"]["name"] for home in task["memberships"]] == ["Big launch", "Brand"]
    assert task["memberships"][0]["section"]["name"] == "Doing"
    assert task["due_on"] == "2026-11-01"
    assert _field(task, "Story points") == "5.0"
    assert task["actual_time_minutes"] == 90
    assert task["permalink_url"] == f"https://asana.example/0/{gid('LAUNCH')}/{gid('LAUNCH-1')}"


def test_a_dropped_task_is_completed_with_the_outcome_dropped(api: Any, gid: Gid) -> None:
    task = api.data(f"/tasks/{gid('BRAND-1')}")
    assert task["completed"] is True
    assert _field(task, "Outcome") == "Dropped"


def test_history_becomes_stories_that_carry_old_and_new(api: Any, gid: Gid) -> None:
    task = gid("LAUNCH-1")
    [due] = _stories(api, task, "due_date_changed")
    assert (due["old_dates"], due["new_dates"]) == ({"due_on": "2026-10-01"}, {"due_on": "2026-11-01"})
    [moved] = _stories(api, task, "section_changed")
    assert (moved["old_section"]["name"], moved["new_section"]["name"]) == ("To do", "Doing")
    [assigned] = _stories(api, task, "assigned")
    assert assigned["assignee"]["name"] == "Bo Diddley"
    [points] = _stories(api, task, "number_custom_field_changed")
    assert (points["custom_field"]["name"], points["old_number_value"], points["new_number_value"]) == (
        "Story points",
        3.0,
        5.0,
    )
    [blocked] = _stories(api, task, "enum_custom_field_changed")
    assert (blocked["old_enum_value"], blocked["new_enum_value"]["name"]) == (None, "Blocked")
    [named] = _stories(api, task, "name_changed")
    assert (named["old_name"], named["new_name"]) == ("Old words", "Write the copy")
    [depends] = _stories(api, task, "dependency_added")
    assert depends["dependency"]["name"] == "LAUNCH-4"


def test_a_subtask_is_not_in_the_list_of_its_project(api: Any, gid: Gid) -> None:
    listed = {task["gid"] for task in api.data(f"/projects/{gid('LAUNCH')}/tasks")}
    assert listed == {gid("LAUNCH-1"), gid("LAUNCH-3"), gid("LAUNCH-4")}
    assert [task["gid"] for task in api.data(f"/tasks/{gid('LAUNCH-1')}/subtasks")] == [gid("LAUNCH-2")]


def test_a_link_from_the_other_tool_is_a_url_on_the_task_that_waits(api: Any, gid: Gid) -> None:
    task = api.data(f"/tasks/{gid('LAUNCH-3')}")
    assert _field(task, "Linked work") == "https://jira.example/browse/CRM-1"


def test_programs_and_portfolios_with_work_here_are_nested_portfolios_of_the_bot(api: Any, gid: Gid) -> None:
    owned = api.data("/portfolios", workspace="1100", owner="me")
    assert {each["gid"] for each in owned} == {gid("growth"), gid("growth-p")}
    assert [each["resource_type"] for each in api.data(f"/portfolios/{gid('growth')}/items")] == ["portfolio"]
    assert [each["gid"] for each in api.data(f"/portfolios/{gid('growth-p')}/items")] == [gid("LAUNCH"), gid("BRAND")]


def test_a_declared_status_is_a_status_update_of_its_author(api: Any, gid: Gid) -> None:
    [update] = api.data("/status_updates", parent=gid("LAUNCH"), opt_fields="status_type,author.name,created_at")
    assert update["status_type"] == "on_track"
    assert update["author"]["name"] == "Ada Lovelace"
    assert update["created_at"] == "2026-11-13T09:00:00.000Z"


def test_two_loads_of_one_world_give_the_same_gids(space: AsanaSpace, world: Any, clock: Any) -> None:
    again = AsanaSpace(clock)
    load_company(again, world, url_of=str)
    assert again.keys == space.keys
