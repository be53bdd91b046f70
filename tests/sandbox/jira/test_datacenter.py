"""The fake Data Center: what it shares with the Cloud fake is shown in a server's own way."""

import json
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sandbox.jira.datacenter.app import create_app
from sandbox.jira.datacenter.state import EPIC_LINK, EPIC_NAME, RateLimit, Server
from sandbox.jira.load import SPRINT
from sandbox.jira.site import ADMIN_ID, JiraSite

PAT = "a-personal-token"


@pytest.fixture
def server(site: JiraSite) -> Server:
    return Server(site, tokens={PAT: ADMIN_ID})


@pytest.fixture
def client(server: Server) -> FlaskClient:
    return create_app(server, url="https://dc.example/jira").test_client()


def _call(client: FlaskClient, method: str, path: str, body: Any = None, token: str | None = PAT) -> TestResponse:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    full = path if path.startswith("/rest") else f"/rest/api/2/{path}"
    return client.open(full, method=method, json=body, headers=headers)


def _search(client: FlaskClient, jql: str, **more: Any) -> Any:
    return _call(client, "POST", "search", {"jql": jql, **more}).json


def test_people_have_names_and_keys_and_no_account_id(client: FlaskClient) -> None:
    (issue,) = _search(client, "key = CRM-2", fields=["assignee"])["issues"]
    assignee = issue["fields"]["assignee"]
    assert (assignee["name"], assignee["displayName"]) == ("bob", "Bob")
    assert assignee["key"].startswith("JIRAUSER")
    assert "accountId" not in json.dumps(issue)


def test_nothing_of_cloud_is_served(client: FlaskClient) -> None:
    for path in ("/rest/api/3/field", "search/jql", "issue/bulkfetch", "changelog/bulkfetch", "project/search"):
        method = "GET" if path.endswith(("field", "search")) else "POST"
        assert _call(client, method, path, {} if method == "POST" else None).status_code in (404, 405)


def test_addresses_lead_to_the_server_itself(client: FlaskClient) -> None:
    told = _call(client, "GET", "issue/CRM-2").text
    assert "https://dc.example/jira/rest/api/2/" in told
    assert "/rest/api/3/" not in told


def test_a_sprint_is_a_text_whatever_its_name_holds(client: FlaskClient, site: JiraSite) -> None:
    next(iter(site.sprints.values()))["name"] = "One, two=three"
    (issue,) = _search(client, "key = CRM-2", fields=[SPRINT])["issues"]
    first = issue["fields"][SPRINT][0]
    assert first.startswith("com.atlassian.greenhopper.service.sprint.Sprint@")
    assert "state=CLOSED,name=One, two=three," in first


def test_an_epic_is_named_in_epic_link_and_found_by_it(client: FlaskClient) -> None:
    (issue,) = _search(client, "key = CRM-2", fields=["parent", EPIC_LINK])["issues"]
    assert issue["fields"] == {EPIC_LINK: "CRM-1"}
    assert _search(client, "parent = CRM-1")["total"] == 0
    assert _search(client, '"Epic Link" in (CRM-1)')["total"] == 1
    epic = _call(client, "GET", "issue/CRM-1").json["fields"]
    assert epic[EPIC_NAME] == "The anchor"
    assert "hierarchyLevel" not in epic["issuetype"]


def test_the_changelog_comes_with_the_issue_and_names_no_field_ids(client: FlaskClient, server: Server, bob: str) -> None:
    (issue,) = _search(client, "key = CRM-2", fields=["id"], expand=["changelog"])["issues"]
    items = [item for entry in issue["changelog"]["histories"] for item in entry["items"]]
    assert not any("fieldId" in item for item in items)
    assert {"Fix Version", "Sprint", "status", "assignee"} <= {item["field"] for item in items}
    assert {item["to"] for item in items if item["field"] == "assignee"} == {server.key_of(bob)}
    assert _call(client, "GET", "issue/CRM-2/changelog").status_code == 404


def test_a_page_is_cut_to_what_the_server_allows(client: FlaskClient, server: Server, crowd: JiraSite) -> None:
    server.page = 100
    found = _search(client, "project = CRM", maxResults=5000)
    assert (len(found["issues"]), found["maxResults"], found["total"]) == (100, 100, len(crowd.issues) - 1)


def test_a_search_beyond_the_window_is_refused(client: FlaskClient, server: Server, crowd: JiraSite) -> None:
    server.page, server.window = 50, 100
    assert len(_search(client, "project = CRM", startAt=50, maxResults=50)["issues"]) == 50
    answer = _call(client, "POST", "search", {"jql": "project = CRM", "startAt": 60, "maxResults": 50})
    assert answer.status_code == 500
    assert "Search limit exceeded" in answer.text


