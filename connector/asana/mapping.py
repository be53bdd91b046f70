"""Asana's records in our words. Pure: no call, no clock."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date

from connector.asana import history, plans
from connector.asana.payloads import (
    FieldValue,
    Located,
    Project,
    StatusUpdate,
    StoriesBody,
    Task,
    TimeEntriesBody,
    User,
    read_payload,
)
from connector.asana.signs import signed_at_all
from connector.asana.status import Standing, read_status
from connector.asana.vocabulary import DECLARED
from connector.asana.words import Words, severity_by_word, type_by_word
from connector.sdk.risk_words import IMPACTS, SHARES, response_of
from model.errors import SkippableError
from model.ids import item_id, record_id
from model.sync import RawPayload, Records, Skipped
from model.work import (
    CLOSED,
    Allocation,
    Benefit,
    Budget,
    Change,
    ContainerKind,
    DeclaredStatus,
    Goal,
    ItemType,
    Link,
    LinkKind,
    Membership,
    Person,
    Risk,
    Severity,
    ToolProject,
    WorkItem,
    Worklog,
)

ITEM_KINDS = ("task", "stories", "time_entries")
REFERENCE_KINDS = (
    "me", "workspace", "user", "project", "section", "portfolio", "custom_field", "status_update", "goal", "budgets",
    "allocations",
)  # fmt: skip
_WORDS_KINDS = {"milestone": ItemType.MILESTONE, "approval": ItemType.APPROVAL}
_URL = re.compile(r"https?://[^\s<>\"']+")


@dataclass
class _Found:
    """Records as they are gathered."""

    people: list[Person] = field(default_factory=list)
    projects: list[ToolProject] = field(default_factory=list)
    items: list[WorkItem] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    memberships: list[Membership] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    worklogs: list[Worklog] = field(default_factory=list)
    declared: list[DeclaredStatus] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    budgets: list[Budget] = field(default_factory=list)
    allocations: list[Allocation] = field(default_factory=list)
    complete_budgets_of: list[str] = field(default_factory=list)
    complete_allocations_of: list[str] = field(default_factory=list)
    complete_history_of: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    def records(self) -> Records:
        return Records(**{each.name: tuple(getattr(self, each.name)) for each in fields(self)})


def normalise(raw: Sequence[RawPayload], words: Words) -> Records:
    """All records of the payloads; what can't be read is skipped by name and the rest arrives."""
    found = _Found()
    by_task: dict[str, dict[str, RawPayload]] = {}
    for payload in raw:
        if payload.kind in ITEM_KINDS:
            by_task.setdefault(payload.vendor_id, {})[payload.kind] = payload
            continue
        try:
            _add_reference(payload, words, found)
        except SkippableError as exc:
            found.skipped.append(_skipped(exc))
    for gid, parts in by_task.items():
        try:
            _add_task(parts, words, found)
        except SkippableError as exc:
            found.skipped.append(_skipped(exc, item=item_id(words.connection, gid), payload=parts.get("task")))
    return found.records()


def _skipped(error: SkippableError, *, item: str | None = None, payload: RawPayload | None = None) -> Skipped:
    """What could not be read, with the places it would have counted in as far as they can be."""
    containers: list[str] = []
    if payload is not None:
        try:
            homes = read_payload(Located, payload)
        except SkippableError:
            homes = Located()
        containers = [record_id(payload.connection, kind.value, gid) for kind, gid in _places(homes)]
    return Skipped(item=error.where or "an item", why=error.what, item_id=item, containers=tuple(containers))


def person_id(connection: str, gid: str) -> str:
    """The id of an account."""
    return record_id(connection, "person", gid)


def project_id(connection: str, gid: str) -> str:
    """The id of a project, which is also that of it as a container."""
    return record_id(connection, "project", gid)


def _add_reference(raw: RawPayload, words: Words, found: _Found) -> None:
    conn = words.connection
    if raw.kind == "user":
        user = read_payload(User, raw)
        person = Person(id=person_id(conn, user.gid), connection=conn, name=user.name or user.gid)
        found.people.append(person)
    elif raw.kind == "project":
        found.projects.append(_project(read_payload(Project, raw), conn))
    elif raw.kind == "status_update":
        declared = _declared(read_payload(StatusUpdate, raw), words)
        if declared:
            found.declared.append(declared)
    elif raw.kind == "goal":
        found.goals.append(plans.read_goal(raw, conn))
    elif raw.kind == "budgets":
        project, budgets = plans.read_budgets(raw, conn)
        found.budgets.extend(budgets)
        found.complete_budgets_of.append(project)
    elif raw.kind == "allocations":
        project, allocations = plans.read_allocations(raw, conn)
        found.allocations.extend(allocations)
        found.complete_allocations_of.append(project)


