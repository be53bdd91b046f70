"""Comments: ADF in, ADF out, properties in the create call, edited in place, read by id."""

from flask import Blueprint, Response, jsonify, request

from sandbox.jira import edits, events, human, render
from sandbox.jira.hindrances import forget_comment
from sandbox.jira.http import body, boolean, may, page, root, signed_in, site, strings, writer
from sandbox.jira.records import ApiError, Issue, Json
from sandbox.jira.shapes import is_adf, plain
from sandbox.jira.site import JiraSite
from sandbox.jira.values import LONGEST_DOCUMENT

bp = Blueprint("jira_comments", __name__)
PAGE = 100
MOST_IDS = 1000
MOST_COMMENTS = 5000
NO_COMMENT = "Can not find a comment for the id: {}."


def _told(comment: Json, issue_id: str, *, expand: str) -> Json:
    properties = site().comment_properties.get(comment["id"], {}) if "properties" in expand else None
    return render.comment(comment, issue_id, root(), properties=properties)


def _find(issue: Issue, comment_id: str) -> Json:
    for comment in issue.comments:
        if comment["id"] == comment_id:
            return comment
    raise ApiError(404, NO_COMMENT.format(comment_id))


def _checked(asked: Json) -> Json:
    if not is_adf(asked.get("body")):
        raise ApiError(400, errors={"comment": "Comment body is not valid!"})
    text = plain(asked["body"])
    if not text.strip():
        raise ApiError(400, errors={"comment": "Comment body can not be empty!"})
    if len(text) > LONGEST_DOCUMENT:
        too_long = f"The entered text is too long. It exceeds the allowed limit of {LONGEST_DOCUMENT} characters."
        raise ApiError(400, errors={"comment": too_long})
    return checked_visibility(site(), asked)


def checked_visibility(jira: JiraSite, asked: Json) -> Json:
    """A comment whose audience is a group or a role of the site, told by name and, a group, by id. Raises ApiError 400."""
    given = asked.get("visibility")
    if given is None:
        return asked
    if not isinstance(given, dict) or given.get("type") not in ("group", "role"):
        raise ApiError(400, errors={"commentLevel": "Specify a valid visibility: type must be 'group' or 'role'."})
    word = str(given.get("identifier") or given.get("value") or "")
    if given["type"] == "role":
        if word not in jira.roles:
            raise ApiError(400, errors={"commentLevel": f"Role with name or id '{word}' does not exist."})
        return asked | {"visibility": {"type": "role", "value": word, "identifier": word}}
    named = {name: number for number, name in jira.groups.items()}
    number = word if word in jira.groups else named.get(word)
    if number is None:
        raise ApiError(400, errors={"commentLevel": f"Group '{word}' does not exist."})
    return asked | {"visibility": {"type": "group", "value": jira.groups[number], "identifier": number}}


def full() -> ApiError:
    """The refusal of one comment too many."""
    return ApiError(413, f"The issue has reached the limit of {MOST_COMMENTS} comments.")


def may_delete(comment: Json, by: str) -> None:
    """Raises ApiError 403 for a comment that the account may not delete."""
    own = (comment.get("author") or {}).get("accountId") == by
    if not may("DELETE_ALL_COMMENTS") and not (own and may("DELETE_OWN_COMMENTS")):
        raise ApiError(403, "You do not have the permission to delete this comment.")


@bp.get("/issue/<key>/comment")
@signed_in
def of_issue(key: str) -> Response:
    jira = site()
    order = request.args.get("orderBy", "created")
    if order.lstrip("+-") != "created":
        raise ApiError(400, f"The orderBy value '{order}' is not supported. Use created, +created or -created.")
    with jira.lock:
        issue = jira.issue(key)
        ordered = issue.comments[::-1] if order.startswith("-") else issue.comments
        told = page(ordered, PAGE, key="comments")
        expand = request.args.get("expand", "")
        told["comments"] = [_told(one, issue.id, expand=expand) for one in told["comments"]]
        told.pop("isLast")
        told.pop("self")
        return jsonify(told)


@bp.post("/issue/<key>/comment")
def add(key: str) -> Response:
    jira, by = site(), writer()
    with jira.lock:
        issue = jira.issue(key)
        if not may("ADD_COMMENTS"):
            raise ApiError(403, f"You do not have the permission to comment on this issue: {issue.key}.")
        jira.limits.write(issue.id)
        asked = _checked(body())
        if len(issue.comments) >= MOST_COMMENTS:
            raise full()
        comment = human.write_comment(jira, issue, asked, by=by)
        answer = jsonify(_told(comment, issue.id, expand=request.args.get("expand", "")))
        answer.status_code = 201
        return answer


@bp.get("/issue/<key>/comment/<comment_id>")
@signed_in
def read(key: str, comment_id: str) -> Response:
    jira = site()
    with jira.lock:
        issue = jira.issue(key)
        return jsonify(_told(_find(issue, comment_id), issue.id, expand=request.args.get("expand", "")))


@bp.put("/issue/<key>/comment/<comment_id>")
def edit(key: str, comment_id: str) -> Response:
    jira, by = site(), writer()
    with jira.lock:
        issue = jira.issue(key)
        comment = _find(issue, comment_id)
        _may_edit(comment, by)
        jira.limits.write(issue.id)
        asked = _checked(body())
        now = jira.clock()
        comment |= {"body": asked["body"], "updated": jira.stamp(now), "updateAuthor": jira.users[by]}
        if "visibility" in asked:
            comment["visibility"] = asked["visibility"]
        for one in asked.get("properties") or ():
            jira.comment_properties.setdefault(comment_id, {})[one["key"]] = one["value"]
        edits.touch(jira, issue, now)
        jira.note("comment_edit", issue, by=by, mail=boolean("notifyUsers", default=True))
        events.comment_event(jira, "comment_updated", issue, comment)
        return jsonify(_told(comment, issue.id, expand=request.args.get("expand", "")))


def _may_edit(comment: Json, by: str) -> None:
    own = (comment.get("author") or {}).get("accountId") == by
    if not may("EDIT_ALL_COMMENTS") and not (own and may("EDIT_OWN_COMMENTS")):
        raise ApiError(400, "You do not have the permission to edit this comment.")


@bp.delete("/issue/<key>/comment/<comment_id>")
def delete(key: str, comment_id: str) -> Response:
    jira, by = site(), writer()
    with jira.lock:
        issue = jira.issue(key)
        comment = _find(issue, comment_id)
        may_delete(comment, by)
        jira.limits.write(issue.id)
        forget_comment(jira, key, comment)
        jira.note("comment_delete", issue, by=by, mail=False)
    return Response(status=204)


@bp.post("/comment/list")
@signed_in
def by_ids() -> Response:
    """Comments by id; those that are gone or not visible are left out."""
    jira = site()
    ids = strings(body().get("ids"), "ids")
    if not 1 <= len(ids) <= MOST_IDS:
        raise ApiError(400, f"The request must contain 1 to {MOST_IDS} comment IDs.")
    with jira.lock:
        told = []
        for comment_id in ids:
            issue = jira.find_issue(jira.comment_owner.get(comment_id, ""))
            if issue is not None:
                told.append(_told(_find(issue, comment_id), issue.id, expand=request.args.get("expand", "")))
        return jsonify(page(told, MOST_IDS))
