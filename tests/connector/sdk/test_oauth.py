"""OAuth: a token is renewed once for everybody, kept before it is used, and a lost answer loses nothing."""

import base64
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from connector.sdk.base import Surroundings
from connector.sdk.http import Answer, Call, TransportError
from connector.sdk.oauth import OAuthApp, OAuthCredential, begin_login, finish_login
from connector.sdk.politeness import InProcessLedger, Politeness
from model.errors import ConnectionUnusableError, RetryableError, UsageError
from model.ports import StoredToken
from tests.support.tokens import MemoryTokens

APP = OAuthApp(
    connection="acme", client_id="app", client_secret=SecretStr("app-secret"), authorize_url="https://login.example/a",
    token_url="https://login.example/t", redirect_uri="https://localhost/x", scopes=("read", "offline_access"),
    idle_life=timedelta(days=90), grant_life=timedelta(days=365),
)


class World:
    """A clock, a store, and a login server whose refresh tokens change at every use."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 21, 9, tzinfo=UTC)
        self.tokens = MemoryTokens()
        self.asked: list[dict[str, str]] = []
        self.answers: list[Answer | TransportError] = []
        self.numbers = count(1)
        self.around = Surroundings(
            now=lambda: self.at, sleep=self.sleep, read_secret=str, tokens=self.tokens, limits=InProcessLedger(),
            jitter=lambda: 0.0,
        )

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    def post(self, _url: str, form: dict[str, str]) -> Answer:
        self.asked.append(form)
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, TransportError):
                raise answer
            return answer
        number = next(self.numbers)
        return _answer(access_token=f"access-{number}", refresh_token=f"refresh-{number}", expires_in=3600)

    def credential(self, app: OAuthApp = APP) -> OAuthCredential:
        return OAuthCredential(app, self.around, post=self.post)

    def keep(self, **more: Any) -> StoredToken:
        token = StoredToken(**{
            "access": SecretStr("access-0"), "refresh": SecretStr("refresh-0"),
            "expires_at": self.at + timedelta(hours=1), **more,
        })
        self.tokens.save("acme", token)
        return token


def _answer(status: int = 200, **document: Any) -> Answer:
    return Answer(status, {}, json.dumps(document).encode())


@pytest.fixture
def world() -> World:
    return World()


def test_a_token_that_lasts_is_used_as_it_is(world: World) -> None:
    world.keep()
    assert world.credential().header() == "Bearer access-0"
    assert world.asked == []


@pytest.mark.parametrize(("left_s", "renewals"), [(61, 0), (60, 1), (-5, 1)])
def test_a_token_is_renewed_a_minute_before_its_end(world: World, left_s: int, renewals: int) -> None:
    world.keep(expires_at=world.at + timedelta(seconds=left_s))
    world.credential().header()
    assert len(world.asked) == renewals


def test_a_renewed_token_is_kept_with_its_new_refresh_token_before_it_is_used(world: World) -> None:
    world.keep(expires_at=world.at, granted_at=world.at - timedelta(days=9), place="site-1")
    assert world.credential().header() == "Bearer access-1"
    kept = world.tokens.kept["acme"]
    assert kept.refresh == SecretStr("refresh-1")
    assert (kept.place, kept.granted_at) == ("site-1", world.at - timedelta(days=9))


def test_a_tool_that_does_not_change_its_refresh_token_keeps_it(world: World) -> None:
    world.keep(expires_at=world.at)
    world.answers = [_answer(access_token="a", expires_in=60)]
    world.credential().header()
    assert world.tokens.kept["acme"].refresh == SecretStr("refresh-0")


def test_many_threads_with_an_old_token_renew_it_once(world: World) -> None:
    world.keep(expires_at=world.at)
    credential = world.credential()
    with ThreadPoolExecutor(8) as pool:
        headers = list(pool.map(lambda _n: credential.header(), range(32)))
    assert (set(headers), len(world.asked)) == ({"Bearer access-1"}, 1)


def test_many_threads_with_a_refused_token_renew_it_once(world: World) -> None:
    world.keep()
    credential = world.credential()
    used = credential.header()
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda _n: credential.refused(used), range(16)))
    assert len(world.asked) == 1


def test_what_another_process_renewed_is_used(world: World) -> None:
    world.keep()
    credential = world.credential()
    used = credential.header()
    world.keep(access=SecretStr("theirs"))
    credential.refused(used)
    assert (credential.header(), world.asked) == ("Bearer theirs", [])


def test_who_waits_for_another_process_uses_what_that_one_got(world: World) -> None:
    world.keep(expires_at=world.at)
    world.tokens.busy_until = world.at + timedelta(seconds=3)

    def other_finishes(seconds: float) -> None:
        world.sleep(seconds)
        world.keep(access=SecretStr("theirs"))

    world.around = replace(world.around, sleep=other_finishes)
    assert (world.credential().header(), world.asked) == ("Bearer theirs", [])


def test_another_process_that_never_finishes_is_not_waited_for_for_ever(world: World) -> None:
    world.keep(expires_at=world.at)
    world.tokens.busy_until = world.at + timedelta(days=1)
    with pytest.raises(RetryableError) as caught:
        world.credential().header()
    assert caught.value.reason == "login_busy"


@pytest.mark.parametrize("lost", [TransportError("the answer took too long", sent=True), Answer(504), Answer(503)])
def test_a_lost_answer_is_asked_for_again_with_the_same_refresh_token(world: World, lost: Any) -> None:
    world.keep(expires_at=world.at)
    world.answers = [lost]
    credential = world.credential()
    with pytest.raises(RetryableError):
        credential.header()
    assert credential.header() == "Bearer access-1"
    assert [form["refresh_token"] for form in world.asked] == ["refresh-0", "refresh-0"]


def test_a_token_that_could_not_be_kept_is_kept_by_the_next_try_and_not_used_before(world: World) -> None:
    world.keep(expires_at=world.at)
    world.tokens.failing = 2
    credential = world.credential()
    for _ in range(2):
        with pytest.raises(RetryableError, match="database"):
            credential.header()
    assert credential.header() == "Bearer access-1"
    assert (world.tokens.kept["acme"].refresh, len(world.asked)) == (SecretStr("refresh-1"), 1)


def test_a_login_made_while_an_old_token_was_renewed_wins(world: World) -> None:
    world.keep(expires_at=world.at)
    post = world.post

    def person_is_quicker(url: str, form: dict[str, str]) -> Answer:
        world.keep(access=SecretStr("by-hand"), refresh=SecretStr("by-hand-refresh"))
        return post(url, form)

    credential = OAuthCredential(APP, world.around, post=person_is_quicker)
    assert credential.header() == "Bearer by-hand"
    assert world.tokens.kept["acme"].refresh == SecretStr("by-hand-refresh")


@pytest.mark.parametrize(("status", "error"), [(400, "invalid_grant"), (403, "unauthorized_client")])
def test_a_login_that_is_over_names_the_command(world: World, status: int, error: str) -> None:
    world.keep(expires_at=world.at)
    world.answers = [_answer(status, error=error)]
    with pytest.raises(ConnectionUnusableError, match="bellwether login acme"):
        world.credential().header()


def test_a_wrong_app_is_told_apart_from_a_login_that_is_over(world: World) -> None:
    world.keep(expires_at=world.at)
    world.answers = [_answer(401, error="invalid_client")]
    with pytest.raises(ConnectionUnusableError, match="client_secret"):
        world.credential().header()


def test_without_any_login_the_command_is_named(world: World) -> None:
    with pytest.raises(ConnectionUnusableError, match="bellwether login acme"):
        world.credential().header()


def test_a_configured_refresh_token_is_used_once_and_a_new_one_replaces_what_is_kept(world: World) -> None:
    first, second = (replace(APP, seed=SecretStr(word)) for word in ("seed-1", "seed-2"))
    assert world.credential(first).header() == "Bearer access-1"
    assert world.credential(first).header() == "Bearer access-1"
    assert world.credential(second).header() == "Bearer access-2"
    assert [form["refresh_token"] for form in world.asked] == ["seed-1", "seed-2"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_refused_for_an_old_token_is_made_again_with_a_new_one(world: World, method: str) -> None:
    world.keep()
    credential = world.credential()
    sent = []

    def send() -> Answer:
        sent.append(credential.header())
        return Answer(401) if sent[-1] == "Bearer access-0" else Answer(200, {}, b"{}")

    Politeness(world.around, connection="acme", credential=credential).run(Call(method, "things"), send)
    assert sent == ["Bearer access-0", "Bearer access-1"]


def test_a_new_token_that_is_refused_too_is_not_renewed_for_ever(world: World) -> None:
    world.keep()
    polite = Politeness(world.around, connection="acme", credential=world.credential())
    with pytest.raises(ConnectionUnusableError):
        polite.run(Call("GET", "things"), lambda: Answer(401))
    assert len(world.asked) == 1


def test_a_missing_scope_is_not_mended_by_a_new_token(world: World) -> None:
    world.keep()
    polite = Politeness(world.around, connection="acme", credential=world.credential())
    refusal = Answer(401, {}, b'{"code":401,"message":"Unauthorized; scope does not match"}')
    with pytest.raises(ConnectionUnusableError) as caught:
        polite.run(Call("GET", "things"), lambda: refusal)
    assert (caught.value.reason, world.asked) == ("missing_scope", [])


@pytest.mark.parametrize(("days", "word"), [(340, "agreement"), (30, None)])
def test_the_end_of_an_agreement_is_told_a_month_before(world: World, days: int, word: str | None) -> None:
    world.keep(granted_at=world.at - timedelta(days=days), renewed_at=world.at)
    told = [problem.what for problem in world.credential().problems()]
    assert any("agreement" in what for what in told) is (word is not None)


def test_scopes_that_were_not_granted_are_named(world: World) -> None:
    world.keep(scopes=("read",))
    assert "offline_access" in world.credential().problems()[0].what


def test_nothing_shows_a_secret(world: World) -> None:
    world.keep()
    credential = world.credential()
    credential.header()
    assert "access-0" not in repr(credential) + repr(world.tokens.load("acme"))
    assert "app-secret" not in repr(APP)


# -- logging in -------------------------------------------------------------------------------------------------------


def _begun(world: World, app: OAuthApp = APP) -> dict[str, str]:
    words = iter(("the-state", "the-verifier-that-is-long-enough"))
    url = begin_login(app, world.around, lambda: next(words))
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def test_the_address_asks_for_what_the_vendor_needs(world: World) -> None:
    asked = _begun(world, replace(APP, audience="api.example"))
    assert asked | {"audience": "api.example", "prompt": "consent", "scope": "read offline_access"} == asked
    assert "code_challenge" not in asked


def test_a_pasted_address_becomes_a_kept_token(world: World) -> None:
    _begun(world)
    finish_login(APP, world.around, "https://localhost/x?code=c-1&state=the-state\n", post=world.post)
    assert world.asked[0]["code"] == "c-1"
    assert world.credential().header() == "Bearer access-1"
    assert world.tokens.kept["acme"].granted_at == world.at


def test_a_challenge_is_answered_by_what_it_was_made_from(world: World) -> None:
    app = replace(APP, pkce=True)
    challenge = _begun(world, app)["code_challenge"]
    finish_login(app, world.around, "c-1", post=world.post)
    digest = hashlib.sha256(world.asked[0]["code_verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == challenge


@pytest.mark.parametrize(("pasted", "word"), [
    ("https://localhost/x?code=c-1&state=another", "another login"), ("https://localhost/x?state=the-state", "no code"),
    ("https://localhost/x?error=access_denied&state=the-state", "did not agree"),
])
def test_a_pasted_address_that_is_no_answer_is_refused(world: World, pasted: str, word: str) -> None:
    _begun(world)
    with pytest.raises(UsageError, match=word):
        finish_login(APP, world.around, pasted, post=world.post)
    assert world.asked == []


def test_a_login_can_be_finished_once_and_not_late(world: World) -> None:
    with pytest.raises(UsageError, match="No login has been begun"):
        finish_login(APP, world.around, "c-1", post=world.post)
    _begun(world)
    finish_login(APP, world.around, "c-1", post=world.post)
    with pytest.raises(UsageError, match="No login has been begun"):
        finish_login(APP, world.around, "c-1", post=world.post)
