"""An item as it stood at a moment: today's values with every later change rolled back.

A value that was taken away counts with its last value (blanking never helps); the field is named in ``removed``.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from typing import NamedTuple

from model.landscape import ItemHistory
from model.work import CLOSED, Change, ChangeField, ItemType, Severity, StatusCategory, WorkItem
from rollup.facts.records import Leaf

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

_WHEN = attrgetter("at", "id")
_READ: Mapping[ChangeField, tuple[str, Callable[[str], object]]] = {
    ChangeField.TYPE: ("type", ItemType),
    ChangeField.ASSIGNEE: ("assignee_id", str),
    ChangeField.PARENT: ("parent_id", str),
    ChangeField.START_ON: ("start_on", date.fromisoformat),
    ChangeField.DUE_ON: ("due_on", date.fromisoformat),
    ChangeField.STORY_POINTS: ("points", float),
    ChangeField.ESTIMATE_HOURS: ("hours", float),
    ChangeField.SEVERITY: ("severity", Severity),
    ChangeField.RISK_PROBABILITY: ("probability", float),
    ChangeField.RISK_IMPACT: ("impact", float),
}
"""Field → the attribute that holds it, and how its text is read. Status is read with the item's life."""


class Meaning(NamedTuple):
    """What the name of a status stood for: ``against_date``: the tool's own closing date says something else."""

    connection: str
    name: str
    category: str
    against_date: bool


class Alone(NamedTuple):
    """What checks find in an item by itself, at whatever moment it stands so.

    ``failed``: codes of the checks it fails; ``doubtful``: of those that it may fail at one moment and not at another.
    ``ways``: its steps between two statuses of one category. ``meaning`` None: it stood in another status than now.
    """

    failed: tuple[str, ...]
    doubtful: tuple[str, ...]
    ways: tuple[tuple[str, str], ...]
    meaning: Meaning | None


@dataclass(slots=True)
class ItemAt:
    """One item at one moment. ``present``: it exists and is in the project. ``started_at``/``done_at`` as known then.

    ``reopened_at``: when it last went from closed to open. ``after_done``: it changed status again after being closed.
    ``alone``: what checks found in it, once they have looked; ``leaf``: the leaf that was last made of it.
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
    alone: Alone | None = None
    leaf: Leaf | None = None
    _steps: tuple[Change, ...] | None = None
    _accounts: frozenset[str] | None = None

    @property
    def steps(self) -> tuple[Change, ...]:
        """Its status changes up to the moment, oldest first."""
        if self._steps is None:
            self._steps = tuple([one for one in self.past if one.field is ChangeField.STATUS])
        return self._steps

    @property
    def accounts(self) -> frozenset[str]:
        """Everybody who is or ever was assigned, whenever that was."""
        if self._accounts is None:
            moves = [one for one in self.history.changes if one.field is ChangeField.ASSIGNEE]
            ever = {self.assignee_id, self.item.assignee_id, *(who for one in moves for who in (one.old, one.new))}
            self._accounts = frozenset(who for who in ever if who)
        return self._accounts


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


StateAt = Callable[[ItemHistory, datetime], ItemAt]
"""``state_at``, or something that remembers what it said."""


class States:
    """``state_at`` with a memory: an item is the same at all moments between two things that happened to it.

    Holds on to the histories it was asked about, so that one is told from another by being itself.
    """

    def __init__(self) -> None:
        self._held: dict[int, tuple[ItemHistory, list[datetime], dict[int, ItemAt]]] = {}

    def __call__(self, history: ItemHistory, as_of: datetime) -> ItemAt:
        held = self._held.get(id(history))
        if held is None:
            held = self._held[id(history)] = history, _turns(history), {}
        _, turns, found = held
        place = bisect_right(turns, as_of)
        if place not in found:
            found[place] = state_at(history, as_of)
        return found[place]

    def keep(self, histories: Iterable[ItemHistory]) -> None:
        """Let go of all histories but these."""
        kept = {id(history) for history in histories}
        self._held = {key: held for key, held in self._held.items() if key in kept}


def _turns(history: ItemHistory) -> list[datetime]:
    """The moments from each of which on an item may be another."""
    item = history.item
    moments = {item.created_at, item.updated_at, *(change.at for change in history.changes)}
    moments.update(moment for moment in (item.done_at, history.deleted_at) if moment is not None)
    for one in history.memberships:
        moments.update((one.from_at, one.to_at or one.from_at))
    return sorted(moments)


def state_at(history: ItemHistory, as_of: datetime) -> ItemAt:
    """The item as it stood at ``as_of``. Raises ValueError for a change whose text is not of its field's type."""
    found = rolled_back(history, as_of)
    _keep_last(found, found.past)
    return found


