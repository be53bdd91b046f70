"""Webhooks of an OAuth app: one address, filters of few words, 30 days of life.

Registering answers 200 whatever happens; the reasons stand beside each webhook.
"""

import re
from datetime import timedelta
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, request

from sandbox.jira import jql
from sandbox.jira.http import body, page, site, writer
from sandbox.jira.records import ApiError, Json, Webhook
from sandbox.jira.shapes import millis
from sandbox.oauth import CLIENT_SECRET

bp = Blueprint("jira_app_hooks", __name__)
LIFE = timedelta(days=30)
MOST = 5
EVENTS = frozenset({
    "jira:issue_created", "jira:issue_updated", "jira:issue_deleted", "comment_created", "comment_updated",
    "comment_deleted", "issue_property_set", "issue_property_deleted", "sprint_created", "sprint_updated",
    "sprint_closed", "sprint_deleted", "sprint_started", "jira:version_released", "jira:version_unreleased",
    "jira:version_created", "jira:version_moved", "jira:version_updated", "jira:version_merged", "jira:version_deleted",
})  # fmt: skip
_CLAUSE = re.compile(
    r"\s*(issueKey|project|issuetype|status|assignee|reporter)\s*(=|!=|in|not in)\s*(\(.*?\)|\S+)\s*", re.IGNORECASE
)


def _apps_only() -> None:
    writer()
    if not request.headers.get("Authorization", "").startswith("Bearer "):
        raise ApiError(403, "Only Connect and OAuth 2.0 apps can use this operation.")


def _mine() -> list[Webhook]:
    return [hook for hook in site().webhooks.values() if hook.of_app]


@bp.get("/webhook")
def list_all() -> Response:
    _apps_only()
    with site().lock:
        shown = [
            {"id": one.id, "url": one.url, "jqlFilter": one.jql, "events": one.events,
             "expirationDate": millis(one.expires_at) if one.expires_at else None}
            for one in _mine()
        ]  # fmt: skip
        return jsonify(page(shown, 100))


@bp.post("/webhook")
def register() -> Response:
    _apps_only()
    asked = body()
    url = str(asked.get("url") or "")
    if urlsplit(url).scheme not in ("http", "https"):
        raise ApiError(400, "The URL is not valid.")
    with site().lock:
        if any(one.url != url for one in _mine()):
            return jsonify({"webhookRegistrationResult": [
                {"errors": ["Only a single URL per app is allowed to be registered via REST API."]}
                for _ in asked.get("webhooks") or ()
            ]})  # fmt: skip
        return jsonify({"webhookRegistrationResult": [_made(url, one) for one in asked.get("webhooks") or ()]})


def _made(url: str, asked: Json) -> Json:
    jira = site()
    words, events = str(asked.get("jqlFilter") or ""), list(asked.get("events") or ())
    errors = [f"The event {name} is not supported." for name in events if name not in EVENTS]
    if not _CLAUSE.fullmatch(words):
        errors.append(f"The JQL filter {words!r} is not supported.")
    if len(_mine()) >= MOST:
        errors.append(f"An app may register {MOST} webhooks for a user.")
    if not errors:
        try:
            jql.parse(jira, words)
        except ApiError as exc:
            errors.append(str(exc))
    if errors:
        return {"errors": errors}
    hook = Webhook(
        id=jira.next_id("webhook", 1), name="app", url=url, events=events, jql=words, secret=CLIENT_SECRET,
        exclude_body=False, of_app=True, expires_at=jira.clock() + LIFE,
    )  # fmt: skip
    jira.webhooks[hook.id] = hook
    return {"createdWebhookId": hook.id}


@bp.put("/webhook/refresh")
def refresh() -> Response:
    _apps_only()
    asked, until = body().get("webhookIds") or [], site().clock() + LIFE
    with site().lock:
        for hook in _mine():
            if hook.id in asked:
                hook.expires_at = until
    return jsonify({"expirationDate": millis(until)})


@bp.delete("/webhook")
def delete() -> Response:
    _apps_only()
    asked = body().get("webhookIds") or []
    with site().lock:
        for hook in _mine():
            if hook.id in asked:
                del site().webhooks[hook.id]
    return Response(status=202)