def _project(project: Project, conn: str) -> ToolProject:
    return ToolProject(
        id=project_id(conn, project.gid),
        connection=conn,
        vendor_id=project.gid,
        key=project.gid,
        name=project.name,
        url=project.permalink_url,
        archived=project.archived,
        lead_id=person_id(conn, project.owner.gid) if project.owner else None,
        start_on=project.start_on,
        due_on=project.due_on,
    )


def _declared(update: StatusUpdate, words: Words) -> DeclaredStatus | None:
    """A status somebody posted; None for our own, and for a type of status we don't know."""
    status = DECLARED.get(update.status_type)
    # What an account of ours before this one posted is ours as well.
    ours = (update.author is not None and update.author.gid == words.own_account) or signed_at_all(update.text)
    if ours or status is None or update.parent is None:
        return None
    kind = update.resource_subtype.removesuffix("_status_update") or "project"
    return DeclaredStatus(
        id=record_id(words.connection, "status_update", update.gid),
        connection=words.connection,
        subject_id=record_id(words.connection, kind, update.parent.gid),
        status=status,
        original_status=update.status_type,
        at=update.created_at,
        by=person_id(words.connection, update.author.gid) if update.author else None,
    )


def _add_task(parts: dict[str, RawPayload], words: Words, found: _Found) -> None:
    """One task with as much of its history as came with it."""
    if "task" not in parts:
        return
    task = read_payload(Task, parts["task"])
    item = work_item(task, words)
    found.items.append(item)
    if "time_entries" in parts:
        body = read_payload(TimeEntriesBody, parts["time_entries"])
        found.worklogs.extend(history.worklogs(body, item.id, words.connection))
    if "stories" not in parts:
        found.memberships.extend(_present_memberships(task, item))
        found.links.extend(_links(task, item, words, {}))
        return
    body_of_stories = read_payload(StoriesBody, parts["stories"])
    story = history.read_history(task, body_of_stories, words)
    found.changes.extend(story.changes)
    found.memberships.extend(story.memberships)
    found.links.extend(_links(task, item, words, story.depends_since))
    found.links.extend(story.past_links)
    found.complete_history_of.append(item.id)


def work_item(task: Task, words: Words) -> WorkItem:
    """A task as it is now."""
    conn, roles = words.connection, words.roles
    reading = read_status(Standing.of(task), words)
    type_, original_type = item_type(task, words)
    numbers = {value.gid: value.number_value for value in task.custom_fields}

    def number(role: str | None) -> float | None:
        return numbers.get(role) if role else None

    return WorkItem(
        id=item_id(conn, task.gid),
        connection=conn,
        vendor_id=task.gid,
        key=task.gid,
        url=task.permalink_url,
        title=task.name,
        type=type_,
        original_type=original_type,
        status=reading.category,
        original_status=reading.original,
        status_id=reading.id,
        severity=_severity(task.custom_fields, words),
        assignee_id=person_id(conn, task.assignee.gid) if task.assignee else None,
        reporter_id=person_id(conn, task.created_by.gid) if task.created_by else None,
        parent_id=item_id(conn, task.parent.gid) if task.parent else None,
        created_at=task.created_at,
        updated_at=task.modified_at,
        done_at=task.completed_at if reading.category in CLOSED else None,
        start_on=_start(task, words),
        due_on=task.due,
        story_points=number(roles.story_points),
        estimate_hours=words.hours(roles.estimate_hours, number(roles.estimate_hours)),
        remaining_hours=words.hours(roles.remaining_hours, number(roles.remaining_hours)),
        spent_hours=task.actual_time_minutes / 60 if task.actual_time_minutes is not None else None,
        labels=tuple(tag.name for tag in task.tags if tag.name),
        facets=_facets(task, words),
        risk=_risk(type_, task.custom_fields, words),
        benefit=_benefit(task, type_, words),
        origin=f"task:{task.gid}",
    )


def _facets(task: Task, words: Words) -> dict[str, tuple[str, ...]]:
    """The values of the fields that lenses group by: the name of an option, or a text."""
    said = {value.gid: value for value in task.custom_fields}
    found: dict[str, tuple[str, ...]] = {}
    for name, gid in sorted(words.mapping.facets.items()):
        value = said.get(gid)
        text = (value.enum_value.name if value.enum_value else value.text_value) if value else None
        if text:
            found[name] = (text,)
    return found


