"""One item between two moments: what each cause swaps, and the item as it would be after some causes only.

Three versions of everything are held apart: *then* (as it was, by what was known then), *late* (as it was then, by what
is known now) and *now*. Correction swaps then for late; every other cause swaps late for now where these differ. What
happened between the moments is played forward; while the clock stands, it counts as done at the earlier moment.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from model.landscape import ItemHistory
from model.work import CLOSED, Change, ItemType, Membership, Risk, WorkItem, Worklog
from rollup.change.causes import OF_CHANGE, OF_ITEM, Cause, cause_of
from rollup.facts.state import rolled_back
from rollup.facts.untold import untold_at

LONG_AGO = datetime(1, 1, 2, tzinfo=UTC)
NEVER = datetime(9999, 12, 30, tzinfo=UTC)

Causes = frozenset[Cause]

_UNTOLD = frozenset({"remaining_hours", "spent_hours", "benefit"})
"""Fields of which no tool tells the history; nor of a risk's answer."""


class Span(NamedTuple):
    """The two moments."""

    then: datetime
    now: datetime


class _Presence(NamedTuple):
    """When the item came to be, where it belonged from when on, and when it was gone."""

    created_at: datetime
    memberships: tuple[Membership, ...]
    deleted_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Swap:
    """One input of an item: whose it is, and its three versions."""

    cause: Cause
    then: Any
    late: Any
    now: Any

    def of(self, causes: Collection[Cause]) -> Any:
        if self.cause in causes and self.now != self.late:
            return self.now
        return self.late if Cause.CORRECTION in causes else self.then

    def touched(self) -> Collection[Cause]:
        return [
            *([self.cause] if self.now != self.late else []),
            *([Cause.CORRECTION] if self.then != self.late else []),
        ]


class ItemBetween:
    """An item between two moments. ``before``/``after``: its history as known then and now; one may be None."""

    def __init__(self, before: ItemHistory | None, after: ItemHistory | None, span: Span) -> None:
        self._span = span
        shown = after or before
        if shown is None:
            raise ValueError("an item needs a history")
        self._shown = shown
        kind = shown.item.type
        self._fields = _fields(before or shown, after or shown, span, kind)
        self._presence = _presence(before, after, span, kind)
        self._logs = _logs(before or shown, after or shown, span)
        self._changes = _past(before or shown, span.then), _past(after or shown, span.then)
        self._news = _news(after, span, kind)
        self._known = _known(before or shown, after or shown, span)
        self.causes = self._touched()
        self._built: dict[Causes, ItemHistory | None] = {}

    def _touched(self) -> Causes:
        """The causes that changed anything of it."""
        if self._presence.then is self._presence.late is self._presence.now is None:
            return frozenset()
        found = {cause for swap in (*self._fields.values(), self._presence, self._logs) for cause in swap.touched()}
        found |= self._news.keys()
        found |= {Cause.CORRECTION} if self._changes[0] != self._changes[1] else set()
        found |= {Cause.DATA} if self._known[0] != self._known[1] else set()
        return frozenset(found)

    def under(self, causes: Causes) -> ItemHistory | None:
        """The item's history when just these causes have acted; None when it is not in the project's records then."""
        kept = causes & (self.causes | {Cause.TIME})
        if kept not in self._built:
            self._built[kept] = self._build(kept)
        return self._built[kept]

    def _build(self, causes: Causes) -> ItemHistory | None:
        present: _Presence | None = self._presence.of(causes)
        if present is None:
            return None
        clock = None if Cause.TIME in causes else self._span.then
        known, fresh = self._known[Cause.DATA in causes]
        return ItemHistory.model_construct(
            item=self._item(causes, present, fresh),
            changes=self._played(causes, clock),
            memberships=tuple(_earlier_membership(one, clock) for one in present.memberships),
            worklogs=tuple(_earlier_log(log, clock) for log in self._logs.of(causes)),
            deleted_at=_earlier(present.deleted_at, clock),
            history_known=known,
        )

    def _item(self, causes: Causes, present: _Presence, fresh: bool) -> WorkItem:
        values = {name: swap.of(causes) for name, swap in self._fields.items()}
        if values["status"] not in CLOSED:
            values["done_at"] = None
        clock = None if Cause.TIME in causes else self._span.then
        values["done_at"] = _earlier(values["done_at"], clock)
        values["created_at"] = _earlier(present.created_at, clock)
        values["updated_at"] = LONG_AGO if fresh else NEVER
        return self._shown.item.model_copy(update=values)

    def _played(self, causes: Causes, clock: datetime | None) -> tuple[Change, ...]:
        news = sorted((c for cause in causes & self._news.keys() for c in self._news[cause]), key=_when)
        base = self._changes[Cause.CORRECTION in causes]
        if clock is not None:
            news = [replace(one, at=clock - timedelta(microseconds=len(news) - n)) for n, one in enumerate(news, 1)]
        return (*base, *news)


def _when(change: Change) -> tuple[datetime, str]:
    return change.at, change.id


def _earlier(at: datetime | None, clock: datetime | None) -> datetime | None:
    return at if at is None or clock is None else min(at, clock)


