"""What changes tasks: every change writes the stories and events a real one does, and touches ``modified_at``.

A comment touches its task; a changed subtask does not touch its parent; a task does not touch its project; moving
between projects and sections does not touch the task.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sandbox.asana import notices
from sandbox.asana.customfields import option, settings_of
from sandbox.asana.entities import CustomField, Project, Section, Story, Task, User
from sandbox.asana.errors import bad
from sandbox.asana.events import Change
from sandbox.asana.richtext import check, to_text
from sandbox.asana.taskinput import cleaned

PROJECT_LIMIT = 20
DEPENDENCY_LIMIT = 30
LINKS = ("dependencies", "dependents")


def create_task(space: Any, data: Mapping[str, Any], by: User, *, source: str = "api") -> Task:
    """A new task; needs a workspace, a project or a parent, else 400."""
    projects = [space.get(space.projects, "projects", gid) for gid in data.get("projects") or []]
    parent = space.get(space.tasks, "parent", data["parent"]) if data.get("parent") else None
    if not projects and parent is None and data.get("workspace") != space.workspace.gid:
        raise bad("You should specify one of workspace, parent, tags, projects")
    now = space.now()
    task = Task(space.new_gid("task"), "", now, now, by, parent=parent, followers=[by])
    for project in projects:
        task.homes[project.gid] = project.sections[0]
    wanted = cleaned(space, task, data, by)
    task.name = wanted.pop("name", "")
    task.subtype = wanted.pop("resource_subtype", "default_task")
    space.tasks[task.gid] = task
    for project in projects:
        project.tasks[task.gid] = task
    space.emit(task, "added", by=by, parent=projects[0] if projects else parent)
    for project in projects:
        add_story(
            space, task, by, "added_to_project", f"{by.name} added to {project.name}", source=source, project=project
        )
    if parent is not None:
        parent.subtasks.append(task)
    if task.subtype == "approval":
        task.approval_status = "pending"
    _apply(space, task, wanted, by, source)
    return task


def update_task(space: Any, task: Task, data: Mapping[str, Any], by: User, *, source: str = "api") -> Task:
    """Change the given fields; nothing is changed when one of them is refused."""
    wanted = cleaned(space, task, data, by)
    _apply(space, task, wanted, by, source)
    return task


def delete_task(space: Any, task: Task, by: User) -> None:
    """Take a task and its subtasks away; only the event tells that it was there."""
    for child in list(task.subtasks):
        delete_task(space, child, by)
    space.emit(task, "deleted", by=by)
    for gid in task.homes:
        del space.projects[gid].tasks[task.gid]
    if task.parent is not None:
        task.parent.subtasks.remove(task)
    for other in task.dependencies:
        other.dependents.remove(task)
    for other in task.dependents:
        other.dependencies.remove(task)
    for story in task.stories:
        space.stories.pop(story.gid, None)
    del space.tasks[task.gid]


def add_project(space: Any, task: Task, project: Project, by: User, *, section: Section | None = None) -> None:
    """Show a task in a project; when it is there already, move it to the section."""
    before = task.homes.get(project.gid)
    if before is None and len(task.homes) >= PROJECT_LIMIT:
        raise bad(f"project: A task can be in at most {PROJECT_LIMIT} projects")
    after = section or before or project.sections[0]
    task.homes[project.gid] = after
    project.tasks[task.gid] = task
    if before is None:
        space.emit(task, "added", by=by, parent=project)
        add_story(space, task, by, "added_to_project", f"{by.name} added to {project.name}", project=project)
    elif before is not after:
        space.emit(task, "removed", by=by, parent=before)
        space.emit(task, "added", by=by, parent=after)
        text = f'{by.name} moved from "{before.name}" to "{after.name}"'
        add_story(space, task, by, "section_changed", text, old_section=before, new_section=after, project=project)


def remove_project(space: Any, task: Task, project: Project, by: User) -> None:
    """Take a task out of a project; 400 when it is not in it."""
    if project.gid not in task.homes:
        raise bad(f"project: The task is not in project {project.gid}")
    space.emit(task, "removed", by=by, parent=project)
    del task.homes[project.gid]
    del project.tasks[task.gid]
    add_story(space, task, by, "removed_from_project", f"{by.name} removed from {project.name}", project=project)


def add_dependencies(space: Any, task: Task, others: list[Task], by: User) -> None:
    """Make ``task`` wait for ``others``; 400 above the vendor's limit."""
    new = [other for other in others if other not in task.dependencies and other is not task]
    for each in (task, *new):
        extra = len(new) if each is task else 1
        if len(each.dependencies) + len(each.dependents) + extra > DEPENDENCY_LIMIT:
            raise bad(f"dependencies: A task can have at most {DEPENDENCY_LIMIT} dependencies and dependents")
    for other in new:
        task.dependencies.append(other)
        other.dependents.append(task)
        _touch(space, task, by, Change("dependencies", "added", other))
        add_story(
            space, task, by, "dependency_added", f"{by.name} marked as dependent on {other.name}", dependency=other
        )