def item_type(task: Task, words: Words) -> tuple[ItemType, str]:
    """The type of a task and what the tool calls it.

    What the mapping names comes first, then Asana's own subtypes, then common words, then its place as a subtask.
    """
    option = next((value.enum_value for value in task.custom_fields if value.gid == words.roles.type), None)
    called = [(ref.gid, ref.name or "") for ref in (option, task.custom_type) if ref is not None]
    for gid, name in called:
        said = words.mapped_type(gid, name)
        if said:
            return said, name or gid
    mapped = words.mapped_type(task.resource_subtype, task.resource_subtype)
    subtype = mapped or _WORDS_KINDS.get(task.resource_subtype)
    if subtype:
        return subtype, task.resource_subtype
    by_word = next(((type_by_word(name), name) for _, name in called if type_by_word(name)), None)
    if by_word and by_word[0] and not (by_word[0] is ItemType.TASK and task.parent):
        return by_word[0], by_word[1]
    return (ItemType.SUBTASK if task.parent else ItemType.TASK), (called[0][1] if called else task.resource_subtype)


def _severity(values: Sequence[FieldValue], words: Words) -> Severity | None:
    for value in values:
        if value.gid == words.roles.severity and value.enum_value:
            return severity_by_word(value.enum_value.name)
    return None


def _start(task: Task, words: Words) -> date | None:
    for value in task.custom_fields:
        if value.gid == words.roles.start_date and value.date_value and value.date_value.date:
            return value.date_value.date
    return task.start_on


def _risk(type_: ItemType, values: Sequence[FieldValue], words: Words) -> Risk | None:
    """Numbers or the usual words. A probability above 1 was written in percent; outside 0..100 it says nothing."""
    if type_ is not ItemType.RISK:
        return None
    by_field, roles = {value.gid: value for value in values}, words.roles

    def said(role: str | None, meaning: Mapping[str, float]) -> float | None:
        value = by_field.get(role or "")
        if value is None or value.enum_value is None:
            return value.number_value if value else None
        return meaning.get(value.enum_value.name.strip().casefold())

    probability, impact = said(roles.probability, SHARES), said(roles.impact, IMPACTS)
    share = probability if probability is None or probability <= 1 else probability / 100
    usable = share if share is not None and 0 <= share <= 1 else None
    answer = by_field.get(roles.response or "")
    text = answer.enum_value.name if answer and answer.enum_value else None
    return Risk(
        probability=usable,
        impact=impact if impact is not None and impact >= 0 else None,
        response=response_of(text),
        original_response=text,
    )


def _benefit(task: Task, type_: ItemType, words: Words) -> Benefit | None:
    if type_ is not ItemType.BENEFIT:
        return None
    numbers = {value.gid: value.number_value for value in task.custom_fields}
    roles = words.roles
    return Benefit(
        measure=task.name,
        baseline=numbers.get(roles.baseline or ""),
        target=numbers.get(roles.target or ""),
        actual=numbers.get(roles.actual or ""),
    )


def _present_memberships(task: Task, item: WorkItem) -> list[Membership]:
    return [_present(item, kind, gid) for kind, gid in _places(task)]


def _places(task: Located | Task) -> list[tuple[ContainerKind, str]]:
    """Where a task counts now: in its own places and, as a subtask, in those of its top ancestor."""
    found: dict[tuple[ContainerKind, str], None] = {}
    for home in (*task.memberships, *(task.root.memberships if task.root else ())):
        found[ContainerKind.PROJECT, home.project.gid] = None
        if home.section:
            found[ContainerKind.SECTION, home.section.gid] = None
    return list(found)


def _present(item: WorkItem, kind: ContainerKind, gid: str) -> Membership:
    container = record_id(item.connection, kind.value, gid)
    return Membership(
        id=f"{item.id}|{container}|1", connection=item.connection, item_id=item.id, container_id=container,
        container_kind=kind, from_at=item.created_at,
    )  # fmt: skip


def _links(task: Task, item: WorkItem, words: Words, since: dict[str, history.Since]) -> list[Link]:
    """What blocks a task: its dependencies, and the URLs in the field for blockers in another tool."""
    conn = words.connection
    links: list[Link] = []
    for other in task.dependencies:
        known = since.get(other.gid)
        links.append(
            Link(
                id=history.dependency_link_id(conn, other.gid, task.gid, known.number if known else 1),
                connection=conn, kind=LinkKind.BLOCKS, original_kind="dependency",
                source_id=item_id(conn, other.gid), target_id=item.id, from_at=known.at if known else None,
            )
        )  # fmt: skip
    text = next((value.text_value for value in task.custom_fields if value.gid == words.roles.url_field), None)
    for url in dict.fromkeys(match.rstrip(".,;)") for match in _URL.findall(text or "")):
        name = f"{task.gid}-{hashlib.sha256(url.encode()).hexdigest()[:12]}"
        links.append(
            Link(id=record_id(conn, "link", name), connection=conn, kind=LinkKind.BLOCKS, original_kind="url",
                 source_url=url, target_id=item.id)
        )  # fmt: skip
    return links
