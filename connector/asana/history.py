"""A task's stories as changes, membership intervals and dated links.

Stories are undone one after the other from the present backwards, so that what we tell always ends in what is there
now, whatever Asana left out. Asana writes no story for values a task was created with.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from connector.asana.payloads import Dates, FieldDate, Ref, StoriesBody, Story, Task, TimeEntriesBody
from connector.asana.places import Places
from connector.asana.status import Reading, Standing, read_status
from connector.asana.vocabulary import TYPES, plain
from connector.asana.words import Words, severity_by_word, type_by_word
from connector.sdk.risk_words import IMPACTS, SHARES
from model.ids import item_id, record_id
from model.work import Change, ChangeField, Link, LinkKind, Membership, Worklog

_RISK_WORDS = {ChangeField.RISK_PROBABILITY: SHARES, ChangeField.RISK_IMPACT: IMPACTS}


class Since(NamedTuple):
    """When a dependency that still holds began, and the how-manieth time that is."""

    at: datetime
    number: int


@dataclass
class History:
    """What the stories of one task tell."""

    changes: list[Change] = field(default_factory=list)
    memberships: list[Membership] = field(default_factory=list)
    past_links: list[Link] = field(default_factory=list)
    depends_since: dict[str, Since] = field(default_factory=dict)


def read_history(task: Task, body: StoriesBody, words: Words) -> History:
    """Everything that the stories of a task tell."""
    stories = sorted(body.stories, key=attrgetter("created_at"))
    root_stories = sorted(body.root_stories, key=attrgetter("created_at"))
    told = History()
    told.changes.extend(_status_changes(task, stories, words))
    told.changes.extend(_assignee_changes(task, stories, words))
    for story in stories:
        told.changes.extend(_field_changes(task, story, words))
    told.changes.sort(key=attrgetter("at"))
    told.memberships.extend(_memberships(task, stories, root_stories, words))
    told.depends_since, told.past_links = _dependencies(task, stories, words)
    return told


def worklogs(body: TimeEntriesBody, item: str, connection: str) -> list[Worklog]:
    """Booked time. Asana knows only the day of the work: it stands at noon UTC, which is that day almost everywhere."""
    made = []
    for entry in body.entries:
        worked = datetime.fromisoformat(f"{entry.entered_on.isoformat()}T12:00:00+00:00")
        who = record_id(connection, "person", entry.created_by.gid) if entry.created_by else None
        made.append(
            Worklog(
                id=record_id(connection, "worklog", entry.gid), connection=connection, item_id=item, person_id=who,
                hours=entry.duration_minutes / 60, worked_at=worked, logged_at=entry.created_at or worked,
            )
        )  # fmt: skip
    return made


def dependency_link_id(connection: str, blocker: str, waiting: str, number: int) -> str:
    """The id of a dependency; it ends in the interval's number where there was more than one."""
    return record_id(connection, "link", f"{blocker}-{waiting}" + (f"-{number}" if number > 1 else ""))


def _change(task: Task, story: Story, words: Words, what: ChangeField, **values: str | None) -> Change:
    return Change(
        id=record_id(words.connection, "change", f"{story.gid}-{what.value}"),
        connection=words.connection,
        item_id=item_id(words.connection, task.gid),
        field=what,
        old=values.get("old"),
        new=values.get("new"),
        original_old=values.get("original_old"),
        original_new=values.get("original_new"),
        at=story.created_at,
        by=record_id(words.connection, "person", story.created_by.gid) if story.created_by else None,
    )


# -- status -----------------------------------------------------------------------------------------------------------


def _status_changes(task: Task, stories: Sequence[Story], words: Words) -> list[Change]:
    """Undo what bears on the status, newest first; what was written in one moment is one change."""
    standing = Standing.of(task)
    changes: list[Change] = []
    after = read_status(standing, words)
    for _, together in groupby(reversed(stories), key=attrgetter("created_at")):
        moment = list(together)
        for story in moment:
            _undo(standing, story, words)
        before = read_status(standing, words)
        if before.category is not after.category:
            changes.append(_status_change(task, moment[0], words, before=before, after=after))
        after = before
    return changes


