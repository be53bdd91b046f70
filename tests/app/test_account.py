"""``bellwether account`` and what it opens: a server for others."""

import json

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from tests.support.scene import Scene

PASSWORD = "correct horse battery staple"


def _run(scene: Scene, *words: str, typed: str = f"{PASSWORD}\n") -> Result:
    return CliRunner().invoke(main, [*words, "--config", str(scene.write())], input=typed)


def test_accounts_are_made_listed_changed_and_disabled(scene: Scene) -> None:
    made = _run(scene, "account", "add", "Ada", "--role", "admin", "--password-stdin", "--json")
    assert made.exit_code == 0, made.output
    assert json.loads(made.output)["account"]["rights"] == [{"role": "admin", "node": None}]
    assert PASSWORD not in made.output
    more = _run(scene, "account", "add", "Bo", "--role", "viewer", "--password-stdin")
    assert "Bo may log in: viewer" in more.output
    again = _run(scene, "account", "add", "bo", "--role", "editor", "--node", "Website")
    assert "viewer, editor on web" in again.output
    found = json.loads(_run(scene, "account", "list", "--json").output)["accounts"]
    assert [one["name"] for one in found] == ["Ada", "Bo"]
    assert "Bo is let in no more" in _run(scene, "account", "disable", "Bo").output
    assert _run(scene, "account", "password", "Bo", "--password-stdin").exit_code == 0
    token = _run(scene, "account", "token", "Ada", "--for", "a dashboard", "--days", "3", "--json")
    assert json.loads(token.output)["token"].startswith("bw_")
    assert "revoked" not in _run(scene, "account", "password", "Ada", "--password-stdin", "--keep-tokens").output
    assert "1 of its tokens opened the API" in _run(scene, "account", "password", "Ada", "--password-stdin").output
    assert "viewer, editor on web" in _run(scene, "account", "list").output


REFUSED = {
    "a short password": (("account", "add", "Cy", "--role", "viewer", "--password-stdin"), "short\n", 2, "12 characters"),
    "no terminal": (("account", "add", "Cy", "--role", "viewer"), "", 2, "--password-stdin"),
    "no such node": (("account", "add", "Cy", "--role", "viewer", "--node", "nowhere"), "", 2, "There is no node"),
    "an admin of a part": (
        ("account", "add", "Cy", "--role", "admin", "--node", "web", "--password-stdin"), f"{PASSWORD}\n", 2, "whole deployment"
    ),
    "nobody": (("account", "disable", "Cy"), "", 1, "no such account"),
    "the last admin": (("account", "disable", "Ada"), "", 4, "the only admin"),
    "more than the owner may": (("account", "token", "Ada", "--for", "x", "--days", "400"), "", 2, "1 to 366 days"),
}  # fmt: skip


def test_what_can_not_be_done_is_said_and_nothing_is_changed(scene: Scene) -> None:
    assert _run(scene, "account", "add", "Ada", "--role", "admin", "--password-stdin").exit_code == 0
    before = _run(scene, "account", "list", "--json").output
    for name, (words, typed, code, said) in REFUSED.items():
        answer = _run(scene, *words, typed=typed)
        assert answer.exit_code == code, (name, answer.output)
        assert said in answer.output, name
    assert _run(scene, "account", "list", "--json").output == before


def test_others_are_served_only_when_somebody_can_log_in(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.cli import serve

    started: list[str] = []
    monkeypatch.setattr(serve, "start", lambda _frame, *, host, **_rest: started.append(host))
    refused = _run(scene, "serve", "--host", "0.0.0.0")
    assert refused.exit_code == 4
    assert "bellwether account add NAME --role admin" in refused.output
    assert _run(scene, "serve").exit_code == 0
    assert _run(scene, "account", "add", "Ada", "--role", "admin", "--password-stdin").exit_code == 0
    assert _run(scene, "serve", "--host", "0.0.0.0").exit_code == 0
    assert started == ["127.0.0.1", "0.0.0.0"]
