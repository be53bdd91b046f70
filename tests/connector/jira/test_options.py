"""Options: what is wrong or not built yet is said by name, before any call."""

from typing import Any

import pytest

from connector.jira.options import access
from connector.sdk.base import ConnectionSettings
from model.errors import UsageError
from model.mapping import Mapping

AUTH = {"type": "api_token", "email": "bot@acme.example", "token": "env:T"}


def _settings(*, allow_insecure: bool = False, **options: Any) -> ConnectionSettings:
    given = {"url": "https://acme.example", "auth": AUTH, **options}
    return ConnectionSettings("acme", "jira", given, Mapping(), allow_insecure)


def _access(**options: Any) -> Any:
    return access(_settings(**options), lambda _ref: "the-word")


@pytest.mark.parametrize(("options", "word"), [
    ({"deployment": "datacenter"}, "Data Center"),
    ({"auth": {"type": "oauth2"}}, "OAuth"),
    ({"auth": {"type": "personal_access_token", "token": "env:T"}}, "personal access tokens"),
])
def test_what_is_not_built_yet_is_refused_by_name(options: dict[str, Any], word: str) -> None:
    with pytest.raises(UsageError, match=word):
        _access(**options)


def test_an_unknown_key_names_its_path() -> None:
    with pytest.raises(UsageError, match=r"connections\.acme\.colour"):
        _access(colour="blue")


def test_a_missing_token_names_its_path() -> None:
    with pytest.raises(UsageError, match=r"connections\.acme\.auth\.token"):
        _access(auth={"type": "api_token", "email": "x"})


def test_plain_http_is_for_this_machine_only() -> None:
    with pytest.raises(UsageError, match="plain http"):
        _access(url="http://jira.example")
    assert _access(url="http://127.0.0.1:8000/jira/").api_url == "http://127.0.0.1:8000/jira"
    assert _access(url="http://jira.example", allow_insecure=True).api_url == "http://jira.example"


def test_a_scoped_token_goes_through_the_gateway() -> None:
    found = _access(auth={**AUTH, "type": "scoped_token", "cloud_id": "c-1"})
    assert found.api_url == "https://api.atlassian.com/ex/jira/c-1"
    assert found.site_url == "https://acme.example"


def test_the_token_shows_in_no_representation() -> None:
    assert "the-word" not in repr(_access())
