"""An item as it stood at a moment: today's values with every later change rolled back.

A value that was taken away counts with its last value (blanking never helps); the field is named in ``removed``.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple, TypeVar

from model.landscape import ItemHistory
from model.work import CLOSED, Change, ChangeField, ItemType, Severity, StatusCategory, WorkItem

_T = TypeVar("_T")

_NOTHING: frozenset[ChangeField] = frozenset()
_KEPT = frozenset(
    {
        ChangeField.DUE_ON,
        ChangeField.ASSIGNEE,
        ChangeField.STORY_POINTS,
        ChangeField.ESTIMATE_HOURS,
        ChangeField.SEVERITY,
        ChangeField.RISK_PROBABILITY,
        ChangeField.RISK_IMPACT,
        ChangeField.START_ON,
    }
)
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
    values = _Values(later, _last_values(past))
    value = values.at
    status = value(ChangeField.STATUS, item.status, StatusCategory) or item.status
    life = _life(history, past, status, as_of)
    risk = item.risk
    arrived_at, left_at, present = _presence(history, as_of)
    return ItemAt(
        id=item.id,
        item=item,
        type=value(ChangeField.TYPE, item.type, ItemType) or item.type,
        status=life.status,
        assignee_id=value(ChangeField.ASSIGNEE, item.assignee_id, str),
        parent_id=value(ChangeField.PARENT, item.parent_id, str),
        start_on=value(ChangeField.START_ON, item.start_on, date.fromisoformat),
        due_on=value(ChangeField.DUE_ON, item.due_on, date.fromisoformat),
        points=value(ChangeField.STORY_POINTS, item.story_points, float),
        hours=value(ChangeField.ESTIMATE_HOURS, item.estimate_hours, float),
        severity=value(ChangeField.SEVERITY, item.severity, Severity),
        probability=value(ChangeField.RISK_PROBABILITY, risk.probability if risk else None, float),
        impact=value(ChangeField.RISK_IMPACT, risk.impact if risk else None, float),
        removed=frozenset(values.removed) if values.removed else _NOTHING,
        present=present,
        arrived_at=arrived_at,
        left_at=left_at,
        started_at=life.started_at,
        done_at=life.done_at,
        reopened_at=life.reopened_at,
        after_done=life.after_done,
        touched_at=past[-1].at if past else item.created_at,
        known=history.history_known or as_of >= item.updated_at,
        past=past,
        history=history,
    )


class _Values:
    """Reads fields as they stood: ``later`` rolls back, ``last`` stands in where a kept field was blanked."""

    __slots__ = ("_last", "_later", "removed")

    def __init__(self, later: dict[ChangeField, str | None], last: dict[ChangeField, str]) -> None:
        self._later = later
        self._last = last
        self.removed: set[ChangeField] = set()

    def at(self, field: ChangeField, now: _T | None, read: Callable[[str], _T]) -> _T | None:
        then = now
        if field in self._later:
            text = self._later[field]
            then = None if text is None else read(text)
        if then is None and field in self._last and field in _KEPT:
            self.removed.add(field)
            return read(self._last[field])
        return then


def _split(changes: Sequence[Change], as_of: datetime) -> tuple[list[Change], dict[ChangeField, str | None]]:
    """Changes up to the moment, oldest first and each once; and per field the value before the first later change."""
    if not changes:
        return [], {}
    ordered = sorted({change.id: change for change in changes}.values(), key=_when)
    if ordered[-1].at <= as_of:
        return ordered, {}
    past: list[Change] = []
    later: dict[ChangeField, str | None] = {}
    for change in ordered:
        if change.at <= as_of:
            past.append(change)
        elif change.field not in later:
            later[change.field] = change.old
    return past, later


def _when(change: Change) -> tuple[datetime, str]:
    return change.at, change.id


def _last_values(past: Sequence[Change]) -> dict[ChangeField, str]:
    """Per field the last value that was ever there."""
    last: dict[ChangeField, str] = {}
    for change in past:
        value = change.new if change.new is not None else change.old
        if value is not None:
            last[change.field] = value
    return last


class _Life(NamedTuple):
    """Status, first start, last close, last reopening, and whether it moved on after a close."""

    status: StatusCategory
    started_at: datetime | None
    done_at: datetime | None
    reopened_at: datetime | None
    after_done: bool


def _life(history: ItemHistory, past: Sequence[Change], status: StatusCategory, as_of: datetime) -> _Life:
    """The item's life up to the moment.

    The tool's own closing date counts where no status change tells of the closing: the item was open before it.
    """
    started: datetime | None = None
    closed: datetime | None = None
    reopened: datetime | None = None
    for change in past:
        if change.field != ChangeField.STATUS or change.new is None:
            continue
        is_closed, was_closed = change.new in CLOSED, change.old in CLOSED
        if change.new == StatusCategory.IN_PROGRESS and started is None:
            started = change.at
        if was_closed and not is_closed:
            reopened, closed = change.at, None
        elif is_closed and (closed is None or not was_closed):
            closed = change.at
    item = history.item
    after_done = reopened is not None
    if status in CLOSED and item.status in CLOSED and closed is None:
        told = item.done_at
        if told is not None and told > as_of:
            before = StatusCategory.TODO if started is None else StatusCategory.IN_PROGRESS
            return _Life(before, started, None, reopened, after_done)
        closed = told or item.created_at
    if status in CLOSED:
        return _Life(status, started, closed, reopened, after_done)
    if status == StatusCategory.IN_PROGRESS and started is None:
        started = item.created_at
    return _Life(status, started, None, reopened, after_done)


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
