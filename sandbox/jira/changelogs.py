"""History: of one issue by pages of 100, of up to a thousand issues by tokens."""

import base64
import binascii
import json
from typing import Any

from flask import Blueprint, Response, jsonify

from sandbox.jira import render
from sandbox.jira.http import account, body, page, root, site, strings
from sandbox.jira.records import ApiError, Issue, Json
from sandbox.jira.shapes import millis, parse_stamp

bp = Blueprint("jira_changelogs", __name__)
ISSUE_PAGE = 100
MOST_ISSUES, MOST_FIELD_IDS = 1000, 10
BULK_PAGE, MOST_BULK_PAGE = 1000, 10_000


@bp.get("/issue/<key>/changelog")
def of_issue(key: str) -> Response:
    jira = site()
    with jira.lock:
        issue = jira.issue(key) if account() else None
        if issue is None:
            raise ApiError(404, "Issue does not exist or you do not have permission to see it.")
        told = page(issue.histories, ISSUE_PAGE)
        told["values"] = [render.history(one, root()) for one in told["values"]]
        return jsonify(told)


@bp.post("/changelog/bulkfetch")
def bulk() -> Response:
    """Histories grouped by issue, oldest first; ``created`` is in epoch milliseconds here, as with the vendor."""
    jira, asked = site(), body()
    wanted = strings(asked.get("issueIdsOrKeys"), "issueIdsOrKeys")
    field_ids = strings(asked.get("fieldIds"), "fieldIds")
    if not wanted:
        raise ApiError(400, "At least one issue ID or key must be provided.")
    if len(set(wanted)) > MOST_ISSUES:
        raise ApiError(400, f"The number of issue IDs or keys must not exceed {MOST_ISSUES}.")
    if len(set(field_ids)) > MOST_FIELD_IDS:
        raise ApiError(400, f"The number of field IDs must not exceed {MOST_FIELD_IDS}.")
    size = _size(asked.get("maxResults"))
    if account() is None:
        return jsonify({"issueChangeLogs": []})
    with jira.lock:
        found = {issue.id: issue for issue in map(jira.find_issue, wanted) if issue is not None}
        ordered = sorted(found.values(), key=lambda issue: int(issue.id))
        entries = [(issue, one) for issue in ordered for one in _histories(issue, frozenset(field_ids))]
        start = _start(asked.get("nextPageToken"))
        answer: Json = {"issueChangeLogs": _grouped(entries[start : start + size])}
    if start + size < len(entries):
        answer["nextPageToken"] = base64.urlsafe_b64encode(json.dumps({"at": start + size}).encode()).decode()
    return jsonify(answer)


def _size(asked: Any) -> int:
    if asked is None:
        return BULK_PAGE
    if not isinstance(asked, int) or not 1 <= asked <= MOST_BULK_PAGE:
        raise ApiError(400, f"The maxResults must be between 1 and {MOST_BULK_PAGE}.")
    return asked


def _start(token: Any) -> int:
    if not token:
        return 0
    try:
        return int(json.loads(base64.urlsafe_b64decode(str(token)))["at"])
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise ApiError(400, "The provided next page token is invalid.") from error


def _histories(issue: Issue, field_ids: frozenset[str]) -> list[Json]:
    if not field_ids:
        return issue.histories
    kept = []
    for one in issue.histories:
        items = [item for item in one["items"] if item.get("fieldId") in field_ids]
        if items:
            kept.append(one | {"items": items})
    return kept


def _grouped(entries: list[tuple[Issue, Json]]) -> list[Json]:
    address = root()
    groups: dict[str, list[Json]] = {}
    for issue, one in entries:
        told = render.history(one, address)
        told["created"] = millis(parse_stamp(one["created"]))
        groups.setdefault(issue.id, []).append(told)
    return [{"issueId": issue_id, "changeHistories": told} for issue_id, told in groups.items()]
