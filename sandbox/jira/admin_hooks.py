"""Admin webhooks: register, list, remove. All events, a JQL filter, an optional secret."""

from flask import Blueprint, Response, jsonify

from sandbox.jira import jql
from sandbox.jira.http import admin, body, root, site, strings
from sandbox.jira.records import ApiError, Json, Webhook

bp = Blueprint("jira_admin_hooks", __name__)
EVENTS = frozenset({
    "jira:issue_created", "jira:issue_updated", "jira:issue_deleted", "comment_created", "comment_updated",
    "comment_deleted", "issue_property_set", "issue_property_deleted", "issuelink_created", "issuelink_deleted",
    "jira:worklog_updated", "worklog_created", "worklog_updated", "worklog_deleted", "jira:version_created",
    "jira:version_updated", "jira:version_released", "jira:version_unreleased", "jira:version_deleted",
    "jira:version_moved", "sprint_created", "sprint_started", "sprint_closed", "sprint_updated", "sprint_deleted",
    "board_created", "board_updated", "board_deleted", "project_created", "project_updated", "project_deleted",
    "project_soft_deleted", "project_restored_deleted", "project_archived", "project_restored_archived",
    "attachment_created", "attachment_deleted", "user_created", "user_updated", "user_deleted",
})  # fmt: skip


def _told(hook: Webhook) -> Json:
    told: Json = {"name": hook.name, "url": hook.url, "excludeBody": hook.exclude_body, "events": hook.events}
    told |= {"filters": {"issue-related-events-section": hook.jql}, "enabled": hook.enabled}
    told |= {"isSigned": hook.secret is not None, "lastUpdatedUser": "sandbox"}
    return told | {"self": f"{root()}/rest/webhooks/1.0/webhook/{hook.id}"}


@bp.get("/webhook")
@admin
def list_all() -> Response:
    with site().lock:
        return jsonify([_told(one) for one in site().webhooks.values() if one.reshape is None and not one.of_app])


@bp.post("/webhook")
@admin
def create() -> Response:
    jira = site()
    with jira.lock:
        hook = _asked(jira.next_id("webhook", 1))
        jira.webhooks[hook.id] = hook
        answer = jsonify(_told(hook))
        answer.status_code = 201
        return answer


@bp.put("/webhook/<int:hook_id>")
@admin
def replace(hook_id: int) -> Response:
    """Another URL, other events, another secret; a secret that is not given stays."""
    jira = site()
    with jira.lock:
        before, hook = _find(hook_id), _asked(hook_id)
        hook.secret = hook.secret or before.secret
        jira.webhooks[hook_id] = hook
        return jsonify(_told(hook))


def _asked(hook_id: int) -> Webhook:
    asked = body()
    url, events = str(asked.get("url") or ""), strings(asked.get("events"), "events")
    if not asked.get("name") or not url.startswith(("http://", "https://")):
        raise ApiError(400, "A webhook needs a name and a URL.")
    unknown = [one for one in events if one not in EVENTS]
    if unknown:
        raise ApiError(400, f"Unknown webhook events: {', '.join(unknown)}")
    text = str((asked.get("filters") or {}).get("issue-related-events-section") or "")
    jql.parse(site(), text)
    return Webhook(
        id=hook_id, name=str(asked["name"]), url=url, events=events, jql=text,
        secret=str(asked["secret"]) if asked.get("secret") else None, exclude_body=bool(asked.get("excludeBody")),
    )


@bp.get("/webhook/<int:hook_id>")
@admin
def read(hook_id: int) -> Response:
    return jsonify(_told(_find(hook_id)))


@bp.delete("/webhook/<int:hook_id>")
@admin
def delete(hook_id: int) -> Response:
    jira = site()
    with jira.lock:
        del jira.webhooks[_find(hook_id).id]
    return Response(status=204)


def _find(hook_id: int) -> Webhook:
    hook = site().webhooks.get(hook_id)
    if hook is None:
        raise ApiError(404, "The webhook does not exist.")
    return hook
