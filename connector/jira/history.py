"""A changelog as changes, membership intervals, declared statuses and bookings."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connector.jira.changes import ChangeReader, ChangeWords
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


def read_history(site: ChangeWords, doc: HistoryDoc) -> Told:
    """Everything of one issue's past. A single change that can't be read is named in ``skipped``; the rest stays."""
    told, connection, words = Told(), site.connection, site.words
    reader = ChangeReader(site, doc.issue, doc.histories)
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
    value = fields.custom(words.roles.sprint)
    sprints = [SprintDoc.model_validate(one).id for one in value] if isinstance(value, list) else []
    moves = _moves(doc.histories, words.roles.sprint)
    parts: tuple[tuple[ContainerKind, str, list[str]], ...] = (
        (ContainerKind.PROJECT, "project", [fields.project.id]),
        (ContainerKind.MILESTONE, "milestone", [version.id for version in fields.fix_versions]),
        (ContainerKind.ITERATION, "iteration", sprints),
        (ContainerKind.QUERY, "query", list(doc.issue.queries)),
    )
    item = item_id(connection, doc.issue.id)
    found: list[Membership] = []
    for kind, word, now in parts:
        for vendor_id, spans in intervals(now, moves.get(kind, ()), born=fields.created).items():
            container = record_id(connection, word, vendor_id)
            found += [
                Membership(
                    id=f"{item}|{container}|{number}", connection=connection, item_id=item, container_id=container,
                    container_kind=kind, from_at=start, to_at=end,
                )
                for number, (start, end) in enumerate(spans)
            ]
    return found


def _moves(histories: Sequence[ChangeDoc], sprint: str | None) -> dict[ContainerKind, list[Move]]:
    """(when, what was left, what was entered) of the container fields; values are ids, several joined by commas."""
    kinds = {"project": ContainerKind.PROJECT, "fixVersions": ContainerKind.MILESTONE, sprint: ContainerKind.ITERATION}
    found: dict[ContainerKind, list[Move]] = {}
    for history in histories:
        for item in history.items:
            kind = kinds.get(item.field_id or item.field)
            if kind is None and item.field_id is None and item.field == "Sprint":
                kind = ContainerKind.ITERATION
            if kind is not None:
                found.setdefault(kind, []).append((history.created, _ids(item.old), _ids(item.new)))
    return found


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
