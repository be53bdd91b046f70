"""Jira's documents as our records. Pure: no call, no clock. The unusable is named and left out, the rest arrives."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from connector.jira.changes import ChangeWords, change_words
from connector.jira.history import read_history
from connector.jira.links import read_links
from connector.jira.payloads import (
    CHANGELOG,
    WORKLOGS,
    BoardDoc,
    HistoryDoc,
    IssueDoc,
    IssueFields,
    ProjectDoc,
    SprintDoc,
    UserDoc,
    VersionDoc,
)
from connector.jira.points import read_points
from connector.jira.unreadable import containers_of, readable
from connector.jira.values import (
    hours,
    person,
    read_date,
    read_impact,
    read_number,
    read_probability,
    text_of,
    texts_of,
)
from connector.jira.vocabulary import ITEM_KINDS, Vocabulary
from connector.sdk.risk_words import response_of
from model.errors import SkippableError
from model.ids import item_id, record_id
from model.sync import RawPayload, Records, Skipped
from model.work import (
    CLOSED,
    Benefit,
    ContainerKind,
    ItemType,
    Iteration,
    IterationState,
    Membership,
    Milestone,
    Risk,
    Severity,
    ToolProject,
    WorkItem,
)

_SPRINT_STATES = {"future": IterationState.FUTURE, "active": IterationState.ACTIVE, "closed": IterationState.CLOSED}


@dataclass
class Collected:
    """Records being gathered; one of each id, the last one wins."""

    kinds: dict[str, dict[str, Any]] = field(default_factory=dict)
    complete: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    def add(self, kind: str, *records: Any) -> None:
        for record in records:
            self.kinds.setdefault(kind, {})[record.id] = record

    def records(self) -> Records:
        filled = {kind: tuple(found.values()) for kind, found in self.kinds.items()}
        return Records(**filled, complete_history_of=tuple(dict.fromkeys(self.complete)), skipped=tuple(self.skipped))


@dataclass(frozen=True)
class Mapper:
    """Reads the payloads of one connection with its vocabulary."""

    connection: str
    site_url: str
    words: Vocabulary

    def read(self, raw: Sequence[RawPayload]) -> Records:
        """All records of ``raw``; payloads of other kinds than ours carry none.

        An issue is whole where its changelog is here, and its bookings where it shows any; else it is present state.
        """
        found = Collected()
        beside = {(one.kind, one.vendor_id): one for one in raw if one.kind in ITEM_KINDS[1:]}
        readers: dict[str, Callable[[RawPayload, Collected], None]] = {
            "project": self._project, "board": self._board, "version": self._version, "sprint": self._sprint,
            "issue": lambda one, into: self._issue(one, into, beside),
        }
        for one in raw:
            reader = readers.get(one.kind)
            if reader is None:
                continue
            try:
                reader(one, found)
            except SkippableError as exc:
                found.skipped.append(self._skipped(one, str(exc.what), exc.where))
            except ValidationError as exc:
                found.skipped.append(self._skipped(one, _why(exc), None))
        return found.records()

    def _skipped(self, raw: RawPayload, why: str, name: str | None) -> Skipped:
        if raw.kind not in ITEM_KINDS:
            return Skipped(item=name or self._name(raw), why=why)
        key, containers = readable(self.connection, raw)
        return Skipped(
            item=name or (f"{self.connection}:{key}" if key else self._name(raw)), why=why,
            item_id=item_id(self.connection, raw.vendor_id), containers=containers,
        )

    def _name(self, raw: RawPayload) -> str:
        return record_id(self.connection, raw.kind, raw.vendor_id)

    def _project(self, raw: RawPayload, into: Collected) -> None:
        doc = ProjectDoc.model_validate_json(raw.body)
        self._people(into, doc.lead)
        into.add("projects", self._tool_project(doc))

    def _board(self, raw: RawPayload, into: Collected) -> None:
        """A board says which statuses its projects show: they are told anew with it."""
        doc = BoardDoc.model_validate_json(raw.body)
        projects = [found for name in doc.projects if (found := self.words.project(name)) is not None]
        into.add("projects", *(self._tool_project(project) for project in projects))

    def _tool_project(self, doc: ProjectDoc) -> ToolProject:
        shown = {status for board in self.words.boards_of(doc) for status in board.statuses}
        return ToolProject(
            id=record_id(self.connection, "project", doc.id), connection=self.connection, vendor_id=doc.id,
            key=doc.key, name=doc.name or doc.key, url=f"{self.site_url}/browse/{doc.key}", archived=doc.archived,
            lead_id=self._person_id(doc.lead),
            shown_statuses=tuple(sorted(shown)),
        )

    def _version(self, raw: RawPayload, into: Collected) -> None:
        doc = VersionDoc.model_validate_json(raw.body)
        if doc.project_id is None:
            raise SkippableError("The version names no project.", where=self._name(raw))
        into.add("milestones", milestone(self.connection, doc, doc.project_id))

    def _sprint(self, raw: RawPayload, into: Collected) -> None:
        into.add("iterations", iteration(self.connection, SprintDoc.model_validate_json(raw.body)))

    def _issue(self, raw: RawPayload, into: Collected, beside: Mapping[tuple[str, str], RawPayload]) -> None:
        doc = IssueDoc.model_validate_json(raw.body)
        into.add("items", self._item(doc, raw))
        self._people(into, doc.fields.assignee, doc.fields.reporter)
        sprints = read_sprints(doc.fields.custom(self.words.roles.sprint))
        into.add("iterations", *(iteration(self.connection, sprint) for sprint in sprints))
        for version in doc.fields.fix_versions:
            # The version inside an issue knows less than the project's own list: only where that is not at hand.
            if version.id not in self.words.versions:
                into.add("milestones", milestone(self.connection, version, doc.fields.project.id))
        past = self._past(doc, into, beside)
        if past is None:
            into.add("memberships", *self._present(doc, sprints))
            into.add("links", *read_links(self.connection, doc, self.words, ()))
        else:
            self._history(past, into)

    def _past(
        self, doc: IssueDoc, into: Collected, beside: Mapping[tuple[str, str], RawPayload]
    ) -> HistoryDoc | None:
        """An issue with its history; None where a part of it is not here, or can't be read and is named."""
        changelog, worklogs = beside.get(("changelog", doc.id)), beside.get(("worklogs", doc.id))
        spent = bool(doc.fields.spent_s)
        if changelog is None or (spent and worklogs is None):
            return None
        try:
            histories = CHANGELOG.validate_json(changelog.body).histories
            # Bookings kept from before are no longer there when no time is spent any more.
            booked = WORKLOGS.validate_json(worklogs.body).worklogs if spent and worklogs else ()
        except ValidationError as exc:
            into.skipped.append(Skipped(
                item=f"{self.connection}:{doc.key}", why=f"Its history can't be read. {_why(exc)}",
                item_id=item_id(self.connection, doc.id), containers=containers_of(self.connection, doc),
            ))
            return None
        return HistoryDoc(issue=doc, histories=histories, worklogs=booked)

    @cached_property
    def _change_words(self) -> ChangeWords:
        return change_words(self.connection, self.words)

    def _history(self, doc: HistoryDoc, into: Collected) -> None:
        told = read_history(self._change_words, doc)
        into.add("people", *told.people)
        into.add("changes", *told.changes)
        into.add("memberships", *told.memberships)
        into.add("links", *read_links(self.connection, doc.issue, self.words, doc.histories))
        into.add("worklogs", *told.worklogs)
        into.add("declared", *told.declared)
        into.skipped.extend(told.skipped)
        into.complete.append(item_id(self.connection, doc.issue.id))

    def _item(self, doc: IssueDoc, raw: RawPayload) -> WorkItem:
        fields, roles = doc.fields, self.words.roles
        status = self.words.item_status(fields)
        kind = self.words.item_type(fields.issuetype)
        parent_id = fields.parent.id if fields.parent else self._epic(fields)
        try:
            return WorkItem(
                id=item_id(self.connection, doc.id), connection=self.connection, vendor_id=doc.id, key=doc.key,
                url=f"{self.site_url}/browse/{doc.key}", title=fields.summary,
                type=kind, original_type=fields.issuetype.name,
                status=status, original_status=fields.status.name, status_id=fields.status.id,
                severity=self._severity(fields),
                assignee_id=self._person_id(fields.assignee), reporter_id=self._person_id(fields.reporter),
                parent_id=item_id(self.connection, parent_id) if parent_id else None,
                created_at=fields.created, updated_at=fields.updated,
                done_at=(fields.resolutiondate or fields.statuscategorychangedate) if status in CLOSED else None,
                start_on=read_date(fields.custom(roles.start), roles.start or ""),
                due_on=read_date(fields.duedate, "duedate"),
                story_points=read_points(self.words.points_of(fields.project), fields),
                estimate_hours=self._estimate(fields), remaining_hours=hours(fields.remaining_s),
                spent_hours=hours(fields.spent_s), labels=fields.labels, facets=self._facets(fields),
                restricted=fields.security is not None,
                risk=self._risk(fields, kind), benefit=self._benefit(fields, kind),
                origin=f"{raw.kind}:{raw.vendor_id}",
            )
        except SkippableError as exc:
            raise SkippableError(exc.what, where=f"{self.connection}:{doc.key}", reason=exc.reason) from exc

    def _facets(self, fields: IssueFields) -> dict[str, tuple[str, ...]]:
        """The values of the fields that lenses group by; a field with several values gives each of them."""
        found = {name: texts_of(fields.custom(field)) for name, field in self.words.roles.facets}
        return {name: values for name, values in found.items() if values}

    def _epic(self, fields: IssueFields) -> str | None:
        """Legacy Epic Link: a key, which becomes an id only where Jira gives the id itself."""
        value = fields.custom(self.words.roles.epic_link)
        return str(value["id"]) if isinstance(value, dict) and value.get("id") else None

    def _severity(self, fields: IssueFields) -> Severity | None:
        if self.words.roles.severity:
            return self.words.severity(None, text_of(fields.custom(self.words.roles.severity)))
        return self.words.severity(fields.priority.id, fields.priority.name) if fields.priority else None

    def _estimate(self, fields: IssueFields) -> float | None:
        own = self.words.roles.estimate_hours
        return read_number(fields.custom(own), own) if own else hours(fields.original_s)

    def _risk(self, fields: IssueFields, kind: ItemType) -> Risk | None:
        roles = self.words.roles
        if kind is not ItemType.RISK:
            return None
        answer = text_of(fields.custom(roles.response))
        return Risk(
            probability=read_probability(fields.custom(roles.probability), roles.probability or ""),
            impact=read_impact(fields.custom(roles.impact), roles.impact or ""),
            response=response_of(answer),
            original_response=answer,
        )

    def _benefit(self, fields: IssueFields, kind: ItemType) -> Benefit | None:
        roles = self.words.roles
        if kind is not ItemType.BENEFIT:
            return None
        return Benefit(
            measure=fields.summary or None,
            baseline=read_number(fields.custom(roles.baseline), roles.baseline or ""),
            target=read_number(fields.custom(roles.target), roles.target or ""),
            actual=read_number(fields.custom(roles.actual), roles.actual or ""),
        )

    def _present(self, doc: IssueDoc, sprints: Sequence[SprintDoc]) -> list[Membership]:
        """Where the item belongs now, taken as true since it was made: its history tells better later."""
        fields = doc.fields
        containers = [
            (ContainerKind.PROJECT, record_id(self.connection, "project", fields.project.id)),
            *((ContainerKind.MILESTONE, record_id(self.connection, "milestone", v.id)) for v in fields.fix_versions),
            *((ContainerKind.ITERATION, record_id(self.connection, "iteration", s.id)) for s in sprints),
            *((ContainerKind.QUERY, record_id(self.connection, "query", query)) for query in doc.queries),
        ]
        item = item_id(self.connection, doc.id)
        return [
            Membership(
                id=f"{item}|{container}|0", connection=self.connection, item_id=item,
                container_id=container, container_kind=kind, from_at=fields.created,
            )
            for kind, container in containers
        ]

    def _person_id(self, user: UserDoc | None) -> str | None:
        return record_id(self.connection, "person", user.account_id) if user and user.account_id else None

    def _people(self, into: Collected, *users: UserDoc | None) -> None:
        into.add("people", *(person(self.connection, user) for user in users if user and user.account_id))


