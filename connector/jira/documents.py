"""What is kept of Jira's documents: no addresses, no pictures, no long texts, nothing that is empty."""

from collections.abc import Sequence
from typing import Any

from pydantic_core import to_json

from connector.jira.site import Json

_DECORATION = frozenset({"self", "iconUrl", "avatarUrls", "avatarId", "description", "emailAddress", "timeZone"})
_AUTHOR = ("accountId", "displayName", "active", "accountType")
_ITEM = ("field", "fieldId", "from", "fromString", "to", "toString")
# Entries of a changelog that say nothing about the work, or hold long texts.
_NOISE = frozenset({"description", "environment", "Comment", "Attachment", "Rank", "RemoteIssueLink", "Workflow"})


def kept_issue(issue: Json, queries: Sequence[str]) -> Json:
    """An issue with the queries that brought it. Empty fields are left out: missing and null mean the same."""
    fields = issue.get("fields")
    told: Json = {"id": issue["id"], "key": issue.get("key", "")}
    if isinstance(fields, dict):
        told["fields"] = {key: _field(key, value) for key, value in fields.items() if value is not None}
    return {**told, "bellwetherQueries": list(queries)} if queries else told


def _field(name: str, value: Any) -> Any:
    if name == "parent" and isinstance(value, dict):
        return _reference(value)
    if name == "issuelinks" and isinstance(value, list):
        return [_link(one) if isinstance(one, dict) else one for one in value]
    return _bare(value)


def _link(link: Json) -> Json:
    """A link with the ids and keys of its ends; what else it tells of the other issue is that issue's own business."""
    ends = {side: _reference(link[side]) for side in ("outwardIssue", "inwardIssue") if isinstance(link.get(side), dict)}
    return {"id": link.get("id"), "type": _bare(link.get("type")), **ends}


def _reference(issue: Json) -> Json:
    return {key: issue[key] for key in ("id", "key") if key in issue}


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _bare(inner) for key, inner in value.items() if key not in _DECORATION}
    return [_bare(inner) for inner in value] if isinstance(value, list) else value


def kept_changelog(histories: Sequence[bytes]) -> bytes:
    """A changelog as its issue's payload, of its entries as they are kept."""
    return b'{"histories":[%b]}' % b",".join(histories)


def kept_history(history: Json) -> bytes:
    """An entry of a changelog without what says nothing about the work, as JSON: that takes a tenth of the memory."""
    told: Json = {key: history[key] for key in ("id", "created") if key in history}
    author = history.get("author")
    if isinstance(author, dict):
        told["author"] = {key: author[key] for key in _AUTHOR if key in author}
    told["items"] = [
        {key: value for key in _ITEM if (value := item.get(key)) is not None}
        for item in history.get("items") or () if isinstance(item, dict) and item.get("field") not in _NOISE
    ]
    return to_json(told)


def kept_worklogs(worklogs: Sequence[Json]) -> Json:
    """Bookings without their comments."""
    return {"worklogs": [_bare({key: value for key, value in log.items() if key != "comment"}) for log in worklogs]}


def spends_time(issue: Json) -> bool:
    """Whether an issue's payload shows that time was booked on it."""
    return bool((issue.get("fields") or {}).get("timespent"))


def is_untouched(issue: Json, sprint: str | None) -> bool:
    """Whether an issue's payload proves that it has no changelog.

    Jira writes none at creation, and whatever it writes later moves ``updated``; links and sprints may not, so an
    issue that has one is not proven.
    """
    fields = issue.get("fields") or {}
    same = fields.get("updated") is not None and fields.get("updated") == fields.get("created")
    return same and not fields.get("issuelinks") and not (sprint and fields.get(sprint))
