"""What happened, in the vendor's webhook shapes, sent to every webhook that asked for it."""

from typing import TYPE_CHECKING

from sandbox.jira.jql import matches
from sandbox.jira.records import Issue, IssueLink, Json
from sandbox.jira.render import issue_v2
from sandbox.jira.shapes import millis, plain

if TYPE_CHECKING:
    from sandbox.jira.site import JiraSite

ROOT = "http://localhost"


def _root(site: "JiraSite") -> str:
    return site.base_url or ROOT


def _user(site: "JiraSite", account_id: str | None) -> Json | None:
    user = site.users.get(account_id or "")
    if user is None:
        return None
    return {key: value for key, value in user.items() if key != "emailAddress"}


def _send(site: "JiraSite", name: str, event: Json, issue: Issue | None) -> None:
    now = site.clock()
    for hook in site.webhooks.values():
        if not hook.enabled or name not in hook.events or (hook.expires_at is not None and hook.expires_at <= now):
            continue
        if issue is not None and hook.jql and not matches(site, hook.jql, issue):
            continue
        if site.faults.loses(name):
            site.hooks.lost.append((name, issue.id if issue is not None else ""))
            continue
        site.hooks.send(hook, {"timestamp": millis(now), "webhookEvent": name} | event)


def _wanted(site: "JiraSite", name: str) -> bool:
    return any(hook.enabled and name in hook.events for hook in site.webhooks.values())


def issue_event(
    site: "JiraSite", name: str, issue: Issue, *, by: str | None, history: Json | None = None, kind: str | None = None
) -> None:
    """``jira:issue_created``, ``jira:issue_updated``, ``jira:issue_deleted``."""
    if not _wanted(site, name):
        return
    event: Json = {"user": _user(site, by), "issue": issue_v2(site, issue, _root(site))}
    event["issue_event_type_name"] = kind or name.removeprefix("jira:")
    if history is not None:
        event["changelog"] = {"id": history["id"], "items": history["items"]}
    _send(site, name, event, issue)


def comment_event(site: "JiraSite", name: str, issue: Issue, comment: Json) -> None:
    """``comment_created``, ``comment_updated``, ``comment_deleted``; the text as v2 carries it."""
    if not _wanted(site, name):
        return
    root = _root(site)
    self_url = f"{root}/rest/api/2/issue/{issue.id}/comment/{comment['id']}"
    told = {key: value for key, value in comment.items() if key != "properties"}
    for role in ("author", "updateAuthor"):
        told[role] = _user(site, (comment.get(role) or {}).get("accountId"))
    told |= {"body": plain(comment["body"]), "self": self_url}
    small = issue_v2(site, issue, root, small=True)
    _send(site, name, {"comment": told, "issue": small, "user": told["updateAuthor"]}, issue)


def property_event(site: "JiraSite", name: str, issue: Issue, property_: Json, *, by: str | None) -> None:
    """``issue_property_set`` and ``issue_property_deleted``."""
    if _wanted(site, name):
        event = {"user": _user(site, by), "issue": issue_v2(site, issue, _root(site), small=True)}
        _send(site, name, event | {"property": property_}, issue)


def link_event(site: "JiraSite", name: str, link: IssueLink) -> None:
    """``issuelink_created`` and ``issuelink_deleted``: numeric ids only."""
    type_ = site.link_types[link.type_id]
    body: Json = {
        "id": int(link.id),
        "sourceIssueId": int(link.outward_id),
        "destinationIssueId": int(link.inward_id),
        "issueLinkType": {
            "id": int(link.type_id),
            "name": type_["name"],
            "outwardName": type_["outward"],
            "inwardName": type_["inward"],
            "isSubTaskLinkType": False,
            "isSystemLinkType": False,
        },
        "systemLink": False,
    }
    _send(site, name, {"issueLink": body}, None)


def version_event(site: "JiraSite", name: str, version: Json) -> None:
    """``jira:version_created``, ``jira:version_updated``, ``jira:version_released``, ``jira:version_deleted``."""
    told = version | {"self": f"{_root(site)}/rest/api/2/version/{version['id']}"}
    _send(site, name, {"version": told}, None)


def sprint_event(site: "JiraSite", name: str, sprint: Json) -> None:
    """``sprint_created``, ``sprint_started``, ``sprint_closed``, ``sprint_updated``: no issue in it."""
    told = {key: value for key, value in sprint.items() if key != "boardId"}
    _send(site, name, {"sprint": told | {"originBoardId": sprint.get("boardId")}}, None)
