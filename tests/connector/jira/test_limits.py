"""Jira's limits: counted by endpoint, issue and app; silenced by what a refusal names."""

from typing import Any

import pytest

from connector.jira.limits import JiraLimits, points_of, quota_spent_s, template
from connector.jira.options import access
from connector.sdk.base import ConnectionSettings
from connector.sdk.http import Answer, Call
from model.mapping import Mapping

TOKEN = {"type": "api_token", "email": "bot@acme.example", "token": "env:T"}
OAUTH = {"type": "oauth2", "client_id": "app", "client_secret": "env:S", "cloud_id": "c-1"}


def _limits(name: str = "acme", auth: dict[str, Any] = TOKEN, url: str = "https://acme.example") -> JiraLimits:
    settings = ConnectionSettings(name, "jira", {"url": url, "auth": auth}, Mapping())
    return JiraLimits(access(settings, lambda _ref: "word"))


@pytest.mark.parametrize(("path", "endpoint"), [
    ("api/issue/CRM-1", "{}"), ("api/issue/10001/comment", "comment"), ("api/issue/CRM-1/properties/bellwether.health", "{}"),
    ("api/issue/bulkfetch", "bulkfetch"), ("api/project/CRM/version", "version"), ("api/project/crm/version", "version"),
    ("api/issue/a%2Fb/comment/7", "{}"), ("rest/agile/1.0/board/7/sprint?startAt=1", "sprint"),
    ("api/field/customfield_10016/context/1/option", "option"), ("api/user/jürgen", "{}"),
    ("api/task/10641", "{}"), ("api/issue/properties/multi", "multi"), ("api/comment/list", "list"),
])
def test_one_endpoint_is_one_scope_whatever_it_names(path: str, endpoint: str) -> None:
    words = template(path).split("/")
    assert words[-1] == endpoint
    assert not any(char.isdigit() for word in words for char in word if word != "1.0")


def test_two_issues_share_an_endpoint_and_not_their_writes() -> None:
    one, other = (_limits().of("PUT", f"api/issue/{key}", writing=True, issue=key) for key in ("A-1", "B-2"))
    assert one[0].scope == other[0].scope
    assert {limit.scope for limit in one[1:]}.isdisjoint(limit.scope for limit in other)
    assert [(limit.capacity, limit.window_s) for limit in one[1:]] == [(20, 2.0), (100, 30.0)]


def test_two_connections_to_one_site_share_its_limits_and_those_to_another_do_not() -> None:
    here, there, elsewhere = _limits("a"), _limits("b"), _limits("c", url="https://other.example")
    scopes = [each.of("GET", "api/field", writing=False, issue=None)[0] for each in (here, there, elsewhere)]
    assert scopes[0] == scopes[1] != scopes[2]


@pytest.mark.parametrize(("reason", "silenced"), [
    ("jira-burst-based", "PUT"), ("jira-per-issue-on-write", "issue:A-1"), ("jira-cost-based", "acme"), ("", "acme"),
    ("jira-quota-global-based", "acme"),
])
def test_a_refusal_silences_what_its_reason_names(reason: str, silenced: str) -> None:
    limits = _limits()
    call = Call("PUT", "x", limits=limits.of("PUT", "api/issue/A-1", writing=True, issue="A-1"))
    (scope,) = limits.silenced_by(call, Answer(429, {"ratelimit-reason": reason}))
    assert silenced in scope
    assert (scope == "acme") is (silenced == "acme")


def test_a_spent_quota_silences_every_site_of_the_app() -> None:
    one, other = _limits("a", OAUTH), _limits("b", OAUTH, "https://other.example")
    call = Call("GET", "x", limits=one.of("GET", "api/field", writing=False, issue=None))
    silenced = one.silenced_by(call, Answer(429, {"ratelimit-reason": "jira-quota-tenant-based"}))
    theirs = {limit.scope for limit in other.of("GET", "api/field", writing=False, issue=None)}
    assert "a" in silenced
    assert theirs & set(silenced)


def test_tokens_have_no_points_and_apps_stop_at_four_fifths() -> None:
    assert _limits().quota is None
    quota = _limits(auth=OAUTH).quota
    assert quota is not None
    assert (quota.capacity, quota.window_s) == (52_000, 3600.0)


@pytest.mark.parametrize(("path", "document", "points"), [
    ("api/search/jql", {"issues": [{}] * 100, "isLast": True}, 100), ("api/field", [{}] * 30, 30),
    ("api/issue/A-1", {"id": "1", "fields": {}}, 1), ("api/project/CRM/version", {"values": [{}] * 500}, 0),
    ("api/users", [{}] * 10, 20), ("api/permissions/project", {"projects": [{}] * 9}, 0),
])
def test_a_read_costs_its_objects(path: str, document: Any, points: int) -> None:
    assert points_of(path, document) == points


@pytest.mark.parametrize(("headers", "seconds"), [
    ({"ratelimit": '"global-app-quota";r=11000;t=600'}, 600),
    ({"ratelimit": '"jira-burst-based";r=1;t=1, "tenant-app-quota";r=9;t=60',
      "ratelimit-policy": '"tenant-app-quota";q=100;w=3600'}, 60),
    ({"ratelimit": '"global-app-quota";r=60000;t=600'}, None), ({"ratelimit": '"global-app-quota";t=600'}, None),
    ({"beta-ratelimit": '"global-app-quota";r=1;t=600'}, None), ({"ratelimit": "nonsense;;="}, None), ({}, None),
])
def test_the_headers_tell_when_four_fifths_are_gone(headers: dict[str, str], seconds: int | None) -> None:
    assert quota_spent_s(headers) == seconds
