"""Fields of many issues in one job: what it takes, what it leaves out, who is told."""

from typing import Any

import pytest

from sandbox.jira.bulk_fields import MOST_JOBS
from sandbox.jira.catalog import custom_field
from sandbox.jira.site import JiraSite

SCORE, REASON, HEALTH = "customfield_10202", "customfield_10203", "customfield_10060"
SUBMIT = "bulk/issues/fields"


@pytest.fixture
def site(site: JiraSite) -> JiraSite:
    site.add_custom_field(custom_field(SCORE, "Score", "float"))
    site.add_custom_field(custom_field(REASON, "Reason", "textfield"))
    return site


def _job(*issues: str, score: float | None = 5.0, **more: Any) -> dict[str, Any]:
    edited = {"clearableNumberFields": [{"fieldId": SCORE, "value": score}]}
    given: dict[str, Any] = {
        "selectedActions": [SCORE], "editedFieldsInput": edited, "selectedIssueIdsOrKeys": issues or ["CRM-1", "CRM-2"],
        "sendBulkNotification": False,
    }
    return given | more


def _ended(api: Any, asked: Any) -> Any:
    task = api.post(SUBMIT, asked)["taskId"]
    assert api.get(f"bulk/queue/{task}")["status"] == "RUNNING"
    return api.get(f"bulk/queue/{task}")


def test_a_job_runs_and_is_complete_then_and_sets_every_issue(api: Any, site: JiraSite) -> None:
    told = _ended(api, _job())
    assert (told["status"], told["progressPercent"], told["totalIssueCount"]) == ("COMPLETE", 100, 2)
    assert told["processedAccessibleIssues"] == [int(site.issue(key).id) for key in ("CRM-1", "CRM-2")]
    assert "failedAccessibleIssues" not in told
    assert [site.issue(key).fields[SCORE] for key in ("CRM-1", "CRM-2")] == [5.0, 5.0]


@pytest.mark.parametrize(("more", "mail"), [
    ({"sendBulkNotification": False}, False), ({"sendBulkNotification": True}, True), ({"sendBulkNotification": None}, True),
])  # fmt: skip
def test_mails_are_sent_unless_they_are_not_wanted(api: Any, site: JiraSite, more: Any, mail: bool) -> None:
    _ended(api, _job(**more))
    assert [(one.what, one.key, one.mail) for one in site.written] == [("field", "CRM-1", mail), ("field", "CRM-2", mail)]


def test_each_issue_gets_a_history_and_a_webhook_as_from_a_single_edit(api: Any, site: JiraSite) -> None:
    sent: list[bytes] = []
    site.hooks.post = lambda _url, body, _headers: sent.append(body) or 200  # type: ignore[func-returns-value]
    hook = {"name": "h", "url": "http://127.0.0.1:9/h", "events": ["jira:issue_updated"]}
    assert api("POST", "/rest/webhooks/1.0/webhook", hook).status_code == 201
    _ended(api, _job())
    assert site.hooks.flush()
    assert len(sent) == 2
    assert all(b'"jira:issue_updated"' in body and SCORE.encode() in body for body in sent)
    assert site.issue("CRM-1").histories[-1]["items"][0]["toString"] == "5"


def test_what_stands_there_already_is_no_change(api: Any, site: JiraSite) -> None:
    _ended(api, _job())
    told = _ended(api, _job())
    assert len(told["processedAccessibleIssues"]) == len(site.written) == 2


def test_each_kind_is_cleared_in_its_own_way(api: Any, site: JiraSite) -> None:
    choice = next(iter(site.field(HEALTH).options.values()))[0]["id"]
    for edited in (
        {"singleSelectFields": [{"fieldId": HEALTH, "option": {"optionId": int(choice)}}],
         "singleLineTextFields": [{"fieldId": REASON, "text": "why"}]},
        {"singleSelectFields": [{"fieldId": HEALTH, "option": {"optionId": -1}}],
         "singleLineTextFields": [{"fieldId": REASON, "text": ""}]},
    ):  # fmt: skip
        _ended(api, _job("CRM-1", selectedActions=[HEALTH, REASON], editedFieldsInput=edited))
        shown = [site.issue("CRM-1").fields[one] for one in (HEALTH, REASON)]
        assert [bool(one) for one in shown] == ["why" in str(edited)] * 2


def test_an_issue_without_the_field_on_its_screen_fails_by_itself(api: Any, site: JiraSite) -> None:
    site.take_off_screen("CRM", SCORE)
    told = _ended(api, _job("CRM-1", "TEAM-1"))
    (why,) = told["failedAccessibleIssues"][site.issue("CRM-1").id]
    assert "not on the appropriate screen" in why
    assert site.issue("TEAM-1").fields[SCORE] == 5.0


def test_hidden_issues_are_only_counted(api: Any, site: JiraSite) -> None:
    site.secure_issue("CRM-1")
    told = _ended(api, _job("CRM-1", "CRM-2", "CRM-999"))
    assert told["invalidOrInaccessibleIssueCount"] == 2
    assert told["processedAccessibleIssues"] == [int(site.issue("CRM-2").id)]


@pytest.mark.parametrize("permission", ["BULK_CHANGE", "EDIT_ISSUES"])
def test_a_right_that_is_lacking_refuses_the_job_or_fails_each_issue(api: Any, site: JiraSite, permission: str) -> None:
    site.denied.add(permission)
    if permission == "BULK_CHANGE":
        assert api("POST", SUBMIT, _job()).status_code == api("GET", "bulk/queue/1").status_code == 403
    else:
        assert len(_ended(api, _job())["failedAccessibleIssues"]) == 2
    assert not site.written


@pytest.mark.parametrize("more", [
    {"selectedIssueIdsOrKeys": []}, {"selectedIssueIdsOrKeys": [str(one) for one in range(1001)]},
    {"selectedActions": []}, {"selectedActions": [SCORE, REASON]}, {"selectedActions": [REASON]},
    {"editedFieldsInput": {"singleLineTextFields": [{"fieldId": SCORE, "text": "5"}]}},
    {"editedFieldsInput": {"unknownFields": []}}, {"editedFieldsInput": []},
])  # fmt: skip
def test_a_malformed_job_is_refused_in_a_list_of_messages(api: Any, site: JiraSite, more: Any) -> None:
    refused = api("POST", SUBMIT, _job(**more))
    assert refused.status_code == 400
    assert refused.json["errors"][0]["message"]
    assert not site.written


def test_a_site_runs_five_jobs_at_a_time_and_those_forgotten_end_by_themselves(
    api: Any, site: JiraSite, clock: Any
) -> None:
    asked = _job()
    asked["selectedIssueIdsOrKeys"] = ["CRM-1"]
    for _ in range(MOST_JOBS):
        api.post(SUBMIT, asked)
        clock.move(1)
    assert api("POST", SUBMIT, asked).status_code == 429
    clock.move(61)
    assert api("POST", SUBMIT, asked).status_code == 201


def test_what_is_no_job_is_refused(api: Any) -> None:
    assert api("GET", "bulk/queue/12").status_code == 400
