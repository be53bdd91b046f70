"""Search, bulk reads, changelogs: pages, caps, refusals."""

from typing import Any

import pytest

from sandbox.jira.site import JiraSite


def test_a_search_answers_ids_only_unless_fields_are_named(api: Any) -> None:
    answer = api.post("search/jql", {"jql": "project = CRM ORDER BY key"})
    assert answer == {"issues": [{"id": one} for one in ("10000", "10001", "10003")], "isLast": True}


def test_pages_of_fields_hold_at_most_100_and_tokens_lead_through_all(api: Any, crowd: JiraSite) -> None:
    seen, token = [], None
    for _ in range(9):
        asked = {"jql": "project = CRM", "maxResults": 5000, "fields": ["summary"]}
        asked |= {"nextPageToken": token} if token else {}
        answer = api.post("search/jql", asked)
        assert len(answer["issues"]) <= 100
        assert "total" not in answer
        seen += [one["id"] for one in answer["issues"]]
        token = answer.get("nextPageToken")
        if answer["isLast"]:
            break
    assert token is None
    assert len(seen) == len(set(seen)) == 263


def test_pages_of_ids_hold_up_to_5000(api: Any, crowd: JiraSite) -> None:
    answer = api.post("search/jql", {"jql": "project = CRM", "maxResults": 5000, "fields": ["id"]})
    assert len(answer["issues"]) == 263


def test_a_token_of_another_query_is_refused(api: Any, crowd: JiraSite) -> None:
    token = api.post("search/jql", {"jql": "project = CRM"})["nextPageToken"]
    assert api("POST", "search/jql", {"jql": "project = TEAM", "nextPageToken": token}).status_code == 400


@pytest.mark.parametrize("text", [
    "", "ORDER BY key", "nonsense = 1", "project = NOWHERE", 'project = CRM AND summary ~ "x"', "project CRM",
    "project = CRM AND", "updated >= soon", "project = CRM ORDER BY " + ", ".join(["key"] * 8),
    "project = CRM AND assignee = currentUser()", "issuekey = CRM-999",
])  # fmt: skip
def test_a_query_it_cannot_answer_is_refused(api: Any, text: str) -> None:
    answer = api("POST", "search/jql", {"jql": text})
    assert answer.status_code == 400
    assert answer.json["errorMessages"]


@pytest.mark.parametrize(("text", "keys"), [
    ("project in (CRM, TEAM)", ["CRM-1", "CRM-2", "CRM-3", "TEAM-1"]),
    ("project = CRM AND issuetype != Bug", ["CRM-1", "CRM-2"]),
    ("parent = CRM-1", ["CRM-2"]),
    ('fixVersion = "1.1"', ["CRM-2"]),
    ('sprint = "Sprint 2" OR key = TEAM-1', ["CRM-2", "TEAM-1"]),
    ('statusCategory = Done', ["CRM-2"]),
    ('project = CRM AND NOT (status = "Done" OR type = Epic)', ["CRM-3"]),
    ("project = CRM AND fixVersion is EMPTY", ["CRM-1", "CRM-3"]),
    ("id >= 10003", ["CRM-3"]),
    ("due < 2026-05-01", ["CRM-2"]),
    ("created >= -200d AND project = TEAM", ["TEAM-1"]),
])  # fmt: skip
def test_queries_find_what_they_say(api: Any, text: str, keys: list[str]) -> None:
    answer = api.post("search/jql", {"jql": text + " ORDER BY key", "fields": ["key"]})
    assert [one["key"] for one in answer["issues"]] == keys


def test_dates_of_a_query_are_read_in_the_zone_of_the_account(api: Any, site: JiraSite) -> None:
    site.edit_issue("CRM-3", summary="changed at noon UTC")  # 14:00 in Berlin
    asked = {"jql": 'project = CRM AND updated >= "2026-04-01 13:00"'}
    assert api.post("search/jql", asked)["issues"] == []
    site.set_time_zone("Europe/Berlin")
    assert api.post("search/jql", asked)["issues"] == [{"id": "10003"}]


def test_a_lagging_index_hides_a_fresh_write_unless_reconciled(api: Any, site: JiraSite, clock: Any) -> None:
    site.faults.search_lag_s = 30
    api.post("search/jql", {"jql": "project = CRM"})
    clock.move(60)
    site.edit_issue("CRM-3", summary="fresh")
    asked: dict[str, Any] = {"jql": "updated >= -1m"}
    assert api.post("search/jql", asked)["issues"] == []
    assert api.post("search/jql", asked | {"reconcileIssues": [10003]})["issues"] == [{"id": "10003"}]
    clock.move(31)
    assert api.post("search/jql", asked)["issues"] == [{"id": "10003"}]


def test_bulkfetch_takes_a_thousand_single_valued_fields_and_omits_the_missing(api: Any, crowd: JiraSite) -> None:
    keys = [f"CRM-{n}" for n in range(1, 264)]
    asked = {"issueIdsOrKeys": [*keys, "CRM-9999"], "fields": ["summary"]}
    assert len(api.post("issue/bulkfetch", asked)["issues"]) == 263


