"""Deliveries from Asana: the handshake, the signature, and what the events mean.

https://developers.asana.com/docs/webhooks-guide
"""

import hashlib
import hmac
from collections.abc import Mapping

from connector.asana.payloads import Event, EventsBody, read_body
from connector.sdk.base import MalformedDeliveryError, UnknownSignatureError
from model.errors import SkippableError
from model.events import ChangeEvent, Delivery, EventKind

SECRET_HEADER = "x-hook-secret"  # noqa: S105 - a header's name
SIGNATURE_HEADER = "x-hook-signature"
_LONGEST_SECRET = 512


def receive(
    connection: str, headers: Mapping[str, str], body: bytes, *, secret: str | None, pending: bool
) -> Delivery:
    """Verify a delivery and say what it means.

    A handshake counts only while a registration of ours waits for one and no secret is kept: whoever could send one at
    any time could replace the secret. Raises UnknownSignatureError, MalformedDeliveryError.
    """
    offered = headers.get(SECRET_HEADER)
    if offered is not None:
        return _handshake(connection, offered, secret=secret, pending=pending)
    _verify(connection, headers.get(SIGNATURE_HEADER, ""), body, secret)
    try:
        known = read_body(EventsBody, body, where=connection)
    except SkippableError as exc:
        raise MalformedDeliveryError(f"The delivery can't be read ({exc.what}).", where=connection) from None
    events: dict[tuple[EventKind, str, str | None], ChangeEvent] = {}
    ignored: list[str] = []
    for event in known.events:
        meant = _meaning(connection, event)
        if meant is None:
            ignored.append(_name(event))
        else:
            events.setdefault((meant.kind, meant.vendor_id, meant.by), meant)
    return Delivery(
        dedupe_key=hashlib.sha256(body).hexdigest(),
        events=tuple(events.values()),
        ignored=tuple(dict.fromkeys(ignored)),
    )


def _handshake(connection: str, offered: str, *, secret: str | None, pending: bool) -> Delivery:
    if not pending or secret is not None or not 0 < len(offered) <= _LONGEST_SECRET:
        raise UnknownSignatureError(
            "A webhook handshake came that nobody is waiting for.", where=connection,
            fix="Register the webhook from here.",
        )
    return Delivery(
        dedupe_key="handshake:" + hashlib.sha256(offered.encode()).hexdigest(),
        answer_headers={"X-Hook-Secret": offered},
        new_secret=offered,
    )


def _verify(connection: str, signature: str, body: bytes, secret: str | None) -> None:
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() if secret else ""
    if not expected or not hmac.compare_digest(expected.encode(), signature.strip().lower().encode()):
        raise UnknownSignatureError(
            "A delivery is not signed with the agreed secret.", where=connection,
            fix="If it comes from your Asana, register the webhook again.",
        )


def _name(event: Event) -> str:
    return f"{event.resource.resource_type or 'unknown'}.{event.action}"


def _meaning(connection: str, event: Event) -> ChangeEvent | None:
    """The event in our words; None for what changes nothing we keep."""
    kind, gid = _subject(event)
    if kind is None or gid is None:
        return None
    by = event.user.gid if event.user else None
    return ChangeEvent(connection=connection, kind=kind, vendor_id=gid, by=by, name=_name(event))


def _subject(event: Event) -> tuple[EventKind | None, str | None]:
    resource, parent = event.resource, event.parent
    if resource.resource_type == "task":
        return (EventKind.ITEM_DELETED if event.action == "deleted" else EventKind.ITEM_CHANGED), resource.gid
    if resource.resource_type == "story" and parent and parent.resource_type == "task":
        return EventKind.ITEM_CHANGED, parent.gid
    if resource.resource_type == "project":
        stated = event.change is not None and event.change.field == "current_status_update"
        return (EventKind.STATUS_DECLARED if stated else EventKind.PROJECT_CHANGED), resource.gid
    if resource.resource_type == "section" and parent and parent.resource_type == "project":
        return EventKind.PROJECT_CHANGED, parent.gid
    return None, None
