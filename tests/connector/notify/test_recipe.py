"""The relay of docs/notifications.md does what the page says: it is run as it stands there."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from connector.notify.create import outlet
from model.notices import Subscription, WebhookChannel
from tests.support.made_notices import made_notice, made_surroundings
from tests.support.receiver import Posted, Receiver, Reply, receiver

PAGE = Path(__file__).resolve().parents[3] / "docs" / "notifications.md"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def chat() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


@pytest.fixture
def relay(chat: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    settings = {
        "CONNECTEAM_API": chat.url("").rstrip("/"), "CONNECTEAM_CONVERSATION": "c-1", "CONNECTEAM_KEY": "k",
        "CONNECTEAM_SENDER": "7", "BELLWETHER_HOOK_SECRET": SECRET, "SEEN_FILE": str(tmp_path / "seen.db"),
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    module: dict[str, Any] = {"__name__": "relay"}
    exec(compile(code, str(PAGE), "exec"), module)
    app = module["app"]
    assert isinstance(app, Flask)
    yield app.test_client()
    module["seen"].close()


@pytest.fixture
def sent() -> Posted:
    """What our webhook posts, as it comes over the wire."""
    with receiver() as there:
        channel = WebhookChannel(url=there.url(), secret="env:S")
        subscription = Subscription(name="w", where="notify[0]", channel=channel, nodes=("reach",))
        outlet(subscription, made_surroundings({"env:S": SECRET})).notifier.send(made_notice())
        return there.posted[0]


def forward(relay: FlaskClient, posted: Posted) -> int:
    names = ("content-type", "webhook-id", "webhook-timestamp", "webhook-signature")
    headers = {name: posted.headers[name] for name in names}
    return relay.post("/bellwether", data=posted.body, headers=headers).status_code


def test_a_message_is_posted_once_however_often_it_comes(relay: FlaskClient, chat: Receiver, sent: Posted) -> None:
    assert [forward(relay, sent) for _ in range(2)] == [200, 200]
    (posted,) = chat.posted
    assert posted.path == "/chat/v1/conversations/c-1/message"
    assert posted.headers["x-api-key"] == "k"
    said = json.loads(posted.body)
    assert said["senderId"] == 7
    assert said["text"].startswith("■ Reach: Off track, was At risk\n")


def test_what_the_chat_tool_refuses_is_asked_for_again(relay: FlaskClient, chat: Receiver, sent: Posted) -> None:
    chat.replies.append(Reply(500))
    assert [forward(relay, sent) for _ in range(2)] == [503, 200]


def test_what_somebody_else_signed_is_refused(relay: FlaskClient, chat: Receiver, sent: Posted) -> None:
    forged = Posted(sent.path, sent.headers, sent.body.replace(b"Reach", b"Loot!"))
    assert forward(relay, forged) == 401
    assert chat.posted == []
