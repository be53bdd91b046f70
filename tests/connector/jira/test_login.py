"""A Jira connection by OAuth over real HTTP: found by its url, renewed under way, and what ``check`` says of credentials."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import responses
from pydantic import SecretStr

from connector.jira.check import check
from connector.jira.client import JiraClient
from connector.jira.options import access
from connector.sdk.base import ConnectionSettings, Surroundings
from connector.sdk.politeness import InProcessLedger
from model.errors import ConnectionUnusableError
from model.mapping import Mapping
from model.ports import StoredToken
from model.sync import CheckReport
from sandbox.oauth import CLIENT_ID, CLIENT_SECRET, CLOUD_ID
from sandbox.server import Credentials, Running, build, start
from tests.support.tokens import MemoryTokens

WORDS = Credentials()


@dataclass
class Bench:
    """A fake Jira with its login server, and clients to it."""

    running: Running
    at: datetime = datetime(2026, 11, 21, 9, tzinfo=UTC)
    tokens: MemoryTokens = field(default_factory=MemoryTokens)
    ledger: InProcessLedger = field(default_factory=InProcessLedger)

    @property
    def server(self) -> Any:
        return self.running.sandbox.jira_login

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    def client(self, *, url: str = "/jira", **auth: Any) -> JiraClient:
        kept = {"oauth2": {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}}
        given = {"type": "oauth2", **kept.get(auth.get("type", "oauth2"), {}), **auth}
        if given["type"] == "oauth2":
            gateway = f"{self.running.url}/oauth-jira"
            given |= {"gateway": gateway, "token_url": f"{gateway}/oauth/token", "auth_url": f"{gateway}/authorize"}
        settings = ConnectionSettings("acme", "jira", {"url": f"{self.running.url}{url}", "auth": given}, Mapping())
        around = Surroundings(
            now=lambda: self.at, sleep=self.sleep, read_secret=str, tokens=self.tokens, limits=self.ledger,
            jitter=lambda: 0.0,
        )
        return JiraClient(access(settings, str), around)

    def log_in(self) -> None:
        token = StoredToken(access=SecretStr("none"), refresh=SecretStr(self.server.grant()), expires_at=self.at)
        self.tokens.save("acme", token)

    def check(self, client: JiraClient) -> CheckReport:
        return check(client, "acme", lambda: self.at, Mapping())


@pytest.fixture
def bench() -> Iterator[Bench]:
    running = start(build(None, clock=lambda: made.at))
    made = Bench(running)
    yield made
    running.stop()


def test_the_site_is_found_by_its_url_and_remembered(bench: Bench) -> None:
    bench.log_in()
    for _ in range(2):
        client = bench.client()
        assert client.read("api/myself")["displayName"] == "Bellwether"
        client.close()
    assert bench.tokens.kept["acme"].place == CLOUD_ID
    assert bench.server.renewals == 1


def test_a_site_that_the_login_does_not_open_names_those_it_opens(bench: Bench) -> None:
    bench.log_in()
    client = bench.client(url="/another")
    with pytest.raises(ConnectionUnusableError, match="/jira"):
        client.read("api/myself")
    client.close()


def test_a_token_revoked_under_way_is_renewed_and_the_request_made_again(bench: Bench) -> None:
    bench.log_in()
    client = bench.client(cloud_id=CLOUD_ID)
    client.read("api/field")
    bench.server.expire()
    assert client.read("api/myself")["displayName"] == "Bellwether"
    assert bench.server.renewals == 2
    client.close()


def test_a_login_that_was_ended_says_how_to_begin_again(bench: Bench) -> None:
    bench.log_in()
    client = bench.client(cloud_id=CLOUD_ID)
    client.read("api/field")
    bench.server.revoke()
    with pytest.raises(ConnectionUnusableError, match="bellwether login acme"):
        client.read("api/myself")
    assert "bellwether login acme" in bench.check(client).problems[0].fix
    client.close()


def test_a_refresh_token_is_taken_again_for_ten_minutes_only(bench: Bench) -> None:
    bench.log_in()
    before = bench.tokens.kept["acme"]
    for wait, works in ((9, True), (2, False)):
        client = bench.client(cloud_id=CLOUD_ID)
        client.read("api/myself")
        client.close()
        bench.tokens.kept["acme"] = before
        bench.at += timedelta(minutes=wait)
        again = bench.client(cloud_id=CLOUD_ID)
        if works:
            assert again.read("api/myself")
        else:
            with pytest.raises(ConnectionUnusableError):
                again.read("api/myself")
        again.close()
        if works:
            bench.tokens.kept["acme"] = before


def test_reads_of_an_app_are_charged_to_its_hour(bench: Bench) -> None:
    bench.log_in()
    client = bench.client(cloud_id=CLOUD_ID)
    fields = len(client.read("api/field"))
    assert fields > 10
    assert bench.ledger.used(f"jira-quota:{CLIENT_ID}", bench.at - timedelta(hours=2)) >= fields + 1
    client.close()


TOKEN = {"type": "api_token", "email": WORDS.jira_email, "token": WORDS.jira_token}


def test_a_good_token_has_no_problems(bench: Bench) -> None:
    client = bench.client(**TOKEN)
    report = bench.check(client)
    assert (report.ok, report.who, report.problems) == (True, "Bellwether", ())
    client.close()


@pytest.mark.parametrize(("days", "fatal"), [(31, None), (30, False), (-1, True)])
def test_the_end_of_a_token_is_told_a_month_before(bench: Bench, days: int, fatal: bool | None) -> None:
    client = bench.client(**TOKEN, expires=(bench.at + timedelta(days=days)).date())
    told = [problem.fatal for problem in bench.check(client).problems if "expire" in problem.what]
    assert told == ([] if fatal is None else [fatal])
    client.close()


def test_an_expired_login_that_comes_near_is_told(bench: Bench) -> None:
    bench.log_in()
    old = bench.tokens.kept["acme"].model_copy(update={"granted_at": bench.at - timedelta(days=350)})
    bench.tokens.save("acme", old)
    client = bench.client(cloud_id=CLOUD_ID)
    assert any("agreement ends" in problem.what for problem in bench.check(client).problems)
    client.close()


def test_a_cloud_taken_for_a_data_center_is_told_with_the_mend(bench: Bench) -> None:
    client = bench.client(type="personal_access_token", token=WORDS.jira_token)
    report = bench.check(client)
    assert not report.ok
    assert "Jira Cloud" in report.problems[0].what
    assert "api_token" in report.problems[0].fix
    client.close()


@pytest.mark.parametrize(("status", "body"), [
    (200, {"deploymentType": "Server", "version": "10.3.0"}), (404, {"message": "null for uri"}),
])
def test_a_data_center_taken_for_a_cloud_is_told_with_the_mend(status: int, body: dict[str, str]) -> None:
    around = Surroundings(
        now=lambda: datetime(2026, 11, 21, 9, tzinfo=UTC), sleep=lambda _s: None, read_secret=str,
        tokens=MemoryTokens(), limits=InProcessLedger(), jitter=lambda: 0.0,
    )
    settings = ConnectionSettings("acme", "jira", {"url": "https://jira.example", "auth": TOKEN}, Mapping())
    client = JiraClient(access(settings, str), around)
    with responses.RequestsMock() as mock:
        mock.get("https://jira.example/rest/api/3/serverInfo", json=body, status=status)
        report = check(client, "acme", around.now, Mapping())
    client.close()
    assert not report.ok
    assert "personal_access_token" in report.problems[0].fix


@pytest.mark.parametrize(("body", "kind", "word"), [
    ("{}", "application/json", "anonymous"), ("<html>Log in</html>", "text/html", "HTML page"),
])
def test_an_answer_to_nobody_is_no_answer(bench: Bench, body: str, kind: str, word: str) -> None:
    client = bench.client(**TOKEN)
    with responses.RequestsMock() as mock:
        root = f"{bench.running.url}/jira/rest/api/3"
        mock.get(f"{root}/serverInfo", json={"deploymentType": "Cloud"})
        mock.get(f"{root}/myself", body=body, content_type=kind)
        report = bench.check(client)
    client.close()
    assert not report.ok
    assert word in report.problems[0].what


@pytest.mark.parametrize("status", [401, 403])
def test_a_missing_scope_is_named(bench: Bench, status: int) -> None:
    client = bench.client(**TOKEN)
    with responses.RequestsMock() as mock:
        told = {"deploymentType": "Cloud", "serverTime": "2026-11-21T09:00:00.000+0000"}
        root = f"{bench.running.url}/jira/rest/api/3"
        mock.get(f"{root}/serverInfo", json=told)
        mock.get(f"{root}/myself", json={"message": "Unauthorized; scope does not match"}, status=status)
        report = bench.check(client)
    client.close()
    assert "read:jira-user" in report.problems[0].fix


def test_a_clock_that_is_wrong_is_told(bench: Bench) -> None:
    client = bench.client(**TOKEN)
    site = bench.running.sandbox.jira
    site.clock = lambda: bench.at + timedelta(minutes=10)
    assert any("600 s behind" in problem.what for problem in bench.check(client).problems)
    client.close()
