"""Posting to a chat tool: one message, to the one address that the tool gave."""

import json
from collections.abc import Callable
from typing import Any

from connector.notify.http import Poster
from connector.notify.letter import Letter, letter
from model.notices import ChatChannel, Notice


class ChatNotifier:
    """Posts to one channel. No chat tool has a key by which it would know a message again."""

    repeatable = False

    def __init__(self, channel: ChatChannel, poster: Poster, payload: Callable[[Letter], dict[str, Any]]) -> None:
        self._channel = channel
        self._poster = poster
        self._payload = payload

    def send(self, notice: Notice) -> None:
        url = self._poster.address(self._channel.url)
        self._poster.post(url, json.dumps(self._payload(letter(notice))).encode(), {})
