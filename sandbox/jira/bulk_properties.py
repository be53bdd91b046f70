"""Properties of many issues in one call: started with 303 and a task's address, applied while the task is asked for."""

import json
from typing import Any

from flask import Blueprint, Response

from sandbox.jira import events
from sandbox.jira.http import body, may, root, site, writer
from sandbox.jira.properties import LONGEST_KEY, LONGEST_VALUE
from sandbox.jira.records import ApiError, Issue, Json
from sandbox.jira.shapes import millis
from sandbox.jira.site import JiraSite

bp = Blueprint("jira_bulk_properties", __name__)
MOST_ISSUES, MOST_PROPERTIES = 100, 10
NOT_THERE = "The issue was not found, or you do not have the permission to edit it."


@bp.post("/issue/properties/multi")
def set_many() -> Response:
    """Up to ten properties of up to a hundred issues. Not one transaction: what fails is told in the task's result."""
    jira, by = site(), writer()
    wanted = body().get("issues")
    if not isinstance(wanted, list) or not 1 <= len(wanted) <= MOST_ISSUES:
        raise ApiError(400, f"The request must name 1 to {MOST_ISSUES} issues.")
    for one in wanted:
        _check(one)
    with jira.lock:
        failed = {str(one["issueID"]): why for one in wanted if (why := _set(jira, one, by=by)) is not None}
        task = _task(jira, failed, by=by)
        jira.tasks[task["id"]] = task
    return Response(status=303, headers={"Location": task["self"]})


def _check(one: Any) -> None:
    if not isinstance(one, dict) or not isinstance(one.get("issueID"), int):
        raise ApiError(400, "Each issue needs a numeric issueID.")
    properties = one.get("properties")
    if not isinstance(properties, dict) or not 1 <= len(properties) <= MOST_PROPERTIES:
        raise ApiError(400, f"Each issue takes 1 to {MOST_PROPERTIES} properties.")
    for key, value in properties.items():
        if len(key) > LONGEST_KEY or len(json.dumps(value)) > LONGEST_VALUE:
            raise ApiError(400, f"The property value must be a JSON of 1 to {LONGEST_VALUE} characters.")


def _set(jira: JiraSite, one: Json, *, by: str) -> str | None:
    """Set the properties of one issue; why not."""
    issue: Issue | None = jira.find_issue(str(one["issueID"]))
    if issue is None or not may("EDIT_ISSUES"):
        return NOT_THERE
    try:
        jira.limits.write(issue.id)
    except ApiError as refused:
        return refused.args[0] if refused.args else "Rate limit exceeded."
    for key, value in one["properties"].items():
        issue.properties[key] = value
        jira.note("property", issue, by=by, mail=False)
        events.property_event(jira, "issue_property_set", issue, {"key": key, "value": value}, by=by)
    return None


def _task(jira: JiraSite, failed: dict[str, str], *, by: str) -> Json:
    now = millis(jira.clock())
    number = str(jira.next_id("task"))
    people = list(jira.users)
    return {
        "self": f"{root()}/rest/api/3/task/{number}", "id": number, "description": "Bulk set issue properties",
        "status": "RUNNING", "progress": 50, "elapsedRuntime": 1, "submitted": now, "started": now, "lastUpdate": now,
        "submittedBy": 10000 + people.index(by),
        "then": {"status": "COMPLETE", "progress": 100, "finished": now, "result": {"errors": failed}},
    }
