"""Deliveries from Asana: the handshake, the signature, and what the events mean.

https://developers.asana.com/docs/webhooks-guide
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import timedelta

from connector.asana.payloads import Event, EventsBody, read_body
from connector.asana.target_calls import Json
from connector.asana.webhook_events import ACTIONS, DISPATCHED, IGNORED, Hint
from connector.sdk.base import MalformedDeliveryError, UnknownSignatureError
from model.errors import SkippableError
from model.events import ChangeEvent, Delivery, EventKind
from model.hooks import HookInTool

SECRET_HEADER = "x-hook-secret"  # noqa: S105 - a header's name
SIGNATURE_HEADER = "x-hook-signature"
BEATS_EVERY = timedelta(hours=8)
_SECRET = re.compile(r"[\x20-\x7e]{1,512}", re.ASCII)
_GID = re.compile(r"\d{1,32}", re.ASCII)
_LONGEST_TOLD = 120
_LONGEST_PERSON = 256
_OF_ITEMS = frozenset({EventKind.ITEM_CHANGED, EventKind.ITEM_DELETED})


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
    unknown: list[str] = []
    for event in known.events:
        if not _is_known(event):
            unknown.append(_name(event))
        meant = _meaning(connection, event)
        if meant is None:
            ignored.append(_name(event))
        else:
            events.setdefault((meant.kind, meant.vendor_id, meant.by), meant)
    return Delivery(
        dedupe_key=hashlib.sha256(body).hexdigest(),
        events=tuple(events.values()),
        ignored=tuple(dict.fromkeys(ignored)),
        unknown=tuple(dict.fromkeys(unknown)),
    )


def in_tool(hook: Json) -> HookInTool:
    """A webhook as Asana tells it."""
    trouble, dies = None, hook.get("failure_deletion_timestamp")
    if hook.get("delivery_retry_count") or dies:
        said = " ".join(str(hook.get("last_failure_content") or "no answer").split())[:_LONGEST_TOLD]
        end = f" It deletes the webhook at {dies}." if dies else ""
        trouble = f"Asana could not deliver, last at {hook.get('last_failure_at') or 'a time it does not tell'}: {said}.{end}"
    resource = hook.get("resource") or {}
    return HookInTool(
        vendor_id=str(hook["gid"]), subject=str(resource.get("gid") or ""), url=str(hook.get("target") or "") or None,
        enabled=bool(hook.get("active", True)), trouble=trouble,
    )


def _handshake(connection: str, offered: str, *, secret: str | None, pending: bool) -> Delivery:
    if not pending or secret is not None or not _SECRET.fullmatch(offered):
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


def _is_known(event: Event) -> bool:
    kind = event.resource.resource_type or ""
    return event.action in ACTIONS and (kind in DISPATCHED or kind in IGNORED)


def _meaning(connection: str, event: Event) -> ChangeEvent | None:
    """The event in our words; None for what changes nothing we keep."""
    subject = _subject(event) if _is_known(event) else (EventKind.UNKNOWN, "")
    if subject is None:
        return None
    kind, gid = subject
    if not _GID.fullmatch(gid):
        kind, gid = (EventKind.UNKNOWN if kind in _OF_ITEMS else kind), ""
    by = event.user.gid[:_LONGEST_PERSON] if event.user else None
    return ChangeEvent(connection=connection, kind=kind, vendor_id=gid, by=by, name=_name(event))


def _subject(event: Event) -> tuple[EventKind, str] | None:
    """What a known event is about. ``parent`` is there only where something was added or removed."""
    resource, parent = event.resource, event.parent
    hint = DISPATCHED.get(resource.resource_type or "")
    of_task = parent is not None and parent.resource_type == "task"
    if hint is Hint.TASK:
        return (EventKind.ITEM_DELETED if event.action == "deleted" else EventKind.ITEM_CHANGED), resource.gid
    if hint is Hint.PARENT_TASK:
        # Without a parent nothing says whose it is; the task sends an event of its own when that matters.
        return (EventKind.ITEM_CHANGED, parent.gid) if parent is not None and of_task else None
    if hint is Hint.STATUS:
        return EventKind.STATUS_DECLARED, resource.gid
    if hint is Hint.PROJECT:
        stated = event.change is not None and event.change.field == "current_status_update"
        whose = parent.gid if parent is not None and parent.resource_type == "project" else resource.gid
        return (EventKind.STATUS_DECLARED if stated else EventKind.PROJECT_CHANGED), whose
    return None
