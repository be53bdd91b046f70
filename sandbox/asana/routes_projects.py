"""Endpoints about projects, their sections and their tasks."""

from typing import Any

from flask import Blueprint, Response, request

from sandbox.asana import changes
from sandbox.asana.customfields import checked_values
from sandbox.asana.entities import Container, Project, Section
from sandbox.asana.errors import bad
from sandbox.asana.events import Change
from sandbox.asana.routes_people import check_workspace
from sandbox.asana.taskinput import iso_date, iso_datetime
from sandbox.asana.web import body, many, me, needed, nothing, one, require_allowed, space, user_of, visible

area = Blueprint("projects", __name__)


def _project(gid: str) -> Project:
    return visible(space().get(space().projects, "project", gid))


def _section(gid: str) -> Section:
    return visible(space().get(space().sections, "section", gid))


@area.get("/projects")
def projects() -> Response:
    if not request.args.get("team"):
        check_workspace(needed(request.args, "workspace"))
    return _list_of_projects()


@area.get("/workspaces/<gid>/projects")
def workspace_projects(gid: str) -> Response:
    check_workspace(gid)
    return _list_of_projects()


def _list_of_projects() -> Response:
    found = [each for each in space().projects.values() if not space().hides(each)]
    archived, team = request.args.get("archived"), request.args.get("team")
    if archived is not None:
        found = [each for each in found if each.archived == (archived == "true")]
    if team:
        found = [each for each in found if each.team is not None and each.team.gid == team]
    return many(found)


@area.get("/projects/<gid>")
def project(gid: str) -> Response:
    return one(_project(gid))


@area.put("/projects/<gid>")
def update_project(gid: str) -> Response:
    found, data = _project(gid), body()
    update_container(found, data)
    if "archived" in data:
        found.archived = bool(data["archived"])
    return one(found)


def update_container(found: Container, data: dict[str, Any]) -> None:
    """Set what projects and portfolios have in common; nothing is set when one value is refused."""
    for name in ("completed", "created_at", "modified_at", "current_status_update", "gid"):
        if name in data:
            raise bad(f"{name}: Cannot write this property")
    values = checked_values(space(), found, data["custom_fields"], me()) if "custom_fields" in data else {}
    start = iso_date("start_on", data.get("start_on", _iso(found.start_on)))
    due = iso_date("due_on", data.get("due_on", _iso(found.due_on)))
    if start is not None and start == due:
        raise bad("start_on: The start date must differ from the due date")
    owner = found.owner if "owner" not in data else (user_of(data["owner"]) if data["owner"] else None)
    changed: list[str] = [name for name in ("name", "notes") if name in data and data[name] != getattr(found, name)]
    for name in changed:
        setattr(found, name, str(data[name]))
    fresh = {gid: value for gid, value in values.items() if value != found.values.get(gid)}
    changed += (
        ["due_on"] * (due != found.due_on) + ["start_on"] * (start != found.start_on) + ["custom_fields"] * bool(fresh)
    )
    found.start_on, found.due_on, found.owner = start, due, owner
    found.values.update(fresh)
    for name in changed:
        found.modified_at = space().now()
        space().emit(found, "changed", by=me(), change=Change(name))


def _iso(day: Any) -> str | None:
    return day.isoformat() if day else None


@area.get("/projects/<gid>/sections")
def sections(gid: str) -> Response:
    require_allowed("Sections")
    return many(_project(gid).sections)


@area.get("/sections/<gid>")
def section(gid: str) -> Response:
    return one(_section(gid))


@area.get("/sections/<gid>/tasks")
def section_tasks(gid: str) -> Response:
    found = _section(gid)
    return many(since([task for task in found.project.tasks.values() if task.homes[found.project.gid] is found]))


@area.post("/sections/<gid>/addTask")
def add_task(gid: str) -> Response:
    found = _section(gid)
    task = space().get(space().tasks, "task", needed(body(), "task"))
    changes.add_project(space(), task, found.project, me(), section=found)
    return nothing()


@area.get("/projects/<gid>/tasks")
def project_tasks(gid: str) -> Response:
    return many(since(list(_project(gid).tasks.values())))


def since(tasks: list[Any], *, modified: bool = False) -> list[Any]:
    """Tasks not completed before ``completed_since`` and, where the endpoint has it, changed since then."""
    completed_since = request.args.get("completed_since")
    if completed_since == "now":
        tasks = [task for task in tasks if not task.completed]
    elif completed_since:
        start = iso_datetime("completed_since", completed_since)
        tasks = [task for task in tasks if task.completed_at is None or task.completed_at >= start]
    if modified and request.args.get("modified_since"):
        start = iso_datetime("modified_since", request.args["modified_since"])
        tasks = [task for task in tasks if task.modified_at >= start]
    return tasks
