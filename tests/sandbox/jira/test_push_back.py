"""What a fake site does with writes of others: properties in bulk, audiences, locks, mails, lost answers."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from sandbox.jira import comments as jira_comments
from sandbox.jira.faults import JiraFaults, is_write
from sandbox.jira.site import JiraSite
from sandbox.server import Credentials, Running, build, start
from sandbox.world import World

DOC = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": "hi"}]}]}
KEY = "bellwether.health"


def _asked(site: JiraSite, *keys: str) -> dict[str, Any]:
    return {"issues": [{"issueID": int(site.issue(key).id), "properties": {KEY: {"of": key}}} for key in keys]}


def _task(api: Any, answer: Any) -> dict[str, Any]:
    path = answer.headers["Location"].partition("/rest")[2]
    found: dict[str, Any] = api.get(f"/rest{path}")
    return found


# -- properties in bulk -----------------------------------------------------------------------------------------------


def test_properties_of_many_issues_are_a_task_that_runs_and_then_is_complete(api: Any, site: JiraSite) -> None:
    answer = api("POST", "issue/properties/multi", _asked(site, "CRM-1", "CRM-2"))
    assert answer.status_code == 303
    first, second = _task(api, answer), _task(api, answer)
    assert [(one["status"], one["progress"]) for one in (first, second)] == [("RUNNING", 50), ("COMPLETE", 100)]
    assert second["result"] == {"errors": {}}
    assert api.get(f"issue/CRM-2/properties/{KEY}")["value"] == {"of": "CRM-2"}
    assert site.mails == 0


def test_an_issue_that_can_not_be_seen_fails_alone(api: Any, site: JiraSite) -> None:
    asked = _asked(site, "CRM-1", "CRM-2")
    site.secure_issue("CRM-1")
    answer = api("POST", "issue/properties/multi", asked)
    _task(api, answer)
    assert list(_task(api, answer)["result"]["errors"]) == [str(asked["issues"][0]["issueID"])]
    assert site.issue("CRM-2").properties[KEY] == {"of": "CRM-2"}


@pytest.mark.parametrize("asked", [
    {"issues": []}, {"issues": [{"issueID": number, "properties": {"k": 1}} for number in range(101)]},
    {"issues": [{"issueID": "CRM-1", "properties": {"k": 1}}]}, {"issues": [{"issueID": 1, "properties": {}}]},
    {"issues": [{"issueID": 1, "properties": {"k": "x" * 32_768}}]},
])  # fmt: skip
def test_a_bulk_call_is_refused_whole_when_it_is_malformed(api: Any, asked: Any) -> None:
    assert api("POST", "issue/properties/multi", asked).status_code == 400


# -- comments ---------------------------------------------------------------------------------------------------------


def test_an_audience_is_kept_with_name_and_id_and_an_unknown_one_is_refused(api: Any, site: JiraSite) -> None:
    site.groups["g-1"] = "board"
    made = api.post("issue/CRM-1/comment", {"body": DOC, "visibility": {"type": "group", "identifier": "g-1"}})
    assert made["visibility"] == {"type": "group", "value": "board", "identifier": "g-1"}
    refused = api("POST", "issue/CRM-1/comment", {"body": DOC, "visibility": {"type": "group", "identifier": "no"}})
    assert (refused.status_code, list(refused.json["errors"])) == (400, ["commentLevel"])


def test_one_comment_too_many_is_413(api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jira_comments, "MOST_COMMENTS", 1)
    api.post("issue/CRM-1/comment", {"body": DOC})
    assert api("POST", "issue/CRM-1/comment", {"body": DOC}).status_code == 413


def test_who_edited_a_comment_last_is_told(api: Any, site: JiraSite) -> None:
    made = api.post("issue/CRM-1/comment", {"body": DOC})
    assert made["updateAuthor"]["accountId"] == made["author"]["accountId"]
    site.edit_comment("CRM-1", made["id"], "better")
    told = api.get(f"issue/CRM-1/comment/{made['id']}")
    assert told["updateAuthor"]["accountId"] != told["author"]["accountId"]


def test_a_comment_of_another_may_not_be_deleted_without_the_right(api: Any, site: JiraSite) -> None:
    theirs = site.add_comment("CRM-1", "mine")["id"]
    site.denied.add("DELETE_ALL_COMMENTS")
    assert api("DELETE", f"issue/CRM-1/comment/{theirs}").status_code == 403


# -- mails and places -------------------------------------------------------------------------------------------------


def test_every_write_is_remembered_with_its_mail(api: Any, site: JiraSite) -> None:
    made = api.post("issue/CRM-1/comment", {"body": DOC})
    api("PUT", f"issue/CRM-1/comment/{made['id']}", {"body": DOC}, notifyUsers="false")
    api("PUT", f"issue/CRM-1/comment/{made['id']}", {"body": DOC})
    api("PUT", "issue/CRM-1", {"fields": {"duedate": "2026-06-01"}}, notifyUsers="false")
    api("PUT", f"issue/CRM-1/properties/{KEY}", {"a": 1})
    api("DELETE", f"issue/CRM-1/comment/{made['id']}")
    assert [(one.what, one.mail) for one in site.written] == [
        ("comment_new", True), ("comment_edit", False), ("comment_edit", True), ("field", False), ("property", False),
        ("comment_delete", False),
    ]
    assert site.mails == 2


def test_a_locked_issue_takes_no_edit_and_offers_no_field(api: Any, site: JiraSite) -> None:
    site.lock_issue("CRM-1")
    assert api("PUT", "issue/CRM-1", {"fields": {"summary": "x"}}).status_code == 400
    assert api.get("issue/CRM-1/editmeta")["fields"] == {}
    site.lock_issue("CRM-1", locked=False)
    assert api("PUT", "issue/CRM-1", {"fields": {"summary": "x"}}).status_code == 204


def test_a_service_project_says_so_in_its_issues(api: Any, site: JiraSite) -> None:
    site.serve_customers("CRM")
    assert api.get("issue/CRM-1", fields="project")["fields"]["project"]["projectTypeKey"] == "service_desk"
    assert api.get("project/CRM")["projectTypeKey"] == "service_desk"


def test_a_deleted_choice_is_refused_in_the_vendors_words(api: Any, site: JiraSite) -> None:
    field = site.field("customfield_10060")
    (options,) = field.options.values()
    number = next(one["id"] for one in options if one["value"] == "At risk")
    site.delete_option(field.id, "At risk")
    refused = api("PUT", "issue/CRM-1", {"fields": {field.id: {"id": number}}})
    assert refused.json["errors"] == {field.id: f"Option id '{number}' is not valid"}


def test_refusals_by_a_limit_are_counted(api: Any, site: JiraSite) -> None:
    for number in range(21):
        api("PUT", "issue/CRM-3", {"fields": {"summary": f"n{number}"}})
    assert site.limits.violations == {"jira-per-issue-on-write": 1}


# -- lost answers -----------------------------------------------------------------------------------------------------


def test_a_share_of_the_writes_is_struck_the_same_in_every_run() -> None:
    def struck(seed: int) -> list[bool]:
        faults = JiraFaults()
        faults.set("reset", method="WRITE", share=0.3, seed=seed, times=10_000)
        return [faults.take("PUT", f"/{number}") is not None for number in range(500)]

    assert struck(1) == struck(1) != struck(2)
    assert 0.25 < sum(struck(1)) / 500 < 0.35


@pytest.mark.parametrize(("method", "path", "writes"), [
    ("GET", "/rest/api/3/issue/A-1", False), ("POST", "/rest/api/3/issue/bulkfetch", False),
    ("POST", "/rest/api/3/comment/list", False), ("POST", "/rest/api/3/issue/A-1/comment", True),
    ("PUT", "/rest/api/3/issue/A-1", True), ("DELETE", "/rest/api/3/issue/A-1/properties/k", True),
    ("POST", "/rest/api/2/search", False), ("POST", "/rest/api/3/issue/properties/multi", True),
])  # fmt: skip
def test_what_only_asks_is_no_write(method: str, path: str, writes: bool) -> None:
    assert is_write(method, path) is writes
    faults = JiraFaults()
    faults.set("reset", method="WRITE")
    assert (faults.take(method, path) is not None) is writes


@pytest.fixture
def running() -> Iterator[Running]:
    moment = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    empty = World(
        now=moment, seed=1, people={}, projects={}, programs={}, portfolios={}, items={}, links=[], versions=[],
        sprints=[], statuses=[],
    )
    opened = start(build(empty, clock=lambda: moment, speed=1000.0))
    yield opened
    opened.stop()


@pytest.mark.parametrize("kind", ["reset", "timeout"])
def test_a_broken_connection_comes_after_the_write(running: Running, kind: str) -> None:
    site, words = running.sandbox.jira, Credentials()
    body = {"name": "Health", "type": "com.atlassian.jira.plugin.system.customfieldtypes:float"}
    site.faults.set(kind, seconds=0.01)
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.post(f"{running.url}/jira/rest/api/3/field", json=body, auth=(words.jira_email, words.jira_token),
                      timeout=60)
    assert [one.name for one in site.fields.values() if one.custom and one.name == "Health"] == ["Health"]


def test_the_control_tells_writes_and_violations(running: Running) -> None:
    assert requests.get(f"{running.url}/_sandbox/written", timeout=60).json() == {"jira": []}
    told = requests.get(f"{running.url}/_sandbox/stats", timeout=60).json()["jira"]
    assert (told["violations"], told["faults"]) == ({}, 0)
