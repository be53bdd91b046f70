"""The server, the account behind the token, its permissions, and other people."""

from flask import Blueprint, Response, jsonify, request

from sandbox.jira import render
from sandbox.jira.catalog import PERMISSIONS
from sandbox.jira.http import account, body, page, root, several, signed_in, site, whole, writer
from sandbox.jira.records import ApiError, Json

bp = Blueprint("jira_people", __name__)
BULK_PAGE, SEARCH_PAGE = 200, 1000


@bp.get("/serverInfo")
def server_info() -> Response:
    jira = site()
    told: Json = {"baseUrl": root(), "version": "1001.0.0-SNAPSHOT", "versionNumbers": [1001, 0, 0]}
    told |= {"deploymentType": "Cloud", "buildNumber": 100_300, "buildDate": "2026-10-01T00:00:00.000+0000"}
    told |= {"serverTime": jira.stamp(jira.clock()), "scmInfo": "sandbox", "serverTitle": "Jira"}
    return jsonify(told)


@bp.get("/myself")
def myself() -> Response:
    jira = site()
    if account() is None:
        answer = jsonify({"message": "Client must be authenticated to access this resource.", "status-code": 401})
        answer.status_code = 401
        answer.headers["WWW-Authenticate"] = 'OAuth realm="sandbox"'
        return answer
    return jsonify({**_told(jira.users[writer()]), "locale": "en_US", "expand": "groups,applicationRoles"})


def _told(user: Json) -> Json:
    return render.user(user, root()) or {}


@bp.get("/mypermissions")
def my_permissions() -> Response:
    """The asked-for permissions; the list is mandatory, an unknown key is refused."""
    jira, wanted = site(), several("permissions")
    if not wanted:
        raise ApiError(400, "The 'permissions' query parameter is required.")
    unknown = [one for one in wanted if one not in PERMISSIONS]
    if unknown:
        raise ApiError(400, f"Unrecognized permission: {', '.join(unknown)}")
    if any(request.args.get(name) for name in ("projectKey", "projectId")):
        jira.project(request.args.get("projectKey") or request.args.get("projectId") or "")
    told = {}
    for number, key in enumerate(wanted):
        name = key.replace("_", " ").capitalize()
        have = account() is not None and key not in jira.denied
        told[key] = {"id": str(number), "key": key, "name": name, "type": "PROJECT", "havePermission": have}
    return jsonify({"permissions": told})


@bp.post("/permissions/check")
@signed_in
def check_permissions() -> Response:
    """Which of the asked permissions the account has, and for which of the asked projects and issues."""
    jira, asked = site(), body()
    granted: list[Json] = []
    with jira.lock:
        for entry in asked.get("projectPermissions") or ():
            projects = [one for one in entry.get("projects") or () if jira.find_project(str(one)) is not None]
            issues = [one for one in entry.get("issues") or () if jira.find_issue(str(one)) is not None]
            for permission in entry["permissions"]:
                have = permission not in jira.denied
                shown = {"projects": projects if have else [], "issues": issues if have else []}
                granted.append({"permission": permission, **shown})
    wanted = asked.get("globalPermissions") or ()
    return jsonify({
        "globalPermissions": [one for one in wanted if one not in jira.denied], "projectPermissions": granted,
    })


@bp.get("/user")
@signed_in
def user() -> Response:
    found = site().users.get(request.args.get("accountId", ""))
    if found is None:
        raise ApiError(404, "Specified user does not exist or you do not have required permissions")
    return jsonify(_told(found))


@bp.get("/user/bulk")
@signed_in
def bulk() -> Response:
    """People by account id, ten a page unless asked otherwise; unknown ids are left out."""
    jira, wanted = site(), request.args.getlist("accountId")
    if not wanted:
        raise ApiError(400, "The accountId query parameter must be provided.")
    with jira.lock:
        found = [_told(jira.users[one]) for one in dict.fromkeys(wanted) if one in jira.users]
        return jsonify(page(found, BULK_PAGE, default=10))


@bp.get("/users/search")
@signed_in
def users() -> Response:
    """Everybody, as a bare array."""
    jira = site()
    with jira.lock:
        start, size = whole("startAt", 0), min(whole("maxResults", 50), SEARCH_PAGE)
        return jsonify([_told(one) for one in list(jira.users.values())[start : start + size]])


@bp.get("/configuration")
@signed_in
def configuration() -> Response:
    switches = ("voting", "watching", "timeTracking", "attachments")
    told: Json = {f"{name}Enabled": True for name in switches}
    told |= {"unassignedIssuesAllowed": True, "subTasksEnabled": True, "issueLinkingEnabled": True}
    tracking = {"workingHoursPerDay": 8.0, "workingDaysPerWeek": 5.0, "timeFormat": "pretty", "defaultUnit": "minute"}
    return jsonify(told | {"timeTrackingConfiguration": tracking})
