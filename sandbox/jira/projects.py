"""Projects, their versions and statuses, issue types, priorities, link types."""

from datetime import date
from typing import Any

from flask import Blueprint, Response, jsonify, request

from sandbox.jira import events, render
from sandbox.jira.catalog import CATEGORIES, CATEGORY_ENUM
from sandbox.jira.http import account, admin, body, may, page, root, several, signed_in, site, writer
from sandbox.jira.records import ApiError, Json, Project
from sandbox.jira.site import JiraSite

bp = Blueprint("jira_projects", __name__)
PROJECT_PAGE, VERSION_PAGE, STATUS_PAGE = 100, 50, 200
MOST_FILTERS = 50
DONE_COUNTS = {"new": "toDo", "indeterminate": "inProgress", "done": "done"}


def _told(jira: JiraSite, project: Project) -> Json:
    told: Json = {
        "expand": "description,lead,issueTypes,url,projectKeys,permissions,insight",
        "self": f"{root()}/rest/api/3/project/{project.id}",
        "id": project.id,
        "key": project.key,
        "name": project.name,
        "projectTypeKey": project.kind,
        "simplified": project.team_managed,
        "style": "next-gen" if project.team_managed else "classic",
        "isPrivate": False,
        "properties": {},
    }
    if project.category:
        told["projectCategory"] = project.category
    if project.archived:
        told["archived"] = True
    if project.deleted:
        told["deleted"] = True
    lead = jira.users.get(project.lead_id or "")
    return told | ({"lead": render.user(lead, root())} if lead else {})


@bp.get("/project/search")
def search() -> Response:
    jira = site()
    ids, keys = several("id"), several("keys")
    if len(ids) > MOST_FILTERS or len(keys) > MOST_FILTERS:
        raise ApiError(400, f"A maximum of {MOST_FILTERS} project IDs or keys can be given.")
    wanted = several("status") or ["live"]
    text = request.args.get("query", "").lower()
    with jira.lock:
        shown = [p for p in jira.projects.values() if account() and p.id not in jira.hidden_project_ids]
        shown = [p for p in shown if _standing(p) in wanted]
        if ids or keys:
            shown = [p for p in shown if p.id in ids or p.key in keys]
        shown = [p for p in shown if text in p.key.lower() or text in p.name.lower()]
        told = page(sorted(shown, key=lambda p: p.key), PROJECT_PAGE, default=50)
        told["values"] = [_told(jira, one) for one in told["values"]]
        return jsonify(told)


def _standing(project: Project) -> str:
    if project.deleted:
        return "deleted"
    return "archived" if project.archived else "live"


@bp.get("/issuesecurityschemes/project")
@admin
def security_schemes() -> Response:
    """Which projects use an issue security scheme; for administrators only."""
    jira, ids = site(), several("projectId")
    with jira.lock:
        used = [one for one in jira.secured_project_ids if not ids or one in ids]
        return jsonify(page([{"issueSecuritySchemeId": "10000", "projectId": one} for one in sorted(used)], 50))


def _visible(key: str) -> Project:
    if account() is None:
        raise ApiError(404, f"No project could be found with key '{key}'.")
    return site().project(key)


@bp.get("/project/<key>")
def read(key: str) -> Response:
    jira = site()
    with jira.lock:
        project = _visible(key)
        told = _told(jira, project) | {"description": "", "components": [], "roles": {}}
        told["issueTypes"] = [_type(jira.types[one]) for one in project.type_ids]
        told["versions"] = [_version(one) for one in jira.project_versions(project.id)]
        return jsonify(told)


def _type(record: Json) -> Json:
    return {"self": f"{root()}/rest/api/3/issuetype/{record['id']}", **record}


def _version(record: Json) -> Json:
    told = {"self": f"{root()}/rest/api/3/version/{record['id']}", **record}
    release = record.get("releaseDate")
    if release and not record.get("released"):
        told["overdue"] = date.fromisoformat(release) < site().clock().astimezone(site().zone).date()
    return told


@bp.get("/project/<key>/versions")
def versions(key: str) -> Response:
    jira = site()
    with jira.lock:
        return jsonify([_version(one) for one in jira.project_versions(_visible(key).id)])


@bp.get("/project/<key>/version")
def version_page(key: str) -> Response:
    jira = site()
    with jira.lock:
        found = jira.project_versions(_visible(key).id)
        state = several("status")
        kept = [one for one in found if not state or _state(one) in state]
        told = page(kept, VERSION_PAGE)
        told["values"] = [_version(one) for one in told["values"]]
        if "issuesstatus" in several("expand"):
            for one in told["values"]:
                one["issuesStatusForFixVersion"] = _counts(jira, one["id"])
        return jsonify(told)


