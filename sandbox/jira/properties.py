"""Issue and comment properties: JSON of at most 32768 characters under a key, without history or mail."""

import json
from typing import Any

from flask import Blueprint, Response, jsonify, request

from sandbox.jira import events
from sandbox.jira.http import may, root, signed_in, site, writer
from sandbox.jira.records import ApiError, Json

bp = Blueprint("jira_properties", __name__)
LONGEST_VALUE, LONGEST_KEY = 32_768, 255


def read_value(key: str) -> Any:
    """The value of a PUT. Raises ApiError 400 when it isn't JSON or is too long."""
    if len(key) > LONGEST_KEY:
        raise ApiError(400, f"The length of the property key must not exceed {LONGEST_KEY} characters.")
    text = request.get_data(as_text=True)
    if not text or len(text) > LONGEST_VALUE:
        raise ApiError(400, f"The property value must be a JSON of 1 to {LONGEST_VALUE} characters.")
    try:
        return json.loads(text)
    except ValueError as error:
        raise ApiError(400, "The property value must be a valid JSON.") from error


def put(store: Json, key: str) -> Response:
    """Set a property: 201 when new, 200 when replaced."""
    value = read_value(key)
    created = key not in store
    store[key] = value
    return Response(status=201 if created else 200)


def get(store: Json, key: str) -> Response:
    if key not in store:
        raise ApiError(404, f"The property '{key}' does not exist.")
    return jsonify({"key": key, "value": store[key]})


def keys(store: Json, address: str) -> Response:
    return jsonify({"keys": [{"self": f"{address}/{key}", "key": key} for key in store]})


@bp.get("/issue/<key>/properties")
@signed_in
def issue_keys(key: str) -> Response:
    jira = site()
    with jira.lock:
        issue = jira.issue(key)
        return keys(issue.properties, f"{root()}/rest/api/3/issue/{issue.id}/properties")


@bp.get("/issue/<key>/properties/<path:name>")
@signed_in
def issue_get(key: str, name: str) -> Response:
    jira = site()
    with jira.lock:
        return get(jira.issue(key).properties, name)


@bp.put("/issue/<key>/properties/<path:name>")
def issue_put(key: str, name: str) -> Response:
    jira, by = site(), writer()
    with jira.lock:
        issue = jira.issue(key)
        if not may("EDIT_ISSUES"):
            raise ApiError(403, "You do not have permission to edit this issue.")
        jira.limits.write(issue.id)
        answer = put(issue.properties, name)
        told = {"key": name, "value": issue.properties[name]}
        jira.note("property", issue, by=by, mail=False)
        events.property_event(jira, "issue_property_set", issue, told, by=by)
        return answer


@bp.delete("/issue/<key>/properties/<path:name>")
def issue_delete(key: str, name: str) -> Response:
    jira, by = site(), writer()
    with jira.lock:
        issue = jira.issue(key)
        if not may("EDIT_ISSUES"):
            raise ApiError(403, "You do not have permission to edit this issue.")
        if name not in issue.properties:
            raise ApiError(404, f"The property '{name}' does not exist.")
        jira.limits.write(issue.id)
        del issue.properties[name]
        jira.note("property", issue, by=by, mail=False)
        events.property_event(jira, "issue_property_deleted", issue, {"key": name}, by=by)
    return Response(status=204)


def _comment_store(comment_id: str) -> Json:
    jira = site()
    if comment_id not in jira.comment_owner:
        raise ApiError(404, f"Can not find a comment for the id: {comment_id}.")
    store: Json = jira.comment_properties.setdefault(comment_id, {})
    return store


@bp.get("/comment/<comment_id>/properties")
@signed_in
def comment_keys(comment_id: str) -> Response:
    with site().lock:
        return keys(_comment_store(comment_id), f"{root()}/rest/api/3/comment/{comment_id}/properties")


@bp.get("/comment/<comment_id>/properties/<path:name>")
@signed_in
def comment_get(comment_id: str, name: str) -> Response:
    with site().lock:
        return get(_comment_store(comment_id), name)


@bp.put("/comment/<comment_id>/properties/<path:name>")
@signed_in
def comment_put(comment_id: str, name: str) -> Response:
    with site().lock:
        return put(_comment_store(comment_id), name)


@bp.delete("/comment/<comment_id>/properties/<path:name>")
@signed_in
def comment_delete(comment_id: str, name: str) -> Response:
    with site().lock:
        if _comment_store(comment_id).pop(name, None) is None:
            raise ApiError(404, f"The property '{name}' does not exist.")
    return Response(status=204)
