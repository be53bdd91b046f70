"""Turns the Asana part of a made company into a workspace: people, projects, tasks, portfolios, statuses, links."""

from collections.abc import Callable

from sandbox.asana.entities import Portfolio, Project, Setting, StatusUpdate, Task, User
from sandbox.asana.load_tasks import Fields, load_task, past_story
from sandbox.asana.richtext import from_text
from sandbox.asana.space import AsanaSpace
from sandbox.asana.updates import WORK_TYPES
from sandbox.world import Item, Link, World
from sandbox.world import Project as WorldProject

DEFAULT_SECTIONS = ("To do", "Doing", "Review", "Done")
TEXT_LIMIT = 1024
MOVES = ("section_changed", "added_to_project")  # a new place does not touch the task


def load_company(space: AsanaSpace, world: World, *, url_of: Callable[[str], str]) -> None:
    """Fill an empty space with the part of ``world`` that lives in Asana.

    ``url_of`` gives the address of an item of the other tool; it goes into the field 'Linked work' of the task that
    waits for it. ``space.keys`` then knows the gid of every world key. Nothing of this raises an event or a webhook.
    """
    with space.lock:
        _load_people(space, world)
        projects = [each for each in world.projects.values() if each.tool == "asana"]
        fields = _made_fields(space)
        for project in projects:
            _load_project(space, project, fields)
        items = [item for item in world.items.values() if space.keys.get(item.project) in space.projects]
        for item in sorted(items, key=lambda each: each.created_at):
            load_task(space, item, fields)
        _join_parents(space, items)
        for link in world.links:
            _load_link(space, link, fields, url_of)
        _load_statuses(space, world)
        _load_portfolios(space, world)
        _settle(space)


def _load_people(space: AsanaSpace, world: World) -> None:
    for person in world.people.values():
        if "asana" in person.tools:
            space.keys[person.key] = space.add_user(person.name, person.email).gid


def person(space: AsanaSpace, key: str | None) -> User | None:
    """The user of a world key; None for nobody and for people without an account here."""
    return space.users.get(space.keys.get(key or "", ""))


def _made_fields(space: AsanaSpace) -> Fields:
    add = space.add_custom_field
    return Fields(
        points=add("Story points", "number", precision=1),
        estimate_hours=add("Estimated hours", "number", precision=2),
        remaining_hours=add("Remaining hours", "number", precision=2),
        priority=add("Priority", "enum", options=("Highest", "High", "Medium", "Low")),
        type=add("Type", "enum", options=("Task", "Bug", "Risk", "Benefit", "Request")),
        outcome=add("Outcome", "enum", options=("Delivered", "Dropped")),
        stage=add("Stage", "enum", options=("Blocked",)),
        risk_probability=add("Risk probability", "number", precision=2),
        risk_impact=add("Risk impact", "number", precision=1),
        linked_work=add("Linked work", "text"),
    )


def _load_project(space: AsanaSpace, source: WorldProject, fields: Fields) -> None:
    lead = person(space, source.lead) or space.bot
    sections = source.sections or DEFAULT_SECTIONS
    project = space.add_project(source.name, lead, sections=sections, at=source.created_at)
    project.start_on, project.due_on = source.start, source.target
    project.followers.append(space.bot)
    project.settings = [Setting(space.new_gid("setting"), field, project) for field in fields.every()]
    space.keys[source.key] = project.gid


def _join_parents(space: AsanaSpace, items: list[Item]) -> None:
    for item in items:
        parent = space.tasks.get(space.keys.get(item.parent or "", ""))
        if parent is None:
            continue
        task = space.task(item.key)
        task.parent = parent
        parent.subtasks.append(task)


def _load_link(space: AsanaSpace, link: Link, fields: Fields, url_of: Callable[[str], str]) -> None:
    """A link between two tasks is a dependency; one from the other tool is a URL on the task that waits for it."""
    if link.kind != "blocks":
        return
    waiting = space.tasks.get(space.keys.get(link.target, ""))
    if waiting is None:
        return
    blocking = space.tasks.get(space.keys.get(link.source, ""))
    if blocking is None:
        known = waiting.values.get(fields.linked_work.gid)
        text = f"{known} {url_of(link.source)}" if known else url_of(link.source)
        if len(text) <= TEXT_LIMIT:
            waiting.values[fields.linked_work.gid] = text
    elif blocking not in waiting.dependencies:
        waiting.dependencies.append(blocking)
        blocking.dependents.append(waiting)
        _tell_dependency(space, waiting, blocking, link)


def _tell_dependency(space: AsanaSpace, waiting: Task, blocking: Task, link: Link) -> None:
    at = link.at or max(waiting.created_at, blocking.created_at)
    by = waiting.created_by
    text = f"Marked as dependent on {blocking.name}"
    past_story(space, waiting, (at, by), "dependency_added", text, dependency=blocking)
    if blocking.completed_at is not None and blocking.completed_at >= at:
        done = (blocking.completed_at, blocking.completed_by)
        text = f"{blocking.name} was completed"
        past_story(space, waiting, done, "dependency_marked_complete", text, dependency=blocking)


def _load_statuses(space: AsanaSpace, world: World) -> None:
    for status in sorted(world.statuses, key=lambda each: each.at):
        project = space.projects.get(space.keys.get(status.project, ""))
        if project is None or status.colour not in WORK_TYPES:
            continue
        author = person(space, status.by) or space.bot
        title = f"{project.name}: {status.colour.replace('_', ' ')}"
        html = from_text(status.text)
        gid, told = space.new_gid("status_update"), sum(each is not author for each in project.followers)
        made = StatusUpdate(gid, project, title, status.text, html, status.colour, author, status.at, told)
        space.status_updates[made.gid] = made
        project.updates.append(made)
        if status.colour == "complete":
            project.completed_at, project.completed_by = status.at, author


def _load_portfolios(space: AsanaSpace, world: World) -> None:
    """A portfolio for each program and, above it, one for each portfolio that have work in Asana."""
    programs: dict[str, Portfolio] = {}
    for program in world.programs.values():
        inside = _known_projects(space, program.projects)
        if inside:
            programs[program.key] = _portfolio(space, program.key, program.name, inside)
    for portfolio in world.portfolios.values():
        below = [programs[key] for key in portfolio.programs if key in programs]
        if below:
            above = _portfolio(space, portfolio.key, portfolio.name, below)
            metric = {
                "unit": "percentage", "precision": 0, "initial_number_value": 0, "target_number_value": 1,
                "current_number_value": 0, "progress_source": "manual", "resource_subtype": "number",
            }  # fmt: skip
            goal = space.add_goal(f"Deliver {portfolio.name}", space.bot, metric=metric)
            space.support_goal(goal, above)


def _known_projects(space: AsanaSpace, keys: tuple[str, ...]) -> list[Project]:
    return [space.projects[space.keys[key]] for key in keys if space.keys.get(key) in space.projects]


def _portfolio(space: AsanaSpace, key: str, name: str, items: list[Project] | list[Portfolio]) -> Portfolio:
    made = space.add_portfolio(name, space.bot, at=min(item.created_at for item in items))
    space.keys[key] = made.gid
    for item in items:
        space.add_item(made, item)
    return made


def _settle(space: AsanaSpace) -> None:
    """Put the stories of each task in order and set when it was last touched."""
    for task in space.tasks.values():
        task.stories.sort(key=lambda story: story.created_at)
        touched = [story.created_at for story in task.stories if story.subtype not in MOVES]
        task.modified_at = max([task.created_at, *touched])
