"""One issue: read it, see what may be set, set it."""

from flask import Blueprint, Response, jsonify, request

from sandbox.jira import edits
from sandbox.jira.http import account, body, boolean, may, root, several, signed_in, site, writer
from sandbox.jira.records import ApiError, Field, Issue, Json
from sandbox.jira.render import embedded_changelog, issue_v3
from sandbox.jira.site import NO_ISSUE, JiraSite
from sandbox.jira.values import checked

bp = Blueprint("jira_issues", __name__)
ISSUE_HISTORIES = 100
LOCKED = "The issue is not editable in its current workflow step."


@bp.get("/issue/<key>")
def read(key: str) -> Response:
    jira = site()
    if account() is None:
        raise ApiError(404, NO_ISSUE)
    with jira.lock:
        issue = jira.issue(key)
        told = issue_v3(jira, issue, root(), fields=several("fields") or ["*all"])
        expand = several("expand")
        if "changelog" in expand:
            told["changelog"] = embedded_changelog(issue, root(), ISSUE_HISTORIES)
        if "names" in expand:
            told["names"] = {name: jira.fields[name].name for name in told["fields"]}
        if "editmeta" in expand:
            told["editmeta"] = {"fields": _editable(jira, issue)}
        wanted = several("properties")
        if wanted:
            told["properties"] = {k: v for k, v in issue.properties.items() if k in wanted or "*all" in wanted}
        return jsonify(told)


@bp.put("/issue/<key>")
def edit(key: str) -> Response:
    """Set fields; nothing is set when one of them is refused. 204, or 200 with ``returnIssue``."""
    jira, by = site(), writer()
    with jira.lock:
        issue = jira.issue(key)
        _refuse_overrides()
        if not may("EDIT_ISSUES"):
            raise ApiError(403, "You do not have permission to edit issues in this project.")
        jira.limits.write(issue.id)
        if issue.id in jira.locked_issue_ids:
            raise ApiError(400, LOCKED)
        wanted = _wanted(body())
        values = checked(jira, issue, wanted)
        # Without an administrator's right the vendor ignores the wish for silence.
        quiet = not boolean("notifyUsers", default=True) and may("ADMINISTER", "ADMINISTER_PROJECTS")
        edits.change(jira, issue, values, by=by, mail=not quiet)
        if boolean("returnIssue", default=False):
            return jsonify(issue_v3(jira, issue, root(), fields=["*all"]))
    return Response(status=204)


def _refuse_overrides() -> None:
    for name in ("overrideScreenSecurity", "overrideEditableFlag"):
        if boolean(name, default=False):
            raise ApiError(403, "Only Connect app users with admin permission or Forge apps can override this.")


def _wanted(asked: Json) -> Json:
    """The values of ``fields`` and of ``update`` with a single ``set``."""
    fields = asked.get("fields") or {}
    update = asked.get("update") or {}
    if not isinstance(fields, dict) or not isinstance(update, dict) or not (fields or update or "properties" in asked):
        raise ApiError(400, "one of 'fields' or 'update' required")
    wanted = dict(fields)
    for name, operations in update.items():
        if name in wanted:
            raise ApiError(400, errors={name: f"Field '{name}' cannot appear in both 'fields' and 'update'"})
        if not isinstance(operations, list) or len(operations) != 1 or "set" not in operations[0]:
            raise ApiError(400, errors={name: "Only a single 'set' operation is supported for this field."})
        value = operations[0]["set"]
        wanted[name] = None if value == {"none": True} else value
    return wanted


@bp.get("/issue/<key>/editmeta")
@signed_in
def editmeta(key: str) -> Response:
    jira = site()
    with jira.lock:
        return jsonify({"fields": _editable(jira, jira.issue(key))})


def _editable(jira: JiraSite, issue: Issue) -> Json:
    """What the edit form shows: nothing where the account may not edit, or the workflow step forbids it."""
    if issue.id in jira.locked_issue_ids or not may("EDIT_ISSUES"):
        return {}
    return {one.id: _meta(jira, one, issue) for one in jira.fields.values() if jira.editable(one, issue)}


def _meta(jira: JiraSite, field: Field, issue: Issue) -> Json:
    meta: Json = {"required": field.id in ("summary", "issuetype"), "schema": field.schema, "name": field.name}
    meta |= {"key": field.id, "hasDefaultValue": False, "operations": ["set"]}
    context = jira.context_of(field, issue) if field.custom else None
    if context is not None and field.kind in ("select", "multiselect"):
        meta["allowedValues"] = [_option(one) for one in field.options.get(context.id, [])]
    if field.id in ("fixVersions", "versions"):
        meta["allowedValues"] = jira.project_versions(issue.project_id)
    if field.id == "priority":
        meta["allowedValues"] = list(jira.priorities.values())
    return meta


def _option(option: Json) -> Json:
    return {"self": f"{root()}/rest/api/3/customFieldOption/{option['id']}", **option}


@bp.delete("/issue/<key>")
def delete(key: str) -> Response:
    jira, by = site(), writer()
    with jira.lock:
        issue = jira.issue(key)
        if jira.children.get(issue.id) and request.args.get("deleteSubtasks") != "true":
            subtasks = [one for one in jira.children[issue.id] if jira.issues[one].fields["issuetype"]["subtask"]]
            if subtasks:
                raise ApiError(400, "The issue has subtasks. You must specify the 'deleteSubtasks' parameter.")
        jira.delete_issue(issue.id, by=by)
    return Response(status=204)


@bp.post("/issueLink")
def link() -> Response:
    """Link two issues: 201 without an id, also when the link was there already."""
    jira, asked = site(), body()
    writer()
    with jira.lock:
        ends = [jira.issue(_ref(asked.get(name))) for name in ("outwardIssue", "inwardIssue")]
        type_ = asked.get("type") or {}
        types = jira.link_types.values()
        known = next((one for one in types if one["name"] == type_.get("name") or one["id"] == type_.get("id")), None)
        if known is None:
            raise ApiError(404, "No issue link type with this name or id found.")
        inward, outward = ends[1], ends[0]
        # In this call the inward issue is the one that does it: "inward blocks outward".
        have = any((one.outward_id, one.inward_id) == (inward.id, outward.id) for one in inward.links)
        if not have:
            jira.link_issues(inward.key, outward.key, known["name"])
    return Response(status=201)


def _ref(value: object) -> str:
    return str(value.get("id") or value.get("key") or "") if isinstance(value, dict) else ""


