"""An item as it stood at a moment: today's values with every later change rolled back.

A value that was taken away counts with its last value (blanking never helps); the field is named in ``removed``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from model.landscape import ItemHistory
from model.work import CLOSED, Change, ChangeField, ItemType, Severity, StatusCategory, WorkItem

_KEPT = frozenset({
    ChangeField.DUE_ON,
    ChangeField.ASSIGNEE,
    ChangeField.STORY_POINTS,
    ChangeField.ESTIMATE_HOURS,
    ChangeField.SEVERITY,
    ChangeField.RISK_PROBABILITY,
    ChangeField.RISK_IMPACT,
    ChangeField.START_ON,
})
"""Fields whose last value counts where they were blanked."""


@dataclass(slots=True)
class ItemAt:
    """One item at one moment. ``present``: it exists and is in the project. ``started_at``/``done_at`` as known then.

    ``reopened_at``: when it last went from closed to open. ``after_done``: it changed status again after being closed.
    """

    id: str
    item: WorkItem
    type: ItemType
    status: StatusCategory
    assignee_id: str | None
    parent_id: str | None
    start_on: date | None
    due_on: date | None
    points: float | None
    hours: float | None
    severity: Severity | None
    probability: float | None
    impact: float | None
    removed: frozenset[ChangeField]
    present: bool
    arrived_at: datetime
    left_at: datetime | None
    started_at: datetime | None
    done_at: datetime | None
    reopened_at: datetime | None
    after_done: bool
    touched_at: datetime
    known: bool
    past: Sequence[Change]
    history: ItemHistory


def distinct(records: Iterable[ItemHistory]) -> list[ItemHistory]:
    """Each item once, in the order of ids, whatever the order they came in. Of two versions the newer one counts."""
    newest: dict[str, ItemHistory] = {}
    for history in records:
        known = newest.get(history.item.id)
        if known is None or _version(history) > _version(known):
            newest[history.item.id] = history
    return [newest[key] for key in sorted(newest)]


def _version(history: ItemHistory) -> tuple[datetime, bool, int]:
    return history.item.updated_at, history.history_known, len(history.changes)


def state_at(history: ItemHistory, as_of: datetime) -> ItemAt:
    """The item as it stood at ``as_of``."""
    item = history.item
    past, later = _split(history.changes, as_of)
    last = _last_values(past)
    removed: set[ChangeField] = set()

    def value(field: ChangeField, now: str | None) -> str | None:
        then = later[field] if field in later else now
        if then is None and field in _KEPT and field in last:
            removed.add(field)
            return last[field]
        return then

    status = StatusCategory(value(ChangeField.STATUS, item.status) or item.status)
    status, started_at, done_at, reopened_at, after_done = _life(history, past, status, as_of)
    risk = item.risk
    arrived_at, left_at, present = _presence(history, as_of)
    return ItemAt(
        id=item.id,
        item=item,
        type=ItemType(value(ChangeField.TYPE, item.type) or item.type),
        status=status,
        assignee_id=value(ChangeField.ASSIGNEE, item.assignee_id),
        parent_id=value(ChangeField.PARENT, item.parent_id),
        start_on=_date(value(ChangeField.START_ON, item.start_on.isoformat() if item.start_on else None)),
        due_on=_date(value(ChangeField.DUE_ON, item.due_on.isoformat() if item.due_on else None)),
        points=_number(value(ChangeField.STORY_POINTS, _text(item.story_points))),
        hours=_number(value(ChangeField.ESTIMATE_HOURS, _text(item.estimate_hours))),
        severity=_severity(value(ChangeField.SEVERITY, item.severity)),
        probability=_number(value(ChangeField.RISK_PROBABILITY, _text(risk.probability if risk else None))),
        impact=_number(value(ChangeField.RISK_IMPACT, _text(risk.impact if risk else None))),
        removed=frozenset(removed),
        present=present,
        arrived_at=arrived_at,
        left_at=left_at,
        started_at=started_at,
        done_at=done_at,
        reopened_at=reopened_at,
        after_done=after_done,
        touched_at=past[-1].at if past else item.created_at,
        known=history.history_known or as_of >= item.updated_at,
        past=past,
        history=history,
    )


def _split(changes: Sequence[Change], as_of: datetime) -> tuple[list[Change], dict[ChangeField, str | None]]:
    """Changes up to the moment, oldest first and each once; and per field the value before the first later change."""
    ordered = sorted({change.id: change for change in changes}.values(), key=lambda change: (change.at, change.id))
    past: list[Change] = []
    later: dict[ChangeField, str | None] = {}
    for change in ordered:
        if change.at <= as_of:
            past.append(change)
        elif change.field not in later:
            later[change.field] = change.old
    return past, later


def _last_values(past: Sequence[Change]) -> dict[ChangeField, str]:
    """Per field the last value that was ever there."""
    last: dict[ChangeField, str] = {}
    for change in past:
        value = change.new if change.new is not None else change.old
        if value is not None:
            last[change.field] = value
    return last


_Life = tuple[StatusCategory, datetime | None, datetime | None, datetime | None, bool]


def _life(history: ItemHistory, past: Sequence[Change], status: StatusCategory, as_of: datetime) -> _Life:
    """Status, first start, last close, last reopening, and whether it moved on after its first close.

    The tool's own closing date counts where no status change tells of the closing: the item was open before it.
    """
    started: datetime | None = None
    closed: datetime | None = None
    reopened: datetime | None = None
    after_done = False
    for change in past:
        if change.field is not ChangeField.STATUS or change.new is None:
            continue
        is_closed = change.new in CLOSED
        was_closed = change.old in CLOSED if change.old else False
        if change.new == StatusCategory.IN_PROGRESS and started is None:
            started = change.at
        if was_closed and not is_closed:
            reopened, closed, after_done = change.at, None, True
        elif is_closed and not was_closed:
            closed = change.at
        elif is_closed and closed is None:
            closed = change.at
    item = history.item
    if item.status in CLOSED and status in CLOSED and closed is None:
        told = item.done_at
        if told is not None and told > as_of:
            return StatusCategory.TODO if started is None else StatusCategory.IN_PROGRESS, started, None, reopened, after_done
        closed = told or item.created_at
    if status in CLOSED:
        return status, started, closed, reopened, after_done
    if status is StatusCategory.IN_PROGRESS and started is None:
        started = item.created_at
    return status, started, None, reopened, after_done


def _presence(history: ItemHistory, as_of: datetime) -> tuple[datetime, datetime | None, bool]:
    """When the item came into the project, when it left it (None: it had not), and whether it is there."""
    item = history.item
    arrived, left = item.created_at, None
    inside = True
    if history.memberships:
        begun = [membership for membership in history.memberships if membership.from_at <= as_of]
        inside = any(membership.to_at is None or membership.to_at > as_of for membership in begun)
        arrived = max(arrived, min(membership.from_at for membership in history.memberships))
        if begun and not inside:
            left = max(membership.to_at for membership in begun if membership.to_at is not None)
    if history.deleted_at is not None and history.deleted_at <= as_of:
        left = min(left, history.deleted_at) if left else history.deleted_at
        inside = False
    return arrived, left, inside and item.created_at <= as_of


def _text(value: float | None) -> str | None:
    return None if value is None else repr(value)


def _number(value: str | None) -> float | None:
    return None if value is None else float(value)


def _date(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)


def _severity(value: str | None) -> Severity | None:
    return None if value is None else Severity(value)
