"""Jira's webhooks: signature first, then the body, then what it means. What is not known is ignored by its name."""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from connector.jira.client import JiraClient
from connector.sdk.base import MalformedDeliveryError, UnknownSignatureError
from model.errors import FatalError, NotFoundError
from model.events import ChangeEvent, Delivery, EventKind

_SIGNATURE, _IDENTIFIER = "x-hub-signature", "x-atlassian-webhook-identifier"
# Data Center moved its hooks with version 10; the old address answers 404 since then.
_HOOKS, _SERVER_HOOKS = "rest/webhooks/1.0/webhook", "rest/jira-webhook/1.0/webhooks"
# How a person is named: by account on Cloud, by key on Data Center, by name alone on very old servers.
_PERSON = ("accountId", "key", "name")
_ISSUE_IN_URL = re.compile(r"/issue/(\d+)(?:/|$)")
log = structlog.get_logger(__name__)
Found = list[tuple[EventKind, str]]


def receive(connection: str, headers: Mapping[str, str], body: bytes, *, secret: str | None) -> Delivery:
    """A verified delivery. Raises UnknownSignatureError before the body is read, MalformedDeliveryError after."""
    _verify(connection, headers.get(_SIGNATURE, ""), body, secret)
    document = _document(connection, body)
    name = str(document["webhookEvent"])
    # Data Center names no delivery: there equal bodies are the same one.
    key = headers.get(_IDENTIFIER) or hashlib.sha256(body).hexdigest()
    reader = _READERS.get(name)
    if reader is None and name not in IGNORED:
        log.info("webhook_event_unknown", connection=connection, name=name)
    found = reader(document) if reader else []
    if not found:
        return Delivery(dedupe_key=key, ignored=(name,))
    by = _actor(document)
    return Delivery(
        dedupe_key=key,
        events=tuple(
            ChangeEvent(connection=connection, kind=kind, vendor_id=vendor_id, by=by, name=name)
            for kind, vendor_id in dict.fromkeys(found)
        ),
    )


def register(client: JiraClient, connection: str, url: str, secret: str) -> None:
    """A webhook of the whole site for our URL, signed with ``secret``; one that is there already is set to it anew.

    Which secret a hook has is told by no one, so it is written every time. The SDK has no method for these calls.
    Raises RefusedError when the account is no administrator, FatalError where hooks can't be signed.
    """
    body: dict[str, Any] = {"name": f"Bellwether ({connection})", "url": url, "events": list(WANTED)}
    try:
        known = client.read(_HOOKS)
    except NotFoundError:
        if client.access.deployment != "datacenter":
            raise
        settings = {"EXCLUDE_BODY": "false", "SECRET": secret}
        more = {"active": True, "scopeType": "global", "configuration": settings, "sslVerificationRequired": True}
        _write_hook(client, _SERVER_HOOKS, client.read(_SERVER_HOOKS), {**body, **more})
        return
    if client.access.deployment == "datacenter":
        raise FatalError(
            "This Jira signs no webhooks, so none of them could be believed.", where=connection,
            fix="Nothing is lost: changes are found by asking. Jira Data Center signs them from version 10 on.",
            reason="unsigned_hooks",
        )
    _write_hook(client, _HOOKS, known, {**body, "excludeBody": False, "secret": secret})


def _write_hook(client: JiraClient, path: str, known: list[dict[str, Any]], body: dict[str, Any]) -> None:
    """Change the hook for a URL, or make it. Cloud tells a hook's id only at the end of its address."""
    for hook in known:
        if hook.get("url") == body["url"]:
            number = hook.get("id") or str(hook.get("self", "")).rpartition("/")[2]
            client.send("PUT", f"{path}/{number}", body)
            return
    client.send("POST", path, body)


