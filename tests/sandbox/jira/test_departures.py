"""How things leave the fake site, and how it says what time it is."""

from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from sandbox.jira.site import JiraSite


def _standing(api: Any, key: str, number: str) -> list[str]:
    told = api.get("project/search", id=number, status="live,archived,deleted")["values"]
    return [flag for one in told if one["key"] == key for flag in ("archived", "deleted") if one.get(flag)] or (
        ["live"] if told else []
    )


@pytest.mark.parametrize(("deed", "told"), [
    (None, ["live"]), ("archive_project", ["archived"]), ("delete_project", ["deleted"]), ("hide_project", []),
])
def test_a_project_that_left_is_listed_only_by_its_standing(
    api: Any, site: JiraSite, deed: str | None, told: list[str]
) -> None:
    project = site.project("CRM")
    if deed:
        getattr(site, deed)("CRM")
    assert _standing(api, "CRM", project.id) == told
    issues = api.post("issue/bulkfetch", {"issueIdsOrKeys": ["CRM-1"], "fields": ["summary"]})["issues"]
    assert bool(issues) is (deed is None)


def test_an_archived_issue_is_in_no_search_but_tells_its_date(api: Any, site: JiraSite) -> None:
    site.archive_issue("CRM-1")
    assert "10000" not in {one["id"] for one in api.post("search/jql", {"jql": "project = CRM"})["issues"]}
    asked = {"issueIdsOrKeys": ["CRM-1"], "fields": ["archiveddate"]}
    assert api.post("issue/bulkfetch", asked)["issues"][0]["fields"]["archiveddate"]
    site.restore_issue("CRM-1")
    assert api.post("issue/bulkfetch", asked)["issues"][0]["fields"]["archiveddate"] is None


def test_permissions_are_told_for_the_projects_that_have_them(api: Any, site: JiraSite) -> None:
    crm, team = int(site.project("CRM").id), int(site.project("TEAM").id)
    site.hide_project("TEAM")
    asked = {"projectPermissions": [{"permissions": ["BROWSE_PROJECTS"], "projects": [crm, team]}]}
    (told,) = api.post("permissions/check", asked)["projectPermissions"]
    assert told["projects"] == [crm]


def test_only_an_administrator_sees_which_projects_have_a_security_scheme(api: Any, site: JiraSite) -> None:
    site.use_security("CRM")
    shown = api.get("issuesecurityschemes/project")["values"]
    assert [one["projectId"] for one in shown] == [site.project("CRM").id]
    site.denied.add("ADMINISTER")
    assert api("GET", "issuesecurityschemes/project").status_code == 403


def test_a_secured_issue_is_not_shown(api: Any, site: JiraSite) -> None:
    site.secure_issue("CRM-1")
    assert api("GET", "issue/CRM-1").status_code == 404


def test_answers_carry_the_time_of_the_site(api: Any, clock: Any) -> None:
    assert parsedate_to_datetime(api("GET", "myself").headers["Date"]) == clock()


def test_an_anonymous_fault_answers_with_nothing(api: Any, site: JiraSite) -> None:
    site.faults.set("anonymous")
    assert api.post("search/jql", {"jql": "project = CRM"}) == {"issues": [], "isLast": True}
    assert api.post("search/jql", {"jql": "project = CRM"})["issues"]


def test_an_expired_token_strikes_only_a_page_after_the_first(api: Any, crowd: JiraSite) -> None:
    crowd.faults.set("expired_token")
    token = api.post("search/jql", {"jql": "project = CRM"})["nextPageToken"]
    asked = {"jql": "project = CRM", "nextPageToken": token}
    assert api("POST", "search/jql", asked).status_code == 400
    assert api.post("search/jql", asked)["issues"]


def test_a_malformed_answer_is_half_a_document(api: Any, site: JiraSite) -> None:
    site.faults.set("malformed")
    answer = api("GET", "myself")
    assert answer.status_code == 200
    with pytest.raises(ValueError, match="Expecting value"):
        answer.get_json()
