"""Fields of the site: list, search, create, delete; their contexts, options and associations with projects."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, request

from sandbox.jira import catalog
from sandbox.jira.http import account, admin, body, page, root, several, signed_in, site, strings
from sandbox.jira.records import ApiError, Field, FieldContext, Json, Project
from sandbox.jira.shapes import millis
from sandbox.jira.site import JiraSite

bp = Blueprint("jira_fields", __name__)
FIELD_PAGE, CONTEXT_PAGE, OPTION_PAGE = 50, 50, 100
MOST_OPTIONS, MOST_OPTIONS_OF_FIELD = 1000, 10_000
MOST_FIELDS, MOST_PROJECTS = 50, 100
FIRST_MADE_ID = 10100


def _told(jira: JiraSite, field: Field) -> Json:
    told: Json = {"id": field.id, "key": field.id, "name": field.name, "custom": field.custom, "orderable": True}
    told |= {"navigable": field.id not in catalog.NOT_NAVIGABLE, "searchable": True}
    told["clauseNames"] = [f"cf[{field.schema['customId']}]", field.name] if field.custom else [field.id.lower()]
    told["schema"] = field.schema
    if field.scope_project_id:
        told["scope"] = {"type": "PROJECT", "project": {"id": field.scope_project_id}}
    return told


@bp.get("/field")
def list_all() -> Response:
    jira = site()
    with jira.lock:
        shown = (one for one in jira.fields.values() if account() or not one.custom)
        return jsonify([_told(jira, one) for one in shown])


@bp.get("/field/search")
@signed_in
def search() -> Response:
    """Company-managed fields only, at most 50 a page."""
    jira = site()
    kinds, ids, text = several("type"), several("id"), request.args.get("query", "").lower()
    with jira.lock:
        shown = [one for one in jira.fields.values() if not one.scope_project_id]
        shown = [one for one in shown if not kinds or ("custom" if one.custom else "system") in kinds]
        shown = [one for one in shown if not ids or one.id in ids]
        shown = [one for one in shown if text in one.name.lower() or text in one.description.lower()]
        told = page(sorted(shown, key=lambda one: one.name), FIELD_PAGE)
        told["values"] = [_found(jira, one) for one in told["values"]]
        return jsonify(told)


def _found(jira: JiraSite, field: Field) -> Json:
    told: Json = {"id": field.id, "name": field.name, "schema": field.schema, "description": field.description}
    told |= {"key": field.id, "isLocked": field.kind == "gh-sprint", "searcherKey": field.searcher or ""}
    told["screensCount"] = sum(screen.has(field.id) for screen in jira.screens.values())
    told["contextsCount"] = len(field.contexts)
    told["projectsCount"] = len(jira.projects) if field.everywhere else len(field.project_ids)
    return told


@bp.post("/field")
@admin
def create() -> Response:
    """A new custom field with one global context, on no screen and associated with no project (since 2026)."""
    jira, asked = site(), body()
    name, type_ = str(asked.get("name") or "").strip(), str(asked.get("type") or "")
    kind = type_.removeprefix(catalog.PREFIX)
    if not name or len(name) > 255:
        raise ApiError(400, errors={"name": "The name of the field must be 1 to 255 characters."})
    if not type_.startswith(catalog.PREFIX) or kind not in catalog.KINDS or kind in ("any", "gh-sprint"):
        raise ApiError(400, errors={"type": f"Could not find custom field type with key '{type_}'."})
    with jira.lock:
        field = catalog.custom_field(f"customfield_{jira.next_id('field', FIRST_MADE_ID)}", name, kind)
        field.description = str(asked.get("description") or "")
        field.searcher = asked.get("searcherKey")
        context = FieldContext(str(jira.next_id("context")), f"Default Configuration Scheme for {name}")
        field.contexts.append(context)
        field.options[context.id] = []
        jira.fields[field.id] = field
        answer = jsonify(_told(jira, field))
        answer.status_code = 201
        return answer


@bp.delete("/field/<field_id>")
@admin
def delete(field_id: str) -> Response:
    """Delete a custom field with its values; the answer is the address of a task."""
    jira = site()
    with jira.lock:
        _custom(jira, field_id)
        forget(jira, field_id)
        now = jira.clock()
        task = {"id": str(jira.next_id("task")), "status": "COMPLETE", "progress": 100, "elapsedRuntime": 1}
        task |= {"description": "Delete field", "submitted": millis(now), "submittedBy": 10000}
        task |= {"lastUpdate": millis(now), "started": millis(now), "finished": millis(now)}
        task["self"] = f"{root()}/rest/api/3/task/{task['id']}"
        jira.tasks[str(task["id"])] = task
        answer = jsonify(task)
        answer.status_code = 303
        answer.headers["Location"] = str(task["self"])
        return answer


def forget(jira: JiraSite, field_id: str) -> None:
    """Take a field away from screens and issues."""
    del jira.fields[field_id]
    for screen in jira.screens.values():
        for tab in screen.tabs:
            tab.field_ids = [one for one in tab.field_ids if one != field_id]
    for scheme in jira.field_schemes.values():
        scheme.field_ids.discard(field_id)
    for issue in jira.issues.values():
        issue.fields.pop(field_id, None)


@bp.get("/task/<task_id>")
@signed_in
def task(task_id: str) -> Response:
    """A task; what it will be ``then`` it is from the next look on."""
    with site().lock:
        found = site().tasks.get(task_id)
        if found is None:
            raise ApiError(404, "The task was not found.")
        told = {key: value for key, value in found.items() if key != "then"}
        found |= found.pop("then", {})
    return jsonify(told)


def _custom(jira: JiraSite, field_id: str) -> Field:
    field = jira.field(field_id)
    if not field.custom or field.scope_project_id:
        raise ApiError(404, "The custom field was not found.")
    return field


def _context(field: Field, context_id: str) -> FieldContext:
    for context in field.contexts:
        if context.id == context_id:
            return context
    raise ApiError(404, "The context was not found or doesn't match the custom field.")


def _told_context(context: FieldContext) -> Json:
    told: Json = {"id": context.id, "name": context.name, "description": ""}
    return told | {"isGlobalContext": not context.project_ids, "isAnyIssueType": not context.type_ids}


@bp.get("/field/<field_id>/context")
@admin
def contexts(field_id: str) -> Response:
    jira = site()
    with jira.lock:
        told = page(_custom(jira, field_id).contexts, CONTEXT_PAGE)
        told["values"] = [_told_context(one) for one in told["values"]]
        return jsonify(told)


@bp.post("/field/<field_id>/context")
@admin
def create_context(field_id: str) -> Response:
    """A context; a project may be in only one of a field."""
    jira, asked = site(), body()
    projects = tuple(strings(asked.get("projectIds"), "projectIds"))
    types = tuple(strings(asked.get("issueTypeIds"), "issueTypeIds"))
    with jira.lock:
        field = _custom(jira, field_id)
        if not asked.get("name"):
            raise ApiError(400, "The context name is required.")
        if any(one not in jira.projects for one in projects) or any(one not in jira.types for one in types):
            raise ApiError(404, "The project or issue type was not found.")
        taken = {one for context in field.contexts for one in context.project_ids}
        if taken & set(projects) or (not projects and any(not one.project_ids for one in field.contexts)):
            raise ApiError(400, "Some of the projects are already in another context of this custom field.")
        context = FieldContext(str(jira.next_id("context")), str(asked["name"]), projects, types)
        field.contexts.append(context)
        field.options[context.id] = []
        told: Json = {"id": context.id, "name": context.name, "description": str(asked.get("description") or "")}
        answer = jsonify(told | {"projectIds": list(projects), "issueTypeIds": list(types)})
        answer.status_code = 201
        return answer


@bp.get("/field/<field_id>/context/projectmapping")
@admin
def project_mapping(field_id: str) -> Response:
    jira = site()
    with jira.lock:
        rows: list[Json] = []
        for context in _custom(jira, field_id).contexts:
            if not context.project_ids:
                rows.append({"contextId": context.id, "isGlobalContext": True})
            rows.extend({"contextId": context.id, "projectId": one} for one in context.project_ids)
        return jsonify(page(rows, CONTEXT_PAGE))


@bp.post("/field/<field_id>/context/mapping")
@admin
def applying_contexts(field_id: str) -> Response:
    """For each pair of project and issue type the context that applies: the project's own before the global one."""
    jira, asked = site(), body().get("mappings")
    if not isinstance(asked, list) or any(not isinstance(one, dict) for one in asked):
        raise ApiError(400, "The mappings are required.")
    pairs = [(str(one.get("projectId")), str(one.get("issueTypeId"))) for one in asked]
    if len(set(pairs)) < len(pairs):
        raise ApiError(400, "Duplicate project and issue type mappings cannot be provided.")
    with jira.lock:
        field = _custom(jira, field_id)
        if any(project not in jira.projects or kind not in jira.types for project, kind in pairs):
            raise ApiError(404, "The project or issue type was not found.")
        rows: list[Json] = []
        for project, kind in pairs:
            context = jira.context_for(field, project, kind)
            rows.append({"projectId": project, "issueTypeId": kind, "contextId": context.id if context else None})
        return jsonify(page(rows, CONTEXT_PAGE))


