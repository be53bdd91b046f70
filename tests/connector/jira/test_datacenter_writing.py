"""Data Center: what is written into a server, and what it sends."""

import importlib.util
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from model.errors import FatalError
from model.health import Band
from model.push import HealthMessage

_spec = importlib.util.spec_from_file_location("jira_dc_case", Path(__file__).parent / "contract_case_datacenter.py")
assert _spec is not None
assert _spec.loader is not None
case_module: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(case_module)


@pytest.fixture
def case() -> Iterator[Any]:
    with case_module.open_case() as opened:
        yield opened


@pytest.fixture
def server(case: Any) -> Any:
    """The fake server, to be changed by a test."""
    return case.running.sandbox.jira_server




# -- writing ----------------------------------------------------------------------------------------------------------


def _message(**more: Any) -> HealthMessage:
    given_: dict[str, Any] = {
        "node": "crm", "node_name": "New CRM", "band": Band.OFF_TRACK, "score": 31.0, "reason": "late", "coverage": 1.0,
        "trust": 1.0, "as_of": datetime(2026, 11, 20, tzinfo=UTC), "receipt": {"score": 31},
    }
    return HealthMessage(**{**given_, **more})


@pytest.mark.parametrize("notes", [True, False])
def test_a_comment_is_made_once_and_edited_even_when_its_id_was_lost(case: Any, server: Any, notes: bool) -> None:
    server.notes = notes
    made = case.connector().write_comment(case.target, _message(), comment_id=None)
    again = case.connector().write_comment(case.target, _message(score=30.0), comment_id=None)
    assert (made, case.comments()) == (again, 1)
    assert "30 of 100" in server.wiki[made]


@pytest.mark.parametrize("notes", [True, False])
def test_a_comment_whose_answer_was_lost_is_not_written_twice(case: Any, server: Any, notes: bool) -> None:
    server.notes = notes
    if notes:
        case.fail_write()
        assert case.connector().write_comment(case.target, _message(), comment_id=None)
    else:  # the first, with properties, is refused; the answer to the second is lost
        case.site.faults.set("slow", path="/rest/api/2/issue/CRM-1/comment", method="POST", seconds=0.0)
        case.fail_write()
        assert case.connector().write_comment(case.target, _message(), comment_id=None)
    assert case.comments() == 1


def test_somebody_who_quotes_our_comment_keeps_theirs(case: Any, server: Any) -> None:
    server.notes = False
    quoted = case.site.add_comment("CRM-1", "(bellwether: crm)")
    server.wiki[quoted["id"]] = "(bellwether: crm)"
    made = case.connector().write_comment(case.target, _message(), comment_id=None)
    assert made != quoted["id"]
    assert server.wiki[quoted["id"]] == "(bellwether: crm)"


def test_comments_are_kept_from_customers_of_a_service_project(case: Any) -> None:
    made = case.connector().write_comment(case.target, _message(), comment_id=None)
    assert case.site.comment_properties[made]["sd.public.comment"] == {"internal": True}


# -- webhooks ---------------------------------------------------------------------------------------------------------


def test_a_hook_is_registered_once_and_takes_a_new_secret(case: Any) -> None:
    for secret in ("old", "new"):
        case.connector().register_hook("", "http://127.0.0.1:9/webhooks/acme", secret=secret)
    assert [hook.secret for hook in case.site.webhooks.values()] == ["new"]


def test_a_hook_is_taken_away_and_may_be_gone_already(case: Any) -> None:
    made = case.connector().register_hook("", "http://127.0.0.1:9/webhooks/acme", secret="s")
    for _ in range(2):
        case.connector().remove_hook(made.vendor_id)
        assert not case.site.webhooks


def test_a_hook_of_cloud_takes_a_new_secret_too(case: Any) -> None:
    connector = case_module.cloud.JiraCase(case.running, case.clock).connector()
    for secret in ("old", "new"):
        connector.register_hook("", "http://127.0.0.1:9/webhooks/acme", secret=secret)
    assert [hook.secret for hook in case.site.webhooks.values()] == ["new"]


def test_a_server_that_signs_nothing_gets_no_hook(case: Any, server: Any) -> None:
    server.version = (9, 12, 0)
    with pytest.raises(FatalError, match="signs no webhooks"):
        case.connector().register_hook("", "http://127.0.0.1:9/webhooks/acme", secret="s")
    assert not case.site.webhooks


def test_a_delivery_of_a_server_is_understood_and_told_apart_by_its_body(case: Any, server: Any) -> None:
    sent: list[tuple[dict[str, str], bytes]] = []

    def post(_url: str, body: bytes, headers: dict[str, str]) -> int:
        sent.append(({name.lower(): value for name, value in headers.items()}, body))
        return 200

    case.site.hooks.post = post
    connector = case.connector()
    connector.register_hook("", "http://127.0.0.1:9/webhooks/acme", secret="s")
    bo = next(one for one, user in case.site.users.items() if user["displayName"] == "Bo Diddley")
    for title in ("One", "Two"):
        case.site.edit_issue("CRM-2", by=bo, summary=title)
    assert case.site.hooks.flush()
    told = [connector.receive(headers, body, secret="s", pending=False) for headers, body in sent]
    assert {(event.vendor_id, event.by) for one in told for event in one.events} == {
        (case.site.issue("CRM-2").id, server.key_of(bo)),
    }
    assert len({one.dedupe_key for one in told}) == 2
