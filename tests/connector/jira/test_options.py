"""Options: what is wrong is said by name before any call, and each credential goes where it is taken."""

import base64
from typing import Any

import pytest

from connector.jira.options import access, oauth_app
from connector.sdk.base import ConnectionSettings
from model.errors import UsageError
from model.mapping import Mapping

AUTH = {"type": "api_token", "email": "bot@acme.example", "token": "env:T"}
PAT = {"type": "personal_access_token", "token": "env:T"}
OAUTH = {"type": "oauth2", "client_id": "app", "client_secret": "env:S"}


def _settings(*, allow_insecure: bool = False, **options: Any) -> ConnectionSettings:
    given = {"url": "https://acme.example", "auth": AUTH, **options}
    return ConnectionSettings("acme", "jira", given, Mapping(), allow_insecure)


def _access(**options: Any) -> Any:
    return access(_settings(**options), lambda _ref: "the-word")


@pytest.mark.parametrize(("auth", "deployment", "found", "version"), [
    (AUTH, "auto", "cloud", "3"), (AUTH, "cloud", "cloud", "3"), (PAT, "auto", "datacenter", "2"),
    (PAT, "datacenter", "datacenter", "2"), (OAUTH, "auto", "cloud", "3"),
])
def test_the_deployment_follows_the_credential(
    auth: dict[str, Any], deployment: str, found: str, version: str
) -> None:
    given = _access(auth=auth, deployment=deployment)
    assert (given.deployment, given.api_version) == (found, version)


@pytest.mark.parametrize(("auth", "deployment"), [(AUTH, "datacenter"), (OAUTH, "datacenter"), (PAT, "cloud")])
def test_a_credential_that_the_deployment_does_not_take_is_refused(auth: dict[str, Any], deployment: str) -> None:
    with pytest.raises(UsageError) as caught:
        _access(auth=auth, deployment=deployment)
    assert caught.value.where == "connections.acme.auth.type"


def test_an_unknown_key_names_its_path() -> None:
    with pytest.raises(UsageError, match=r"connections\.acme\.colour"):
        _access(colour="blue")


@pytest.mark.parametrize(("auth", "key"), [
    ({"type": "api_token", "email": "x"}, "token"), ({"type": "oauth2", "client_id": "x"}, "client_secret"),
    ({"type": "personal_access_token"}, "token"), ({**AUTH, "expires": "soon"}, "expires"),
    ({**AUTH, "type": "scoped_token", "cloud_id": "a/b"}, "cloud_id"),
])
def test_what_is_missing_or_wrong_in_auth_names_its_path(auth: dict[str, Any], key: str) -> None:
    with pytest.raises(UsageError, match=rf"connections\.acme\.auth\.{key}"):
        _access(auth=auth)


def test_plain_http_is_for_this_machine_only() -> None:
    with pytest.raises(UsageError, match="plain http"):
        _access(url="http://jira.example")
    assert _access(url="http://127.0.0.1:8000/jira/").api_url == "http://127.0.0.1:8000/jira"
    assert _access(url="http://jira.example", allow_insecure=True).api_url == "http://jira.example"


@pytest.mark.parametrize("key", ["token_url", "auth_url", "gateway"])
def test_a_login_over_plain_http_is_refused(key: str) -> None:
    with pytest.raises(UsageError, match=key):
        _access(auth={**OAUTH, key: "http://login.example"})


def test_a_scoped_token_goes_through_the_gateway() -> None:
    found = _access(auth={**AUTH, "type": "scoped_token", "cloud_id": "c-1"})
    assert found.api_url == "https://api.atlassian.com/ex/jira/c-1"
    assert found.site_url == "https://acme.example"


def test_an_oauth_connection_goes_through_the_gateway_once_its_site_is_known() -> None:
    assert _access(auth={**OAUTH, "cloud_id": "c-1"}).api_url == "https://api.atlassian.com/ex/jira/c-1"
    assert _access(auth=OAUTH).api_url is None


def test_a_data_center_keeps_its_context_path() -> None:
    assert _access(url="https://acme.example/jira/", auth=PAT).api_url == "https://acme.example/jira"


@pytest.mark.parametrize(("auth", "header"), [
    (AUTH, "Basic " + base64.b64encode(b"bot@acme.example:the-word").decode()), (PAT, "Bearer the-word"),
])
def test_each_token_is_sent_as_its_kind(auth: dict[str, Any], header: str) -> None:
    assert _access(auth=auth).fixed.header() == header


def test_a_token_with_a_line_break_is_named_before_it_is_sent() -> None:
    with pytest.raises(UsageError, match="Copy the token"):
        access(_settings(auth=PAT), lambda _ref: "the word\n")


@pytest.mark.parametrize("auth", [AUTH, PAT, OAUTH])
def test_the_secret_shows_in_no_representation(auth: dict[str, Any]) -> None:
    found = _access(auth=auth)
    assert "the-word" not in repr(found) + repr(found.fixed) + repr(found.oauth)


def test_only_an_oauth_connection_can_be_logged_in_to() -> None:
    assert oauth_app(_settings(), lambda _ref: "w") is None
    app = oauth_app(_settings(auth={**OAUTH, "refresh_token": "env:R"}), lambda ref: ref)
    assert app is not None
    assert "offline_access" in app.scopes
    assert app.seed is not None
    assert app.seed.get_secret_value() == "env:R"
