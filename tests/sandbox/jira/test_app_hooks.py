"""Webhooks of an OAuth app in the fake site, and events that are never sent."""

from datetime import timedelta
from typing import Any

import pytest

from sandbox.jira.site import JiraSite
from sandbox.oauth import CLIENT_SECRET

URL = "http://127.0.0.1:9/hooks"
EVENTS = ["jira:issue_updated"]


@pytest.fixture
def by_app(api: Any, site: JiraSite) -> Any:
    """Requests with a token of the app; those with a password are refused here."""
    site.credentials["the app's token"] = site.credentials["bot@acme.example:secret"]

    def call(method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": "Bearer the app's token"}
        answer = api.client.open(f"/rest/api/3/{path}", method=method, json=body, headers=headers)
        assert answer.status_code in (200, 202), answer.text
        return answer.get_json(silent=True)

    return call


def asked(jql: str, url: str = URL) -> dict[str, Any]:
    return {"url": url, "webhooks": [{"events": EVENTS, "jqlFilter": jql}]}


def test_only_an_app_has_such_webhooks(api: Any) -> None:
    assert api("GET", "webhook").status_code == 403


def test_a_refusal_is_answered_200_with_its_reasons(by_app: Any) -> None:
    for wrong in (asked("summary ~ x"), asked("project is not EMPTY"), asked("project = NOSUCH")):
        (result,) = by_app("POST", "webhook", wrong)["webhookRegistrationResult"]
        assert result["errors"]
    assert by_app("GET", "webhook")["values"] == []


def test_an_app_has_one_address(by_app: Any) -> None:
    by_app("POST", "webhook", asked("project = CRM"))
    (second,) = by_app("POST", "webhook", asked("project = CRM", url="http://127.0.0.1:9/other"))["webhookRegistrationResult"]
    assert "single URL" in second["errors"][0]


def test_a_delivery_carries_a_token_and_no_signature_until_the_webhook_ends(
    by_app: Any, site: JiraSite, clock: Any
) -> None:
    sent: list[dict[str, str]] = []
    site.hooks.post = lambda _url, _body, headers: sent.append(dict(headers)) or 200
    (made,) = by_app("POST", "webhook", asked("project in (CRM)"))["webhookRegistrationResult"]
    site.edit_issue("CRM-3", summary="heard")
    site.edit_issue("TEAM-1", summary="not in the filter")
    assert site.hooks.flush()
    (headers,) = sent
    assert headers["Authorization"].startswith("Bearer ")
    assert "X-Hub-Signature" not in headers
    assert CLIENT_SECRET not in str(headers)
    clock.move(timedelta(days=29).total_seconds())
    by_app("PUT", "webhook/refresh", {"webhookIds": [made["createdWebhookId"]]})
    clock.move(timedelta(days=29).total_seconds())
    site.edit_issue("CRM-3", summary="still heard")
    assert site.hooks.flush()
    clock.move(timedelta(days=2).total_seconds())
    site.edit_issue("CRM-3", summary="unheard")
    assert site.hooks.flush()
    assert len(sent) == 2


def test_a_share_of_the_events_is_never_sent_and_named(by_app: Any, site: JiraSite) -> None:
    sent: list[str] = []
    site.hooks.post = lambda _url, body, _headers: sent.append(body.decode()) or 200
    by_app("POST", "webhook", asked("project = CRM"))
    site.faults.set("lost_hook", times=1000, share=0.5, seed=3)
    for number in range(40):
        site.edit_issue("CRM-3", summary=f"n{number}")
    assert site.hooks.flush()
    assert len(sent) + len(site.hooks.lost) == 40
    assert 10 < len(sent) < 30
    assert by_app("GET", "myself") is not None, "no request runs into it"
