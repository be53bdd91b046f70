"""Writing to a server: fields of an issue, comments in wiki markup, custom fields (without their choices)."""

from flask import Blueprint, Response, jsonify, request

from sandbox.jira import catalog, edits, events, human
from sandbox.jira import fields as cloud_fields
from sandbox.jira.comments import MOST_COMMENTS, checked_visibility, full, may_delete
from sandbox.jira.datacenter import render
from sandbox.jira.datacenter.http import root, server, user_fields
from sandbox.jira.hindrances import forget_comment
from sandbox.jira.http import admin, body, boolean, may, page, signed_in, site, writer
from sandbox.jira.issues import LOCKED
from sandbox.jira.records import ApiError, Field, FieldContext, Issue, Json
from sandbox.jira.shapes import adf
from sandbox.jira.values import checked

bp = Blueprint("jira_server_writing", __name__)
COMMENTS = 1000
FIELDS = 50
FIRST_MADE_ID = 10100
_WIKI_FIELDS = frozenset({"description", "environment"})


@bp.put("/issue/<key>")
def edit(key: str) -> Response:
    """Set fields. Who may not keep the mails back is refused, as the documentation says."""
    jira, by = site(), writer()
    with jira.lock:
        issue = jira.issue(key)
        if not may("EDIT_ISSUES"):
            raise ApiError(403, "You do not have permission to edit issues in this project.")
        loud = boolean("notifyUsers", default=True)
        if not loud and not may("ADMINISTER", "ADMINISTER_PROJECTS"):
            raise ApiError(403, "To discard the user notification either admin or project admin permissions are required.")
        if issue.id in jira.locked_issue_ids:
            raise ApiError(400, LOCKED)
        wanted = body().get("fields")
        if not isinstance(wanted, dict):
            raise ApiError(400, "one of 'fields' or 'update' required")
        told = {name: _kept(name, value) for name, value in user_fields(wanted).items()}
        edits.change(jira, issue, checked(jira, issue, told), by=by, mail=loud)
    return Response(status=204)


def _kept(name: str, value: object) -> object:
    field = site().fields.get(name)
    rich = name in _WIKI_FIELDS or (field is not None and field.kind == "textarea")
    if rich and isinstance(value, dict):
        raise ApiError(400, errors={name: "Operation value must be a string"})
    return adf(value) if rich and isinstance(value, str) else value


# -- comments ---------------------------------------------------------------------------------------------------------


def _told(comment: Json, issue: Issue) -> Json:
    shown = server().notes and "properties" in request.args.get("expand", "")
    properties = site().comment_properties.get(comment["id"], {}) if shown else None
    return render.comment(server(), comment, issue.id, root(), properties=properties)


def _find(issue: Issue, comment_id: str) -> Json:
    for comment in issue.comments:
        if comment["id"] == comment_id:
            return comment
    raise ApiError(404, f"Can not find a comment for the id: {comment_id}.")


def _text(asked: Json) -> str:
    if not isinstance(asked.get("body"), str):
        raise ApiError(400, "Can not deserialize instance of java.lang.String out of START_OBJECT token")
    if not asked["body"].strip():
        raise ApiError(400, errors={"comment": "Comment body can not be empty!"})
    return str(asked["body"])


@bp.get("/issue/<key>/comment")
@signed_in
def comments(key: str) -> Response:
    jira = site()
    with jira.lock:
        issue = jira.issue(key)
        backwards = request.args.get("orderBy", "created").startswith("-")
        told = page(issue.comments[::-1] if backwards else issue.comments, COMMENTS, key="comments")
        told["comments"] = [_told(one, issue) for one in told["comments"]]
        return jsonify({name: one for name, one in told.items() if name not in ("isLast", "self")})


@bp.get("/issue/<key>/comment/<comment_id>")
@signed_in
def comment(key: str, comment_id: str) -> Response:
    with site().lock:
        issue = site().issue(key)
        return jsonify(_told(_find(issue, comment_id), issue))


@bp.post("/issue/<key>/comment")
def add(key: str) -> Response:
    jira, by = site(), writer()
    with jira.lock:
        issue = jira.issue(key)
        if not may("ADD_COMMENTS"):
            raise ApiError(403, f"You do not have the permission to comment on this issue: {issue.key}.")
        asked = checked_visibility(jira, body())
        text = _text(asked)
        if len(issue.comments) >= MOST_COMMENTS:
            raise full()
        if "properties" in asked and not server().notes:
            raise ApiError(400, 'Unrecognized field "properties"')
        made = human.write_comment(jira, issue, asked | {"body": adf(text)}, by=by)
        server().wiki[made["id"]] = text
        answer = jsonify(_told(made, issue))
        answer.status_code = 201
        return answer