def remove_dependencies(space: Any, task: Task, others: list[Task], by: User) -> None:
    """Let ``task`` wait for ``others`` no more."""
    for other in others:
        if other in task.dependencies:
            task.dependencies.remove(other)
            other.dependents.remove(task)
            _touch(space, task, by, Change("dependencies", "removed", other))
            text = f"{by.name} marked as not dependent on {other.name}"
            add_story(space, task, by, "dependency_removed", text, dependency=other)


def comment(space: Any, task: Task, by: User, *, text: Any = None, html: Any = None, source: str = "api") -> Story:
    """Comment on a task, with plain or with rich text; 400 for both, for neither, and for text that is not either."""
    if (text is None) == (html is None):
        raise bad("text: Exactly one of text and html_text must be given")
    if html is not None:
        checked = check(html, field="html_text")
        story = add_story(space, task, by, "comment_added", to_text(checked), source=source)
        story.html_text = checked
    elif isinstance(text, str) and text.strip():
        story = add_story(space, task, by, "comment_added", text, source=source)
    else:
        raise bad("text: Missing input")
    task.modified_at = story.created_at
    notices.tell(space, task.followers, by, story.html_text or story.text)
    return story


def add_story(space: Any, task: Task, by: User, subtype: str, text: str, **extra: Any) -> Story:
    """Write a story on a task and tell those who listen; ``source`` is web or api, the rest the story's own fields."""
    source = extra.pop("source", "web")
    story = Story(space.new_gid("story"), task, space.now(), by, subtype, text, source=source, extra=extra)
    task.stories.append(story)
    space.stories[story.gid] = story
    space.emit(story, "added", by=by, parent=task)
    return story


def _touch(space: Any, task: Task, by: User, change: Change) -> None:
    task.modified_at = space.now()
    space.emit(task, "changed", by=by, change=change)


def _apply(space: Any, task: Task, wanted: dict[str, Any], by: User, source: str) -> None:
    before = _dates(task)
    for name in ("due_on", "due_at", "start_on"):
        if name in wanted and getattr(task, name) != wanted[name]:
            setattr(task, name, wanted[name])
            if name == "due_at":
                task.due_on = wanted[name].date() if wanted[name] else None
            elif name == "due_on":
                task.due_at = None
            _touch(space, task, by, Change(name))
    if _dates(task) != before:
        text = f"{by.name} changed the due date to {task.due_on}" if task.due_on else f"{by.name} removed the due date"
        add_story(space, task, by, "due_date_changed", text, source=source, old_dates=before, new_dates=_dates(task))
    _apply_words(space, task, wanted, by, source)
    if "assignee" in wanted and wanted["assignee"] is not task.assignee:
        _assign(space, task, wanted["assignee"], by, source)
    if "approval_status" in wanted and wanted["approval_status"] != task.approval_status:
        _approve(space, task, wanted["approval_status"], by, source)
    if "completed" in wanted and wanted["completed"] != task.completed:
        _complete(space, task, wanted["completed"], by, source)
    definitions = {each.definition.gid: each.definition for each in settings_of(space, task)}
    for gid, value in wanted.get("custom_fields", {}).items():
        if value != task.values.get(gid):
            _set_value(space, task, definitions[gid], value, by, source)