def test_an_unknown_issue_refuses_a_query_unless_it_need_not_be_valid(client: FlaskClient, server: Server) -> None:
    jql = "id in (10000, 999999)"
    assert _call(client, "POST", "search", {"jql": jql}).status_code == 400
    assert _search(client, jql, validateQuery=False)["total"] == 1
    server.lenient = False
    assert _call(client, "POST", "search", {"jql": jql, "validateQuery": False}).status_code == 400


def test_a_wrong_token_gets_the_login_page_and_a_reason(client: FlaskClient) -> None:
    answer = _call(client, "GET", "myself", token="wrong")
    assert (answer.status_code, answer.mimetype) == (401, "text/html")
    assert answer.headers["X-Seraph-LoginReason"] == "AUTHENTICATED_FAILED"


def test_nobody_sees_empty_lists(client: FlaskClient) -> None:
    assert _call(client, "GET", "project", token=None).json == []
    assert _call(client, "POST", "search", {"jql": "project = CRM"}, token=None).json["issues"] == []
    assert _call(client, "GET", "myself", token=None).status_code == 401


def test_comments_keep_their_wiki_markup_and_their_properties(client: FlaskClient, server: Server) -> None:
    body = {"body": "*bold* [~bob]\n* one", "properties": [{"key": "k", "value": {"n": 1}}]}
    made = _call(client, "POST", "issue/CRM-2/comment", body).json
    told = _call(client, "GET", "issue/CRM-2/comment?expand=properties").json["comments"][-1]
    assert (told["id"], told["body"]) == (made["id"], "*bold* [~bob]\n* one")
    assert told["properties"] == body["properties"]
    server.notes = False
    assert _call(client, "POST", "issue/CRM-2/comment", body).status_code == 400
    assert _call(client, "POST", "issue/CRM-2/comment", {"body": {"type": "doc"}}).status_code == 400


def test_archived_projects_are_listed_on_demand_only(client: FlaskClient, site: JiraSite) -> None:
    site.project("TEAM").archived = True
    assert [one["key"] for one in _call(client, "GET", "project").json] == ["CRM"]
    every = _call(client, "GET", "project?includeArchived=true").json
    assert {one["key"]: one["archived"] for one in every} == {"CRM": False, "TEAM": True}


def test_a_quiet_edit_is_refused_to_whom_may_not_keep_mails_back(client: FlaskClient, site: JiraSite) -> None:
    site.denied = {"ADMINISTER", "ADMINISTER_PROJECTS"}
    body = {"fields": {"summary": "Another"}}
    assert _call(client, "PUT", "issue/CRM-2?notifyUsers=false", body).status_code == 403
    assert _call(client, "PUT", "issue/CRM-2", body).status_code == 204


def test_an_administrators_rate_limit_refuses_and_says_when_to_come_back(
    client: FlaskClient, server: Server, clock: Any
) -> None:
    server.rate = RateLimit(capacity=2, fill=1, interval_s=10, monotonic=clock.monotonic)
    first = _call(client, "GET", "myself")
    assert (first.headers["X-RateLimit-Remaining"], first.headers["retry-after"]) == ("1", "0")
    _call(client, "GET", "myself")
    refused = _call(client, "GET", "myself")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "10")
    clock.move(10)
    assert _call(client, "GET", "myself").status_code == 200


def test_a_hook_is_signed_only_by_the_secret_in_its_settings(client: FlaskClient, site: JiraSite) -> None:
    path, body = "/rest/jira-webhook/1.0/webhooks", {"name": "n", "url": "https://us.example/x", "events": []}
    _call(client, "POST", path, {**body, "secret": "ignored"})
    _call(client, "POST", path, {**body, "configuration": {"SECRET": "kept"}})
    assert [hook.secret for hook in site.webhooks.values()] == [None, "kept"]
    assert "kept" not in _call(client, "GET", path).text
    assert _call(client, "GET", "/rest/webhooks/1.0/webhook").status_code == 404


def test_a_delivery_names_people_by_key_and_itself_not_at_all(
    client: FlaskClient, site: JiraSite, server: Server, bob: str
) -> None:
    sent: list[tuple[bytes, dict[str, str]]] = []

    def post(_url: str, body: bytes, headers: dict[str, str]) -> int:
        sent.append((body, headers))
        return 500

    site.hooks.post = post
    hook = {"name": "n", "url": "https://us.example/x", "events": ["jira:issue_updated"]}
    _call(client, "POST", "/rest/jira-webhook/1.0/webhooks", {**hook, "configuration": {"SECRET": "s"}})
    site.edit_issue("CRM-2", by=bob, summary="New", duedate=(site.clock() + timedelta(days=3)).date())
    assert site.hooks.flush()
    ((body, headers),) = sent  # a server does not try again
    told = json.loads(body)
    assert (told["user"]["key"], told["issue"]["key"]) == (server.key_of(bob), "CRM-2")
    assert "accountId" not in body.decode()
    assert "X-Hub-Signature" in headers
    assert "X-Atlassian-Webhook-Identifier" not in headers
    assert site.hooks.dropped == 1