def _status_change(task: Task, story: Story, words: Words, *, before: Reading, after: Reading) -> Change:
    return _change(
        task, story, words, ChangeField.STATUS,
        old=before.category.value, new=after.category.value,
        original_old=before.original, original_new=after.original,
    )  # fmt: skip


def _undo(standing: Standing, story: Story, words: Words) -> None:
    """Bring ``standing`` to what it was before the story."""
    kind = story.resource_subtype
    if kind == "marked_complete":
        standing.completed = False
    elif kind == "marked_incomplete":
        standing.completed = True
    elif kind == "approval_status_changed":
        standing.approval = story.old_approval_status
        # The box of an approval follows its answer without a story of its own.
        standing.completed = story.old_approval_status not in (None, "pending")
    elif kind == "section_changed":
        project = home_of(story, words)
        if project in standing.sections:
            standing.sections[project] = story.old_section
    elif kind == "added_to_project" and story.project:
        standing.sections.pop(story.project.gid, None)
    elif kind == "removed_from_project" and story.project:
        standing.sections[story.project.gid] = None
    elif kind == "enum_custom_field_changed" and story.custom_field:
        standing.options.pop(story.custom_field.gid, None)
        if story.old_enum_value:
            old = story.old_enum_value
            standing.options[story.custom_field.gid] = Ref(gid=old.gid, name=old.name)


def home_of(story: Story, words: Words) -> str | None:
    """The project that a move between sections happened in."""
    if story.project:
        return story.project.gid
    for section in (story.new_section, story.old_section):
        if section and section.gid in words.section_projects:
            return words.section_projects[section.gid]
    return None


# -- fields -----------------------------------------------------------------------------------------------------------


def _assignee_changes(task: Task, stories: Iterable[Story], words: Words) -> list[Change]:
    """A story names only who it is now; who it was before is who the story before named."""
    changes: list[Change] = []
    before: str | None = None
    for story in stories:
        if story.resource_subtype not in ("assigned", "unassigned"):
            continue
        given = story.resource_subtype == "assigned" and story.assignee
        after = record_id(words.connection, "person", given.gid) if given else None
        if before is None and not given and story.assignee:
            before = record_id(words.connection, "person", story.assignee.gid)
        if before != after:
            changes.append(_change(task, story, words, ChangeField.ASSIGNEE, old=before, new=after))
        before = after
    return changes


def _field_changes(task: Task, story: Story, words: Words) -> list[Change]:
    found: list[Change] = []
    if story.old_dates or story.new_dates:
        old, new = story.old_dates or Dates(), story.new_dates or Dates()
        pairs = ((ChangeField.DUE_ON, old.due, new.due), (ChangeField.START_ON, old.start_on, new.start_on))
        for what, before, after in pairs:
            if before != after:
                old_text, new_text = (day.isoformat() if day else None for day in (before, after))
                found.append(_change(task, story, words, what, old=old_text, new=new_text))
    if story.new_name is not None and story.old_name != story.new_name:
        found.append(_change(task, story, words, ChangeField.TITLE, old=story.old_name, new=story.new_name))
    if story.custom_field:
        found.extend(_custom_changes(task, story, words, story.custom_field.gid))
    return found


