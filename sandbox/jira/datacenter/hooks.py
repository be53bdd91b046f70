"""Webhooks of a server: from version 10 on at a new address and signed, before unsigned; never tried twice."""

import json

from flask import Blueprint, Response, jsonify, request

from sandbox.jira.admin_hooks import EVENTS
from sandbox.jira.datacenter import render
from sandbox.jira.datacenter.http import root, server
from sandbox.jira.http import admin, body, site, strings
from sandbox.jira.records import ApiError, Json, Webhook

bp = Blueprint("jira_server_hooks", __name__)
SIGNING = 10
OLD, NEW = "/rest/webhooks/1.0/webhook", "/rest/jira-webhook/1.0/webhooks"
_SCOPE = "issue-related-events-section"


def _served() -> bool:
    """Whether this address is the one of the server's version."""
    signing = server().version[0] >= SIGNING
    if (NEW in request.path) != signing:
        raise ApiError(404, "HTTP 404 Not Found")
    return signing


def _told(hook: Webhook) -> Json:
    if _served():
        settings = {"EXCLUDE_BODY": str(hook.exclude_body).lower(), "FILTERS": json.dumps({_SCOPE: hook.jql})}
        told: Json = {"id": hook.id, "name": hook.name, "url": hook.url, "events": hook.events}
        return told | {"active": hook.enabled, "scopeType": "global", "configuration": settings}
    told = {"name": hook.name, "url": hook.url, "events": hook.events, "enabled": hook.enabled}
    told |= {"filters": {_SCOPE: hook.jql}, "excludeBody": hook.exclude_body}
    return told | {"self": f"{root()}{OLD}/{hook.id}"}


def _asked(hook_id: int) -> Webhook:
    asked, signing = body(), _served()
    events = strings(asked.get("events"), "events")
    unknown = [one for one in events if one not in EVENTS]
    if not asked.get("name") or not asked.get("url") or unknown:
        raise ApiError(400, f"A webhook needs a name, a URL and known events. {', '.join(unknown)}".strip())
    settings = asked.get("configuration") or {}
    # A secret beside the settings is read over without a word, and so is any secret before version 10.
    secret = settings.get("SECRET") if signing else None
    here, address = server(), root()
    return Webhook(
        id=hook_id, name=str(asked["name"]), url=str(asked["url"]), events=events, jql="", secret=secret,
        exclude_body=str(settings.get("EXCLUDE_BODY", asked.get("excludeBody", False))).lower() == "true",
        enabled=bool(asked.get("active", True)), reshape=lambda told: render.event(here, told, address),
    )


@bp.get(OLD)
@bp.get(NEW)
@admin
def list_all() -> Response:
    _served()
    with site().lock:
        return jsonify([_told(one) for one in site().webhooks.values() if one.reshape is not None])


@bp.post(OLD)
@bp.post(NEW)
@admin
def create() -> Response:
    _served()
    with site().lock:
        hook = _asked(site().next_id("webhook", 1))
        site().webhooks[hook.id] = hook
        answer = jsonify(_told(hook))
        answer.status_code = 201
        return answer


@bp.put(f"{OLD}/<int:hook_id>")
@bp.put(f"{NEW}/<int:hook_id>")
@admin
def replace(hook_id: int) -> Response:
    _find(hook_id)
    with site().lock:
        site().webhooks[hook_id] = _asked(hook_id)
        return jsonify(_told(site().webhooks[hook_id]))


@bp.delete(f"{OLD}/<int:hook_id>")
@bp.delete(f"{NEW}/<int:hook_id>")
@admin
def delete(hook_id: int) -> Response:
    _find(hook_id)
    with site().lock:
        del site().webhooks[hook_id]
    return Response(status=204)


def _find(hook_id: int) -> Webhook:
    _served()
    hook = site().webhooks.get(hook_id)
    if hook is None:
        raise ApiError(404, "The webhook does not exist.")
    return hook
