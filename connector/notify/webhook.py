"""A signed webhook, as www.standardwebhooks.com says: id, timestamp and signature in the headers, JSON in the body."""

import math
from binascii import Error as Base64Error

from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from connector.notify.event import event
from connector.notify.http import Poster
from connector.sdk.base import Surroundings
from model.errors import UsageError
from model.notices import Notice, WebhookChannel

PREFIX = "whsec_"


class WebhookNotifier:
    """Posts to one receiver, which knows a notice again by its ``webhook-id``: it may be sent twice."""

    repeatable = True

    def __init__(self, channel: WebhookChannel, poster: Poster, surroundings: Surroundings) -> None:
        self._channel = channel
        self._poster = poster
        self._around = surroundings

    def send(self, notice: Notice) -> None:
        signer = self._signer()
        url = self._poster.address(self._channel.url)
        body = event(notice).model_dump_json()
        # The moment of sending, not of making: receivers refuse what is older than some minutes.
        now = self._around.now()
        headers = {
            "webhook-id": notice.key,
            "webhook-timestamp": str(math.floor(now.timestamp())),
            "webhook-signature": signer.sign(notice.key, now, body),
        }
        self._poster.post(url, body.encode(), headers)

    def _signer(self) -> Webhook:
        secret = self._around.read_secret(self._channel.secret).strip()
        try:
            if not secret.startswith(PREFIX):
                raise ValueError("no prefix")
            return Webhook(secret)
        except (ValueError, Base64Error, EmptyWebhookSecretError):
            raise UsageError(
                "The webhook's secret is none.", where=self._poster.where, reason="bad_secret",
                fix=f"Set it to {PREFIX} and 24 to 64 random bytes in base64, and give the receiver the same.",
            ) from None