def _state(version: Json) -> str:
    if version.get("archived"):
        return "archived"
    return "released" if version.get("released") else "unreleased"


def _counts(jira: JiraSite, version_id: str) -> Json:
    counts = dict.fromkeys(["unmapped", *DONE_COUNTS.values()], 0)
    for issue in jira.issues.values():
        if any(one["id"] == version_id for one in issue.fields.get("fixVersions") or ()):
            counts[DONE_COUNTS[issue.fields["status"]["statusCategory"]["key"]]] += 1
    return counts


@bp.get("/version/<version_id>")
def one_version(version_id: str) -> Response:
    return jsonify(_version(_find_version(version_id)))


def _find_version(version_id: str) -> Json:
    version = site().versions.get(version_id)
    if account() is None or version is None:
        raise ApiError(404, f"Could not find version for id '{version_id}'")
    return version


@bp.put("/version/<version_id>")
@signed_in
def edit_version(version_id: str) -> Response:
    jira = site()
    with jira.lock:
        version = _find_version(version_id)
        if not may("ADMINISTER", "ADMINISTER_PROJECTS"):
            raise ApiError(404, f"Could not find version for id '{version_id}'")
        was_released = version.get("released")
        allowed = ("name", "description", "startDate", "releaseDate", "released", "archived")
        version |= {key: value for key, value in body().items() if key in allowed}
        events.version_event(jira, "jira:version_updated", version)
        if version.get("released") and not was_released:
            events.version_event(jira, "jira:version_released", version)
        return jsonify(_version(version))


@bp.get("/project/<key>/statuses")
def statuses(key: str) -> Response:
    """The statuses of each issue type of a project."""
    jira = site()
    with jira.lock:
        project = _visible(key)
        told = []
        for type_id in project.type_ids:
            kept = {name: jira.types[type_id][name] for name in ("id", "name", "subtask")}
            shown = [render.status(jira.statuses[one], root()) for one in project.status_ids]
            told.append({"self": f"{root()}/rest/api/3/issuetype/{type_id}", **kept, "statuses": shown})
        return jsonify(told)


@bp.get("/status")
def all_statuses() -> Response:
    jira = site()
    with jira.lock:
        return jsonify([render.status(one, root()) for one in jira.statuses.values()] if account() else [])


@bp.get("/statuscategory")
@signed_in
def categories() -> Response:
    address = f"{root()}/rest/api/3/statuscategory/"
    return jsonify([{"self": f"{address}{one['id']}", **one} for one in CATEGORIES.values()])


@bp.get("/statuses")
@signed_in
def statuses_by_id() -> Response:
    jira = site()
    with jira.lock:
        return jsonify([_global_status(jira.statuses[one]) for one in several("id") if one in jira.statuses])


@bp.get("/statuses/search")
@signed_in
def statuses_search() -> Response:
    jira = site()
    with jira.lock:
        told = page(list(jira.statuses.values()), STATUS_PAGE)
        told["values"] = [_global_status(one) for one in told["values"]]
        return jsonify(told)


def _global_status(record: Json) -> Json:
    kept = {name: record[name] for name in ("id", "name", "description")}
    kept["statusCategory"] = CATEGORY_ENUM[record["statusCategory"]["key"]]
    return kept | {"scope": record.get("scope") or {"type": "GLOBAL"}}


@bp.get("/issuetype")
def issue_types() -> Response:
    jira = site()
    with jira.lock:
        return jsonify([_type(one) for one in jira.types.values()] if account() else [])


@bp.get("/priority")
@signed_in
def priorities() -> Response:
    address = f"{root()}/rest/api/3/priority/"
    colours: dict[str, Any] = {"statusColor": "#ea7d24", "description": ""}
    return jsonify([{"self": f"{address}{p['id']}", **colours, **p} for p in site().priorities.values()])


@bp.get("/resolution")
@signed_in
def resolutions() -> Response:
    address = f"{root()}/rest/api/3/resolution/"
    return jsonify([{"self": f"{address}{one['id']}", **one} for one in site().resolutions.values()])


@bp.get("/issueLinkType")
@signed_in
def link_types() -> Response:
    address = f"{root()}/rest/api/3/issueLinkType/"
    return jsonify({"issueLinkTypes": [{**t, "self": f"{address}{t['id']}"} for t in site().link_types.values()]})


@bp.post("/project/<key>/archive")
@admin
def archive(key: str) -> Response:
    jira = site()
    writer()
    with jira.lock:
        jira.project(key).archived = True
    return Response(status=204)
