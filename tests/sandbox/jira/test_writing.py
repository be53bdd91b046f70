"""Fields, comments, properties, set-up, webhooks, limits, faults."""

import json
from typing import Any

import pytest

from sandbox.jira.hooks import signature
from sandbox.jira.site import JiraSite

SELECT = "com.atlassian.jira.plugin.system.customfieldtypes:select"
DOC = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": "hi"}]}]}


def new_select(api: Any) -> str:
    field: str = api.post("field", {"name": "Health", "type": SELECT})["id"]
    context = api.get(f"field/{field}/context")["values"][0]["id"]
    api.post(f"field/{field}/context/{context}/option", {"options": [{"value": "At risk"}]})
    return field


def put_on_screen(api: Any, site: JiraSite, field: str, **query: Any) -> None:
    screen = site.screens[site.project("CRM").screen_id]
    path = f"screens/{screen.id}/tabs/{screen.tabs[0].id}/fields"
    assert api("POST", path, {"fieldId": field}, **query).status_code == 200


def associate(api: Any, site: JiraSite, field: str, project: str = "CRM") -> int:
    identifier = {"type": "PROJECT_ID", "identifier": int(site.project(project).id)}
    asked = {"fields": [{"type": "FIELD_ID", "identifier": field}], "associationContexts": [identifier]}
    status: int = api("PUT", "field/association", asked).status_code
    return status


def test_a_new_field_needs_association_and_screen_before_it_takes_values(api: Any, site: JiraSite) -> None:
    field = new_select(api)
    body = {"fields": {field: {"value": "At risk"}}}
    refused = api("PUT", "issue/CRM-1", body)
    assert refused.status_code == 400
    assert refused.json["errors"][field].startswith(f"Field '{field}' cannot be set.")
    put_on_screen(api, site, field, skipFieldAssociation="true")
    assert api("PUT", "issue/CRM-1", body).status_code == 400
    assert associate(api, site, field) == 204
    assert field in api.get("issue/CRM-1/editmeta")["fields"]
    assert api("PUT", "issue/CRM-1", body).status_code == 204
    assert api.get("issue/CRM-1")["fields"][field]["value"] == "At risk"


def test_a_team_managed_project_takes_a_field_only_by_hand(api: Any, site: JiraSite) -> None:
    field = new_select(api)
    assert associate(api, site, field, "TEAM") == 400
    assert field not in api.get("issue/TEAM-1/editmeta")["fields"]
    site.add_field_by_hand("TEAM", field)
    assert api("PUT", "issue/TEAM-1", {"fields": {field: {"value": "At risk"}}}).status_code == 204


@pytest.mark.parametrize(("field", "value"), [
    ("nonsense", 1), ("status", {"id": "10000"}), ("customfield_10016", "five"), ("duedate", "soon"),
    ("customfield_10060", {"value": "Purple"}), ("customfield_10070", "not a url"), ("description", "plain"),
    ("assignee", {"accountId": "nobody"}), ("summary", ""), ("summary", "x" * 256), ("parent", {"key": "CRM-3"}),
])  # fmt: skip
def test_a_refused_value_names_its_field_and_sets_nothing(api: Any, field: str, value: Any) -> None:
    before = api.get("issue/CRM-2")
    answer = api("PUT", "issue/CRM-2", {"fields": {"labels": ["new"], field: value}})
    assert answer.status_code == 400
    assert list(answer.json["errors"]) == [field]
    assert api.get("issue/CRM-2") == before


def test_an_edit_writes_one_history_entry_and_the_same_again_none(api: Any, site: JiraSite) -> None:
    for _ in range(2):
        api("PUT", "issue/CRM-3", {"fields": {"customfield_10016": 8, "duedate": "2026-06-01"}}, notifyUsers="false")
    history = api.get("issue/CRM-3/changelog")["values"]
    assert [one["fieldId"] for one in history[-1]["items"]] == ["customfield_10016", "duedate"]
    assert sum("duedate" in json.dumps(one) for one in history) == 1
    assert site.mails == 0


def test_notify_users_false_is_ignored_without_the_right(api: Any, site: JiraSite) -> None:
    site.denied = {"ADMINISTER", "ADMINISTER_PROJECTS"}
    api("PUT", "issue/CRM-3", {"fields": {"duedate": "2026-06-01"}}, notifyUsers="false")
    assert site.mails == 1


def test_a_comment_carries_properties_and_is_edited_in_place(api: Any) -> None:
    made = api.post("issue/CRM-1/comment", {"body": DOC, "properties": [{"key": "k", "value": {"a": 1}}]})
    edited = DOC | {"content": [{"type": "paragraph", "content": [{"type": "text", "text": "changed"}]}]}
    assert api("PUT", f"issue/CRM-1/comment/{made['id']}", {"body": edited}, notifyUsers="false").status_code == 200
    found = api("POST", "comment/list", {"ids": [int(made["id"])]}, expand="properties").json["values"]
    assert found[0]["properties"] == [{"key": "k", "value": {"a": 1}}]
    assert found[0]["body"] == edited
    assert api.get("issue/CRM-1/comment")["total"] == 1
    assert api("DELETE", f"issue/CRM-1/comment/{made['id']}").status_code == 204


@pytest.mark.parametrize("bad", ["text", {"type": "doc"}, {"type": "doc", "version": 1, "content": [{}]}])
def test_a_comment_that_is_no_document_is_refused(api: Any, bad: Any) -> None:
    assert api("POST", "issue/CRM-1/comment", {"body": bad}).status_code == 400