@bp.put("/issue/<key>/comment/<comment_id>")
def edit_comment(key: str, comment_id: str) -> Response:
    """A server has no way to keep the mails of a comment back."""
    jira, by = site(), writer()
    with jira.lock:
        issue = jira.issue(key)
        kept = _find(issue, comment_id)
        own = (kept.get("author") or {}).get("accountId") == by
        if not may("EDIT_ALL_COMMENTS") and not (own and may("EDIT_OWN_COMMENTS")):
            raise ApiError(400, "You do not have the permission to edit this comment.")
        asked = checked_visibility(jira, body())
        text, now = _text(asked), jira.clock()
        if "visibility" in asked:
            kept["visibility"] = asked["visibility"]
        kept |= {"body": adf(text), "updated": jira.stamp(now), "updateAuthor": jira.users[by]}
        server().wiki[comment_id] = text
        edits.touch(jira, issue, now)
        jira.note("comment_edit", issue, by=by, mail=True)
        events.comment_event(jira, "comment_updated", issue, kept)
        return jsonify(_told(kept, issue))


@bp.delete("/issue/<key>/comment/<comment_id>")
def delete_comment(key: str, comment_id: str) -> Response:
    jira, by = site(), writer()
    with jira.lock:
        issue = jira.issue(key)
        kept = _find(issue, comment_id)
        may_delete(kept, by)
        forget_comment(jira, key, kept)
        jira.note("comment_delete", issue, by=by, mail=False)
    return Response(status=204)


# -- custom fields ----------------------------------------------------------------------------------------------------


@bp.get("/customFields")
@admin
def custom_fields() -> Response:
    """Custom fields with their descriptions, 50 a page."""
    _only_newer()
    wanted = request.args.get("search", "").lower()
    with site().lock:
        shown = [one for one in server().fields().values() if one.custom and wanted in one.name.lower()]
        told = page(shown, FIELDS, default=10)
        told["values"] = [_found(one) for one in told["values"]]
        return jsonify(told)


def _only_newer() -> None:
    if not server().described:
        raise ApiError(404, "null for uri")


def _found(field: Field) -> Json:
    told: Json = {"id": field.id, "name": field.name, "description": field.description, "isLocked": False}
    told |= {"type": catalog.KINDS[field.kind][2] if field.kind in catalog.KINDS else field.kind}
    return told | {"numericId": int(field.id.removeprefix("customfield_")), "searcherKey": field.searcher or ""}


@bp.post("/field")
@admin
def create() -> Response:
    """A new custom field with one context for all projects, without choices and on no screen."""
    jira, asked = site(), body()
    name, type_ = str(asked.get("name") or "").strip(), str(asked.get("type") or "")
    kind = type_.removeprefix(catalog.PREFIX)
    if not name or not type_.startswith(catalog.PREFIX) or kind not in catalog.KINDS:
        raise ApiError(400, errors={"type": f"Could not find custom field type with key '{type_}'."})
    with jira.lock:
        field = catalog.custom_field(f"customfield_{jira.next_id('field', FIRST_MADE_ID)}", name, kind)
        field.description, field.searcher = str(asked.get("description") or ""), asked.get("searcherKey")
        context = FieldContext(str(jira.next_id("context")), f"Default Configuration Scheme for {name}")
        field.contexts, field.options, field.everywhere = [context], {context.id: []}, True
        jira.fields[field.id] = field
        answer = jsonify({"id": field.id, "name": name, "custom": True, "schema": field.schema})
        answer.status_code = 201
        return answer


@bp.delete("/customFields")
@admin
def delete_fields() -> Response:
    """Delete custom fields with their values; those that can't be are named."""
    _only_newer()
    jira, gone, left = site(), [], {}
    with jira.lock:
        for field_id in request.args.get("ids", "").split(","):
            if field_id in jira.fields and jira.fields[field_id].custom:
                cloud_fields.forget(jira, field_id)
                gone.append(field_id)
            else:
                left[field_id] = f"The custom field {field_id} was not found."
    message = f"Deleted {len(gone)} custom fields."
    return jsonify({"deletedCustomFields": gone, "notDeletedCustomFields": left, "message": message})