@bp.delete("/field/<field_id>/context/<context_id>")
@admin
def delete_context(field_id: str, context_id: str) -> Response:
    jira = site()
    with jira.lock:
        field = _custom(jira, field_id)
        context = _context(field, context_id)
        if not context.project_ids:
            raise ApiError(400, "The global context cannot be removed.")
        field.contexts.remove(context)
        field.options.pop(context.id, None)
    return Response(status=204)


@bp.delete("/field/<field_id>/context/<context_id>/option/<option_id>")
@admin
def delete_option(field_id: str, context_id: str, option_id: str) -> Response:
    """Delete an option; issues that hold it lose the value."""
    jira = site()
    with jira.lock:
        field = _custom(jira, field_id)
        have = field.options.get(_context(field, context_id).id, [])
        if all(one["id"] != option_id for one in have):
            raise ApiError(404, "The option was not found.")
        field.options[context_id] = [one for one in have if one["id"] != option_id]
        for issue in jira.issues.values():
            value = issue.fields.get(field_id)
            if isinstance(value, dict) and value.get("id") == option_id:
                issue.fields[field_id] = None
    return Response(status=204)


def _told_option(option: Json) -> Json:
    return {"id": option["id"], "value": option["value"], "disabled": bool(option.get("disabled"))}


@bp.get("/field/<field_id>/context/<context_id>/option")
@admin
def options(field_id: str, context_id: str) -> Response:
    jira = site()
    with jira.lock:
        field = _custom(jira, field_id)
        told = page(field.options.get(_context(field, context_id).id, []), OPTION_PAGE)
        told["values"] = [_told_option(one) for one in told["values"]]
        return jsonify(told)


