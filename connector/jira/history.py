"""A changelog as changes, membership intervals, declared statuses and bookings."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connector.jira.changes import ChangeReader
from connector.jira.intervals import Move, intervals
from connector.jira.payloads import ChangeDoc, ChangeItem, HistoryDoc, SprintDoc, UserDoc
from connector.jira.values import hours, read_declared
from connector.jira.vocabulary import Vocabulary
from model.errors import SkippableError
from model.ids import item_id, record_id
from model.sync import Skipped
from model.work import Change, ContainerKind, DeclaredStatus, Membership, Person, Worklog


@dataclass
class Told:
    """What one issue's history tells."""

    people: list[Person] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    memberships: list[Membership] = field(default_factory=list)
    worklogs: list[Worklog] = field(default_factory=list)
    declared: list[DeclaredStatus] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def read_history(connection: str, doc: HistoryDoc, words: Vocabulary) -> Told:
    """Everything of one issue's past. A single change that can't be read is named in ``skipped``; the rest stays."""
    told = Told()
    reader = ChangeReader(connection, words, doc.issue)
    for history in doc.histories:
        for number, item in enumerate(history.items):
            try:
                change = reader.read(history, number, item)
            except SkippableError as exc:
                told.skipped.append(Skipped(item=f"{connection}:{doc.issue.key}", why=exc.what))
                continue
            if change is not None:
                told.changes.append(change)
    told.people = reader.people(doc)
    told.memberships = _memberships(connection, doc, words)
    told.worklogs = _worklogs(connection, doc)
    _declared(connection, doc, words, told)
    return told


def _memberships(connection: str, doc: HistoryDoc, words: Vocabulary) -> list[Membership]:
    fields = doc.issue.fields
    sprint_field = words.roles.sprint
    value = fields.custom(sprint_field)
    sprints = [SprintDoc.model_validate(one).id for one in value] if isinstance(value, list) else []
    parts: tuple[tuple[ContainerKind, str, list[str], list[Move]], ...] = (
        (ContainerKind.PROJECT, "project", [fields.project.id], _moves(doc.histories, "project", None)),
        (ContainerKind.MILESTONE, "milestone", [version.id for version in fields.fix_versions],
         _moves(doc.histories, "fixVersions", None)),
        (ContainerKind.ITERATION, "iteration", sprints, _moves(doc.histories, sprint_field, "Sprint")),
        (ContainerKind.QUERY, "query", list(doc.issue.queries), []),
    )
    item = item_id(connection, doc.issue.id)
    found: list[Membership] = []
    for kind, word, now, moves in parts:
        for vendor_id, spans in intervals(now, moves, born=fields.created).items():
            container = record_id(connection, word, vendor_id)
            found += [
                Membership(
                    id=f"{item}|{container}|{number}", connection=connection, item_id=item, container_id=container,
                    container_kind=kind, from_at=start, to_at=end,
                )
                for number, (start, end) in enumerate(spans)
            ]
    return found


def _moves(
    histories: Sequence[ChangeDoc], field_id: str | None, name: str | None
) -> list[Move]:
    """(when, what was left, what was entered) of a container field; values are ids, several joined by commas."""
    return [
        (history.created, _ids(item.old), _ids(item.new))
        for history in histories for item in history.items
        if (field_id is not None and (item.field_id or item.field) == field_id)
        or (name is not None and item.field_id is None and item.field == name)
    ]


def _ids(text: str | None) -> set[str]:
    return {part.strip() for part in (text or "").split(",") if part.strip()}


def _worklogs(connection: str, doc: HistoryDoc) -> list[Worklog]:
    return [
        Worklog(
            id=record_id(connection, "worklog", log.id), connection=connection,
            item_id=item_id(connection, doc.issue.id),
            person_id=record_id(connection, "person", log.author.account_id)
            if log.author and log.author.account_id else None,
            hours=hours(log.seconds) or 0.0, worked_at=log.started, logged_at=log.created,
        )
        for log in doc.worklogs
    ]


def _declared(connection: str, doc: HistoryDoc, words: Vocabulary, told: Told) -> None:
    """The statuses people set by hand in the mapped field; one set at creation has no change and dates from there."""
    field_id = words.roles.declared
    if field_id is None:
        return
    changes: list[tuple[ChangeDoc, int, ChangeItem]] = [
        (history, number, item)
        for history in doc.histories for number, item in enumerate(history.items) if item.field_id == field_id
    ]
    issue = doc.issue
    first = changes[0][2].old_text if changes else issue.fields.custom(field_id)
    entries: list[tuple[str, Any, datetime, UserDoc | None]] = [("created", first, issue.fields.created, None)]
    entries += [(f"{h.id}.{number}", item.new_text, h.created, h.author) for h, number, item in changes]
    for suffix, value, at, author in entries:
        try:
            status = read_declared(value, field_id)
        except SkippableError as exc:
            told.skipped.append(Skipped(item=f"{connection}:{issue.key}", why=exc.what))
            continue
        if status is None:
            continue
        told.declared.append(DeclaredStatus(
            id=record_id(connection, "declared", f"{issue.id}-{suffix}"), connection=connection,
            subject_id=item_id(connection, issue.id), status=status,
            original_status=str(value.get("value", "")) if isinstance(value, dict) else str(value), at=at,
            by=record_id(connection, "person", author.account_id) if author and author.account_id else None,
        ))
