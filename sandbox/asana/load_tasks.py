"""Turns one item of the made company into a task with the stories its history would have left."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sandbox.asana.changes import value_change
from sandbox.asana.customfields import checked
from sandbox.asana.entities import CustomField, Project, Section, Story, Task, TimeEntry, User
from sandbox.asana.space import AsanaSpace
from sandbox.world import Event, Item, Stage

When = tuple[datetime, User | None]
SECTION_WORDS: dict[Stage, tuple[str, ...]] = {
    "todo": ("to do", "todo", "backlog", "ideas", "new", "planned"),
    "in_progress": ("doing", "in progress", "progress"),
    "review": ("review", "approval"),
    "blocked": ("blocked", "waiting"),
    "done": ("done", "complete", "live"),
    "dropped": ("dropped", "done", "complete", "live"),
}
CLOSED = ("done", "dropped")
TYPES = {"bug": "Bug", "risk": "Risk", "benefit": "Benefit", "request": "Request"}
APPROVALS = {"done": "approved", "dropped": "rejected"}
NUMBER_FIELDS = ("points", "estimate_hours", "remaining_hours")


@dataclass(frozen=True)
class Fields:
    """The custom fields of the made company."""

    points: CustomField
    estimate_hours: CustomField
    remaining_hours: CustomField
    priority: CustomField
    type: CustomField
    outcome: CustomField
    stage: CustomField
    risk_probability: CustomField
    risk_impact: CustomField
    linked_work: CustomField

    def every(self) -> list[CustomField]:
        """All of them, in the order a project shows them."""
        return [getattr(self, name) for name in self.__dataclass_fields__]


def load_task(space: AsanaSpace, item: Item, fields: Fields) -> Task:
    """The task of ``item`` as it is now, with its stories, comments and booked time."""
    by = _person(space, item.reporter)
    task = Task(space.new_gid("task"), item.title, item.created_at, item.created_at, by)
    space.tasks[task.gid] = task
    space.keys[item.key] = task.gid
    task.assignee = _person(space, item.assignee)
    task.due_on, task.start_on = item.due, item.start if item.kind != "milestone" else None
    task.followers = list({id(user): user for user in (by, task.assignee) if user is not None}.values())
    if item.kind in ("milestone", "approval"):
        task.subtype = item.kind
    if item.kind == "approval":
        task.approval_status = APPROVALS.get(item.stage, "pending")
    if item.stage in CLOSED:
        task.completed_at = item.done_at or max([item.created_at, *(each.at for each in item.events)])
        closed_by = next((each.by for each in reversed(item.events) if each.field == "stage"), item.assignee)
        task.completed_by = _person(space, closed_by) or by
    _set_values(space, task, item, fields)
    _set_homes(space, task, item)
    past_story(
        space, task, (item.created_at, by), "added_to_project", "Added to the project", project=_home(space, item)
    )
    History(space, task, item, fields).tell()
    _add_talk(space, task, item)
    return task


def past_story(space: AsanaSpace, task: Task, when: When, subtype: str, text: str, **extra: Any) -> None:
    """Write a story of the past: it raises no event."""
    at, by = when
    story = Story(space.new_gid("story"), task, at, by, subtype, text, extra=extra)
    task.stories.append(story)
    space.stories[story.gid] = story


def _person(space: AsanaSpace, key: str | None) -> User | None:
    return space.users.get(space.keys.get(key or "", ""))


def _home(space: AsanaSpace, item: Item) -> Project:
    return space.projects[space.keys[item.project]]


def _set_values(space: AsanaSpace, task: Task, item: Item, fields: Fields) -> None:
    wanted: dict[str, str | float | None] = {
        "points": item.points,
        "estimate_hours": item.estimate_hours,
        "remaining_hours": item.remaining_hours,
        "priority": item.priority.capitalize(),
        "type": TYPES.get(item.kind, "Task"),
        "outcome": "Dropped" if item.stage == "dropped" else None,
        "stage": "Blocked" if item.stage == "blocked" else None,
        "risk_probability": item.risk_probability,
        "risk_impact": item.risk_impact,
    }
    for name, value in wanted.items():
        if value is not None:
            field = getattr(fields, name)
            task.values[field.gid] = checked(space, field, _raw(field, value))


def _raw(field: CustomField, value: Any) -> Any:
    """A plain word or number as the field keeps it: the option's gid, or the number."""
    if value is None:
        return None
    if field.kind == "enum":
        return next((each.gid for each in field.options if each.name == value), None)
    return float(value)


def section_for(project: Project, stage: Stage) -> Section:
    """The section where work of this stage sits; blocked work stays with the work in progress unless it has its own."""
    for word in SECTION_WORDS[stage]:
        for section in project.sections:
            if word in section.name.lower():
                return section
    if stage in CLOSED:
        return project.sections[-1]
    return project.sections[0] if stage == "todo" or len(project.sections) < 3 else project.sections[1]


def _named_section(project: Project, name: str | None) -> Section | None:
    return next((each for each in project.sections if each.name == name), None)


