"""Writing tasks, comments, status updates, fields and portfolios, and what is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.asana.space import AsanaSpace

Gid = Callable[[str], str]


def _modified(api: Any, gid: str) -> str:
    return str(api.data(f"/tasks/{gid}", opt_fields="modified_at")["modified_at"])


def _health_field(api: Any, holder: str) -> dict[str, Any]:
    options = [{"name": "On track", "color": "green"}, {"name": "Off track"}]
    made = api.post("/custom_fields", workspace="1100", name="Health", resource_subtype="enum", enum_options=options)
    assert made.status_code == 201
    field: dict[str, Any] = made.get_json()["data"]
    assert api.post(f"/{holder}/addCustomFieldSetting", custom_field=field["gid"]).status_code == 200
    return field


def test_an_edit_touches_the_task_and_not_its_parent_or_project(api: Any, clock: Any, gid: Gid) -> None:
    before = _modified(api, gid("LAUNCH-1")), api.data(f"/projects/{gid('LAUNCH')}")["modified_at"]
    clock.move(minutes=5)
    assert api.put(f"/tasks/{gid('LAUNCH-2')}", name="Renamed").status_code == 200
    assert _modified(api, gid("LAUNCH-2")) == "2026-11-20T09:05:00.000Z"
    assert (_modified(api, gid("LAUNCH-1")), api.data(f"/projects/{gid('LAUNCH')}")["modified_at"]) == before


@pytest.mark.wrong_request("the list of one project has no modified_since")
def test_modified_since_finds_what_changed_and_comments_count(api: Any, clock: Any, gid: Gid) -> None:
    clock.move(minutes=5)
    api.post(f"/tasks/{gid('LAUNCH-3')}/stories", text="Any news?")
    query = {"project": gid("LAUNCH"), "modified_since": "2026-11-20T09:00:01Z"}
    assert [task["gid"] for task in api.data("/tasks", **query)] == [gid("LAUNCH-3")]
    # The list of one project knows no modified_since and passes over it.
    assert len(api.data(f"/projects/{gid('LAUNCH')}/tasks", modified_since="2026-11-20T09:00:01Z")) == 3


def test_completed_since_now_leaves_out_what_is_done(api: Any, gid: Gid) -> None:
    listed = {task["gid"] for task in api.data("/tasks", project=gid("LAUNCH"), completed_since="now")}
    assert listed == {gid("LAUNCH-1"), gid("LAUNCH-4")}


def test_tasks_without_a_filter_are_refused(api: Any) -> None:
    assert api.get("/tasks", workspace="1100").status_code == 400


@pytest.mark.parametrize(
    "data",
    [
        {"due_on": "soon"},
        {"due_on": "2026-13-01"},
        {"start_on": "2026-11-01"},
        {"due_on": "2026-11-01", "due_at": "2026-11-01T10:00:00Z"},
        {"completed": "yes"},
        {"modified_at": "2026-11-01T10:00:00Z"},
        {"html_notes": "<body><script>x</script></body>"},
        {"assignee": "nobody"},
    ],
)
def test_a_refused_field_changes_nothing(api: Any, space: AsanaSpace, gid: Gid, data: dict[str, Any]) -> None:
    assert api.put(f"/tasks/{gid('LAUNCH-4')}", name="Changed", **data).status_code == 400
    assert space.task("LAUNCH-4").name == "LAUNCH-4"


def test_a_milestone_has_no_start(api: Any, gid: Gid) -> None:
    answer = api.put(f"/tasks/{gid('LAUNCH-3')}", start_on="2026-11-01", due_on="2026-11-03")
    assert answer.status_code == 400


def test_a_body_without_data_is_refused(api: Any, gid: Gid) -> None:
    answer = api.client.put(f"/api/1.0/tasks/{gid('LAUNCH-1')}", json={"name": "x"}, headers=api.headers)
    assert answer.status_code == 400


def test_completing_a_task_tells_those_who_wait_for_it(api: Any, gid: Gid) -> None:
    api.put(f"/tasks/{gid('LAUNCH-4')}", completed=True)
    told = api.data(f"/tasks/{gid('LAUNCH-1')}/stories")[-1]
    assert told["resource_subtype"] == "dependency_marked_complete"


def test_deciding_an_approval_completes_it(api: Any, gid: Gid) -> None:
    made = api.post("/tasks", projects=[gid("BRAND")], name="OK?", resource_subtype="approval").get_json()["data"]
    assert made["approval_status"] == "pending"
    decided = api.put(f"/tasks/{made['gid']}", approval_status="rejected").get_json()["data"]
    assert decided["completed"] is True


@pytest.mark.parametrize(
    "html",
    [
        "<body>open <b>bold</b></body>",
        "<body>unclosed <strong></body>",
        "no body",
        '<body><em class="x">x</em></body>',
        "<body>a & b</body>",
    ],
)
def test_rich_text_the_vendor_cannot_show_is_refused(api: Any, gid: Gid, html: str) -> None:
    assert api.post(f"/tasks/{gid('LAUNCH-1')}/stories", html_text=html).status_code == 400
    answer = api.post("/status_updates", parent=gid("LAUNCH"), status_type="at_risk", html_text=html)
    assert answer.status_code == 400


def test_a_comment_is_pinned_and_edited_in_place(api: Any, gid: Gid) -> None:
    made = api.post(f"/tasks/{gid('LAUNCH-1')}/stories", html_text="<body><strong>On track</strong></body>")
    story = made.get_json()["data"]
    changed = api.put(f"/stories/{story['gid']}", html_text="<body>At <em>risk</em></body>", is_pinned=True)
    assert changed.get_json()["data"]["text"] == "At risk"
    assert changed.get_json()["data"]["is_pinned"] is True
    assert api.delete(f"/stories/{story['gid']}").status_code == 200


def test_another_persons_comment_cannot_be_edited(api: Any, space: AsanaSpace) -> None:
    story = space.comment("LAUNCH-1", "mine", by="bo")
    assert api.put(f"/stories/{story.gid}", text="yours").status_code == 403


def test_a_status_update_is_sent_to_followers_and_never_modified(api: Any, space: AsanaSpace, gid: Gid) -> None:
    made = api.post("/status_updates", parent=gid("LAUNCH"), status_type="off_track", title="Late", text="Sorry")
    update = made.get_json()["data"]
    assert space.notifications == 1
    assert api.put(f"/status_updates/{update['gid']}", text="Better").status_code in (404, 405)
    assert api.data(f"/projects/{gid('LAUNCH')}")["current_status_update"]["title"] == "Late"
    assert api.delete(f"/status_updates/{update['gid']}").status_code == 200
    assert api.data(f"/projects/{gid('LAUNCH')}")["current_status_update"]["title"] == "Big launch: on track"


def test_status_updates_since_a_moment_newest_first(api: Any, clock: Any, gid: Gid) -> None:
    clock.move(hours=1)
    api.post("/status_updates", parent=gid("LAUNCH"), status_type="at_risk", text="Hm")
    query = {"parent": gid("LAUNCH"), "opt_fields": "status_type"}
    assert [each["status_type"] for each in api.data("/status_updates", **query)] == ["at_risk", "on_track"]
    recent = api.data("/status_updates", created_since="2026-11-20T00:00:00Z", **query)
    assert [each["status_type"] for each in recent] == ["at_risk"]


@pytest.mark.parametrize(("parent", "status_type"), [("LAUNCH", "achieved"), ("goal", "complete"), ("LAUNCH", "green")])
def test_a_status_type_must_fit_its_parent(
    api: Any, space: AsanaSpace, gid: Gid, parent: str, status_type: str
) -> None:
    holder = next(iter(space.goals)) if parent == "goal" else gid(parent)
    assert api.post("/status_updates", parent=holder, status_type=status_type, text="x").status_code == 400


def test_a_portfolio_field_gives_its_projects_a_value_and_their_tasks_none(api: Any, gid: Gid) -> None:
    field = _health_field(api, f"portfolios/{gid('growth-p')}")
    choice = field["enum_options"][0]["gid"]
    answer = api.put(f"/projects/{gid('LAUNCH')}", custom_fields={field["gid"]: choice})
    assert answer.status_code == 200
    [shown] = api.data(f"/projects/{gid('LAUNCH')}")["custom_fields"]
    assert (shown["name"], shown["display_value"], shown["enum_value"]["name"]) == ("Health", "On track", "On track")
    assert api.put(f"/tasks/{gid('LAUNCH-1')}", custom_fields={field["gid"]: choice}).status_code == 400
    assert api.put(f"/portfolios/{gid('growth-p')}", custom_fields={field["gid"]: choice}).status_code == 200


def test_a_task_column_is_not_a_field_of_its_project(api: Any, gid: Gid) -> None:
    field = _health_field(api, f"projects/{gid('LAUNCH')}")
    choice = field["enum_options"][0]["gid"]
    assert api.put(f"/projects/{gid('LAUNCH')}", custom_fields={field["gid"]: choice}).status_code == 400
    assert api.put(f"/tasks/{gid('LAUNCH-1')}", custom_fields={field["gid"]: choice}).status_code == 200


def test_values_of_the_wrong_kind_are_refused(api: Any, space: AsanaSpace, gid: Gid) -> None:
    by_name = {field.name: field.gid for field in space.custom_fields.values()}
    for name, value in (
        ("Linked work", "x" * 1025),
        ("Stage", "Blocked"),
        ("Story points", "5"),
        ("Story points", True),
    ):
        answer = api.put(f"/tasks/{gid('LAUNCH-1')}", custom_fields={by_name[name]: value})
        assert answer.status_code == 400, name


@pytest.mark.parametrize(
    "data",
    [
        {"name": "Priority", "resource_subtype": "text"},
        {"name": "Due date", "resource_subtype": "text"},
        {"name": "New", "resource_subtype": "colour"},
        {"name": "New"},
        {"name": "New", "resource_subtype": "number", "precision": 7},
    ],
)
def test_a_field_the_vendor_would_not_make_is_refused(api: Any, data: dict[str, Any]) -> None:
    assert api.post("/custom_fields", workspace="1100", **data).status_code == 400


def test_a_field_gets_options_and_keeps_its_type(api: Any, gid: Gid) -> None:
    field = _health_field(api, f"portfolios/{gid('growth')}")
    path = f"/custom_fields/{field['gid']}"
    assert api.post(f"{path}/enum_options", name="No data").status_code == 201
    assert [each["name"] for each in api.data(path)["enum_options"]] == ["On track", "Off track", "No data"]
    assert api.put(path, resource_subtype="text").status_code == 400
    assert api.post(f"/portfolios/{gid('growth')}/addCustomFieldSetting", custom_field=field["gid"]).status_code == 400
    assert api.delete(path).status_code == 200
    assert api.data(f"/portfolios/{gid('growth')}/custom_field_settings") == []


def test_the_free_plan_has_no_fields_portfolios_goals_or_search(api: Any, space: AsanaSpace, gid: Gid) -> None:
    space.plan = "free"
    paths = (
        "/workspaces/1100/custom_fields",
        f"/projects/{gid('LAUNCH')}/custom_field_settings",
        "/portfolios?workspace=1100",
        f"/portfolios/{gid('growth')}/items",
        "/goals?workspace=1100",
        "/workspaces/1100/tasks/search",
        f"/tasks/{gid('LAUNCH-1')}/dependencies",
    )
    assert {path: api.get(path).status_code for path in paths} == dict.fromkeys(paths, 402)
    assert api.data(f"/tasks/{gid('LAUNCH-1')}")["custom_fields"] == []


def test_portfolios_of_others_are_not_listed_and_yet_readable(api: Any, space: AsanaSpace, gid: Gid) -> None:
    hers = space.add_portfolio("Hers", space.user("ada"))
    assert hers.gid not in {each["gid"] for each in api.data("/portfolios", workspace="1100")}
    assert api.get("/portfolios", workspace="1100", owner=gid("ada")).status_code == 403
    assert api.data(f"/portfolios/{hers.gid}")["name"] == "Hers"
    [found] = api.data("/workspaces/1100/typeahead", resource_type="portfolio", query="hers")
    assert found["gid"] == hers.gid


def test_a_portfolio_cannot_hold_itself(api: Any, gid: Gid) -> None:
    assert api.post(f"/portfolios/{gid('growth-p')}/addItem", item=gid("growth")).status_code == 400


def test_search_is_capped_and_not_paginated(api: Any, space: AsanaSpace, gid: Gid) -> None:
    for n in range(120):
        space.create_task("BRAND", f"found {n}", by="ada")
    path = "/workspaces/1100/tasks/search"
    assert len(api.data(path, text="found")) == 100
    assert api.get(path, offset="x").status_code == 400
    [blocked] = api.data(path, **{"is_blocked": "true", "portfolios.any": gid("growth-p")})
    assert blocked["gid"] == gid("LAUNCH-1")


def test_a_deleted_task_leaves_no_trace_in_lists(api: Any, gid: Gid) -> None:
    assert api.delete(f"/tasks/{gid('LAUNCH-1')}").status_code == 200
    assert api.get(f"/tasks/{gid('LAUNCH-1')}").status_code == 404
    assert api.get(f"/tasks/{gid('LAUNCH-2')}").status_code == 404
    assert gid("LAUNCH-1") not in {task["gid"] for task in api.data("/tasks", project=gid("BRAND"))}


def test_a_goal_takes_a_status_only_with_a_metric(api: Any, space: AsanaSpace, gid: Gid) -> None:
    [goal] = api.data("/goals", workspace="1100")
    assert api.put(f"/goals/{goal['gid']}", status="yellow").get_json()["data"]["status"] == "yellow"
    bare = space.add_goal("Bare", space.bot)
    assert api.put(f"/goals/{bare.gid}", status="yellow").status_code == 400
    [support] = api.data("/goal_relationships", supported_goal=goal["gid"])
    assert support["supporting_resource"]["gid"] == gid("growth")


def test_booked_time_is_listed_by_project(api: Any, gid: Gid) -> None:
    [entry] = api.data("/time_tracking_entries", attributable_to=gid("LAUNCH"))
    assert (entry["duration_minutes"], entry["entered_on"]) == (90, "2026-08-24")
    assert len(api.data(f"/tasks/{gid('LAUNCH-1')}/time_tracking_entries")) == 1
