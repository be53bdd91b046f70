"""Screens and their tabs, and which screen a project uses."""

from flask import Blueprint, Response, jsonify, request

from sandbox.jira.http import admin, body, boolean, page, several, site
from sandbox.jira.records import ApiError, Field, Json, Project, Screen, Tab
from sandbox.jira.site import JiraSite

bp = Blueprint("jira_screens", __name__)
PAGE = 100
DEFAULT_SCREEN_ID = 1


def _screen(jira: JiraSite, screen_id: int) -> Screen:
    screen = jira.screens.get(screen_id)
    if screen is None:
        raise ApiError(404, f"Screen with id {screen_id} does not exist")
    return screen


def _tab(screen: Screen, tab_id: int) -> Tab:
    for tab in screen.tabs:
        if tab.id == tab_id:
            return tab
    raise ApiError(404, f"Screen tab with id {tab_id} does not exist")


def _told(screen: Screen) -> Json:
    return {"id": screen.id, "name": screen.name, "description": screen.description}


@bp.get("/screens")
@admin
def list_all() -> Response:
    jira = site()
    wanted, text = several("id"), request.args.get("queryString", "").lower()
    with jira.lock:
        shown = [one for one in jira.screens.values() if not wanted or str(one.id) in wanted]
        told = page([one for one in shown if text in one.name.lower()], PAGE)
        told["values"] = [_told(one) for one in told["values"]]
        return jsonify(told)


@bp.get("/screens/<int:screen_id>/tabs")
@admin
def tabs(screen_id: int) -> Response:
    jira = site()
    with jira.lock:
        return jsonify([{"id": tab.id, "name": tab.name} for tab in _screen(jira, screen_id).tabs])


@bp.get("/screens/<int:screen_id>/tabs/<int:tab_id>/fields")
@admin
def tab_fields(screen_id: int, tab_id: int) -> Response:
    jira = site()
    with jira.lock:
        tab = _tab(_screen(jira, screen_id), tab_id)
        return jsonify([{"id": one, "name": jira.fields[one].name} for one in tab.field_ids])


@bp.get("/screens/<int:screen_id>/availableFields")
@admin
def available(screen_id: int) -> Response:
    jira = site()
    with jira.lock:
        screen = _screen(jira, screen_id)
        shown = (one for one in jira.fields.values() if one.custom and not screen.has(one.id))
        return jsonify([{"id": one.id, "name": one.name} for one in shown])


@bp.post("/screens/<int:screen_id>/tabs/<int:tab_id>/fields")
@admin
def add(screen_id: int, tab_id: int) -> Response:
    """Put a field on a tab; unless ``skipFieldAssociation``, also associate it with the projects of the screen."""
    jira, field_id = site(), str(body().get("fieldId") or "")
    with jira.lock:
        screen = _screen(jira, screen_id)
        tab, field = _tab(screen, tab_id), jira.field(field_id)
        if screen.has(field_id):
            raise ApiError(400, f"The field with id {field_id} already exists on the screen.")
        tab.field_ids.append(field_id)
        if not boolean("skipFieldAssociation", default=False):
            _associate(jira, screen, field)
        return jsonify({"id": field.id, "name": field.name})


def _associate(jira: JiraSite, screen: Screen, field: Field) -> None:
    shown = (p for p in jira.projects.values() if screen.id in (p.screen_id, *p.edit_screens.values()))
    field.project_ids.update(p.id for p in shown if not p.team_managed)


@bp.delete("/screens/<int:screen_id>/tabs/<int:tab_id>/fields/<field_id>")
@admin
def remove(screen_id: int, tab_id: int, field_id: str) -> Response:
    jira = site()
    with jira.lock:
        tab = _tab(_screen(jira, screen_id), tab_id)
        if field_id not in tab.field_ids:
            raise ApiError(404, f"The field with id {field_id} does not exist on the screen tab.")
        tab.field_ids.remove(field_id)
    return Response(status=204)


@bp.post("/screens/addToDefault/<field_id>")
@admin
def add_to_default(field_id: str) -> Response:
    jira = site()
    with jira.lock:
        field, screen = jira.field(field_id), jira.screens[DEFAULT_SCREEN_ID]
        if screen.has(field_id):
            raise ApiError(404, "The field is already present on the default screen.")
        screen.tabs[0].field_ids.append(field_id)
        _associate(jira, screen, field)
        return jsonify({})


@bp.get("/field/<field_id>/screens")
@admin
def of_field(field_id: str) -> Response:
    jira = site()
    with jira.lock:
        jira.field(field_id)
        shown = [
            _told(screen) | {"tab": {"id": tab.id, "name": tab.name}}
            for screen in jira.screens.values()
            for tab in screen.tabs
            if field_id in tab.field_ids
        ]
        return jsonify(page(shown, PAGE))


# Project → issue type screen scheme → screen scheme → screen. Each screen has a scheme of both kinds, of the same number;
# a project with other edit screens for some types has an issue type screen scheme of its own, and each such screen a
# screen scheme in which it stands for "edit" alone.
OWN_SCHEME, EDIT_SCHEME = 500_000, 700_000


def _scheme_of(project: Project) -> int:
    return OWN_SCHEME + int(project.id) if project.edit_screens else project.screen_id


@bp.get("/issuetypescreenscheme/project")
@admin
def schemes_of_projects() -> Response:
    jira, wanted = site(), several("projectId")
    if not wanted:
        raise ApiError(400, "The project IDs are required.")
    with jira.lock:
        groups: dict[int, list[str]] = {}
        for project in jira.projects.values():
            if project.id in wanted and not project.team_managed:
                groups.setdefault(_scheme_of(project), []).append(project.id)
        rows = [
            {"issueTypeScreenScheme": {"id": str(one), "name": f"Screen scheme {one}"}, "projectIds": ids}
            for one, ids in groups.items()
        ]
        return jsonify(page(rows, PAGE))


@bp.get("/issuetypescreenscheme/mapping")
@admin
def scheme_mappings() -> Response:
    jira, wanted = site(), several("issueTypeScreenSchemeId")
    with jira.lock:
        rows = [(one, "default", one) for one in jira.screens]
        for project in (one for one in jira.projects.values() if one.edit_screens):
            rows.append((_scheme_of(project), "default", project.screen_id))
            rows += [(_scheme_of(project), kind, EDIT_SCHEME + one) for kind, one in project.edit_screens.items()]
        told = [
            {"issueTypeScreenSchemeId": str(scheme), "issueTypeId": kind, "screenSchemeId": str(screen_scheme)}
            for scheme, kind, screen_scheme in rows
            if not wanted or str(scheme) in wanted
        ]
        return jsonify(page(told, PAGE))


@bp.get("/screenscheme")
@admin
def screen_schemes() -> Response:
    jira, wanted = site(), several("id")
    with jira.lock:
        schemes = {one.id: (one.name, {"default": one.id}) for one in jira.screens.values()}
        for project in jira.projects.values():
            for screen in project.edit_screens.values():
                screens = {"default": project.screen_id, "edit": screen}
                schemes[EDIT_SCHEME + screen] = (f"{jira.screens[screen].name} (edit)", screens)
        rows = [
            {"id": number, "name": name, "description": "", "screens": screens}
            for number, (name, screens) in schemes.items()
            if not wanted or str(number) in wanted
        ]
        return jsonify(page(rows, PAGE))