@pytest.mark.parametrize("wide", [
    {}, {"fields": ["*all"]}, {"fields": ["-summary"]}, {"fields": ["summary", "comment"]},
    {"fields": ["summary"], "expand": ["changelog"]},
])  # fmt: skip
def test_bulkfetch_refuses_more_than_100_when_asked_widely(api: Any, wide: dict[str, Any]) -> None:
    asked = {"issueIdsOrKeys": [str(n) for n in range(101)]} | wide
    assert api("POST", "issue/bulkfetch", asked).status_code == 400


def test_the_history_of_an_issue_is_shaped_as_the_vendors(api: Any, bob: str) -> None:
    history = api.get("issue/CRM-2/changelog")["values"]
    lines = [{**one} for entry in history for one in entry["items"]]
    by_field = {one["field"]: one for one in lines}
    assert by_field["assignee"]["to"] == bob
    assert by_field["Fix Version"] | {} == {
        "field": "Fix Version", "fieldtype": "jira", "fieldId": "fixVersions", "from": None, "fromString": None,
        "to": "10001", "toString": "1.1",
    }  # fmt: skip
    assert (by_field["Sprint"]["from"], by_field["Sprint"]["to"]) == ("1", "1, 2")
    assert by_field["duedate"]["from"] == "2026-04-10"
    assert by_field["resolution"]["toString"] == "Done"
    assert [one["created"] for one in history] == sorted(one["created"] for one in history)


def test_bulk_changelogs_come_by_token_oldest_first_and_only_the_asked_fields(api: Any) -> None:
    asked: dict[str, Any] = {"issueIdsOrKeys": ["CRM-2"], "fieldIds": ["status"], "maxResults": 1}
    first = api.post("changelog/bulkfetch", asked)
    second = api.post("changelog/bulkfetch", asked | {"nextPageToken": first["nextPageToken"]})
    entries = [one["issueChangeLogs"][0]["changeHistories"][0] for one in (first, second)]
    assert [one["items"][0]["toString"] for one in entries] == ["In Progress", "Done"]
    assert isinstance(entries[0]["created"], int)
    assert "nextPageToken" not in second


@pytest.mark.parametrize("asked", [
    {"issueIdsOrKeys": []}, {"issueIdsOrKeys": [str(n) for n in range(1001)]},
    {"issueIdsOrKeys": ["CRM-1"], "fieldIds": [str(n) for n in range(11)]},
])  # fmt: skip
def test_bulk_changelogs_keep_their_limits(api: Any, asked: dict[str, Any]) -> None:
    assert api("POST", "changelog/bulkfetch", asked).status_code == 400


def test_links_parents_and_addresses_are_told_from_both_ends(api: Any) -> None:
    blocker, blocked = api.get("issue/CRM-2")["fields"], api.get("issue/CRM-3")["fields"]
    assert blocker["issuelinks"][0]["outwardIssue"]["key"] == "CRM-3"
    assert blocked["issuelinks"][0]["inwardIssue"]["key"] == "CRM-2"
    assert blocker["parent"]["key"] == "CRM-1"
    assert blocker["customfield_10070"] == "https://asana.example/0/WEB-1"


def test_the_declared_status_is_on_the_anchor_with_its_history(api: Any) -> None:
    assert api.get("issue/CRM-1")["fields"]["customfield_10060"]["value"] == "At risk"
    lines = [line for entry in api.get("issue/CRM-1/changelog")["values"] for line in entry["items"]]
    assert [line["toString"] for line in lines] == ["On track", "At risk"]


def test_the_old_search_is_gone(api: Any) -> None:
    for version in ("2", "3", "latest"):
        answer = api("POST", f"/rest/api/{version}/search", {"jql": "project = CRM"})
        assert answer.status_code == 410
        assert "/rest/api/3/search/jql" in answer.json["errorMessages"][0]


def test_a_bad_credential_reads_nothing_instead_of_failing(api: Any) -> None:
    client = api.client
    assert client.get("/rest/api/3/myself").status_code == 401
    assert client.get("/rest/api/3/project/search").json["values"] == []
    assert client.post("/rest/api/3/search/jql", json={"jql": "project = CRM"}).json["issues"] == []
    assert client.get("/rest/api/3/issue/CRM-1").status_code == 404
    assert client.put("/rest/api/3/issue/CRM-1", json={"fields": {}}).status_code == 401


def test_boards_and_sprints_come_50_a_page(api: Any) -> None:
    board = api.get("/rest/agile/1.0/board", projectKeyOrId="CRM", maxResults=500)
    assert board["maxResults"] == 50
    number = board["values"][0]["id"]
    states = [one["state"] for one in api.get(f"/rest/agile/1.0/board/{number}/sprint")["values"]]
    assert states == ["closed", "active"]
    settings = api.get(f"/rest/agile/1.0/board/{number}/configuration")
    assert settings["estimation"]["field"]["fieldId"] == "customfield_10016"


def test_a_moved_issue_is_found_by_its_old_key_and_a_deleted_one_not(api: Any, site: JiraSite) -> None:
    site.move_issue("CRM-3", "TEAM")
    assert api.get("issue/CRM-3")["key"] == "TEAM-2"
    site.delete_issue("TEAM-2")
    assert api("GET", "issue/CRM-3").status_code == 404
    assert api.get("issue/CRM-2")["fields"]["issuelinks"] == []


def test_addresses_keep_the_path_the_site_is_mounted_under(api: Any) -> None:
    answer = api.client.get("/rest/api/3/serverInfo", base_url="http://host:8/jira/")
    assert answer.json["baseUrl"] == "http://host:8/jira"
