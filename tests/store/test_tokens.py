"""Tokens that change while we run: swapped only against what was read, renewed by one holder at a time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from model.errors import FatalError
from model.ports import StoredToken
from sandbox.oauth import CLIENT_ID, CLIENT_SECRET
from sandbox.server import build, start
from store.database import Database
from tests.support.databases import SECRET_KEY
from tests.support.made_records import day
from tests.support.processes import run_together

OLD = StoredToken(access=SecretStr("old"), refresh=SecretStr("r0"), expires_at=day(1))
NEW = StoredToken(
    access=SecretStr("new"), refresh=SecretStr("r1"), expires_at=day(2), granted_at=day(0), renewed_at=day(1),
    scopes=("read",), place="site-1", seed="d",
)


def test_a_whole_token_comes_back(database: Database) -> None:
    database.tokens.save("acme", NEW)
    assert database.tokens.load("acme") == NEW


def test_a_swap_changes_only_what_was_read(database: Database) -> None:
    assert database.tokens.swap("acme", None, OLD)
    assert not database.tokens.swap("acme", None, NEW)
    assert not database.tokens.swap("acme", NEW, NEW)
    assert database.tokens.load("acme") == OLD
    assert database.tokens.swap("acme", OLD, NEW)
    assert database.tokens.load("acme") == NEW


def test_tokens_are_saved_over_those_that_were_seen_all_or_none(database: Database) -> None:
    names = ("acme/id", "acme/secret")
    seen = database.tokens.marks(names)
    assert set(seen.values()) == {""}
    assert database.tokens.save_over(seen, dict.fromkeys(names, OLD))
    then = database.tokens.marks(names)
    database.tokens.save("acme/secret", OLD)
    assert database.tokens.marks(names)["acme/secret"] != then["acme/secret"], "the same once more is another saving"
    assert not database.tokens.save_over(then, dict.fromkeys(names, NEW))
    assert [database.tokens.load(name) for name in names] == [OLD, OLD]
    assert database.tokens.save_over(database.tokens.marks(names), dict.fromkeys(names, NEW))
    assert [database.tokens.load(name) for name in names] == [NEW, NEW]


def test_one_of_eight_savings_at_once_over_the_same_succeeds(
    database: Database, in_threads: Callable[..., list[Any]]
) -> None:
    database.tokens.save("acme", OLD)
    seen = database.tokens.marks(["acme"])
    assert sum(in_threads(lambda _number: database.tokens.save_over(seen, {"acme": NEW}), 8)) == 1


def test_one_of_eight_swaps_at_once_succeeds(database: Database, in_threads: Callable[..., list[Any]]) -> None:
    database.tokens.save("acme", OLD)
    tokens = [NEW.model_copy(update={"access": SecretStr(f"new-{number}")}) for number in range(8)]
    assert sum(in_threads(lambda number: database.tokens.swap("acme", OLD, tokens[number]), 8)) == 1


def test_a_lease_is_one_holders_until_it_is_released_or_over(database: Database) -> None:
    until = day(0) + timedelta(seconds=60)

    def lease(holder: str, now: datetime) -> bool:
        return database.tokens.lease("acme", holder, now=now, until=now + timedelta(seconds=60))

    assert lease("a", day(0))
    assert lease("a", day(0))
    assert not lease("b", until - timedelta(seconds=1))
    assert database.tokens.lease("other", "b", now=day(0), until=until)
    assert lease("b", until + timedelta(seconds=60))
    database.tokens.release("acme", "a")
    assert not lease("a", until + timedelta(seconds=61))
    database.tokens.release("acme", "b")
    assert lease("a", until + timedelta(seconds=61))


def test_a_lease_needs_the_key_that_keeping_a_token_needs(database_url: str) -> None:
    database = Database(database_url)
    database.upgrade()
    with pytest.raises(FatalError, match="BELLWETHER_SECRET_KEY"):
        database.tokens.lease("acme", "a", now=day(0), until=day(1))
    database.close()


_RENEW = """
import sys, time, random
from datetime import UTC, datetime
from pydantic import SecretStr
from connector.sdk.base import Surroundings
from connector.sdk.oauth import OAuthApp, OAuthCredential
from store.database import Database

url, key, token_url, client_id, client_secret, number = sys.argv[1:]
database = Database(url, secret_key=key.encode())
app = OAuthApp("acme", client_id, SecretStr(client_secret), token_url, token_url, "https://localhost/x")
around = Surroundings(
    now=lambda: datetime.now(UTC), sleep=time.sleep, read_secret=str, tokens=database.tokens, limits=database.limits,
    jitter=random.random,
)
credential = OAuthCredential(app, around)
database.tokens.load("acme")
print("ready", flush=True)
sys.stdin.read()
print(credential.header())
"""


@pytest.mark.parametrize("lost", [0, 1])
def test_several_processes_renew_a_token_once(database: Database, lost: int) -> None:
    """With the first answer lost, exactly one more is asked for, and the login lives on."""
    running = start(build(None, clock=lambda: datetime.now(UTC)))
    try:
        server = running.sandbox.jira_login
        server.lose = lost
        refresh = SecretStr(server.grant("read"))
        database.tokens.save("acme", StoredToken(access=SecretStr("a"), refresh=refresh, expires_at=datetime.now(UTC)))
        said = run_together(
            _RENEW if not lost else _RENEW.replace("print(credential.header())", _PERSISTENT), _url(database),
            SECRET_KEY.decode(), f"{running.url}/oauth-jira/oauth/token", CLIENT_ID, CLIENT_SECRET, processes=4,
        )
    finally:
        running.stop()
    kept = database.tokens.load("acme")
    assert kept is not None
    assert {line.strip() for line in said} == {f"Bearer {kept.access.get_secret_value()}"}
    assert server.renewals == 1 + lost


_PERSISTENT = """
from model.errors import RetryableError
while True:
    try:
        print(credential.header())
        break
    except RetryableError:
        time.sleep(0.05)
"""


def _url(database: Database) -> str:
    """The address with its password, which the object itself does not show."""
    return database._url.render_as_string(hide_password=False)
