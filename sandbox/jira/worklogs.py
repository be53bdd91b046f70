"""Booked time: of an issue, the feeds of changed and deleted worklogs, and worklogs by id."""

from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, jsonify

from sandbox.jira import render
from sandbox.jira.http import body, page, root, signed_in, site, strings, whole
from sandbox.jira.records import ApiError, Json
from sandbox.jira.shapes import millis, parse_stamp

bp = Blueprint("jira_worklogs", __name__)
ISSUE_PAGE = 5000
FEED_PAGE = 1000
UNSETTLED = timedelta(minutes=1)  # the feeds leave the last minute out


@bp.get("/issue/<key>/worklog")
@signed_in
def of_issue(key: str) -> Response:
    jira = site()
    with jira.lock:
        issue = jira.issue(key)
        kept = [one for one in issue.worklogs if millis(parse_stamp(one["started"])) >= whole("startedAfter", 0)]
        told = page(kept, ISSUE_PAGE, key="worklogs")
        told["worklogs"] = [render.worklog(one, root()) for one in told["worklogs"]]
        told.pop("isLast")
        told.pop("self")
        return jsonify(told)


def _feed(changes: list[tuple[str, datetime]], name: str) -> Response:
    since = whole("since", 0)
    settled = site().clock() - UNSETTLED
    recent = sorted((millis(at), int(one)) for one, at in changes if millis(at) > since and at <= settled)
    chunk = recent[:FEED_PAGE]
    until = chunk[-1][0] if chunk else since
    address = f"{root()}/rest/api/3/worklog/{name}?since="
    told: Json = {"values": [{"worklogId": one, "updatedTime": at, "properties": []} for at, one in chunk]}
    told |= {"since": since, "until": until, "self": f"{address}{since}", "lastPage": len(recent) <= FEED_PAGE}
    if not told["lastPage"]:
        told["nextPage"] = f"{address}{until}"
    return jsonify(told)


@bp.get("/worklog/updated")
@signed_in
def updated() -> Response:
    jira = site()
    with jira.lock:
        shown = (issue for issue in jira.issues.values() if jira.visible(issue))
        return _feed([(one["id"], parse_stamp(one["updated"])) for i in shown for one in i.worklogs], "updated")


@bp.get("/worklog/deleted")
@signed_in
def deleted() -> Response:
    jira = site()
    with jira.lock:
        return _feed([(one, at.astimezone(UTC)) for one, at in jira.deleted_worklogs], "deleted")


@bp.post("/worklog/list")
@signed_in
def by_ids() -> Response:
    jira = site()
    ids = strings(body().get("ids"), "ids")
    if not 1 <= len(ids) <= FEED_PAGE:
        raise ApiError(400, f"The request must contain 1 to {FEED_PAGE} worklog IDs.")
    with jira.lock:
        told: list[Json] = []
        for worklog_id in ids:
            issue = jira.find_issue(jira.worklog_owner.get(worklog_id, ""))
            if issue is not None:
                told.extend(render.worklog(one, root()) for one in issue.worklogs if one["id"] == worklog_id)
        return jsonify(told)