def test_properties_are_created_replaced_and_deleted(api: Any) -> None:
    path = "issue/CRM-1/properties/bellwether.health"
    assert api("PUT", path, {"band": "red"}).status_code == 201
    assert api("PUT", path, {"band": "green"}).status_code == 200
    assert api.get(path)["value"] == {"band": "green"}
    assert api("PUT", path, "x" * 32_768).status_code == 400
    assert api("DELETE", path).status_code == 204
    assert api("GET", path).status_code == 404


def test_a_deleted_field_is_gone_and_its_task_is_complete(api: Any, site: JiraSite) -> None:
    field = new_select(api)
    answer = api("DELETE", f"field/{field}")
    assert answer.status_code == 303
    task = api.client.get(answer.headers["Location"], headers={"Authorization": "Bearer secret"})
    assert task.json["progress"] == 100
    assert field not in site.fields


def test_set_up_without_administer_jira_is_forbidden(api: Any, site: JiraSite) -> None:
    site.denied = {"ADMINISTER"}
    assert api("POST", "field", {"name": "Health", "type": SELECT}).status_code == 403
    assert api.get("mypermissions", permissions="ADMINISTER")["permissions"]["ADMINISTER"]["havePermission"] is False


def test_webhooks_are_signed_filtered_and_retried_with_one_identifier(api: Any, site: JiraSite, clock: Any) -> None:
    sent: list[tuple[bytes, dict[str, str]]] = []
    answers = [503, 200]

    def post(url: str, body: bytes, headers: dict[str, str]) -> int:
        sent.append((body, dict(headers)))
        return answers.pop(0)

    site.hooks.post = post
    told = {"name": "h", "url": "http://127.0.0.1:9/x", "events": ["jira:issue_updated"], "secret": "s3"}
    told["filters"] = {"issue-related-events-section": "project = CRM"}
    assert api.post("/rest/webhooks/1.0/webhook", told)["isSigned"] is True
    site.edit_issue("TEAM-1", summary="not in the filter")
    api("PUT", "issue/CRM-3", {"fields": {"description": DOC}})
    assert site.hooks.flush()
    clock.move(1000)
    site.edit_issue("TEAM-1", summary="wakes nobody")
    with site.hooks._wake:
        site.hooks._wake.notify()
    assert site.hooks.flush()
    body, headers = sent[0]
    event = json.loads(body)
    assert headers["X-Hub-Signature"] == signature("s3", body)
    assert event["user"]["accountId"] == site.credentials["secret"]
    assert event["issue"]["fields"]["description"] == "hi"
    assert event["changelog"]["items"][0]["fieldId"] == "description"
    assert [one["X-Atlassian-Webhook-Identifier"] for _, one in sent] == [headers["X-Atlassian-Webhook-Identifier"]] * 2
    assert sent[1][1]["X-Atlassian-Webhook-Retry"] == "1"


def test_the_signature_is_the_vendors() -> None:
    expected = "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
    assert signature("It's a Secret to Everybody", b"Hello World!") == expected


def test_the_21st_write_to_an_issue_in_two_seconds_is_refused(api: Any, clock: Any) -> None:
    for number in range(20):
        assert api("PUT", "issue/CRM-3", {"fields": {"summary": f"n{number}"}}).status_code == 204
    refused = api("PUT", "issue/CRM-3", {"fields": {"summary": "once more"}})
    assert refused.status_code == 429
    assert refused.headers["RateLimit-Reason"] == "jira-per-issue-on-write"
    assert api("PUT", "issue/CRM-2", {"fields": {"summary": "another issue"}}).status_code == 204
    clock.move(float(refused.headers["Retry-After"]))
    assert api("PUT", "issue/CRM-3", {"fields": {"summary": "once more"}}).status_code == 204


def test_the_burst_bucket_empties_and_fills_again(api: Any, site: JiraSite, clock: Any) -> None:
    statuses = [api("GET", "myself").status_code for _ in range(101)]
    assert statuses == [200] * 100 + [429]
    assert api("GET", "serverInfo").status_code == 200
    clock.move(1)
    assert api("GET", "myself").status_code == 200
    site.speed = 10
    clock.move(1)
    assert [api("GET", "myself").status_code for _ in range(500)] == [200] * 500


def test_faults_happen_as_often_as_asked(api: Any, site: JiraSite) -> None:
    site.faults.set("429", path="/rest/api/3/myself", times=2, retry_after_s=7)
    assert api("GET", "serverInfo").status_code == 200
    answers = [api("GET", "myself") for _ in range(3)]
    assert [one.status_code for one in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "7"
    site.faults.set("html")
    page = api("GET", "myself")
    assert (page.status_code, page.mimetype) == (200, "text/html")


def test_a_dropped_answer_has_applied_the_write(api: Any, site: JiraSite) -> None:
    site.faults.set("drop", method="PUT")
    assert api("PUT", "issue/CRM-3", {"fields": {"summary": "written"}}).status_code == 504
    assert site.issue("CRM-3").fields["summary"] == "written"


def test_requests_are_counted_by_endpoint_and_method(api: Any, site: JiraSite) -> None:
    api.get("issue/CRM-1")
    api.get("issue/CRM-2")
    assert site.stats[("/rest/api/3/issue/<key>", "GET")] == 2
