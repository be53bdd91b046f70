"""Reading a server: search by ``startAt`` within a window, one issue with its whole changelog, projects, bookings."""

from typing import Any

from flask import Blueprint, Response, jsonify

from sandbox.jira import projects
from sandbox.jira.catalog import NOT_NAVIGABLE, PERMISSIONS
from sandbox.jira.datacenter import jql, render
from sandbox.jira.datacenter.http import answer, root, server
from sandbox.jira.http import account, body, boolean, several, signed_in, site, strings
from sandbox.jira.records import ApiError, Field, Issue, Json, Project
from sandbox.jira.site import NO_ISSUE

bp = Blueprint("jira_server_reading", __name__)
DEFAULT_PAGE = 50
SEARCH_HISTORIES = 100
TOO_DEEP = (
    "Search limit exceeded. We couldn't complete your search because it requests {} results which exceeded the search "
    "platform limit of {}. Try refining your query or contact your Jira administrator."
)


@bp.post("/search")
def search() -> Response:
    asked = body()
    start, size = _number(asked, "startAt", 0), _number(asked, "maxResults", DEFAULT_PAGE)
    told: Json = {"expand": "schema,names", "startAt": start, "maxResults": min(size, server().page)}
    fields = strings(asked.get("fields"), "fields") or ["*navigable"]
    expand = strings(asked.get("expand"), "expand")
    strict = asked.get("validateQuery", True) is not False or not server().lenient
    with site().lock:
        found = jql.search(server(), str(asked.get("jql") or ""), strict=strict) if account() else []
        if start + told["maxResults"] > server().window:
            raise ApiError(500, TOO_DEEP.format(start + told["maxResults"], server().window))
        page = found[start:start + told["maxResults"]]
        issues = [_told(one, fields, expand, most=SEARCH_HISTORIES) for one in page]
    return jsonify(told | {"total": len(found), "issues": issues})


def _number(asked: Json, name: str, default: int) -> int:
    value = asked.get(name, default)
    if not isinstance(value, int) or value < 0:
        raise ApiError(400, f"The value '{value}' of '{name}' is not a number.")
    return value


def _told(issue: Issue, fields: list[str], expand: list[str], most: int | None = None) -> Json:
    told = render.issue(server(), issue, root(), fields=fields)
    if "changelog" in expand:
        told["changelog"] = render.changelog(server(), issue, root(), most)
    return told


@bp.get("/issue/<key>")
def issue(key: str) -> Response:
    if account() is None:
        raise ApiError(404, NO_ISSUE)
    with site().lock:
        one = site().issue(key)
        told = _told(one, several("fields") or ["*all"], several("expand"))
        wanted = several("properties")
        if wanted:
            told["properties"] = {k: v for k, v in one.properties.items() if k in wanted or "*all" in wanted}
        return jsonify(told)


@bp.get("/issue/<key>/worklog")
@signed_in
def worklogs(key: str) -> Response:
    """All bookings at once; a server does not page them."""
    with site().lock:
        logs = site().issue(key).worklogs
        return answer({"startAt": 0, "maxResults": len(logs), "total": len(logs), "worklogs": logs})


@bp.get("/project")
def all_projects() -> Response:
    """A plain list; archived ones only on demand."""
    jira, archived = site(), boolean("includeArchived", default=False)
    with jira.lock:
        shown = [one for one in jira.projects.values() if account() and one.id not in jira.hidden_project_ids]
        kept = [one for one in shown if not one.deleted and (archived or not one.archived)]
        return jsonify([_project(one) for one in sorted(kept, key=lambda one: one.key)])


def _project(project: Project) -> Json:
    told: Json = {"self": f"{root()}/rest/api/2/project/{project.id}", "id": project.id, "key": project.key}
    told |= {"expand": "description,lead,url,projectKeys", "name": project.name, "projectTypeKey": project.kind}
    told["archived"] = project.archived
    lead = site().users.get(project.lead_id or "")
    if lead is not None and "lead" in several("expand"):
        told["lead"] = render.person(server(), lead, root())
    return told


@bp.get("/project/<key>")
def project(key: str) -> Response:
    told: Json = projects.read(key).get_json()
    with site().lock:
        return answer(told | {"archived": site().project(key).archived})


@bp.get("/project/<key>/issuesecuritylevelscheme")
@signed_in
def security_scheme(key: str) -> Response:
    project_ = site().project(key)
    if "ADMINISTER" in site().denied:
        raise ApiError(403, "You do not have permission to see the issue security scheme of this project.")
    if project_.id not in site().secured_project_ids:
        raise ApiError(404, "The project has no issue security scheme.")
    return jsonify({"self": f"{root()}/rest/api/2/issuesecurityschemes/10000", "id": 10000, "name": "Secret"})


@bp.get("/field")
def fields() -> Response:
    with site().lock:
        return jsonify([_field(one) for one in server().fields().values() if account() or not one.custom])


def _field(field: Field) -> Json:
    told: Json = {"id": field.id, "name": field.name, "custom": field.custom, "orderable": True, "searchable": True}
    told["navigable"] = field.id not in NOT_NAVIGABLE
    told["clauseNames"] = [f"cf[{field.schema['customId']}]", field.name] if field.custom else [field.id.lower()]
    return told | {"schema": field.schema}


@bp.get("/myself")
def myself() -> Response:
    if account() is None:
        raise ApiError(401, "You are not authenticated. Authentication required to perform this operation.")
    user: Any = site().users[str(account())]
    return jsonify({**render.person(server(), user, root()), "locale": "en_US"})


@bp.get("/mypermissions")
def my_permissions() -> Response:
    """Every permission, whatever is asked for."""
    told = {}
    for number, key in enumerate(PERMISSIONS):
        have = account() is not None and key not in site().denied
        told[key] = {"id": str(number), "key": key, "name": key.capitalize(), "type": "PROJECT", "havePermission": have}
    return jsonify({"permissions": told})


@bp.get("/serverInfo")
def server_info() -> Response:
    version = server().version
    told: Json = {"baseUrl": root(), "version": ".".join(str(one) for one in version), "versionNumbers": list(version)}
    told |= {"deploymentType": "Server", "buildNumber": 1_030_006, "buildDate": "2026-05-01T00:00:00.000+0000"}
    return jsonify(told | {"serverTime": site().stamp(site().clock()), "scmInfo": "sandbox", "serverTitle": "Jira DC"})
