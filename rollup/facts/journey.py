"""The ways of items through their statuses: what data-quality checks read of a history. Pure, one question a function."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from model.work import CLOSED, Change, ChangeField, StatusCategory
from rollup.facts.state import ItemAt, Meaning, reopens

TODO, IN_PROGRESS = StatusCategory.TODO.value, StatusCategory.IN_PROGRESS.value
LEAST_FORWARD = 3
"""A step between two statuses has a usual direction from so many items on, and where it is so many times as frequent."""


class Seen(NamedTuple):
    """An item at a moment with its status changes up to then, oldest first."""

    item: ItemAt
    steps: tuple[Change, ...]


def seen(item: ItemAt) -> Seen:
    return Seen(item, item.steps)


def began_as(one: Seen) -> StatusCategory | None:
    """The category it was created in; None where the history is not known or does not say."""
    if not one.item.history.history_known:
        return None
    if not one.steps:
        told = one.item.item.done_at
        closed_later = told is not None and told > one.item.item.created_at and not reopens(one.item.history.changes)
        return None if closed_later and one.item.status in CLOSED else one.item.status
    first = one.steps[0].old
    return StatusCategory(first) if first else None


def went_back(one: Seen) -> bool:
    """From in progress back to not started, at any time. Leaving a closed status is told by another check."""
    return any(step.old == IN_PROGRESS and step.new == TODO for step in one.steps)


def closed_before_start(one: Seen) -> bool:
    """Closed first, started only afterwards: its cycle time would be below zero."""
    if one.steps and one.steps[0].old == IN_PROGRESS:
        return False
    for step in one.steps:
        if step.new == IN_PROGRESS:
            return False
        if step.new in CLOSED:
            return any(later.new == IN_PROGRESS for later in one.steps)
    return False


def broken(one: Seen) -> bool:
    """Whether changes of the status are missing: what one change left is not what the next one found.

    Counted without regard to order, since several changes may carry one moment: each value but the first and the last
    is entered as often as it is left.
    """
    steps = one.steps
    if len(steps) < 2 or not one.item.known or all(a.new == b.old for a, b in pairwise(steps)):
        return False
    balance: Counter[str] = Counter()
    for step in steps:
        balance[step.new or ""] += 1
        balance[step.old or ""] -= 1
    return sum(abs(number) for number in balance.values()) > 2


Way = tuple[str, str]


def ways_of(one: Seen) -> tuple[Way, ...]:
    """Its steps between two statuses of one category, by their names."""
    return tuple(
        [
            (step.original_old, step.original_new)
            for step in one.steps
            if step.old == step.new and step.original_old and step.original_new
        ]
    )


def against_the_way(went: Mapping[str, Sequence[Way]]) -> frozenset[str]:
    """Ids of items (``went``: with their ways) that went against the usual direction between two statuses of one category.

    The tools do not tell the order of their statuses, so it is learned from the project itself: from A to B is forward
    where at least three items went so, and at least three times as many as went back.
    """
    ways: dict[Way, set[str]] = {}
    for key, steps in went.items():
        for way in steps:
            ways.setdefault(way, set()).add(key)
    return frozenset(key for way, ids in ways.items() if _is_back(way, ways) for key in ids)


def _is_back(way: Way, ways: Mapping[Way, set[str]]) -> bool:
    forward, back = len(ways.get((way[1], way[0]), ())), len(ways[way])
    return forward >= LEAST_FORWARD and forward >= LEAST_FORWARD * back


def meaning_of(one: Seen) -> Meaning | None:
    """What the name of its status means; None where it stood then in another than the one whose name we know."""
    if not _as_now(one):
        return None
    work = one.item.item
    category = "closed" if work.status in CLOSED else work.status.value
    return Meaning(work.connection, work.original_status, category, _closed_but_open(one))


def two_meanings(meant: Mapping[str, Meaning]) -> frozenset[str]:
    """Ids of items in a status whose category contradicts itself.

    The same name stands for several categories in one project (done and dropped are one: which of them it is says the
    resolution), or the tool's own closing date is there while the category is open.
    """
    meanings: dict[tuple[str, str], set[str]] = {}
    for connection, name, category, _ in set(meant.values()):
        meanings.setdefault((connection, name), set()).add(category)
    double = {name for name, categories in meanings.items() if len(categories) > 1}
    return frozenset(key for key, one in meant.items() if one.against_date or (one.connection, one.name) in double)


def _as_now(one: Seen) -> bool:
    """Whether the item stood then in the status that the tool has a name for now."""
    past, every = one.item.past, one.item.history.changes
    if len(past) == len(every):
        return True
    moves = (change for change in every if change.field is ChangeField.STATUS)
    return sum(1 for _ in moves) == len(one.steps)


def _closed_but_open(one: Seen) -> bool:
    work = one.item.item
    return work.done_at is not None and work.status not in CLOSED and one.item.status not in CLOSED


def still_blocked_by_closed(
    items: Sequence[ItemAt], blockers: Mapping[str, Sequence[str]], closed: Mapping[str, datetime], before: datetime
) -> frozenset[str]:
    """Ids of items not started though something that blocked them was closed ``before``, and nothing else blocks them."""
    found = set()
    for item in items if blockers else ():
        held = blockers.get(item.id)
        waits = item.status is StatusCategory.TODO
        if held and waits and all(key in closed and closed[key] < before for key in held):
            found.add(item.id)
    return frozenset(found)