@bp.post("/field/<field_id>/context/<context_id>/option")
@admin
def create_options(field_id: str, context_id: str) -> Response:
    """Add options to a context; a value twice refuses the whole call."""
    jira, asked = site(), body().get("options")
    with jira.lock:
        field = _custom(jira, field_id)
        have = field.options.setdefault(_context(field, context_id).id, [])
        if field.kind not in ("select", "multiselect"):
            raise ApiError(400, "The custom field doesn't support options.")
        values = _option_values(asked)
        if len(have) + len(values) > MOST_OPTIONS_OF_FIELD:
            raise ApiError(400, f"A custom field can have at most {MOST_OPTIONS_OF_FIELD} options.")
        double = {one["value"].lower() for one in have} & {one.lower() for one in values}
        if double or len({one.lower() for one in values}) < len(values):
            raise ApiError(400, "The option value must be unique within the context.")
        made = [{"id": str(jira.next_id("option")), "value": value} for value in values]
        have.extend(made)
        return jsonify({"options": [_told_option(one) for one in made]})


def _option_values(asked: Any) -> list[str]:
    if not isinstance(asked, list) or not 1 <= len(asked) <= MOST_OPTIONS:
        raise ApiError(400, f"1 to {MOST_OPTIONS} options can be created in a call.")
    values = [one.get("value") if isinstance(one, dict) else None for one in asked]
    if any(not isinstance(one, str) or not one.strip() for one in values):
        raise ApiError(400, "The option value must not be empty.")
    return [str(one) for one in values]


