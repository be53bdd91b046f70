"""Deliveries: handshake, signature, meaning. Some bodies are real ones."""

import hashlib
import hmac
import json
from pathlib import Path

import pytest

from connector.asana.webhook import receive
from connector.sdk.base import MalformedDeliveryError, UnknownSignatureError
from model.events import EventKind

REAL = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "webhooks" / "asana"
SECRET = "agreed"


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"x-hook-signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def heard(body: bytes):
    return receive("acme-asana", signed(body), body, secret=SECRET, pending=False)


def body_of(*events: dict) -> bytes:
    return json.dumps({"events": events}).encode()


def event(kind: str, gid: str, action: str = "changed", **more) -> dict:
    return {"action": action, "user": {"gid": "7"}, "resource": {"gid": gid, "resource_type": kind}, **more}


def test_a_handshake_we_wait_for_is_echoed_and_kept():
    answer = receive("acme-asana", {"x-hook-secret": "s1"}, b"", secret=None, pending=True)
    assert (answer.answer_headers, answer.new_secret) == ({"X-Hook-Secret": "s1"}, "s1")


@pytest.mark.parametrize(("secret", "pending"), [(None, False), (SECRET, False), (SECRET, True)])
def test_a_handshake_nobody_waits_for_changes_nothing(secret, pending):
    with pytest.raises(UnknownSignatureError):
        receive("acme-asana", {"x-hook-secret": "forged"}, b"", secret=secret, pending=pending)


@pytest.mark.parametrize("secret", [None, "", "other"])
def test_a_delivery_signed_with_something_else_is_refused_unread(secret):
    body = b"not even JSON"
    with pytest.raises(UnknownSignatureError):
        receive("acme-asana", signed(body), body, secret=secret, pending=False)


def test_a_signed_delivery_that_is_no_document_is_malformed():
    with pytest.raises(MalformedDeliveryError):
        heard(b"[]")


def test_a_heartbeat_is_fine_and_says_nothing():
    assert heard(body_of()).events == ()


def test_events_name_what_to_read_again():
    story = event("story", "5", "added", parent={"gid": "1", "resource_type": "task"})
    section = event("section", "6", "added", parent={"gid": "2", "resource_type": "project"})
    status = event("project", "3", change={"field": "current_status_update"})
    delivery = heard(body_of(story, event("task", "1"), event("task", "4", "deleted"), section, status))
    assert [(each.kind, each.vendor_id) for each in delivery.events] == [
        (EventKind.ITEM_CHANGED, "1"), (EventKind.ITEM_DELETED, "4"), (EventKind.PROJECT_CHANGED, "2"),
        (EventKind.STATUS_DECLARED, "3"),
    ]  # fmt: skip
    assert {each.by for each in delivery.events} == {"7"}


def test_what_we_do_not_keep_is_named_and_left_alone():
    delivery = heard(body_of(event("attachment", "9", "added"), event("tag", "8")))
    assert (delivery.events, delivery.ignored) == ((), ("attachment.added", "tag.changed"))


def test_equal_deliveries_have_an_equal_key():
    one, other = body_of(event("task", "1")), body_of(event("task", "2"))
    assert heard(one).dedupe_key == heard(one).dedupe_key != heard(other).dedupe_key


@pytest.mark.skipif(not REAL.is_dir(), reason="the shared real deliveries are not beside this checkout")
@pytest.mark.parametrize("name", ["captured_task_completed_2021.json", "captured_task_name_changed_2023.json"])
def test_real_deliveries_are_understood(name):
    body = (REAL / name).read_bytes()
    delivery = heard(body)
    assert {each.kind for each in delivery.events} == {EventKind.ITEM_CHANGED}
    assert all(each.vendor_id.isdigit() for each in delivery.events)