def _set_homes(space: AsanaSpace, task: Task, item: Item) -> None:
    """A subtask lives in its parent only; everything else in its project and wherever else it is shown."""
    homes = [] if item.kind == "subtask" and item.parent else [item.project]
    for key in [*homes, *item.also_in]:
        project = space.projects.get(space.keys.get(key, ""))
        if project is not None:
            named = _named_section(project, item.section)
            task.homes[project.gid] = named or section_for(project, item.stage)
            project.tasks[task.gid] = task


def _add_talk(space: AsanaSpace, task: Task, item: Item) -> None:
    for comment in item.comments:
        past_story(space, task, (comment.at, _person(space, comment.by)), "comment_added", comment.text)
    for booking in item.bookings:
        who = _person(space, booking.by) or space.bot
        gid, minutes = space.new_gid("time_entry"), round(booking.hours * 60)
        entry = TimeEntry(gid, task, minutes, booking.day, booking.at, who, _home(space, item))
        space.time_entries[gid] = entry
        task.time_entries.append(entry)


class History:
    """Retells the events of one item as stories, oldest first, carrying the dates that one story shows together."""

    def __init__(self, space: AsanaSpace, task: Task, item: Item, fields: Fields) -> None:
        self.space, self.task, self.item, self.fields = space, task, item, fields
        self.project = _home(space, item)
        self.moves_by_hand = any(event.field == "section" for event in item.events)
        self.due = self._first("due", item.due)
        self.start = self._first("start", item.start)

    def _first(self, name: str, now: date | None) -> date | None:
        first = next((event for event in self.item.events if event.field == name), None)
        return now if first is None else _day(first.old)

    def tell(self) -> None:
        """Write every story."""
        for event in self.item.events:
            teller = getattr(self, f"_tell_{event.field}", None)
            if teller is not None:
                teller(event, (event.at, _person(self.space, event.by)))
            elif event.field in NUMBER_FIELDS:
                self._tell_number(event, (event.at, _person(self.space, event.by)))

    def _write(self, when: When, subtype: str, text: str, **extra: Any) -> None:
        past_story(self.space, self.task, when, subtype, text, **extra)

    def _tell_stage(self, event: Event, when: When) -> None:
        old, new = event.old, event.new
        if not self.moves_by_hand:
            self._tell_move(_section_of(self.project, old), _section_of(self.project, new), when)
        for stage, field, word in (
            ("blocked", self.fields.stage, "Blocked"),
            ("dropped", self.fields.outcome, "Dropped"),
        ):
            if (old == stage) != (new == stage):
                before, after = _raw(field, word if old == stage else None), _raw(field, word if new == stage else None)
                self._write(
                    when, "enum_custom_field_changed", f"Changed {field.name}", **value_change(field, before, after)
                )
        if (old in CLOSED) != (new in CLOSED):
            ending = "complete" if new in CLOSED else "incomplete"
            self._write(when, f"marked_{ending}", f"Marked this task {ending}")

    def _tell_move(self, old: Section | None, new: Section | None, when: When) -> None:
        if old is not None and new is not None and old is not new and self.project.gid in self.task.homes:
            text = f'Moved from "{old.name}" to "{new.name}"'
            self._write(when, "section_changed", text, old_section=old, new_section=new, project=self.project)

    def _tell_section(self, event: Event, when: When) -> None:
        self._tell_move(_named_section(self.project, event.old), _named_section(self.project, event.new), when)

    def _tell_due(self, event: Event, when: When) -> None:
        self._tell_dates(when, due=_day(event.new), start=self.start)

    def _tell_start(self, event: Event, when: When) -> None:
        self._tell_dates(when, due=self.due, start=_day(event.new))

    def _tell_dates(self, when: When, *, due: date | None, start: date | None) -> None:
        old = {"start_on": self.start, "due_at": None, "due_on": self.due}
        self.due, self.start = due, start
        new = {"start_on": start, "due_at": None, "due_on": due}
        self._write(when, "due_date_changed", f"Changed the due date to {due}", old_dates=old, new_dates=new)

    def _tell_assignee(self, event: Event, when: When) -> None:
        old, new = _person(self.space, event.old), _person(self.space, event.new)
        if new is not None:
            self._write(when, "assigned", f"Assigned to {new.name}", assignee=new)
        elif old is not None:
            self._write(when, "unassigned", f"Unassigned from {old.name}", assignee=old)

    def _tell_title(self, event: Event, when: When) -> None:
        self._write(when, "name_changed", f'Changed the name to "{event.new}"', old_name=event.old, new_name=event.new)

    def _tell_priority(self, event: Event, when: When) -> None:
        field = self.fields.priority
        old, new = (_raw(field, word.capitalize() if word else None) for word in (event.old, event.new))
        self._write(when, "enum_custom_field_changed", f"Changed {field.name}", **value_change(field, old, new))

    def _tell_number(self, event: Event, when: When) -> None:
        field = getattr(self.fields, event.field)
        change = value_change(field, _raw(field, event.old), _raw(field, event.new))
        self._write(when, "number_custom_field_changed", f"Changed {field.name}", **change)


def _section_of(project: Project, stage: str | None) -> Section | None:
    known: dict[str, Stage] = {each: each for each in SECTION_WORDS}
    return section_for(project, known[stage]) if stage in known else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
