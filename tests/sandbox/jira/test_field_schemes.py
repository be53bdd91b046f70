"""The two models of which fields a project shows, contexts by project, and who shares what."""

from typing import Any

from sandbox.jira.field_schemes import move_projects


def _made(api: Any, name: str = "Health") -> str:
    kind = "com.atlassian.jira.plugin.system.customfieldtypes:textfield"
    return str(api.post("field", {"name": name, "type": kind})["id"])


def _on_screen(api: Any, site: Any, field_id: str) -> None:
    screen = site.screens[site.project("CRM").screen_id]
    screen.tabs[0].field_ids.append(field_id)


def test_a_moved_project_shows_a_field_by_its_scheme_and_screen_alone(site: Any, api: Any) -> None:
    field = _made(api)
    scheme = move_projects(site, "Software scheme", "CRM")
    _on_screen(api, site, field)
    assert field not in api.get("issue/CRM-1/editmeta")["fields"]
    answer = api("PUT", "config/fieldschemes/fields", {field: [{"schemeIds": [scheme.id]}]})
    assert [one["success"] for one in answer.json["results"]] == [True]
    assert field in api.get("issue/CRM-1/editmeta")["fields"]
    api("DELETE", "config/fieldschemes/fields", {field: {"schemeIds": [scheme.id]}})
    assert field not in api.get("issue/CRM-1/editmeta")["fields"]


def test_only_moved_projects_are_told_with_their_scheme(site: Any, api: Any) -> None:
    scheme = move_projects(site, "Software scheme", "CRM")
    asked = ",".join(site.projects)
    told = api.get("config/fieldschemes/projects", projectId=asked)["values"]
    assert told == [{"projectId": int(site.project("CRM").id), "schemeId": scheme.id}]


def test_what_a_scheme_refuses_is_told_field_by_field(site: Any, api: Any) -> None:
    field = _made(api)
    scheme = move_projects(site, "Software scheme", "CRM")
    part = api("PUT", "config/fieldschemes/fields", {field: [{"schemeIds": [scheme.id, 99]}]})
    assert (part.status_code, [one["success"] for one in part.json["results"]]) == (207, [True, False])
    none = api("PUT", "config/fieldschemes/fields", {"customfield_1": [{"schemeIds": [scheme.id]}]})
    assert (none.status_code, none.json["results"][0]["success"]) == (400, False)


def test_an_association_reaches_every_project_that_is_configured_with_it(site: Any, api: Any) -> None:
    others = [one for one in site.projects.values() if not one.team_managed][:2]
    for project in others:
        project.configured_with = 10
    field = _made(api)
    body = {
        "fields": [{"type": "FIELD_ID", "identifier": field}],
        "associationContexts": [{"type": "PROJECT_ID", "identifier": int(others[0].id)}],
    }
    assert api("PUT", "field/association", body).status_code == 204
    assert site.fields[field].project_ids == {one.id for one in others}


def test_the_context_of_a_project_goes_before_the_global_one_and_can_be_taken_away(site: Any, api: Any) -> None:
    field, project = _made(api), site.project("CRM")
    kind = site.issue("CRM-1").fields["issuetype"]["id"]
    pair = {"mappings": [{"projectId": project.id, "issueTypeId": kind}]}
    before = api.post(f"field/{field}/context/mapping", pair)["values"][0]["contextId"]
    body = {"name": "CRM", "projectIds": [project.id], "issueTypeIds": []}
    own = api.post(f"field/{field}/context", body)["id"]
    assert api.post(f"field/{field}/context/mapping", pair)["values"][0]["contextId"] == own != before
    assert api("DELETE", f"field/{field}/context/{own}").status_code == 204
    assert api.post(f"field/{field}/context/mapping", pair)["values"][0]["contextId"] == before
    assert api("DELETE", f"field/{field}/context/{before}").status_code == 400