def rolled_back(history: ItemHistory, as_of: datetime) -> ItemAt:
    """The item at ``as_of`` with its fields as the tool had them: one that was taken away is empty."""
    item = history.item
    past, later = _split(history.changes, as_of)
    status = StatusCategory(later.get(ChangeField.STATUS) or item.status)
    life = _life(history, past, status, as_of)
    risk = item.risk
    arrived_at, left_at, present = _presence(history, as_of)
    found = ItemAt(
        id=item.id,
        item=item,
        type=item.type,
        status=life.status,
        assignee_id=item.assignee_id,
        parent_id=item.parent_id,
        start_on=item.start_on,
        due_on=item.due_on,
        points=item.story_points,
        hours=item.estimate_hours,
        severity=item.severity,
        probability=risk.probability if risk else None,
        impact=risk.impact if risk else None,
        removed=_NOTHING,
        present=present,
        arrived_at=arrived_at,
        left_at=left_at,
        started_at=life.started_at,
        done_at=life.done_at,
        reopened_at=life.reopened_at,
        after_done=life.after_done,
        touched_at=_touched(item, past),
        known=history.history_known or as_of >= item.updated_at,
        past=past,
        history=history,
    )
    _roll_back(found, later)
    return found


def _roll_back(found: ItemAt, later: dict[ChangeField, str | None]) -> None:
    """Put every field that changed later back to what it was before."""
    for field, text in later.items():
        if field in _READ:
            name, read = _READ[field]
            if text is not None or field is not ChangeField.TYPE:
                setattr(found, name, None if text is None else read(text))


def _keep_last(found: ItemAt, past: Sequence[Change]) -> None:
    """Where a kept field is empty but was not always, its last value counts, and the field is named."""
    last: dict[ChangeField, str] = {}
    for change in past:
        if change.field in _KEPT:
            value = change.new if change.new is not None else change.old
            if value is not None:
                last[change.field] = value
    for field, text in last.items():
        name, read = _READ[field]
        if getattr(found, name) is None:
            setattr(found, name, read(text))
            found.removed |= {field}


def _touched(item: WorkItem, past: Sequence[Change]) -> datetime:
    """When somebody last worked on the item. Emptying a field is no work on it."""
    for change in reversed(past):
        if change.new is not None or change.field not in _KEPT:
            return change.at
    return item.created_at


def _split(changes: Sequence[Change], as_of: datetime) -> tuple[list[Change], dict[ChangeField, str | None]]:
    """Changes up to the moment, oldest first and each once; and per field the value before the first later change."""
    if not changes:
        return [], {}
    ordered = sorted({change.id: change for change in changes}.values(), key=_WHEN)
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
    seen = False
    for change in past:
        if change.field is not ChangeField.STATUS or change.new is None:
            continue
        is_closed, was_closed = change.new in CLOSED, change.old in CLOSED
        if change.old == StatusCategory.IN_PROGRESS and not seen:
            started = history.item.created_at  # it was created in progress
        if change.new == StatusCategory.IN_PROGRESS and started is None:
            started = change.at
        seen = True
        if was_closed and not is_closed:
            reopened, closed = change.at, None
        elif is_closed and (closed is None or not was_closed):
            closed = change.at
    item = history.item
    after_done = reopened is not None
    if status in CLOSED and closed is None and reopens(change for change in history.changes if change.at > as_of):
        closed = item.created_at  # closed all along: the tool's date is that of another closing
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


def reopens(changes: Iterable[Change]) -> bool:
    """Whether any of the changes opens the item again."""
    moves = (change for change in changes if change.field is ChangeField.STATUS and change.new is not None)
    return any(change.old in CLOSED and change.new not in CLOSED for change in moves)


def _presence(history: ItemHistory, as_of: datetime) -> tuple[datetime, datetime | None, bool]:
    """When the item came into the project, when it left it (None: it had not), and whether it is there."""
    item = history.item
    arrived, left = item.created_at, None
    inside = True
    if len(history.memberships) == 1:
        only = history.memberships[0]
        arrived = max(arrived, only.from_at)
        begins, ends = only.from_at <= as_of, only.to_at is not None and only.to_at <= as_of
        inside = begins and not ends
        left = only.to_at if begins and ends else None
    elif history.memberships:
        begun = [membership for membership in history.memberships if membership.from_at <= as_of]
        inside = any(membership.to_at is None or membership.to_at > as_of for membership in begun)
        arrived = max(arrived, min(membership.from_at for membership in history.memberships))
        if begun and not inside:
            left = max(membership.to_at for membership in begun if membership.to_at is not None)
    if history.deleted_at is not None and history.deleted_at <= as_of:
        left = min(left, history.deleted_at) if left else history.deleted_at
        inside = False
    return arrived, left, inside and item.created_at <= as_of