@bp.put("/field/association")
@admin
def associate() -> Response:
    """Associate fields with company-managed projects, and with every project whose fields are configured with theirs.

    Putting them on a screen is another step.
    """
    return _associations(lambda field, ids: field.project_ids.update(ids))


@bp.delete("/field/association")
@admin
def dissociate() -> Response:
    return _associations(lambda field, ids: field.project_ids.difference_update(ids))


def _associations(act: Callable[[Field, set[str]], None]) -> Response:
    jira, asked = site(), body()
    field_ids = _identifiers(asked.get("fields"), "FIELD_ID", MOST_FIELDS)
    project_ids = _identifiers(asked.get("associationContexts"), "PROJECT_ID", MOST_PROJECTS)
    with jira.lock:
        if any(one not in jira.projects for one in project_ids):
            raise ApiError(404, "One or more projects were not found.")
        if any(jira.projects[one].team_managed for one in project_ids):
            raise ApiError(400, "Fields can only be associated with company-managed projects.")
        schemes = {_configuration_of(jira.projects[one]) for one in project_ids}
        shared = {one.id for one in _classic(jira) if _configuration_of(one) in schemes}
        for field in [jira.field(one) for one in field_ids]:
            act(field, shared)
    return Response(status=204)


OWN_CONFIGURATION = 600_000


def _configuration_of(project: Project) -> int:
    return project.configured_with or OWN_CONFIGURATION + int(project.id)


def _classic(jira: JiraSite) -> list[Project]:
    """Company-managed projects that have not been moved to field schemes."""
    moved = {one for scheme in jira.field_schemes.values() for one in scheme.project_ids}
    return [one for one in jira.projects.values() if not one.team_managed and one.id not in moved]


@bp.get("/fieldconfigurationscheme/project")
@admin
def configured_together() -> Response:
    """The projects asked for, by the scheme that configures their fields."""
    jira, wanted = site(), several("projectId")
    if not wanted:
        raise ApiError(400, "The project IDs are required.")
    with jira.lock:
        groups: dict[int, list[str]] = {}
        for project in _classic(jira):
            if project.id in wanted:
                groups.setdefault(_configuration_of(project), []).append(project.id)
        rows = [
            {"fieldConfigurationScheme": {"id": str(one), "name": f"Scheme {one}", "description": ""}, "projectIds": ids}
            for one, ids in sorted(groups.items())
        ]
        return jsonify(page(rows, CONTEXT_PAGE))


def _identifiers(asked: Any, kind: str, most: int) -> list[str]:
    if not isinstance(asked, list) or not 1 <= len(asked) <= most:
        raise ApiError(400, f"1 to {most} entries of type {kind} are required.")
    if any(not isinstance(one, dict) or one.get("type") != kind or "identifier" not in one for one in asked):
        raise ApiError(400, f"Each entry needs an identifier and the type {kind}.")
    return [str(one["identifier"]) for one in asked]


@bp.get("/field/<field_id>/association/project")
@admin
def associated_projects(field_id: str) -> Response:
    jira = site()
    with jira.lock:
        field = _custom(jira, field_id)
        shown = [p for p in jira.projects.values() if field.everywhere or p.id in field.project_ids]
        return jsonify(page([{"id": p.id, "key": p.key, "name": p.name} for p in shown], CONTEXT_PAGE))
