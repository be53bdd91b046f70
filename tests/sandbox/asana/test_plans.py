"""Budgets, allocations, features that a plan or a right leaves out, and projects that go away."""

from datetime import date

import pytest


def test_a_project_has_one_budget_in_its_own_units(api, space, gid):
    space.add_budget("LAUNCH", total=6000, actual=90)
    (budget,) = api.data("/budgets", parent=gid("LAUNCH"))
    assert budget["total"] == {"value": 6000, "units": "minutes"}
    assert budget["estimate"] == {"value": None, "units": None}
    assert api.data("/budgets", parent=gid("BRAND")) == []
    assert api.get("/budgets").status_code == 400


def test_allocations_are_found_by_project_by_person_and_by_workspace(api, space, gid):
    made = space.allocate("LAUNCH", "ada", percent=50, start=date(2026, 11, 1))
    for query in ({"parent": gid("LAUNCH")}, {"assignee": gid("ada")}, {"workspace": space.workspace.gid}):
        assert [each["gid"] for each in api.data("/allocations", **query)] == [made.gid]
    assert api.data("/allocations", parent=gid("BRAND")) == []
    assert api.get("/allocations").status_code == 400


@pytest.mark.parametrize(
    ("feature", "path", "query"),
    [
        ("budgets", "/budgets", {"parent": "LAUNCH"}),
        ("allocations", "/allocations", {"parent": "LAUNCH"}),
        ("goals", "/goals", {"portfolio": "growth"}),
        ("portfolios", "/portfolios/{growth}", {}),
        ("custom fields", "/workspaces/1100/custom_fields", {}),
        ("dependencies", "/tasks/{LAUNCH-1}/dependencies", {}),
        ("time tracking", "/tasks/{LAUNCH-1}/time_tracking_entries", {}),
    ],
)
def test_a_plan_or_a_right_leaves_out_one_feature_alone(api, space, gid, feature, path, query):
    address = path.replace("{growth}", gid("growth")).replace("{LAUNCH-1}", gid("LAUNCH-1"))
    asked = {name: gid(key) for name, key in query.items()}
    assert api.get(address, **asked).status_code == 200
    space.lacking.add(feature)
    assert api.get(address, **asked).status_code == 402
    space.forbidden.add(feature)
    assert api.get(address, **asked).status_code == 403
    assert api.get("/tasks", project=gid("LAUNCH")).status_code == 200


def test_a_hidden_project_is_refused_and_left_out_of_lists(api, space, gid):
    task, shared = gid("LAUNCH-4"), gid("LAUNCH-1")
    space.hide_project("LAUNCH")
    for path in (f"/projects/{gid('LAUNCH')}", f"/projects/{gid('LAUNCH')}/sections", f"/tasks/{task}"):
        assert api.get(path).status_code == 403
    assert api.get("/tasks", project=gid("LAUNCH")).status_code == 403
    assert api.get("/events", resource=gid("LAUNCH")).status_code == 403
    assert gid("LAUNCH") not in {each["gid"] for each in api.data("/workspaces/1100/projects")}
    assert gid("LAUNCH") not in {each["gid"] for each in api.data(f"/portfolios/{gid('growth-p')}/items")}
    assert api.get(f"/tasks/{shared}").status_code == 200  # it is in another project, too
    space.hide_project("LAUNCH", hidden=False)
    assert api.get(f"/tasks/{task}").status_code == 200


def test_a_deleted_project_takes_tasks_with_it_that_are_nowhere_else(api, space, gid):
    launch, alone, shared = gid("LAUNCH"), gid("LAUNCH-4"), gid("LAUNCH-1")
    space.delete_project("LAUNCH", by="ada")
    assert api.get(f"/projects/{launch}").status_code == 404
    assert api.get(f"/tasks/{alone}").status_code == 404
    homes = api.data(f"/tasks/{shared}", opt_fields="memberships.project")["memberships"]
    assert [each["project"]["gid"] for each in homes] == [gid("BRAND")]


def test_an_archived_project_still_lists_its_tasks(api, space, gid):
    space.archive_project("BRAND", by="ada")
    assert api.data(f"/projects/{gid('BRAND')}")["archived"] is True
    assert {each["gid"] for each in api.data("/tasks", project=gid("BRAND"))} == {gid("BRAND-1"), gid("LAUNCH-1")}


def test_a_renamed_section_raises_an_event_and_touches_no_task(api, space, gid, clock):
    token = api.get("/events", resource=gid("LAUNCH")).get_json()["sync"]
    before = space.task("LAUNCH-4").modified_at
    clock.move(minutes=1)
    space.rename_section(space.project("LAUNCH").sections[0].gid, "Later", by="ada")
    (event,) = api.data("/events", resource=gid("LAUNCH"), sync=token)
    assert (event["action"], event["resource"]["resource_type"]) == ("changed", "section")
    assert space.task("LAUNCH-4").modified_at == before


def test_faults_spoil_answers_as_they_are_told_to(api, space, gid):
    space.faults.set("malformed_json", "/tasks")
    assert api.get("/tasks", project=gid("LAUNCH")).get_json(silent=True) is None
    space.faults.set("null_lists", "/tasks/*")
    assert api.data(f"/tasks/{gid('LAUNCH-1')}")["memberships"] is None
    space.faults.set("html_refused", "*", method="POST")
    refused = api.post(f"/tasks/{gid('LAUNCH-1')}/stories", html_text="<body>x</body>")
    assert refused.status_code == 400
    assert api.post(f"/tasks/{gid('LAUNCH-1')}/stories", text="x").status_code == 201
