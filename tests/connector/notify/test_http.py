"""Slack, Teams and the signed webhook, posted to a real server on this machine."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from connector.notify import event
from connector.notify.base import Notifier
from connector.notify.create import outlet
from model.errors import (
    AmbiguousWriteError,
    AppError,
    FatalError,
    NotFoundError,
    RefusedError,
    RetryableError,
    UsageError,
)
from model.health import Band
from model.notices import ChatChannel, Reported, Subscription, WebhookChannel
from tests.support.made_notices import WHEN, made_digest, made_notice, made_surroundings
from tests.support.receiver import Receiver, Reply, receiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PATH = "/services/T0/B0/sEcReT"
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


def notifier(kind: str, url: str, *, read_only: bool = False, secret: str = SECRET) -> Notifier:
    channel: Any = WebhookChannel(url="env:URL", secret="env:SECRET")
    if kind != "webhook":
        channel = ChatChannel(kind=kind, url="env:URL")  # type: ignore[arg-type]
    subscription = Subscription(name=f"{kind}-1", where="notify[0]", channel=channel, nodes=("reach",))
    around = made_surroundings({"env:URL": url, "env:SECRET": secret}, read_only=read_only)
    return outlet(subscription, around).notifier


KINDS = ("slack", "teams", "webhook")


@pytest.mark.parametrize("kind", KINDS)
def test_a_notice_is_one_post_of_json_to_the_address(kind: str, there: Receiver) -> None:
    notifier(kind, there.url(PATH)).send(made_notice())
    assert [posted.path for posted in there.posted] == [PATH]
    assert there.posted[0].headers["content-type"] == "application/json"
    assert "Reach" in json.dumps(json.loads(there.posted[0].body))


def test_slack_gets_blocks_and_a_text_for_what_shows_no_blocks(there: Receiver) -> None:
    notifier("slack", there.url(PATH)).send(made_notice())
    sent = json.loads(there.posted[0].body)
    assert sent["blocks"][0]["text"]["text"] == "■ Reach: Off track, was At risk"
    assert sent["text"].startswith("■ Reach: Off track, was At risk")
    assert "<https://jira.example/browse/A-1|Pay by card>" in json.dumps(sent["blocks"])


def test_teams_gets_an_adaptive_card(there: Receiver) -> None:
    notifier("teams", there.url(PATH)).send(made_notice())
    sent = json.loads(there.posted[0].body)
    assert sent["type"] == "message"
    card = sent["attachments"][0]
    assert card["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert card["content"]["type"] == "AdaptiveCard"
    assert card["content"]["actions"][0]["url"] == "https://bellwether.example/nodes/reach"


def test_a_webhook_can_be_verified_with_the_standard_library(there: Receiver) -> None:
    notifier("webhook", there.url(PATH)).send(made_notice())
    got = there.posted[0]
    told = Webhook(SECRET).verify(got.body, got.headers)
    assert told["type"] == "bellwether.health.changed"
    assert told["data"]["node"] == {
        "id": "reach", "name": "Reach", "kind": "program", "url": "https://bellwether.example/nodes/reach"
    }
    assert (told["data"]["band"], told["data"]["previous_band"]) == ("OFF_TRACK", "AT_RISK")
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(got.body.replace(b"OFF_TRACK", b"ON_TRACK"), got.headers)


def test_a_webhook_that_is_sent_again_has_the_same_id_and_the_same_body(there: Receiver) -> None:
    hook = notifier("webhook", there.url(PATH))
    for _ in range(2):
        hook.send(made_notice(made_digest()))
    assert {posted.headers["webhook-id"] for posted in there.posted} == {"msg_1f"}
    assert there.posted[0].body == there.posted[1].body
    assert json.loads(there.posted[0].body)["type"] == "bellwether.digest"


def test_the_schema_beside_the_code_is_the_codes_own() -> None:
    kept = json.loads((ROOT / "connector/notify/event.schema.json").read_text())
    assert {**event.Event.model_json_schema(mode="serialization"), **kept} == kept
    jsonschema.Draft202012Validator.check_schema(kept)
    told = Reported(
        declared=Band.AT_RISK, computed=Band.ON_TRACK, better=False, bands=1, points=3.0, since=WHEN, earlier=False,
        above_from=WHEN.date(),
    )  # fmt: skip
    for notice in (made_notice(), made_notice(made_digest()), made_notice().model_copy(update={"reported": told})):
        jsonschema.validate(json.loads(event.event(notice).model_dump_json()), kept)


@pytest.mark.parametrize("secret", ["", "hunter2", "whsec_", "whsec_ä"])
def test_a_secret_that_is_none_is_refused_before_anything_is_sent(secret: str, there: Receiver) -> None:
    with pytest.raises(UsageError, match="secret is none") as caught:
        notifier("webhook", there.url(PATH), secret=secret).send(made_notice())
    assert there.posted == []
    assert caught.value.where == "notify[0]"


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (Reply(404, b"no_service"), FatalError, "404 no_service"),
        (Reply(400, b"invalid_payload"), FatalError, "400 invalid_payload"),
        (Reply(403, b'{"error": {"code": "AuthorizationFailed", "message": "/services/T0/B0/sEcReT"}}'), FatalError, "403"),
        (Reply(410, b"gone"), NotFoundError, "gone for good"),
        (Reply(302, b"", {"Location": "/login"}), FatalError, "web page"),
        (Reply(200, b"<!doctype html><p>Log in"), FatalError, "web page"),
        (Reply(500, b"rollup_error"), RetryableError, "500 rollup_error"),
        (Reply(503), RetryableError, "later"),
        (Reply(502), AmbiguousWriteError, "may have arrived"),
        (Reply(504), AmbiguousWriteError, "may have arrived"),
        (Reply(silent=True), AmbiguousWriteError, "may have arrived"),
    ],
)
def test_a_bad_answer_becomes_an_error_that_shows_no_address(
    reply: Reply, error: type[AppError], words: str, there: Receiver
) -> None:
    there.replies.append(reply)
    with pytest.raises(error, match=words) as caught:
        notifier("slack", there.url(PATH)).send(made_notice())
    assert type(caught.value) is error
    assert caught.value.where == "notify[0]"
    assert "sEcReT" not in f"{caught.value!s}{caught.value.__cause__!r}"
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert len(there.posted) == 1  # no redirect is followed, nothing is repeated here


def test_how_long_to_wait_is_told(there: Receiver) -> None:
    there.replies.append(Reply(429, b"rate_limited", {"Retry-After": "30"}))
    with pytest.raises(RetryableError) as caught:
        notifier("slack", there.url(PATH)).send(made_notice())
    assert caught.value.retry_after_s == 30


def test_a_receiver_that_is_not_there_is_tried_again() -> None:
    with receiver() as closed:
        url = closed.url(PATH)
    with pytest.raises(RetryableError, match="not reached") as caught:
        notifier("teams", url).send(made_notice())
    assert not isinstance(caught.value, AmbiguousWriteError)


@pytest.mark.parametrize(
    "url",
    ["http://hooks.example/sEcReT", "https://u:sEcReT@hooks.example/", "sEcReT", "ftp://x/sEcReT", "https://[sEcReT",
     "https://h:sEcReT/", "https:///sEcReT"],
)
def test_an_address_that_must_not_be_called_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        notifier("slack", url).send(made_notice())
    assert "sEcReT" not in str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_leaves_a_read_only_deployment(kind: str, there: Receiver) -> None:
    with pytest.raises(RefusedError, match="read-only"):
        notifier(kind, there.url(PATH), read_only=True).send(made_notice())
    assert there.posted == []


def test_only_a_webhook_may_be_sent_twice() -> None:
    assert [notifier(kind, "https://x.example").repeatable for kind in KINDS] == [False, False, True]