def _custom_changes(task: Task, story: Story, words: Words, field_id: str) -> list[Change]:
    """A custom field's change, where the field plays a role that has history."""
    roles = words.roles
    numbers = {
        roles.story_points: ChangeField.STORY_POINTS,
        roles.estimate_hours: ChangeField.ESTIMATE_HOURS,
        roles.remaining_hours: ChangeField.REMAINING_HOURS,
        roles.probability: ChangeField.RISK_PROBABILITY,
        roles.impact: ChangeField.RISK_IMPACT,
    }
    what = numbers.get(field_id)
    said = _RISK_WORDS.get(what) if what and (story.old_enum_value or story.new_enum_value) else None
    if what and said is not None:
        levels = [said.get(each.name.strip().casefold()) if each else None
                  for each in (story.old_enum_value, story.new_enum_value)]  # fmt: skip
        old, new = (None if level is None else f"{level:g}" for level in levels)
        return [_change(task, story, words, what, old=old, new=new)] if old != new else []
    if what:
        old, new = (_number(words, field_id, value) for value in (story.old_number_value, story.new_number_value))
        return [_change(task, story, words, what, old=old, new=new)] if old != new else []
    names = tuple(each.name if each else None for each in (story.old_enum_value, story.new_enum_value))
    if field_id == roles.severity:
        severities = [severity_by_word(name) for name in names]
        return _words_change(task, story, words, ChangeField.SEVERITY, names, [s and s.value for s in severities])
    if field_id == roles.type:
        types = [_type_value(words, each.gid, each.name) if each else None
                 for each in (story.old_enum_value, story.new_enum_value)]  # fmt: skip
        return _words_change(task, story, words, ChangeField.TYPE, names, types)
    if field_id == roles.start_date:
        days = [_day_text(value) for value in (story.old_date_value, story.new_date_value)]
        return _words_change(task, story, words, ChangeField.START_ON, (None, None), days)
    return []


def _words_change(
    task: Task, story: Story, words: Words, what: ChangeField,
    names: tuple[str | None, ...], values: Sequence[str | None],
) -> list[Change]:  # fmt: skip
    old, new = values
    if old == new:
        return []
    return [_change(task, story, words, what, old=old, new=new, original_old=names[0], original_new=names[1])]


def _type_value(words: Words, gid: str, name: str) -> str:
    type_ = words.mapped_type(gid, name) or type_by_word(name) or TYPES[plain("task")]
    return type_.value


def _day_text(value: FieldDate | Dates | None) -> str | None:
    if isinstance(value, Dates):
        return value.due.isoformat() if value.due else None
    return value.date.isoformat() if value and value.date else None


def _number(words: Words, field_id: str, value: float | None) -> str | None:
    number = words.hours(field_id, value)
    if field_id == words.roles.probability and number is not None and number > 1:
        number = number / 100  # written in percent
    return None if number is None else f"{number:g}"


# -- places and links -------------------------------------------------------------------------------------------------


def _memberships(task: Task, stories: Sequence[Story], root: Sequence[Story], words: Words) -> list[Membership]:
    """Where the task was when. A subtask was also wherever its top ancestor was, since it came to be."""
    mine = Places.of(task.memberships, born=task.created_at)
    mine.undo(stories, lambda story: home_of(story, words))
    if task.root:
        above = Places.of(task.root.memberships, born=task.root.created_at)
        above.undo(root, lambda story: home_of(story, words))
        mine.join(above, since=task.created_at)
    return mine.memberships(item_id(words.connection, task.gid), words.connection)


def _dependencies(task: Task, stories: Iterable[Story], words: Words) -> tuple[dict[str, Since], list[Link]]:
    """Since when today's dependencies hold, and those that were taken away."""
    conn, open_since, ended = words.connection, dict[str, datetime](), list[Link]()
    count: dict[str, int] = {}
    for story in stories:
        other = story.dependency.gid if story.dependency else None
        if other and story.resource_subtype == "dependency_added":
            open_since[other] = story.created_at
            count[other] = count.get(other, 0) + 1
        elif other and story.resource_subtype == "dependency_removed":
            count.setdefault(other, 1)
            ended.append(
                Link(
                    id=dependency_link_id(conn, other, task.gid, count[other]), connection=conn,
                    kind=LinkKind.BLOCKS, original_kind="dependency", source_id=item_id(conn, other),
                    target_id=item_id(conn, task.gid), from_at=open_since.pop(other, task.created_at),
                    to_at=story.created_at,
                )
            )  # fmt: skip
    now = {each.gid for each in task.dependencies}
    return {gid: Since(at, count[gid]) for gid, at in open_since.items() if gid in now}, ended
