"""Endpoints about tasks: lists, one task, subtasks, homes, dependencies, booked time."""

from flask import Blueprint, Response, request

from sandbox.asana import changes
from sandbox.asana.entities import Project, Task, TimeEntry
from sandbox.asana.errors import bad
from sandbox.asana.routes_people import check_workspace
from sandbox.asana.routes_projects import since
from sandbox.asana.taskinput import iso_date
from sandbox.asana.web import body, many, me, needed, nothing, one, require_paid, space, user_of, visible

area = Blueprint("tasks", __name__)


def task_of(gid: object) -> Task:
    """The task with this gid, or 404."""
    return visible(space().get(space().tasks, "task", gid))


def _project_of(gid: object) -> Project:
    return visible(space().get(space().projects, "project", gid))


@area.get("/tasks")
def tasks() -> Response:
    wanted = request.args
    if wanted.get("project"):
        found = list(_project_of(wanted["project"]).tasks.values())
    elif wanted.get("section"):
        section = visible(space().get(space().sections, "section", wanted["section"]))
        found = [task for task in section.project.tasks.values() if task.homes[section.project.gid] is section]
    elif wanted.get("assignee") and wanted.get("workspace"):
        check_workspace(wanted["workspace"])
        who = user_of(wanted["assignee"])
        found = [task for task in space().tasks.values() if task.assignee is who]
    else:
        raise bad("You should specify one of project, tag, section, user_task_list, or assignee + workspace")
    return many(since(found, modified=True))


@area.post("/tasks")
def create_task() -> Response:
    data = body()
    if "assignee" in data and data["assignee"] == "me":
        data["assignee"] = me().gid
    return one(changes.create_task(space(), data, me()), 201)


@area.get("/tasks/<gid>")
def task(gid: str) -> Response:
    return one(task_of(gid))


@area.put("/tasks/<gid>")
def update_task(gid: str) -> Response:
    data = body()
    if data.get("assignee") == "me":
        data["assignee"] = me().gid
    return one(changes.update_task(space(), task_of(gid), data, me()))


@area.delete("/tasks/<gid>")
def delete_task(gid: str) -> Response:
    changes.delete_task(space(), task_of(gid), me())
    return nothing()


@area.get("/tasks/<gid>/subtasks")
def subtasks(gid: str) -> Response:
    return many(task_of(gid).subtasks)


@area.post("/tasks/<gid>/subtasks")
def create_subtask(gid: str) -> Response:
    return one(changes.create_task(space(), {**body(), "parent": task_of(gid).gid}, me()), 201)


@area.get("/tasks/<gid>/projects")
def task_projects(gid: str) -> Response:
    return many([space().projects[each] for each in task_of(gid).homes])


@area.post("/tasks/<gid>/addProject")
def add_project(gid: str) -> Response:
    found, data = task_of(gid), body()
    project = _project_of(needed(data, "project"))
    section = space().get(space().sections, "section", data["section"]) if data.get("section") else None
    if section is not None and section.project is not project:
        raise bad("section: The section is not in the project")
    changes.add_project(space(), found, project, me(), section=section)
    return nothing()


@area.post("/tasks/<gid>/removeProject")
def remove_project(gid: str) -> Response:
    changes.remove_project(space(), task_of(gid), _project_of(needed(body(), "project")), me())
    return nothing()


@area.get("/tasks/<gid>/dependencies")
def dependencies(gid: str) -> Response:
    _require_dependencies()
    return many(task_of(gid).dependencies)


@area.get("/tasks/<gid>/dependents")
def dependents(gid: str) -> Response:
    _require_dependencies()
    return many(task_of(gid).dependents)


@area.post("/tasks/<gid>/addDependencies")
def add_dependencies(gid: str) -> Response:
    _require_dependencies()
    others = [task_of(each) for each in needed(body(), "dependencies")]
    changes.add_dependencies(space(), task_of(gid), others, me())
    return nothing()


@area.post("/tasks/<gid>/removeDependencies")
def remove_dependencies(gid: str) -> Response:
    _require_dependencies()
    others = [task_of(each) for each in needed(body(), "dependencies")]
    changes.remove_dependencies(space(), task_of(gid), others, me())
    return nothing()


def _require_dependencies() -> None:
    require_paid("Dependencies")


@area.get("/tasks/<gid>/time_tracking_entries")
def task_time(gid: str) -> Response:
    require_paid("Time tracking")
    return many(task_of(gid).time_entries)


@area.post("/tasks/<gid>/time_tracking_entries")
def book_time(gid: str) -> Response:
    found, data = task_of(gid), body()
    minutes = needed(data, "duration_minutes")
    if isinstance(minutes, bool) or not isinstance(minutes, int) or minutes <= 0:
        raise bad("duration_minutes: Must be a positive integer")
    now = space().now()
    day = iso_date("entered_on", data.get("entered_on")) or now.date()
    home = space().projects[next(iter(found.homes))] if found.homes else None
    entry = TimeEntry(space().new_gid("time_entry"), found, minutes, day, now, me(), home)
    space().time_entries[entry.gid] = entry
    found.time_entries.append(entry)
    return one(entry, 201)


@area.get("/time_tracking_entries")
def time_entries() -> Response:
    require_paid("Time tracking")
    wanted = request.args
    found = list(space().time_entries.values())
    if wanted.get("task"):
        found = list(task_of(wanted["task"]).time_entries)
    elif wanted.get("attributable_to"):
        project = _project_of(wanted["attributable_to"])
        found = [entry for entry in found if entry.project is project]
    elif wanted.get("portfolio"):
        portfolio = space().get(space().portfolios, "portfolio", wanted["portfolio"])
        found = [entry for entry in found if entry.project in portfolio.items]
    elif not wanted.get("user") and not wanted.get("workspace"):
        raise bad("You should specify one of task, attributable_to, portfolio, user, workspace")
    if wanted.get("user"):
        who = user_of(wanted["user"])
        found = [entry for entry in found if entry.created_by is who]
    start = iso_date("entered_on_start_date", wanted.get("entered_on_start_date"))
    end = iso_date("entered_on_end_date", wanted.get("entered_on_end_date"))
    return many([e for e in found if (not start or e.entered_on >= start) and (not end or e.entered_on <= end)])


@area.get("/time_tracking_entries/<gid>")
def time_entry(gid: str) -> Response:
    return one(space().get(space().time_entries, "time_tracking_entry", gid))
