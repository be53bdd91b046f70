"""Each event name of the vendors is dispatched or left alone by its name; only names nobody knows are unknown."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connector.asana import webhook as asana
from connector.asana import webhook_events as asana_events
from connector.jira import webhook as jira
from connector.jira import webhook_events as jira_events
from connector.sdk.base import UnknownSignatureError
from model.events import Delivery, EventKind
from sandbox.jira.admin_hooks import EVENTS
from sandbox.jira.app_hooks import EVENTS as APP_EVENTS
from tests.support.hooked import SECRET, asana_body, asana_signed, jira_body, jira_signed, token

HOOKS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "webhooks"
SPEC = HOOKS.parents[1] / "specs" / "jira-cloud-v3.json"
NOW = datetime(2026, 11, 20, tzinfo=UTC)
WHOLE = {
    "worklog": {"issueId": "2"}, "issueLink": {"sourceIssueId": 3, "destinationIssueId": 4}, "comment": {"self": "x"},
    "version": {"projectId": 5}, "project": {"id": 6}, "sprint": {"originBoardId": 7},
}  # fmt: skip


def from_jira(body: bytes) -> Delivery:
    return jira.receive("c", jira_signed(body), body, agreed=jira.Agreed(SECRET), now=NOW)


def from_asana(body: bytes) -> Delivery:
    return asana.receive("c", asana_signed(body), body, secret=SECRET, pending=False)


@pytest.mark.parametrize("name", jira_events.DISPATCHED)
def test_a_dispatched_event_of_jira_names_what_to_read_again(name: str) -> None:
    delivery = from_jira(jira_body(1, name, **WHOLE))
    assert (delivery.ignored, delivery.unknown) == ((), ())
    assert all(event.vendor_id and event.kind is not EventKind.UNKNOWN for event in delivery.events)
    bare = from_jira(json.dumps({"webhookEvent": name}).encode())
    assert bare.events, "without what it is about it is still a reason to look"


@pytest.mark.parametrize("name", jira_events.IGNORED)
def test_an_event_of_jira_that_is_of_no_use_is_left_alone_by_its_name(name: str) -> None:
    delivery = from_jira(jira_body(1, name))
    assert (delivery.events, delivery.ignored, delivery.unknown) == ((), (name,), ())


def test_no_event_of_jira_is_in_both_tables_and_all_that_are_asked_for_are_dispatched() -> None:
    assert not jira_events.DISPATCHED.keys() & jira_events.IGNORED.keys()
    asked = {*jira_events.WANTED, *jira_events.WANTED_OF_CLOUD, *jira_events.WANTED_DYNAMIC}
    assert asked <= jira_events.DISPATCHED.keys()
    assert {*jira_events.WANTED, *jira_events.WANTED_OF_CLOUD} <= EVENTS
    assert set(jira_events.WANTED_DYNAMIC) <= APP_EVENTS


@pytest.mark.skipif(not SPEC.is_file(), reason="the vendor's description is not beside this checkout")
def test_every_event_of_the_vendors_description_is_known() -> None:
    described = json.loads(SPEC.read_bytes())["components"]["schemas"]["WebhookDetails"]
    names = set(described["properties"]["events"]["items"]["enum"])
    assert names <= jira_events.DISPATCHED.keys() | jira_events.IGNORED.keys()
    assert set(jira_events.WANTED_DYNAMIC) <= names


@pytest.mark.skipif(not HOOKS.is_dir(), reason="the recorded webhook bodies are not beside this checkout")
@pytest.mark.parametrize("path", sorted(HOOKS.glob("jira-*/*.json")), ids=lambda path: path.stem)
def test_every_recorded_body_of_jira_has_a_known_name(path: Path) -> None:
    delivery = from_jira(path.read_bytes())
    assert delivery.unknown == ()
    assert delivery.events or delivery.ignored


@pytest.mark.parametrize("action", sorted(asana_events.ACTIONS))
@pytest.mark.parametrize("kind", [*asana_events.DISPATCHED, *asana_events.IGNORED])
def test_every_kind_of_event_of_asana_is_known(kind: str, action: str) -> None:
    delivery = from_asana(asana_body("1", action=action, kind=kind))
    assert delivery.unknown == ()
    if kind in asana_events.IGNORED:
        assert (delivery.events, delivery.ignored) == ((), (f"{kind}.{action}",))
    elif asana_events.DISPATCHED[kind] is not asana_events.Hint.PARENT_TASK:
        assert [event.vendor_id for event in delivery.events] == ["1"]


def test_an_event_with_a_name_or_an_action_nobody_knows_is_a_reason_to_look() -> None:
    told = (
        from_jira(jira_body(1, "dashboard_melted")), from_asana(asana_body("1", kind="hologram")),
        from_asana(asana_body("1", action="melted")),
    )  # fmt: skip
    assert [delivery.unknown for delivery in told] == [("dashboard_melted",), ("hologram.changed",), ("task.melted",)]
    assert {event.kind for delivery in told for event in delivery.events} == {EventKind.UNKNOWN}


def test_a_deleted_issue_is_looked_for_and_not_believed() -> None:
    (event,) = from_jira(jira_body(7, "jira:issue_deleted")).events
    assert (event.kind, event.vendor_id) == (EventKind.ITEM_DELETED, "7")


def test_a_token_of_the_app_opens_only_where_an_app_is_configured() -> None:
    body, now = jira_body(1), int(NOW.timestamp())
    headers = {"authorization": "Bearer " + token("app secret", iat=now, exp=now + 180)}
    assert jira.receive("c", headers, body, agreed=jira.Agreed(None, "app secret"), now=NOW).events
    for agreed in (jira.Agreed(SECRET), jira.Agreed(None), jira.Agreed(SECRET, "another"), jira.Agreed(None, "")):
        with pytest.raises(UnknownSignatureError):
            jira.receive("c", headers, body, agreed=agreed, now=NOW)


def test_an_app_that_also_agreed_on_a_secret_takes_both() -> None:
    body, agreed = jira_body(1), jira.Agreed(SECRET, "app secret")
    assert jira.receive("c", jira_signed(body), body, agreed=agreed, now=NOW).events
    forged = {"x-hub-signature": "sha256=" + hmac.new(b"app secret", body, hashlib.sha256).hexdigest()}
    with pytest.raises(UnknownSignatureError):
        jira.receive("c", forged, body, agreed=agreed, now=NOW)
