"""Options, credentials and limits of an Asana connection."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from connector.asana import scopes
from connector.asana.limits import AsanaLimits
from connector.asana.options import credential, oauth_app, read_options
from connector.sdk.base import ConnectionSettings, Surroundings
from connector.sdk.oauth import OAuthCredential
from connector.sdk.politeness import InProcessLedger
from connector.sdk.registry import create
from model.errors import ConnectionUnusableError, UsageError
from model.mapping import Mapping
from model.ports import StoredToken
from sandbox.oauth import CLIENT_ID, CLIENT_SECRET
from sandbox.server import Credentials, Running, build, start
from tests.support.tokens import MemoryTokens

TOKEN = {"type": "token", "token": "the-word"}
OAUTH = {"type": "oauth2", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
AT = datetime(2026, 11, 21, 9, tzinfo=UTC)


def _settings(**options: Any) -> ConnectionSettings:
    return ConnectionSettings("acme", "asana", {"workspace": "1100", "auth": TOKEN, **options}, Mapping())


def _around(tokens: MemoryTokens | None = None) -> Surroundings:
    return Surroundings(
        now=lambda: AT, sleep=lambda _s: None, read_secret=str, tokens=tokens or MemoryTokens(),
        limits=InProcessLedger(), jitter=lambda: 0.0,
    )


@pytest.mark.parametrize(("auth", "place"), [
    ({"type": "token"}, "connections.acme.auth.token"), ({"type": "oauth2", "client_id": "x"}, "client_secret"),
    ({"type": "password"}, "connections.acme.auth"), ({**TOKEN, "expires": "soon"}, "expires"),
    ({**OAUTH, "token_url": "http://login.example"}, "token_url"),
])
def test_what_is_wrong_in_auth_names_its_path(auth: dict[str, Any], place: str) -> None:
    with pytest.raises(UsageError) as caught:
        oauth_app(_settings(auth=auth), str)
    assert place in str(caught.value.where)


def test_a_token_is_sent_as_bearer_and_shown_nowhere() -> None:
    found = credential(_settings(), _around())
    assert found.header() == "Bearer the-word"
    assert "the-word" not in repr(found) + found.owner


def test_an_app_asks_for_full_permissions_with_a_challenge() -> None:
    app = oauth_app(_settings(auth=OAUTH), str)
    assert app is not None
    assert (app.scopes, app.pkce, app.audience) == (("default",), True, None)
    assert oauth_app(_settings(), str) is None


def test_connections_with_one_token_share_its_limits_and_others_do_not() -> None:
    def minute(word: str) -> str:
        settings = _settings(auth={**TOKEN, "token": word})
        return AsanaLimits(read_options(settings), credential(settings, _around()).owner).of("/tasks")[0].scope

    assert minute("one") == minute("one") != minute("other")


def test_searches_are_charged_twice() -> None:
    limits = AsanaLimits(read_options(_settings()), "me")
    assert [limit.capacity for limit in limits.of("/api/1.0/workspaces/1/tasks/search")] == [1500, 60]
    assert [limit.capacity for limit in limits.of("/api/1.0/tasks/1")] == [1500]


def test_the_vendor_s_limits_of_requests_at_once_are_shared() -> None:
    manner = AsanaLimits(read_options(_settings()), "me").manner(8)
    assert (manner.reads, manner.all_reads, manner.all_writes) == (8, 50, 15)


def test_granular_scopes_tell_what_they_can_not_cover() -> None:
    assert scopes.problems(("default",)) == []
    told = scopes.problems(("tasks:read",))
    assert "status updates" in told[0].what
    assert "projects:read" in told[1].what
    assert "tasks:read" not in told[1].what


@pytest.fixture
def running() -> Iterator[Running]:
    made = start(build(None, clock=lambda: AT))
    yield made
    made.stop()


def _connector(running: Running, tokens: MemoryTokens, **auth: Any) -> Any:
    login = f"{running.url}/oauth-asana"
    given = {**OAUTH, "auth_url": f"{login}/-/oauth_authorize", "token_url": f"{login}/-/oauth_token", **auth}
    workspace = running.sandbox.asana.workspace.gid
    settings = _settings(url=f"{login}/api/1.0", workspace=workspace, auth=given)
    return create(settings, _around(tokens))


def test_an_app_s_login_is_used_and_renewed_under_way(running: Running) -> None:
    tokens, server = MemoryTokens(), running.sandbox.asana_login
    tokens.save("acme", StoredToken(access=SecretStr("x"), refresh=SecretStr(server.grant()), expires_at=AT))
    connector = _connector(running, tokens)
    assert connector.check().ok
    server.expire()
    assert connector.check().ok
    assert server.renewals == 2
    server.revoke()
    assert "bellwether login acme" in connector.check().problems[-1].fix
    connector.close()


def test_nobody_logged_in_is_told_by_check(running: Running) -> None:
    connector = _connector(running, MemoryTokens(), scopes=("tasks:read",))
    report = connector.check()
    assert not report.ok
    assert "bellwether login acme" in report.problems[-1].fix
    connector.close()


def test_the_end_of_a_token_is_told(running: Running) -> None:
    auth = {"type": "token", "token": Credentials().asana_token, "expires": (AT + timedelta(days=3)).date()}
    settings = _settings(
        url=f"{running.url}/asana/api/1.0", workspace=running.sandbox.asana.workspace.gid, auth=auth
    )
    connector = create(settings, _around())
    report = connector.check()
    assert report.ok
    assert "in 3 days" in report.problems[0].what
    connector.close()


def test_an_oauth_credential_without_a_login_raises_what_to_do() -> None:
    found = credential(_settings(auth=OAUTH), _around())
    assert isinstance(found, OAuthCredential)
    with pytest.raises(ConnectionUnusableError, match="bellwether login acme"):
        found.header()