def _dates(task: Task) -> dict[str, date | datetime | None]:
    return {"start_on": task.start_on, "due_at": task.due_at, "due_on": task.due_on}


def _apply_words(space: Any, task: Task, wanted: dict[str, Any], by: User, source: str) -> None:
    if "name" in wanted and wanted["name"] != task.name:
        old, task.name = task.name, wanted["name"]
        _touch(space, task, by, Change("name"))
        text = f'{by.name} changed the name to "{task.name}"'
        add_story(space, task, by, "name_changed", text, source=source, old_name=old, new_name=task.name)
    if "html_notes" in wanted:
        task.html_notes, task.notes = wanted["html_notes"], to_text(wanted["html_notes"])
    elif "notes" in wanted:
        task.html_notes, task.notes = None, wanted["notes"]
    if "html_notes" in wanted or "notes" in wanted:
        _touch(space, task, by, Change("notes"))
        add_story(space, task, by, "notes_changed", f"{by.name} changed the description", source=source)
    if "resource_subtype" in wanted and wanted["resource_subtype"] != task.subtype:
        task.subtype = wanted["resource_subtype"]
        _touch(space, task, by, Change("resource_subtype"))
    if "external" in wanted:
        task.external = wanted["external"]


def _assign(space: Any, task: Task, assignee: User | None, by: User, source: str) -> None:
    old, task.assignee = task.assignee, assignee
    _touch(space, task, by, Change("assignee", "changed", assignee))
    if assignee is None:
        text = f"{by.name} unassigned from {old.name if old else 'nobody'}"
        add_story(space, task, by, "unassigned", text, source=source, assignee=old)
        return
    add_story(space, task, by, "assigned", f"{by.name} assigned to {assignee.name}", source=source, assignee=assignee)
    if assignee not in task.followers:
        task.followers.append(assignee)


def _approve(space: Any, task: Task, status: str, by: User, source: str) -> None:
    old, task.approval_status = task.approval_status, status
    _touch(space, task, by, Change("approval_status"))
    text = f"{by.name} changed the approval status to {status}"
    add_story(
        space, task, by, "approval_status_changed", text,
        source=source, old_approval_status=old, new_approval_status=status,
    )  # fmt: skip


def _complete(space: Any, task: Task, completed: bool, by: User, source: str) -> None:
    task.completed_at = space.now() if completed else None
    task.completed_by = by if completed else None
    _touch(space, task, by, Change("completed"))
    ending = "complete" if completed else "incomplete"
    add_story(space, task, by, f"marked_{ending}", f"{by.name} marked this task {ending}", source=source)
    for waiting in task.dependents:
        text = f"{by.name} marked {task.name} {ending}"
        add_story(space, waiting, by, f"dependency_marked_{ending}", text, source=source, dependency=task)


def _set_value(space: Any, task: Task, definition: CustomField, value: Any, by: User, source: str) -> None:
    old = task.values.get(definition.gid)
    task.values[definition.gid] = value
    _touch(space, task, by, Change("custom_fields", "changed", definition))
    text = f"{by.name} changed {definition.name}"
    extra = value_change(definition, old, value)
    add_story(space, task, by, f"{definition.kind}_custom_field_changed", text, source=source, **extra)


def value_change(definition: CustomField, old: Any, new: Any) -> dict[str, Any]:
    """The fields a story about a custom field carries: the field, its old and its new value."""
    key = "multi_enum_values" if definition.kind == "multi_enum" else f"{definition.kind}_value"
    return {
        "custom_field": definition,
        f"old_{key}": _story_value(definition, old),
        f"new_{key}": _story_value(definition, new),
    }


def _story_value(definition: CustomField, value: Any) -> Any:
    if definition.kind == "enum":
        return option(definition, value)
    if definition.kind == "multi_enum":
        return [option(definition, gid) for gid in value or []]
    return value
