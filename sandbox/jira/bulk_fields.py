"""Fields of many issues in one job: taken on with 201 and a task, applied at once, told while the queue is asked."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, jsonify

from sandbox.jira import edits
from sandbox.jira.http import body, may, site, writer
from sandbox.jira.records import ApiError, Issue, Json
from sandbox.jira.shapes import millis
from sandbox.jira.site import JiraSite
from sandbox.jira.values import checked

bp = Blueprint("jira_bulk_fields", __name__)
MOST_ISSUES, MOST_FIELDS, MOST_JOBS = 1000, 200, 5
JOB_LASTS = timedelta(minutes=1)
NO_OPTION = -1
LOCKED = "The issue is not editable in its current workflow step."
NOT_ALLOWED = "You do not have the permission to edit this issue."
FORMS = {"singleSelectFields": "select", "clearableNumberFields": "float", "singleLineTextFields": "textfield"}
"""The kind of field in each list of the input. The vendor has more; these are the ones in use here."""


@bp.post("/bulk/issues/fields")
def submit() -> Response:
    """The same values for up to a thousand issues; what fails for single issues is told by the queue."""
    jira, by = site(), _allowed()
    asked = body()
    wanted = [str(one) for one in _listed(asked, "selectedIssueIdsOrKeys", MOST_ISSUES)]
    with jira.lock:
        values = _values(jira, asked)
        if _running(jira) >= MOST_JOBS:
            jira.limits.refuse("jira-bulk-concurrent", 1.0, MOST_JOBS)
        mail = asked.get("sendBulkNotification") is not False
        job = _job(jira, by)
        found = [jira.find_issue(one) for one in dict.fromkeys(wanted)]
        issues = list({issue.id: issue for issue in found if issue is not None}.values())
        failed = {one.id: [why] for one in issues if (why := _edit(jira, one, values, by=by, mail=mail)) is not None}
        job["then"] |= {
            "totalIssueCount": len(found),
            "invalidOrInaccessibleIssueCount": found.count(None),
            "processedAccessibleIssues": [int(one.id) for one in issues if one.id not in failed],
        }
        if failed:
            job["then"]["failedAccessibleIssues"] = failed
        jira.bulk_jobs[job["taskId"]] = job
    answer = jsonify({"taskId": job["taskId"]})
    answer.status_code = 201
    return answer


@bp.get("/bulk/queue/<task_id>")
def progress(task_id: str) -> Response:
    """A job; what it will be ``then`` it is from the next look on."""
    jira = site()
    _allowed()
    with jira.lock:
        job = jira.bulk_jobs.get(task_id)
        if job is None:
            raise _refusal(400, "The task associated with this taskId is not a bulk operation task")
        told = {key: value for key, value in job.items() if key != "then"}
        job |= job.pop("then", {})
    return jsonify(told)


def _refusal(status: int, what: str) -> ApiError:
    """A refusal in the words of bulk operations: a list of messages."""
    error = ApiError(status, what)
    error.body = {"errors": [{"message": what}]}
    return error


def _allowed() -> str:
    by = writer()
    if not may("BULK_CHANGE"):
        raise _refusal(403, "You do not have the global permission to make bulk changes.")
    return by


def _listed(asked: Json, name: str, most: int) -> list[Any]:
    found = asked.get(name)
    if not isinstance(found, list) or not 1 <= len(found) <= most:
        raise _refusal(400, f"{name} must name 1 to {most} of them.")
    return found


def _values(jira: JiraSite, asked: Json) -> Json:
    """What each field is to be set to, as a single edit would say it. Raises ApiError 400 for a malformed input."""
    actions = [str(one) for one in _listed(asked, "selectedActions", MOST_FIELDS)]
    lists = asked.get("editedFieldsInput")
    if not isinstance(lists, dict) or lists.keys() - FORMS.keys():
        raise _refusal(400, "The editedFieldsInput is not valid.")
    values = {str(one.get("fieldId")): _value(form, one) for form, told in lists.items() for one in told}
    stray = values.keys() - set(actions)
    if stray:
        words = "The following editedFieldInput values are not listed as selectedActions"
        raise _refusal(400, f"{words} : {', '.join(sorted(stray))}")
    for form, told in lists.items():
        for one in told:
            field = jira.fields.get(one["fieldId"])
            if field is None or field.kind != FORMS[form]:
                raise _refusal(400, f"The field {one['fieldId']} can not be edited in bulk as one of {form}.")
    if set(actions) - values.keys():
        raise _refusal(400, "Every one of selectedActions needs a value in editedFieldsInput.")
    return values


def _value(form: str, told: Json) -> Any:
    if form == "singleSelectFields":
        number = (told.get("option") or {}).get("optionId")
        return None if number == NO_OPTION else {"id": str(number)}
    return told.get("value") if form == "clearableNumberFields" else told.get("text") or None


def _edit(jira: JiraSite, issue: Issue, values: Json, *, by: str, mail: bool) -> str | None:
    """Set the fields of one issue, all or none; why not."""
    if not may("EDIT_ISSUES"):
        return NOT_ALLOWED
    if issue.id in jira.locked_issue_ids:
        return LOCKED
    try:
        jira.limits.write(issue.id)
        edits.change(jira, issue, checked(jira, issue, values), by=by, mail=mail)
    except ApiError as refused:
        said = [*refused.body["errorMessages"], *refused.body["errors"].values()]
        return " ".join(said)
    return None


def _running(jira: JiraSite) -> int:
    """Jobs that have not ended; one that nobody looks at ends by itself."""
    since = millis(jira.clock() - JOB_LASTS)
    return sum("then" in job and job["created"] > since for job in jira.bulk_jobs.values())


def _job(jira: JiraSite, by: str) -> Json:
    now = millis(jira.clock())
    return {
        "taskId": str(jira.next_id("task")), "status": "RUNNING", "progressPercent": 50,
        "submittedBy": {"accountId": by}, "created": now, "started": now, "updated": now,
        "then": {"status": "COMPLETE", "progressPercent": 100},
    }  # fmt: skip
