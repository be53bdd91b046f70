"""Envelopes, opt_fields, paging, errors, limits, faults."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.asana.space import AsanaSpace

Gid = Callable[[str], str]


def test_without_a_token_everything_is_refused(api: Any) -> None:
    api.headers = {}
    answer = api.get("/users/me")
    assert answer.status_code == 401
    assert answer.get_json()["errors"][0]["message"] == "Not Authorized"


def test_an_unknown_gid_is_a_404_with_a_message(api: Any) -> None:
    answer = api.get("/tasks/99")
    assert answer.status_code == 404
    assert "99" in answer.get_json()["errors"][0]["message"]


def test_a_list_without_opt_fields_is_compact(api: Any, gid: Gid) -> None:
    task = api.data("/tasks", project=gid("LAUNCH"))[0]
    assert set(task) == {"gid", "resource_type", "name", "resource_subtype"}


@pytest.mark.wrong_request("a field that is not there")
def test_opt_fields_gives_gid_and_exactly_what_was_asked(api: Any, gid: Gid) -> None:
    task = api.data(f"/tasks/{gid('LAUNCH-1')}", opt_fields="name,assignee,assignee.name,projects,no_such_field")
    assert set(task) == {"gid", "name", "assignee", "projects"}
    assert set(task["assignee"]) == {"gid", "name"}
    assert set(task["projects"][0]) == {"gid", "resource_type"}


def test_dotted_paths_reach_into_custom_fields(api: Any, gid: Gid) -> None:
    asked = "custom_fields.name,custom_fields.enum_value.name,custom_fields.number_value"
    task = api.data(f"/tasks/{gid('LAUNCH-1')}", opt_fields=asked)
    stage = next(each for each in task["custom_fields"] if each["name"] == "Stage")
    assert stage["enum_value"]["name"] == "Blocked"
    assert "number_value" not in stage
    assert "display_value" not in stage


@pytest.mark.parametrize("text", ["['name', 'due_on']", "name,,due_on", "name.", "na me"])
def test_malformed_opt_fields_are_refused(api: Any, gid: Gid, text: str) -> None:
    assert api.get(f"/tasks/{gid('LAUNCH-1')}", opt_fields=text).status_code == 400


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x"])
def test_a_limit_out_of_bounds_is_refused(api: Any, gid: Gid, limit: str) -> None:
    assert api.get(f"/projects/{gid('LAUNCH')}/tasks", limit=limit).status_code == 400


def test_pages_follow_each_other_without_gap_or_repetition(api: Any, space: AsanaSpace, gid: Gid) -> None:
    for n in range(20):
        space.create_task("LAUNCH", f"more {n}", by="ada")
    path, seen, offset = f"/projects/{gid('LAUNCH')}/tasks", [], None
    while True:
        page = api.get(path, limit=7, **({"offset": offset} if offset else {})).get_json()
        seen += [task["gid"] for task in page["data"]]
        if page["next_page"] is None:
            break
        offset = page["next_page"]["offset"]
        assert set(page["next_page"]) == {"offset", "path", "uri"}
    assert seen == list(space.project("LAUNCH").tasks)


def test_a_task_deleted_between_two_pages_shifts_nothing(api: Any, space: AsanaSpace, gid: Gid) -> None:
    made = [space.create_task("BRAND", f"more {n}", by="ada").gid for n in range(6)]
    path = f"/projects/{gid('BRAND')}/tasks"
    first = api.get(path, limit=4).get_json()
    space.delete_task(first["data"][0]["gid"], by="ada")
    second = api.get(path, limit=4, offset=first["next_page"]["offset"]).get_json()
    assert [task["gid"] for task in second["data"]] == made[-4:]


def test_an_offset_expires(api: Any, clock: Any, gid: Gid) -> None:
    path = f"/projects/{gid('LAUNCH')}/tasks"
    offset = api.get(path, limit=1).get_json()["next_page"]["offset"]
    clock.move(hours=1)
    answer = api.get(path, limit=1, offset=offset)
    assert answer.status_code == 400
    assert "expired" in answer.get_json()["errors"][0]["message"]


def test_a_list_without_limit_is_cut_at_a_thousand(api: Any, space: AsanaSpace, gid: Gid) -> None:
    for n in range(1001):
        space.create_task("BRAND", str(n), by="ada")
    assert len(api.data(f"/projects/{gid('BRAND')}/tasks")) == 1000


def test_requests_over_the_plan_are_refused_and_say_when_to_come_back(api: Any, space: AsanaSpace) -> None:
    space.plan = "free"
    statuses = [api.get("/users/me").status_code for _ in range(151)]
    assert statuses == [200] * 150 + [429]
    assert 1 <= int(api.get("/users/me").headers["Retry-After"]) <= 60


def test_speed_makes_the_minute_of_the_limit_pass_faster(api: Any, space: AsanaSpace) -> None:
    space.plan, space.speed = "free", 600.0
    for _ in range(151):
        answer = api.get("/users/me")
    assert answer.status_code == 200 or int(answer.headers["Retry-After"]) == 1


def test_a_batch_takes_ten_actions_and_answers_each(api: Any, gid: Gid) -> None:
    action = {"relative_path": f"/tasks/{gid('LAUNCH-1')}", "method": "get", "options": {"fields": ["name"]}}
    missing = {"relative_path": "/tasks/99", "method": "get"}
    answer = api.post("/batch", actions=[action, missing])
    assert [each["status_code"] for each in answer.get_json()["data"]] == [200, 404]
    assert answer.get_json()["data"][0]["body"]["data"]["name"] == "Write the copy"
    assert api.post("/batch", actions=[action] * 11).status_code == 400


def test_a_batch_that_goes_over_the_limit_is_refused_whole(api: Any, space: AsanaSpace, gid: Gid) -> None:
    space.plan = "free"
    for _ in range(145):
        api.get("/users/me")
    actions = [{"relative_path": f"/tasks/{gid('LAUNCH-1')}", "method": "put", "data": {"name": "x"}}] * 10
    assert api.post("/batch", actions=actions).status_code == 429
    assert space.task("LAUNCH-1").name == "Write the copy"


@pytest.mark.parametrize(("kind", "status"), [("rate_limited", 429), ("error_500", 500), ("gone_410", 410)])
def test_a_planned_fault_strikes_as_often_as_planned(api: Any, space: AsanaSpace, kind: Any, status: int) -> None:
    space.faults.set(kind, path="/users*", times=2)
    assert [api.get("/users/me").status_code for _ in range(3)] == [status, status, 200]


def test_a_429_can_lack_its_header(api: Any, space: AsanaSpace) -> None:
    space.faults.set("rate_limited", retry_after_s=None)
    assert "Retry-After" not in api.get("/users/me").headers


def test_a_dropped_answer_leaves_the_write_done(api: Any, space: AsanaSpace, gid: Gid) -> None:
    space.faults.set("drop_after_write", path="/status_updates")
    answer = api.post("/status_updates", parent=gid("BRAND"), status_type="at_risk", text="late")
    assert answer.status_code == 504
    assert [each.status_type for each in space.project("BRAND").updates] == ["at_risk"]


def test_a_login_page_comes_as_html_with_200(api: Any, space: AsanaSpace) -> None:
    space.faults.set("html_login")
    answer = api.get("/users/me")
    assert (answer.status_code, answer.mimetype) == (200, "text/html")


def test_bad_data_is_served_on_demand(api: Any, space: AsanaSpace, gid: Gid) -> None:
    space.faults.set("malformed_task")
    assert api.data(f"/tasks/{gid('LAUNCH-1')}")["due_on"] == "soon"
    space.faults.set("nbsp_names")
    assert api.data(f"/tasks/{gid('LAUNCH-1')}")["name"] == "Write\u00a0the\u00a0copy"


def test_requests_are_counted_by_endpoint(api: Any, space: AsanaSpace, gid: Gid) -> None:
    api.get(f"/tasks/{gid('LAUNCH-1')}")
    api.get(f"/tasks/{gid('LAUNCH-3')}")
    assert space.stats["GET /tasks/{gid}"] == 2


def test_a_permalink_opens_a_page_with_the_name(api: Any, gid: Gid) -> None:
    page = api.client.get(f"/0/{gid('LAUNCH')}/{gid('LAUNCH-1')}")
    assert (page.status_code, "Write the copy" in page.text) == (200, True)
