"""Whoever administers through the page reads no other secret of the machine, and reaches nothing inside its network."""

from typing import Any

import pytest

from config.database import has_password
from config.faults import ConfigurationError
from config.places import parse
from config.reach import Leave, overreach
from config.settings import read_settings
from connector.sdk.redaction import redact
from model.errors import UsageError

ACME = {"tool": "jira", "url": "https://acme.example", "auth": {"type": "pat", "token": "env:ACME"}}
BEFORE: dict[str, Any] = {
    "connections": {"acme": ACME},
    "notify": [{"webhook": {"url": "https://hooks.example/x", "secret": "env:HOOK"}}],
    "login": {"oidc": {"issuer": "https://login.example", "client_secret": "env:OIDC"}},
}


def _resolve(host: str) -> tuple[str, ...]:
    return ("10.0.0.1",) if host.endswith(".internal") else ("93.184.215.14",)


def _faults(after: dict[str, Any], leave: Leave | None = None, made: tuple[str, ...] = ()) -> list[str]:
    found = overreach(BEFORE, {**BEFORE, **after}, leave or Leave(), made=made, resolve=_resolve)
    return [".".join(map(str, fault.path)) for fault in found]


def _acme(**other: Any) -> dict[str, Any]:
    return {"connections": {"acme": {**ACME, **other}}}


def _token(reference: str) -> dict[str, Any]:
    return _acme(auth={"type": "pat", "token": reference})


@pytest.mark.parametrize(
    ("after", "place"),
    [
        (_token("env:AWS_SECRET_ACCESS_KEY"), "connections.acme.auth.token"),
        (_token("file:/proc/self/environ"), "connections.acme.auth.token"),
        (_token("stored:other/token"), "connections.acme.auth.token"),
        (_token("env:HOOK"), "connections.acme.auth.token"),
        (_acme(url="https://evil.example"), "connections.acme.auth.token"),
        (_acme(url="https://acme.example:8443"), "connections.acme.auth.token"),
        ({"notify": [{"slack": "file:/etc/passwd"}]}, "notify.0.slack"),
        ({"notify": [{"mail": {"host": "evil.example", "password": "env:HOOK"}}]}, "notify.0.mail.password"),
        ({"notify": [{"webhook": {"url": "https://meta.internal/x", "secret": "a"}}]}, "notify.0.webhook.url"),
        ({"notify": [{"mail": {"host": "mail.internal"}}]}, "notify.0.mail.host"),
        ({"login": {"oidc": {"issuer": "https://evil.example", "client_secret": "env:OIDC"}}}, "login.oidc.client_secret"),
        ({"database": "file:/dev/zero"}, "database"),
        ({"database": "postgresql://evil.example/x"}, "database"),
    ],
)
def test_what_goes_beyond_a_page_is_refused_at_its_place(after: dict[str, Any], place: str) -> None:
    assert place in _faults(after)


def test_what_stands_there_what_was_typed_and_what_the_operator_allows_is_let_in() -> None:
    assert _faults({}) == []
    assert _faults(_acme(name="renamed", url="https://ACME.example/")) == []
    assert _faults({"notify": [{"slack": "env:HOOK"}, *BEFORE["notify"]]}) == ["notify.0.slack"]
    assert _faults({"notify": [{"teams": "https://teams.example/x"}, *BEFORE["notify"]]}) == []
    assert _faults(_token("stored:acme/token"), made=("stored:acme/token",)) == []
    leave = Leave(hosts=("jira.internal",), secrets=("env:JIRA_*", "file:/run/secrets/*"))
    assert _faults(_acme(url="https://jira.internal", auth={"token": "env:JIRA_B"}), leave) == []
    assert _faults(_token("file:/run/secrets/a"), leave) == []
    for reference in ("file:/run/secrets/../../etc/passwd", "file:/run/secrets/..", "env:JIRA", "file:/run/secrets/a/b"):
        assert _faults(_token(reference), leave) == ["connections.acme.auth.token"], reference


def test_the_operator_says_what_pages_may_name() -> None:
    settings = read_settings({"BELLWETHER_ALLOWED_SECRETS": "env:JIRA_*, file:/run/secrets/acme"})
    assert settings.allowed_secrets == ("env:JIRA_*", "file:/run/secrets/acme")
    for wrong in ("JIRA", "env:", "env:*", "file:/a*b", "stored:acme/token"):
        with pytest.raises(UsageError, match="no reference"):
            read_settings({"BELLWETHER_ALLOWED_SECRETS": wrong})


@pytest.mark.parametrize(
    "text",
    ["\n".join(["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]" for n in range(1, 30))]), "[" * 20_000],
    ids=["anchors", "depth"],
)
def test_a_few_lines_that_would_fill_the_memory_are_refused(text: str) -> None:
    with pytest.raises(ConfigurationError):
        parse(text, "bomb")


def test_secrets_of_a_configuration_are_not_shown_in_a_log() -> None:
    for line in ("  webhook_secret: hunter2", "    private_key: hunter2", "- {user: a, smtp_password: hunter2}"):
        assert "hunter2" not in redact(line), line


def test_the_password_of_a_database_counts_as_a_secret() -> None:
    assert has_password("postgresql://a:hunter2@db.example/x")
    assert has_password("postgresql://db.example/x?user=a&password=hunter2")
    assert not has_password("postgresql://a@db.example/x")