def _verify(connection: str, signature: str, body: bytes, secret: str | None) -> None:
    method, _, given = signature.partition("=")
    expected = hmac.new((secret or "").encode(), body, hashlib.sha256).hexdigest()
    good = hmac.compare_digest(given.strip().lower().encode(), expected.encode())
    if not secret or method.strip().lower() != "sha256" or not good:
        raise UnknownSignatureError(
            "A delivery is not signed with the agreed secret.", where=connection,
            fix="Put the secret of the webhook in Jira into the connection's webhook_secret.",
        )


def _document(connection: str, body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
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
    return next((str(user[name]) for user in users for name in _PERSON if user.get(name)), None)


def _issue(document: Mapping[str, Any]) -> Found:
    number = _part(document, "issue").get("id")
    return [(EventKind.ITEM_CHANGED, str(number))] if number else []


def _deleted(document: Mapping[str, Any]) -> Found:
    number = _part(document, "issue").get("id")
    return [(EventKind.ITEM_DELETED, str(number))] if number else []


def _worklog(document: Mapping[str, Any]) -> Found:
    number = _part(document, "worklog").get("issueId")
    return [(EventKind.ITEM_CHANGED, str(number))] if number else []


def _link(document: Mapping[str, Any]) -> Found:
    """Only numeric ids of both ends come."""
    link = _part(document, "issueLink")
    ends = (link.get("sourceIssueId"), link.get("destinationIssueId"))
    return [(EventKind.ITEM_CHANGED, str(end)) for end in ends if end]


def _version(document: Mapping[str, Any]) -> Found:
    number = _part(document, "version").get("projectId")
    return [(EventKind.PROJECT_CHANGED, str(number))] if number else []


def _project(document: Mapping[str, Any]) -> Found:
    number = _part(document, "project").get("id")
    return [(EventKind.PROJECT_CHANGED, str(number))] if number else []


def _comment(document: Mapping[str, Any]) -> Found:
    """One of them may ask us something; they count in no score, but older sites send nothing else for an edit made
    together with one."""
    found = _issue(document)
    if not found:
        address = _ISSUE_IN_URL.search(str(_part(document, "comment").get("self", "")))
        found = [(EventKind.ITEM_CHANGED, address.group(1))] if address else []
    return found


_READERS: dict[str, Callable[[Mapping[str, Any]], Found]] = {
    **dict.fromkeys(("jira:issue_created", "jira:issue_updated"), _issue),
    "jira:issue_deleted": _deleted,
    **dict.fromkeys(("worklog_created", "worklog_updated", "worklog_deleted", "jira:worklog_updated"), _worklog),
    **dict.fromkeys(("issuelink_created", "issuelink_deleted"), _link),
    **dict.fromkeys(
        (f"jira:version_{deed}" for deed in ("created", "updated", "released", "unreleased", "deleted", "moved")),
        _version,
    ),
    **dict.fromkeys(
        ("project_created", "project_updated", "project_deleted", "project_soft_deleted", "project_restored_deleted",
         "project_archived", "project_restored_archived"),
        _project,
    ),
    **dict.fromkeys(("comment_created", "comment_updated", "comment_deleted"), _comment),
}
WANTED = (
    "jira:issue_created", "jira:issue_updated", "jira:issue_deleted", "worklog_created", "worklog_updated",
    "worklog_deleted", "issuelink_created", "issuelink_deleted", "jira:version_created", "jira:version_updated",
    "jira:version_released", "jira:version_unreleased", "jira:version_deleted", "jira:version_moved",
    "comment_created",
)
"""Events a hook of ours asks for."""
IGNORED = frozenset({
    "issue_property_set", "issue_property_deleted", "attachment_created", "attachment_deleted",
    "sprint_created", "sprint_updated", "sprint_started", "sprint_closed", "sprint_deleted",
    "board_created", "board_updated", "board_deleted", "board_configuration_changed",
    "user_created", "user_updated", "user_deleted", "jira_expression_evaluation_failed",
    "filter_created", "filter_updated", "filter_deleted", "issuetype_created", "issuetype_updated",
    "issuetype_deleted", "jira:version_merged",
})  # fmt: skip
"""Events we know and leave alone: no issue of ours is touched, or the next sync brings it."""
