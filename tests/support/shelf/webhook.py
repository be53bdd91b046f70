"""What a shelf calls out: ``{"card": id}``, signed with the agreed secret."""

import hashlib
import hmac
import json
from collections.abc import Mapping

from connector.sdk.base import MalformedDeliveryError, UnknownSignatureError
from model.events import ChangeEvent, Delivery, EventKind


def receive(name: str, headers: Mapping[str, str], body: bytes, secret: str | None) -> Delivery:
    wanted = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() if secret else ""
    if not secret or not hmac.compare_digest(wanted, headers.get("x-shelf-signature", "")):
        raise UnknownSignatureError("The delivery is not signed as agreed.", where=name)
    try:
        card = str(json.loads(body)["card"])
    except (ValueError, KeyError, TypeError):
        raise MalformedDeliveryError("The delivery names no card.", where=name) from None
    event = ChangeEvent(connection=name, kind=EventKind.ITEM_CHANGED, vendor_id=card, name="card")
    return Delivery(dedupe_key=hashlib.sha256(body).hexdigest(), events=(event,))
