"""Events by sync token, and webhooks with handshake and signature."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.asana.space import AsanaSpace

Gid = Callable[[str], str]
TARGET = "https://hooks.example/asana/k1"


def _token(api: Any, resource: str) -> str:
    answer = api.get("/events", resource=resource)
    assert answer.status_code == 412
    return str(answer.get_json()["sync"])


def _hook(api: Any, resource: str, **more: Any) -> dict[str, Any]:
    answer = api.post("/webhooks", resource=resource, target=TARGET, **more)
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.get_json()
    return document


def test_the_first_call_is_a_412_with_a_token_that_reads_on_from_there(api: Any, space: AsanaSpace, gid: Gid) -> None:
    token = _token(api, gid("LAUNCH"))
    space.edit_task("LAUNCH-1", by="ada", due_on="2026-12-01")
    document = api.get("/events", resource=gid("LAUNCH"), sync=token).get_json()
    changed, story = document["data"]
    assert (changed["action"], changed["change"]["field"]) == ("changed", "due_on")
    assert (changed["resource"]["gid"], changed["user"]["name"]) == (gid("LAUNCH-1"), "Ada Lovelace")
    assert (story["action"], story["resource"]["resource_subtype"]) == ("added", "due_date_changed")
    assert story["parent"]["gid"] == gid("LAUNCH-1")
    assert document["has_more"] is False


def test_a_subtask_bubbles_to_the_project_of_its_parent(api: Any, space: AsanaSpace, gid: Gid) -> None:
    token = _token(api, gid("LAUNCH"))
    space.complete_task("LAUNCH-2", by="bo")
    found = api.get("/events", resource=gid("LAUNCH"), sync=token).get_json()["data"]
    assert found[0]["resource"]["gid"] == gid("LAUNCH-2")


def test_asking_again_gives_the_same_and_going_back_is_refused(api: Any, space: AsanaSpace, gid: Gid) -> None:
    first = _token(api, gid("LAUNCH"))
    space.complete_task("LAUNCH-1", by="bo")
    once = api.get("/events", resource=gid("LAUNCH"), sync=first).get_json()
    assert api.get("/events", resource=gid("LAUNCH"), sync=first).get_json() == once
    assert api.get("/events", resource=gid("LAUNCH"), sync=once["sync"]).status_code == 200
    back = api.get("/events", resource=gid("LAUNCH"), sync=first)
    assert back.status_code == 412
    assert back.get_json()["sync"] not in (first, once["sync"])


def test_a_hundred_events_a_token_then_has_more(api: Any, space: AsanaSpace, gid: Gid) -> None:
    token = _token(api, gid("BRAND"))
    for n in range(60):
        space.comment("BRAND-1", f"comment {n}", by="bo")
        space.edit_task("BRAND-1", by="bo", notes=str(n))
    sizes, more = [], True
    while more:
        page = api.get("/events", resource=gid("BRAND"), sync=token).get_json()
        sizes.append(len(page["data"]))
        token, more = page["sync"], page["has_more"]
    assert sizes == [100, 80]


def test_a_token_expires_after_a_day(api: Any, clock: Any, gid: Gid) -> None:
    token = _token(api, gid("LAUNCH"))
    clock.move(hours=25)
    assert api.get("/events", resource=gid("LAUNCH"), sync=token).status_code == 412


def test_a_deletion_is_an_event(api: Any, space: AsanaSpace, gid: Gid) -> None:
    token = _token(api, gid("LAUNCH"))
    space.delete_task("LAUNCH-4", by="ada")
    [event] = api.get("/events", resource=gid("LAUNCH"), sync=token).get_json()["data"]
    assert (event["action"], event["resource"]["gid"]) == ("deleted", gid("LAUNCH-4"))


def test_events_of_a_portfolio_cannot_be_read(api: Any, gid: Gid) -> None:
    assert api.get("/events", resource=gid("growth")).status_code == 400


def test_the_handshake_happens_during_the_request_and_the_secret_is_in_the_answer(
    api: Any, receiver: Any, gid: Gid
) -> None:
    document = _hook(api, gid("LAUNCH"))
    [(url, _, headers)] = receiver.came
    assert (url, headers["X-Hook-Secret"]) == (TARGET, document["X-Hook-Secret"])
    assert document["data"]["active"] is False
    assert api.data(f"/webhooks/{document['data']['gid']}")["active"] is True


@pytest.mark.parametrize(("echo", "status", "refused"), [(False, 200, 403), (True, 500, 400), (True, 0, 400)])
def test_a_failed_handshake_makes_no_webhook(
    api: Any, space: AsanaSpace, receiver: Any, echo: bool, status: int, refused: int
) -> None:
    receiver.echo, receiver.status = echo, status
    answer = api.post("/webhooks", resource=space.keys["LAUNCH"], target=TARGET)
    assert answer.status_code == refused
    assert api.data("/webhooks", workspace="1100") == []


def test_the_same_webhook_twice_is_refused(api: Any, gid: Gid) -> None:
    _hook(api, gid("LAUNCH"))
    assert api.post("/webhooks", resource=gid("LAUNCH"), target=TARGET).status_code == 403


def test_a_delivery_is_signed_over_its_raw_body_and_compact(
    api: Any, space: AsanaSpace, receiver: Any, gid: Gid
) -> None:
    secret = _hook(api, gid("LAUNCH"))["X-Hook-Secret"]
    space.edit_task("LAUNCH-1", by="ada", assignee=gid("ada"))
    assert space.hooks.deliver_now() == 1
    _, body, headers = receiver.came[-1]
    assert headers["X-Hook-Signature"] == hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    events = json.loads(body)["events"]
    assert len(events) == 2
    assert events[0]["change"]["new_value"] == {"gid": gid("ada"), "resource_type": "user"}
    assert "name" not in events[0]["resource"]


def test_filters_let_through_only_what_they_name(api: Any, space: AsanaSpace, receiver: Any, gid: Gid) -> None:
    wanted = [{"resource_type": "task", "action": "changed", "fields": ["completed"]}]
    _hook(api, gid("LAUNCH"), filters=wanted)
    space.edit_task("LAUNCH-1", by="ada", name="Other")
    assert space.hooks.deliver_now() == 0
    space.complete_task("LAUNCH-1", by="ada")
    space.hooks.deliver_now()
    assert [event["change"]["field"] for event in json.loads(receiver.came[-1][1])["events"]] == ["completed"]


def test_a_portfolio_webhook_must_have_filters(api: Any, gid: Gid) -> None:
    assert api.post("/webhooks", resource=gid("growth"), target=TARGET).status_code == 400


def test_a_heartbeat_is_empty_and_signed(api: Any, space: AsanaSpace, receiver: Any, gid: Gid) -> None:
    _hook(api, gid("LAUNCH"))
    space.hooks.heartbeat()
    assert json.loads(receiver.came[-1][1]) == {"events": []}
    assert "X-Hook-Signature" in receiver.came[-1][2]


def test_a_receiver_that_fails_for_a_day_loses_its_webhook(
    api: Any, space: AsanaSpace, receiver: Any, clock: Any, gid: Gid
) -> None:
    hook = _hook(api, gid("LAUNCH"))["data"]["gid"]
    receiver.status = 500
    space.complete_task("LAUNCH-1", by="ada")
    space.hooks.deliver_now()
    assert api.data(f"/webhooks/{hook}")["delivery_retry_count"] == 1
    clock.move(hours=25)
    space.hooks.deliver_now()
    assert api.get(f"/webhooks/{hook}").status_code == 404


def test_a_failed_delivery_is_sent_again(api: Any, space: AsanaSpace, receiver: Any, clock: Any, gid: Gid) -> None:
    _hook(api, gid("LAUNCH"))
    receiver.status = 500
    space.complete_task("LAUNCH-1", by="ada")
    space.hooks.deliver_now()
    receiver.status = 200
    assert space.hooks.deliver_now() == 0
    clock.move(minutes=1)
    assert space.hooks.deliver_now() == 1
    assert json.loads(receiver.came[-1][1]) == json.loads(receiver.came[-2][1])


def test_the_background_thread_delivers_by_itself(api: Any, space: AsanaSpace, receiver: Any, gid: Gid) -> None:
    _hook(api, gid("LAUNCH"))
    space.hooks.pause_s = 0.01
    space.hooks.start()
    space.complete_task("LAUNCH-1", by="ada")
    until = time.monotonic() + 60
    while len(receiver.came) < 2 and time.monotonic() < until:
        time.sleep(0.02)
    space.hooks.stop()
    assert len(receiver.came) == 2