def _earlier_membership(one: Membership, clock: datetime | None) -> Membership:
    if clock is None or one.from_at == NEVER or max(one.from_at, one.to_at or one.from_at) <= clock:
        return one
    return replace(one, from_at=min(one.from_at, clock), to_at=_earlier(one.to_at, clock))


def _earlier_log(log: Worklog, clock: datetime | None) -> Worklog:
    if clock is None or log.worked_at == NEVER or max(log.worked_at, log.logged_at) <= clock:
        return log
    return replace(log, worked_at=min(log.worked_at, clock), logged_at=min(log.logged_at, clock))


def _past(history: ItemHistory, at: datetime) -> tuple[Change, ...]:
    """Changes up to a moment, each once, oldest first."""
    return tuple(sorted({one.id: one for one in history.changes if one.at <= at}.values(), key=_when))


def _news(after: ItemHistory | None, span: Span, kind: ItemType) -> Mapping[Cause, list[Change]]:
    """What changed between the moments, by cause."""
    found: dict[Cause, list[Change]] = {}
    for one in {change.id: change for change in after.changes}.values() if after else ():
        if span.then < one.at <= span.now:
            found.setdefault(cause_of(OF_CHANGE[one.field], kind), []).append(one)
    return found


def _fields(before: ItemHistory, after: ItemHistory, span: Span, kind: ItemType) -> dict[str, _Swap]:
    then, late, now = _values(before, span.then), _values(after, span.then), _values(after, span.now)
    # What has no history was learned as it changed: it is no correction of what was known then.
    untold = OF_ITEM.keys() if not after.history_known else _UNTOLD
    late |= {name: then[name] for name in untold}
    late["risk"] = late["risk"].model_copy(update={"response": then["risk"].response})
    return {name: _Swap(cause_of(cause, kind), then[name], late[name], now[name]) for name, cause in OF_ITEM.items()}


def _values(history: ItemHistory, at: datetime) -> dict[str, Any]:
    """The fields of an item as they were; of one that was not yet there, as it came to be."""
    item = history.item
    was = rolled_back(history, max(at, item.created_at))
    told = untold_at(history, at) or untold_at(history, item.updated_at)
    assert told is not None  # noqa: S101 - an item's last values are known
    risk = Risk.model_construct(probability=was.probability, impact=was.impact, response=told.response)
    return {
        "status": was.status,
        "done_at": was.done_at,
        "due_on": was.due_on,
        "start_on": was.start_on,
        "type": was.type,
        "parent_id": was.parent_id,
        "story_points": was.points,
        "estimate_hours": was.hours,
        "remaining_hours": item.remaining_hours,
        "spent_hours": told.spent_hours,
        "assignee_id": was.assignee_id,
        "severity": was.severity,
        "risk": risk,
        "benefit": told.benefit,
    }


def _presence(before: ItemHistory | None, after: ItemHistory | None, span: Span, kind: ItemType) -> _Swap:
    late, now = _present(after, span.then), _present(after, span.now)
    return _Swap(cause_of(Cause.SCOPE, kind), _present(before, span.then), late, now)


def _present(history: ItemHistory | None, at: datetime) -> _Presence | None:
    """Where the item belonged at a moment; one whose time in the project has not come stands with a span that never does."""
    if history is None or history.item.created_at > at:
        return None
    begun = tuple(
        one if one.to_at is None or one.to_at <= at else replace(one, to_at=None)
        for one in sorted(history.memberships, key=lambda one: one.id)
        if one.from_at <= at
    )
    if history.memberships and not begun:
        begun = (replace(history.memberships[0], from_at=NEVER, to_at=None),)
    gone = history.deleted_at if history.deleted_at is not None and history.deleted_at <= at else None
    return _Presence(history.item.created_at, begun, gone)


def _logs(before: ItemHistory, after: ItemHistory, span: Span) -> _Swap:
    return _Swap(Cause.COST, _booked(before, span.then), _booked(after, span.then), _booked(after, span.now))


def _booked(history: ItemHistory, at: datetime) -> tuple[Worklog, ...]:
    """Bookings up to a moment. Where there are only later ones, one that never comes: the item has bookings of its own."""
    ordered = sorted({log.id: log for log in history.worklogs}.values(), key=lambda log: log.id)
    found = tuple(log for log in ordered if log.worked_at <= at and log.logged_at <= at)
    if ordered and not found:
        return (replace(ordered[0], worked_at=NEVER, logged_at=NEVER),)
    return found


_KnownAt = tuple[bool, bool]


def _known(before: ItemHistory, after: ItemHistory, span: Span) -> tuple[_KnownAt, _KnownAt]:
    """Then and now: whether the whole history is known, and whether what has no history (if any) is of the moment."""
    if not any(map(_holds_untold, (before, after))):
        return (before.history_known, True), (after.history_known, True)
    return (
        (before.history_known, untold_at(before, span.then) is not None),
        (after.history_known, untold_at(after, span.now) is not None),
    )


def _holds_untold(history: ItemHistory) -> bool:
    item = history.item
    booked = bool(item.spent_hours) and not history.worklogs
    return booked or item.benefit is not None or item.type is ItemType.RISK or bool(history.untold)
