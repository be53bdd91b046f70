"""Issues, comments and people as the REST API answers them; only the fields that were asked for."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from sandbox.jira.catalog import NOT_NAVIGABLE
from sandbox.jira.records import Issue, IssueLink, Json
from sandbox.jira.shapes import plain

if TYPE_CHECKING:
    from sandbox.jira.site import JiraSite

EXPAND = "operations,versionedRepresentations,editmeta,changelog,renderedFields"
EMBEDDED_HISTORIES = 40  # what expand=changelog gives at most, newest first
# Fields whose value is a record with an address of its own: field id -> part of the address.
_ADDRESSED = {
    "issuetype": "issuetype", "status": "status", "priority": "priority", "resolution": "resolution",
    "project": "project",
}  # fmt: skip
_PEOPLE = frozenset({"assignee", "reporter", "creator"})
_LISTS = {"fixVersions": "version", "versions": "version", "components": "component"}
Computed = Callable[["JiraSite", Issue, str], Any]


def user(record: Json | None, root: str) -> Json | None:
    if record is None:
        return None
    return {"self": f"{root}/rest/api/3/user?accountId={record['accountId']}", **record}


def status(record: Json, root: str) -> Json:
    category = record["statusCategory"]
    told = {"self": f"{root}/rest/api/3/statuscategory/{category['id']}", **category}
    return {"self": f"{root}/rest/api/3/status/{record['id']}", **record, "statusCategory": told}


def small_issue(site: "JiraSite", issue: Issue, root: str) -> Json:
    """An issue as its parent, child or link shows it."""
    names = ("summary", "status", "priority", "issuetype")
    return {
        "id": issue.id,
        "key": issue.key,
        "self": f"{root}/rest/api/3/issue/{issue.id}",
        "fields": {name: field_value(site, issue, name, root) for name in names},
    }


def _parent(site: "JiraSite", issue: Issue, root: str) -> Json | None:
    parent = site.issues.get(issue.parent_id or "")
    return None if parent is None or not site.visible(parent) else small_issue(site, parent, root)


def _subtasks(site: "JiraSite", issue: Issue, root: str) -> list[Json]:
    children = (site.issues[i] for i in site.children.get(issue.id, ()) if i in site.issues)
    return [small_issue(site, child, root) for child in children if child.fields["issuetype"]["subtask"]]


def _link(site: "JiraSite", issue: Issue, link: IssueLink, root: str) -> Json | None:
    # The issue at the other end of "issue <outward words> other" is shown as outwardIssue.
    outward = link.outward_id == issue.id
    other = site.issues.get(link.inward_id if outward else link.outward_id)
    if other is None or not site.visible(other):
        return None
    type_ = site.link_types[link.type_id]
    return {
        "id": link.id,
        "self": f"{root}/rest/api/3/issueLink/{link.id}",
        "type": {"self": f"{root}/rest/api/3/issueLinkType/{link.type_id}", **type_},
        "outwardIssue" if outward else "inwardIssue": small_issue(site, other, root),
    }


def _links(site: "JiraSite", issue: Issue, root: str) -> list[Json]:
    told = (_link(site, issue, link, root) for link in issue.links)
    return [link for link in told if link is not None]


def _comments(site: "JiraSite", issue: Issue, root: str) -> Json:
    told = [comment(one, issue.id, root) for one in issue.comments]
    address = f"{root}/rest/api/3/issue/{issue.id}/comment"
    return {"comments": told, "self": address, "maxResults": len(told), "total": len(told), "startAt": 0}


def _worklogs(site: "JiraSite", issue: Issue, root: str) -> Json:
    told = [worklog(one, root) for one in issue.worklogs[:20]]
    return {"startAt": 0, "maxResults": 20, "total": len(issue.worklogs), "worklogs": told}


_COMPUTED: dict[str, Computed] = {
    "parent": _parent,
    "subtasks": _subtasks,
    "issuelinks": _links,
    "comment": _comments,
    "worklog": _worklogs,
}


def comment(record: Json, issue_id: str, root: str, *, properties: Json | None = None) -> Json:
    told = {"self": f"{root}/rest/api/3/issue/{issue_id}/comment/{record['id']}", **record}
    told["author"] = user(record.get("author"), root)
    told["updateAuthor"] = user(record.get("updateAuthor"), root)
    if properties is not None:
        told["properties"] = [{"key": key, "value": value} for key, value in properties.items()]
    return told


def worklog(record: Json, root: str) -> Json:
    told = {"self": f"{root}/rest/api/3/issue/{record['issueId']}/worklog/{record['id']}", **record}
    told["author"] = user(record.get("author"), root)
    told["updateAuthor"] = user(record.get("updateAuthor"), root)
    return told


def field_value(site: "JiraSite", issue: Issue, field_id: str, root: str) -> Any:
    """One field of an issue as v3 shows it; None where it is empty."""
    if field_id in _COMPUTED:
        return _COMPUTED[field_id](site, issue, root)
    value = issue.fields.get(field_id)
    if value is None:
        return None
    if field_id == "status":
        return status(value, root)
    if field_id in _PEOPLE:
        return user(value, root)
    if field_id in _ADDRESSED:
        return {"self": f"{root}/rest/api/3/{_ADDRESSED[field_id]}/{value['id']}", **value}
    if field_id in _LISTS:
        return [{"self": f"{root}/rest/api/3/{_LISTS[field_id]}/{one['id']}", **_slim(one)} for one in value]
    return value


def _slim(record: Json) -> Json:
    return {key: value for key, value in record.items() if key not in {"projectId", "overdue"}}


def chosen_fields(site: "JiraSite", issue: Issue, wanted: Iterable[str]) -> list[str]:
    """Field ids of a ``fields`` parameter: names, ``*all``, ``*navigable`` and exclusions with a minus."""
    names = [name.strip() for name in wanted if name.strip()]
    kept: dict[str, None] = {}
    if not names or all(name.startswith("-") for name in names):
        names = ["*navigable", *names]
    for name in names:
        if name in ("*all", "*navigable"):
            kept |= dict.fromkeys(f for f in site.fields if name == "*all" or f not in NOT_NAVIGABLE)
        elif name.startswith("-"):
            kept.pop(name[1:], None)
        elif name in site.fields:
            kept[name] = None
    return [name for name in kept if _shown(site, issue, name)]


def _shown(site: "JiraSite", issue: Issue, field_id: str) -> bool:
    # A sub-task without a parent field would be odd, but an item without parent simply lacks the key.
    if field_id == "parent":
        return issue.parent_id is not None
    scope = site.fields[field_id].scope_project_id
    return scope is None or scope == issue.project_id


def issue_v3(site: "JiraSite", issue: Issue, root: str, *, fields: Iterable[str]) -> Json:
    """An issue with the chosen fields, v3 shapes."""
    return {
        "expand": EXPAND,
        "id": issue.id,
        "self": f"{root}/rest/api/3/issue/{issue.id}",
        "key": issue.key,
        "fields": {name: field_value(site, issue, name, root) for name in chosen_fields(site, issue, fields)},
    }


def issue_v2(site: "JiraSite", issue: Issue, root: str, *, small: bool = False) -> Json:
    """An issue as webhooks carry it: v2 shapes, texts as strings, no e-mail addresses."""
    names = ["summary", "issuetype", "project", "assignee", "priority", "status"] if small else ["*all"]
    told = issue_v3(site, issue, root.rstrip("/"), fields=names)
    told["self"] = told["self"].replace("/rest/api/3/", "/rest/api/2/")
    for name, value in told["fields"].items():
        if isinstance(value, dict) and value.get("type") == "doc":
            told["fields"][name] = plain(value)
        if name in _PEOPLE and value:
            told["fields"][name] = {key: one for key, one in value.items() if key != "emailAddress"}
    told["fields"].pop("comment", None)
    told["fields"].pop("worklog", None)
    return told


def history(record: Json, root: str) -> Json:
    """A change; one that nobody known made has no author at all."""
    author = user(record.get("author"), root)
    told = {name: value for name, value in record.items() if name != "author"}
    return told if author is None else told | {"author": author}


def embedded_changelog(issue: Issue, root: str, most: int = EMBEDDED_HISTORIES) -> Json:
    """What ``expand=changelog`` adds: the newest entries only, newest first, with the true total."""
    newest = issue.histories[::-1][:most]
    told = [history(one, root) for one in newest]
    return {"startAt": 0, "maxResults": most, "total": len(issue.histories), "histories": told}
