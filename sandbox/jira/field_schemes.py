"""Field schemes: the newer model of which fields a project shows. Projects are moved to it one by one."""

from typing import Any

from flask import Blueprint, Response, jsonify

from sandbox.jira.http import admin, body, page, several, site
from sandbox.jira.records import ApiError, FieldScheme, Json
from sandbox.jira.site import JiraSite

bp = Blueprint("jira_field_schemes", __name__)
PAGE = 100


def move_projects(jira: JiraSite, name: str, *keys: str) -> FieldScheme:
    """What the vendor does with a project: from now on it shows the fields of a scheme, the shown ones to begin with."""
    with jira.lock:
        ids = {jira.project(key).id for key in keys}
        shown = {one.id for one in jira.fields.values() if not one.custom or one.everywhere or one.project_ids & ids}
        scheme = FieldScheme(jira.next_id("fieldscheme"), name, ids, shown)
        jira.field_schemes[scheme.id] = scheme
        return scheme


def _scheme(jira: JiraSite, scheme_id: int) -> FieldScheme:
    scheme = jira.field_schemes.get(scheme_id)
    if scheme is None:
        raise ApiError(404, f"The field scheme {scheme_id} was not found.")
    return scheme


@bp.get("/config/fieldschemes/projects")
@admin
def projects_with_schemes() -> Response:
    """Of the projects asked for those that have been moved, each with its scheme."""
    jira, wanted = site(), several("projectId")
    if not wanted:
        raise ApiError(400, "The project IDs are required.")
    with jira.lock:
        rows = [
            {"projectId": int(project), "schemeId": scheme.id}
            for scheme in jira.field_schemes.values()
            for project in sorted(scheme.project_ids)
            if project in wanted
        ]
        return jsonify(page(rows, PAGE))


@bp.get("/config/fieldschemes/<int:scheme_id>")
@admin
def one_scheme(scheme_id: int) -> Response:
    jira = site()
    with jira.lock:
        scheme = _scheme(jira, scheme_id)
        told: Json = {"id": str(scheme.id), "name": scheme.name, "description": "", "isDefault": False}
        base = f"rest/api/3/config/fieldschemes/{scheme.id}"
        return jsonify(told | {"links": {"associations": f"{base}/fields", "projects": f"{base}/projects"}})


@bp.get("/config/fieldschemes/<int:scheme_id>/projects")
@admin
def projects_of_scheme(scheme_id: int) -> Response:
    jira = site()
    with jira.lock:
        found = [jira.projects[one] for one in sorted(_scheme(jira, scheme_id).project_ids)]
        return jsonify(page([{"id": one.id, "name": one.name} for one in found], PAGE))


@bp.get("/config/fieldschemes/<int:scheme_id>/fields")
@admin
def fields_of_scheme(scheme_id: int) -> Response:
    jira, wanted = site(), several("fieldId")
    with jira.lock:
        found = sorted(one for one in _scheme(jira, scheme_id).field_ids if not wanted or one in wanted)
        rows: list[Json] = [
            {"fieldId": one, "allowedOperations": ["REMOVE"], "restrictedToWorkTypes": [], "workTypeParameters": []}
            for one in found
        ]
        return jsonify(page(rows, PAGE))


@bp.put("/config/fieldschemes/fields")
@admin
def associate() -> Response:
    """Add fields to schemes: each is told apart; 200 when all went well, 207 in part, 400 when none did."""
    jira, asked = site(), body()
    with jira.lock:
        results = [
            _added(jira, field_id, scheme_id)
            for field_id, entries in asked.items()
            for entry in _entries(entries)
            for scheme_id in entry["schemeIds"]
        ]
    return _answer(results)


@bp.delete("/config/fieldschemes/fields")
@admin
def dissociate() -> Response:
    jira, asked = site(), body()
    with jira.lock:
        results = [
            _removed(jira, field_id, scheme_id)
            for field_id, entry in asked.items()
            for scheme_id in _entries([entry])[0]["schemeIds"]
        ]
    return _answer(results)


def _entries(asked: Any) -> list[Json]:
    if not isinstance(asked, list) or any(not isinstance((one or {}).get("schemeIds"), list) for one in asked):
        raise ApiError(400, "Each field needs its scheme IDs.")
    return asked


def _added(jira: JiraSite, field_id: str, scheme_id: int) -> Json:
    told = _told(jira, field_id, scheme_id) | {"workTypeIds": []}
    if told["success"]:
        jira.field_schemes[scheme_id].field_ids.add(field_id)
    return told


def _removed(jira: JiraSite, field_id: str, scheme_id: int) -> Json:
    told = _told(jira, field_id, scheme_id)
    if told["success"]:
        jira.field_schemes[scheme_id].field_ids.discard(field_id)
    return told


def _told(jira: JiraSite, field_id: str, scheme_id: int) -> Json:
    told: Json = {"fieldId": field_id, "schemeId": scheme_id, "success": False}
    if scheme_id not in jira.field_schemes:
        return told | {"error": f"Scheme {scheme_id} doesn't exist"}
    if jira.field_schemes[scheme_id].locked:
        return told | {"error": f"Scheme {scheme_id} can't be changed at present"}
    if field_id not in jira.fields:
        return told | {"error": f"Field {field_id} doesn't exist"}
    return told | {"success": True}


def _answer(results: list[Json]) -> Response:
    good = sum(one["success"] for one in results)
    answer = jsonify({"results": results})
    answer.status_code = 200 if good == len(results) else (207 if good else 400)
    return answer