def milestone(connection: str, doc: VersionDoc, project_id: str) -> Milestone:
    """A version as a milestone. Raises SkippableError for a date that can't be read."""
    try:
        return Milestone(
            id=record_id(connection, "milestone", doc.id), connection=connection,
            project_id=record_id(connection, "project", project_id), name=doc.name,
            start_on=read_date(doc.start_date, "startDate"), due_on=read_date(doc.release_date, "releaseDate"),
            released=doc.released, archived=doc.archived,
        )
    except SkippableError as exc:
        raise SkippableError(exc.what, where=record_id(connection, "milestone", doc.id)) from exc


def iteration(connection: str, doc: SprintDoc) -> Iteration:
    """A sprint as an iteration; a state that Jira doesn't document counts as closed where it was completed."""
    state = _SPRINT_STATES.get(doc.state.lower(), IterationState.CLOSED if doc.completed else IterationState.FUTURE)
    return Iteration(
        id=record_id(connection, "iteration", doc.id), connection=connection, name=doc.name or doc.id, state=state,
        start_at=_aware(doc.start), end_at=_aware(doc.end), completed_at=_aware(doc.completed),
    )


def read_sprints(value: Any) -> list[SprintDoc]:
    """The sprints in an issue's sprint field. Raises ValidationError for anything but sprint objects."""
    return [SprintDoc.model_validate(one) for one in value] if isinstance(value, list) else []


def _aware(moment: datetime | None) -> datetime | None:
    # The agile API always writes a zone; a text without one is UTC, as its other times are.
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _why(exc: ValidationError) -> str:
    """What was wrong with a document, without its values."""
    first = exc.errors(include_input=False, include_url=False)[0]
    path = ".".join(str(part) for part in first["loc"])
    return f"The field {path or 'document'} can't be read: {first['msg']}."
