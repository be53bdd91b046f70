"""Finding issues: search/jql with tokens, the approximate count, and bulkfetch by id or key."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, jsonify, request

from sandbox.jira import jql
from sandbox.jira.http import account, body, root, signed_in, site, strings
from sandbox.jira.records import ApiError, Issue, Json
from sandbox.jira.render import embedded_changelog, issue_v3
from sandbox.jira.site import JiraSite

bp = Blueprint("jira_search", __name__)
DEFAULT_PAGE = 50
ID_PAGE, FIELD_PAGE = 5000, 100
MOST_RECONCILED = 50
MOST_PROPERTIES = 5
MOST_FETCHED, MOST_FETCHED_WIDE = 1000, 100
MOST_FIELDS = 100
TOKEN_LIFE = timedelta(days=7)
MULTI_VALUED = frozenset({"comment", "worklog", "attachment"})
HEAVY = frozenset({"changelog", "editmeta", "operations", "renderedFields", "transitions", "versionedRepresentations"})


@dataclass(frozen=True)
class Cursor:
    """The rest of a search: what was asked, the ids still to come, and when it was asked."""

    jql: str
    ids: tuple[str, ...]
    made_at: datetime


@bp.get("/search/jql")
def search_get() -> Response:
    asked: Json = dict(request.args.items())
    for name in ("fields", "properties", "reconcileIssues"):
        if name in asked:
            asked[name] = [part for text in request.args.getlist(name) for part in text.split(",")]
    if "maxResults" in asked and not str(asked["maxResults"]).isdigit():
        raise ApiError(400, f"The value '{asked['maxResults']}' of 'maxResults' is not a number.")
    return _answer(asked)


@bp.post("/search/jql")
def search_post() -> Response:
    asked = body()
    if isinstance(asked.get("expand"), list):
        raise ApiError(400, "Invalid request payload. Refer to the REST API documentation and try again.")
    return _answer(asked)


def _answer(asked: Json) -> Response:
    jira = site()
    text = str(asked.get("jql") or "")
    properties = strings(asked.get("properties"), "properties")
    fresh = strings(asked.get("reconcileIssues"), "reconcileIssues")
    if len(properties) > MOST_PROPERTIES:
        raise ApiError(400, f"The number of properties must be at most {MOST_PROPERTIES}.")
    if len(fresh) > MOST_RECONCILED:
        raise ApiError(400, f"The number of issues to reconcile must be at most {MOST_RECONCILED}.")
    if account() is None:
        return jsonify({"issues": [], "isLast": True})
    fields = strings(asked.get("fields"), "fields") or ["id"]
    with jira.lock:
        ids = _ids(jira, text, asked.get("nextPageToken"), frozenset(fresh))
        size = _size(int(asked.get("maxResults") or DEFAULT_PAGE), fields)
        found = [jira.issues[one] for one in ids[:size] if one in jira.issues]
        expand = [part.strip() for part in str(asked.get("expand") or "").split(",")]
        answer: Json = {"issues": [_told(jira, one, fields, properties, expand) for one in found]}
        rest = ids[size:]
        answer["isLast"] = not rest
        if rest:
            answer["nextPageToken"] = _keep(jira, Cursor(text, rest, jira.clock()))
        _describe(jira, expand, fields, answer)
    return jsonify(answer)


def _ids(jira: JiraSite, text: str, token: Any, fresh: frozenset[str]) -> tuple[str, ...]:
    if not token:
        return tuple(issue.id for issue in jql.search(jira, text, fresh_ids=fresh))
    cursor = jira.searches.get(str(token))
    if cursor is None or cursor.jql != text or jira.clock() - cursor.made_at > TOKEN_LIFE:
        raise ApiError(400, "The provided next page token is invalid or expired. Please run the search again.")
    ids: tuple[str, ...] = cursor.ids
    return ids


def _keep(jira: JiraSite, cursor: Cursor) -> str:
    token = secrets.token_urlsafe(24)
    jira.searches[token] = cursor
    while len(jira.searches) > 2000:
        jira.searches.pop(next(iter(jira.searches)))
    return token


def _size(asked: int, fields: list[str]) -> int:
    return max(1, min(asked, ID_PAGE if set(fields) <= {"id", "key"} else FIELD_PAGE))


def _told(jira: JiraSite, issue: Issue, fields: list[str], properties: list[str], expand: list[str]) -> Json:
    if fields == ["id"] and not properties and not any(expand):
        return {"id": issue.id}
    told = issue_v3(jira, issue, root(), fields=[one for one in fields if one not in ("id", "key")] or ["id"])
    if set(fields) <= {"id", "key"}:
        told.pop("fields")
    if properties:
        told["properties"] = {key: issue.properties[key] for key in properties if key in issue.properties}
    if "changelog" in expand:
        told["changelog"] = embedded_changelog(issue, root())
    return told


def _describe(jira: JiraSite, expand: list[str], fields: list[str], answer: Json) -> None:
    shown = [one for one in jira.fields.values() if one.id in fields or "*all" in fields or "*navigable" in fields]
    if "names" in expand:
        answer["names"] = {one.id: one.name for one in shown}
    if "schema" in expand:
        answer["schema"] = {one.id: one.schema for one in shown}


@bp.post("/search/approximate-count")
def approximate_count() -> Response:
    jira = site()
    if account() is None:
        return jsonify({"count": 0})
    with jira.lock:
        return jsonify({"count": len(jql.search(jira, str(body().get("jql") or "")))})


@bp.post("/jql/match")
@signed_in
def match() -> Response:
    """Check issue ids against queries: one result a query, ids that match."""
    jira, asked = site(), body()
    ids = strings(asked.get("issueIds"), "issueIds")
    matches: list[Json] = []
    with jira.lock:
        for text in strings(asked.get("jqls"), "jqls"):
            try:
                found = {issue.id for issue in jql.search(jira, text)}
                matches.append({"errors": [], "matchedIssues": [int(one) for one in ids if one in found]})
            except ApiError as error:
                matches.append({"errors": error.body["errorMessages"], "matchedIssues": []})
    return jsonify({"matches": matches})


@bp.post("/issue/bulkfetch")
def bulkfetch() -> Response:
    """Issues by id or key, id ascending; what is missing or not visible is left out without a word."""
    jira, asked = site(), body()
    wanted = strings(asked.get("issueIdsOrKeys"), "issueIdsOrKeys")
    fields = strings(asked.get("fields"), "fields")
    expand = strings(asked.get("expand"), "expand")
    properties = strings(asked.get("properties"), "properties")
    if not wanted:
        raise ApiError(400, "At least one issue ID or key must be provided.")
    if len(properties) > MOST_PROPERTIES:
        raise ApiError(400, f"The number of properties must be at most {MOST_PROPERTIES}.")
    most = most_fetched(fields, expand)
    if len(wanted) > most:
        raise ApiError(400, f"The number of issue IDs or keys must not exceed {most} for this request.")
    if account() is None:
        return jsonify({"issues": [], "issueErrors": []})
    with jira.lock:
        found = {issue.id: issue for issue in map(jira.find_issue, wanted) if issue is not None}
        ordered = sorted(found.values(), key=lambda issue: int(issue.id))
        answer = [_fetched(jira, one, fields or ["*navigable"], properties, expand) for one in ordered]
    return jsonify({"issues": answer, "issueErrors": []})


def most_fetched(fields: list[str], expand: list[str]) -> int:
    """1000 when up to 100 single-valued fields are named and nothing heavy is expanded; else 100."""
    named = [one for one in fields if not one.startswith(("*", "-"))]
    wide = any(one.startswith("*") for one in fields) or not named or len(fields) > MOST_FIELDS
    return MOST_FETCHED_WIDE if wide or MULTI_VALUED & set(named) or HEAVY & set(expand) else MOST_FETCHED


def _fetched(jira: JiraSite, issue: Issue, fields: list[str], properties: list[str], expand: list[str]) -> Json:
    told = issue_v3(jira, issue, root(), fields=fields)
    if properties:
        told["properties"] = {key: issue.properties[key] for key in properties if key in issue.properties}
    if "changelog" in expand:
        told["changelog"] = embedded_changelog(issue, root())
    return told
