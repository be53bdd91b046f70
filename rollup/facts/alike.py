"""Whether what was counted of a project at a past moment still stands, though something was learned of it since.

A change that a tool tells with its moment leaves everything before that moment as it was. What comes without history (an
estimate that was changed without a word, a booking, a version's date) may have been so all along: then nothing stands.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from model.landscape import ItemHistory, ProjectRecords
from model.work import CLOSED, ChangeField, ItemType
from rollup.facts.state import ItemAt, StateAt
from rollup.facts.untold import untold_at

_AT_MOMENT = tuple(name for name in ItemAt.__slots__ if name not in {"item", "history"})
_REGISTERS = (ItemType.RISK, ItemType.BENEFIT)
_OF_PROJECT = tuple(name for name in ProjectRecords.model_fields if name != "items")

Pair = tuple[ItemHistory | None, ItemHistory]


def standing(before: ProjectRecords, now: ProjectRecords, states: StateAt) -> Callable[[datetime], bool]:
    """Tells of a moment whether the numbers that were counted from ``before`` are those that ``now`` would give.

    Speaks of what scores are made of. The data-quality checks and who ever worked there are read of the present alone.
    """
    pairs = _differing(before, now)
    return (lambda _: False) if pairs is None else all_alike(pairs, states)


def all_alike(pairs: Sequence[Pair], states: StateAt) -> Callable[[datetime], bool]:
    """The same, told the items that differ: each as it was (None: it was not there) and as it is."""
    return lambda at: all(_alike(old, new, at, states) for old, new in pairs)


def beside_items(records: ProjectRecords) -> ProjectRecords:
    """All of a project's records but its items: where it differs, nothing stands."""
    return records.model_copy(update={"items": ()})


def _differing(before: ProjectRecords, now: ProjectRecords) -> Sequence[Pair] | None:
    """The items that are not the same; None where more than items differs, or one is there no more."""
    if any(getattr(before, name) != getattr(now, name) for name in _OF_PROJECT):
        return None
    held = {history.item.id: history for history in before.items}
    if not held.keys() <= {history.item.id for history in now.items}:
        return None
    return [(held.get(one.item.id), one) for one in now.items if held.get(one.item.id) is not one]


def _alike(old: ItemHistory | None, new: ItemHistory, at: datetime, states: StateAt) -> bool:
    if old is None or old.item.created_at > at:
        return new.item.created_at > at
    if _without_history(old) != _without_history(new):
        return False
    one, other = states(old, at), states(new, at)
    if any(getattr(one, name) != getattr(other, name) for name in _AT_MOMENT):
        return False
    if _ever_closed(one) and (old.item.status, old.item.done_at) != (new.item.status, new.item.done_at):
        return False  # the tool's own closing date tells of the time before it
    return _untold(old, at, one.type) == _untold(new, at, one.type)


def _without_history(history: ItemHistory) -> tuple[object, ...]:
    """What is read of an item at every moment as it is now."""
    item = history.item
    return item.created_at, bool(item.spent_hours), history.worklogs, history.memberships, history.history_known


def _untold(history: ItemHistory, at: datetime, type_: ItemType) -> tuple[object, ...]:
    """The booking of the moment (None: none, or not known), and of an entry of a register whether and what it told."""
    told = untold_at(history, at)
    booked = told.spent_hours if told else None
    if type_ not in _REGISTERS:
        return told is None and bool(history.item.spent_hours), booked or None
    return told is None, booked or None, *((told.response, told.benefit) if told else ())


def _ever_closed(item: ItemAt) -> bool:
    changes = (one for one in item.past if one.field is ChangeField.STATUS)
    return item.status in CLOSED or any(one.old in CLOSED or one.new in CLOSED for one in changes)
