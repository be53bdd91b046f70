"""`bellwether login`: an address to open, what comes back, and a token that works."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from app.cli import main
from config.writer import write_new
from config.yaml_text import block
from sandbox.oauth import CLIENT_ID, CLIENT_SECRET
from sandbox.server import Running, build, start


@dataclass
class Bench:
    """A configuration with one OAuth connection to each fake tool."""

    running: Running
    path: Path

    def run(self, *arguments: str, said: str = "") -> Result:
        environment = {"BELLWETHER_SECRET_KEY": "a key that only tests use, long enough", "APP_SECRET": CLIENT_SECRET}
        return CliRunner().invoke(main, [*arguments, "--config", str(self.path)], input=said, env=environment)

    def agree(self, url: str) -> str:
        """Where a browser is sent that opens an address."""
        return str(httpx.get(url).headers["location"])


def _connections(running: Running) -> dict[str, Any]:
    app = {"type": "oauth2", "client_id": CLIENT_ID, "client_secret": "env:APP_SECRET"}
    jira, asana = f"{running.url}/oauth-jira", f"{running.url}/oauth-asana"
    return {
        "acme-jira": {"tool": "jira", "url": f"{running.url}/jira", "auth": {
            **app, "gateway": jira, "auth_url": f"{jira}/authorize", "token_url": f"{jira}/oauth/token",
        }},
        "acme-asana": {
            "tool": "asana", "url": f"{asana}/api/1.0", "workspace": running.sandbox.asana.workspace.gid,
            "auth": {**app, "auth_url": f"{asana}/-/oauth_authorize", "token_url": f"{asana}/-/oauth_token"},
        },
        "plain": {"tool": "asana", "workspace": "1", "auth": {"type": "token", "token": "env:APP_SECRET"}},
    }


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    running = start(build(None, clock=lambda: datetime.now(UTC)))
    path = tmp_path / "bellwether.yaml"
    write_new(path, "".join(f"{line}\n" for line in block({"connections": _connections(running)}, 0)), overwrite=True)
    yield Bench(running, path)
    running.stop()


@pytest.mark.parametrize("name", ["acme-jira", "acme-asana"])
def test_a_login_in_two_steps_makes_the_connection_work(bench: Bench, name: str) -> None:
    begun = bench.run("login", name, "--json")
    assert begun.exit_code == 0, begun.output
    sent_to = bench.agree(json.loads(begun.stdout)["url"])
    done = bench.run("login", name, "--code", sent_to, "--json")
    assert json.loads(done.stdout)["logged_in"] is True
    report = json.loads(bench.run("check", "--json").stdout)["connections"]
    assert next(one for one in report if one["name"] == name)["ok"] is True


def test_a_person_sees_an_address_and_pastes_what_came_back(bench: Bench) -> None:
    shown = bench.run("login", "acme-jira")
    assert shown.exit_code == 0
    assert "--code" in shown.output
    url = next(line for line in shown.output.splitlines() if line.startswith("http"))
    assert bench.run("login", "acme-jira", "--code", bench.agree(url)).exit_code == 0


def test_an_answer_to_another_login_is_refused(bench: Bench) -> None:
    first = json.loads(bench.run("login", "acme-jira", "--json").stdout)["url"]
    bench.run("login", "acme-jira", "--json")
    refused = bench.run("login", "acme-jira", "--code", bench.agree(first), "--json")
    assert refused.exit_code == 2
    assert "another login" in json.loads(refused.stdout)["error"]["what"]


@pytest.mark.parametrize(("name", "word"), [("plain", "does not log in"), ("nobody", "no connection")])
def test_what_can_not_be_logged_in_to_is_named(bench: Bench, name: str, word: str) -> None:
    refused = bench.run("login", name, "--json")
    assert refused.exit_code == 2
    assert word in json.loads(refused.stdout)["error"]["what"]


def test_no_secret_is_shown(bench: Bench) -> None:
    url = json.loads(bench.run("login", "acme-jira", "--json").stdout)["url"]
    done = bench.run("login", "acme-jira", "--code", bench.agree(url))
    (token,) = bench.running.sandbox.jira_login.living
    assert CLIENT_SECRET not in url + done.output
    assert token not in done.output
