"""Jira's deliveries: signature first, then the body, then what it hints at, by the table in ``webhook_events``."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.jira.webhook_events import DISPATCHED, IGNORED, Hint
from connector.jira.webhook_signature import AUTHORIZATION, SIGNATURE, verify_body, verify_token
from connector.sdk.base import MalformedDeliveryError
from connector.sdk.json_text import read_json
from model.events import ChangeEvent, Delivery, EventKind

_IDENTIFIER = "x-atlassian-webhook-identifier"
# How a person is named: by account on Cloud, by key on Data Center, by name alone on very old servers.
_PERSON = ("accountId", "key", "name")
_LONGEST_PERSON = 256
_LONGEST_NAME = 200
_ISSUE_IN_URL = re.compile(r"/issue/(\d+)(?:/|$)")
_NUMBER = re.compile(r"\d{1,19}", re.ASCII)
Found = list[tuple[EventKind, str]]


@dataclass(frozen=True)
class Agreed:
    """What deliveries are held against: the secret of a webhook, or the client secret of an OAuth app, or both."""

    secret: str | None = None
    client_secret: str | None = None


def receive(connection: str, headers: Mapping[str, str], body: bytes, *, agreed: Agreed, now: datetime) -> Delivery:
    """A verified delivery. Raises UnknownSignatureError before the body is read, MalformedDeliveryError after."""
    if agreed.client_secret and AUTHORIZATION in headers and SIGNATURE not in headers:
        verify_token(connection, headers, agreed.client_secret, now)
    else:
        verify_body(connection, headers, body, agreed.secret)
    document = _document(connection, body)
    name = document["webhookEvent"][:_LONGEST_NAME]
    # Data Center names no delivery: there equal bodies are the same one.
    key = hashlib.sha256(headers[_IDENTIFIER].encode() if headers.get(_IDENTIFIER) else body).hexdigest()
    if name in IGNORED:
        return Delivery(dedupe_key=key, ignored=(name,))
    hint = DISPATCHED.get(name)
    found = _READERS[hint](document) if hint else []
    # What names nothing that can be read again is a hint, too: something changed.
    found = found or [(EventKind.UNKNOWN, "")]
    by = _actor(document)
    return Delivery(
        dedupe_key=key,
        events=tuple(
            ChangeEvent(connection=connection, kind=kind, vendor_id=vendor_id, by=by, name=name)
            for kind, vendor_id in dict.fromkeys(found)
        ),
        unknown=() if hint else (name,),
    )


def _document(connection: str, body: bytes) -> dict[str, Any]:
    try:
        # Stricter than the standard library's: no endless nesting gets through.
        document = read_json(body, allow_inf_nan=False)
    except ValueError as exc:
        raise MalformedDeliveryError("A delivery is no JSON document.", where=connection) from exc
    if not isinstance(document, dict) or not isinstance(document.get("webhookEvent"), str):
        raise MalformedDeliveryError("A delivery names no webhookEvent.", where=connection)
    return document


def _part(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    part = document.get(name)
    return part if isinstance(part, dict) else {}


def _actor(document: Mapping[str, Any]) -> str | None:
    """Who did it: the user, else whoever wrote the comment or the booking."""
    comment, worklog = _part(document, "comment"), _part(document, "worklog")
    users = [
        _part(document, "user"), _part(comment, "updateAuthor"), _part(comment, "author"),
        _part(worklog, "updateAuthor"), _part(worklog, "author"),
    ]
    found = next((str(user[name]) for user in users for name in _PERSON if user.get(name)), None)
    return None if found is None else found[:_LONGEST_PERSON]


def _changed(*numbers: object) -> Found:
    """Issues by the numbers that are ones: whatever else a body says there names nothing."""
    return [(EventKind.ITEM_CHANGED, str(number)) for number in numbers if _NUMBER.fullmatch(str(number))]


def _issue(document: Mapping[str, Any]) -> Found:
    return _changed(_part(document, "issue").get("id"))


def _deleted(document: Mapping[str, Any]) -> Found:
    return [(EventKind.ITEM_DELETED, number) for _kind, number in _issue(document)]


def _worklog(document: Mapping[str, Any]) -> Found:
    """A booking names its issue's number; older servers tell the whole issue."""
    return _changed(_part(document, "worklog").get("issueId")) or _issue(document)


def _link(document: Mapping[str, Any]) -> Found:
    """Only numeric ids of both ends come."""
    link = _part(document, "issueLink")
    return _changed(link.get("sourceIssueId"), link.get("destinationIssueId"))


def _comment(document: Mapping[str, Any]) -> Found:
    found = _issue(document)
    if not found:
        address = _ISSUE_IN_URL.search(str(_part(document, "comment").get("self", "")))
        found = _changed(address.group(1)) if address else []
    return found


def _list(part: str, number: str) -> Callable[[Mapping[str, Any]], Found]:
    """A reader of events about what stands in lists: versions, projects, sprints."""

    def read(document: Mapping[str, Any]) -> Found:
        found = str(_part(document, part).get(number, ""))
        return [(EventKind.PROJECT_CHANGED, found if _NUMBER.fullmatch(found) else "")]

    return read


_READERS: dict[Hint, Callable[[Mapping[str, Any]], Found]] = {
    Hint.ISSUE: _issue,
    Hint.DELETED: _deleted,
    Hint.WORKLOG: _worklog,
    Hint.LINK: _link,
    Hint.COMMENT: _comment,
    Hint.VERSION: _list("version", "projectId"),
    Hint.PROJECT: _list("project", "id"),
    Hint.SPRINT: _list("sprint", "originBoardId"),
}
