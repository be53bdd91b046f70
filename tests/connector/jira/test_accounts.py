"""Jira's report of accounts of which an app may keep nothing: asked by an OAuth app alone, ninety at once."""

from datetime import UTC, datetime

from tests.connector.jira.test_login import Bench, bench

__all__ = ["bench"]
SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def test_closed_and_changed_accounts_are_named_over_all_pages(bench: Bench) -> None:
    bench.log_in()
    bench.server.reported = {"a7": "closed", "a150": "updated", "nobody we know": "closed"}
    client = bench.client()
    before = client.traffic().requests
    assert client.erased_accounts({f"a{number}": SINCE for number in range(200)}) == ("a150", "a7")
    assert client.traffic().requests - before == 3
    assert client.erased_accounts({"a1": SINCE}) == ()
    assert client.erased_accounts({}) == ()
    client.close()


def test_a_token_of_a_person_asks_nothing(bench: Bench) -> None:
    client = bench.client(type="api_token", email="bot@example.test", token="sandbox-jira-token")
    before = client.traffic().requests
    assert client.erased_accounts({"a1": SINCE}) is None
    assert client.traffic().requests == before
    client.close()
