"""Data-quality checks: how far the records can be trusted. Names after jirametrics' findings, where they are the same.

All of its twelve are here. "On multiple boards" is asked of the parts of the tools that feed one project. Words for people:
model/language/pages.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from model.landscape import Landscape
from model.work import CLOSED, ChangeField, ContainerKind, ItemType, StatusCategory
from rollup.facts.journey import (
    Seen,
    Way,
    against_the_way,
    began_as,
    broken,
    closed_before_start,
    meaning_of,
    seen,
    still_blocked_by_closed,
    two_meanings,
    ways_of,
    went_back,
)
from rollup.facts.links import LinkEnds
from rollup.facts.records import WORST_IMPACT, Check
from rollup.facts.state import Alone, ItemAt, Meaning
from rollup.facts.untold import untold_at
from rollup.facts.work import ancestors, believable

STALE_DAYS = 30
UNBLOCKED_DAYS = 14
FAR_YEARS = 5
_FAR = timedelta(days=366 * FAR_YEARS)

Rule = Callable[[Seen], bool]
"""Whether an item fails a check; of one of ``AT_MOMENT``, whether it may at any moment at which it stands so."""


def _never_started(one: Seen) -> bool:
    return one.item.known and one.item.started_at is None


def _after_done(one: Seen) -> bool:
    return one.item.after_done


def _discarded(one: Seen) -> bool:
    """Not started today, though it was: the work of then is no longer seen."""
    return one.item.status is StatusCategory.TODO and one.item.started_at is not None


def _went_back(one: Seen) -> bool:
    return went_back(one)


def _created_closed(one: Seen) -> bool:
    """Created in a status that is for closed work. Being created in progress is left to the team."""
    return began_as(one) in CLOSED


def _stopped_first(one: Seen) -> bool:
    return closed_before_start(one)


def _cut_off(one: Seen) -> bool:
    return broken(one)


def _nobody(one: Seen) -> bool:
    item = one.item
    return item.status is StatusCategory.IN_PROGRESS and (
        item.assignee_id is None or ChangeField.ASSIGNEE in item.removed
    )


def _date_removed(one: Seen) -> bool:
    return ChangeField.DUE_ON in one.item.removed


def _value_removed(one: Seen) -> bool:
    others = one.item.removed - {ChangeField.DUE_ON, ChangeField.ASSIGNEE}
    return bool(others)


def _in_progress(one: Seen) -> bool:
    return one.item.status is StatusCategory.IN_PROGRESS


def _stale(item: ItemAt, as_of: datetime) -> bool:
    return as_of - item.touched_at > timedelta(days=STALE_DAYS)


def _contradictory(one: Seen) -> bool:
    item = one.item
    return (item.start_on is not None and item.due_on is not None and item.start_on > item.due_on) or (
        item.done_at is not None and item.done_at < item.item.created_at
    )


def _far_ever(one: Seen) -> bool:
    """A date that is not near the day on which the item came to be: most are, which is said without counting days."""
    item = one.item
    born = item.item.created_at.year
    return any(
        day is not None and not born - FAR_YEARS < day.year < born + FAR_YEARS for day in (item.start_on, item.due_on)
    )


def _far_away(item: ItemAt, as_of: datetime) -> bool:
    """A date more than five years ahead, or more than five years before the item came to be."""
    latest, earliest = (as_of + _FAR).date(), (item.item.created_at - _FAR).date()
    return any(not earliest <= day <= latest for day in (item.start_on, item.due_on) if day is not None)


def _unassessed(one: Seen) -> bool:
    item = one.item
    if item.type is not ItemType.RISK:
        return False
    chance, impact = item.probability, item.impact
    return chance is None or impact is None or not (0 <= chance <= 1 and 0 <= impact <= WORST_IMPACT)


def _absurd_ever(one: Seen) -> bool:
    item = one.item
    return item.item.spent_hours is not None or bool(item.history.untold) or _absurd_itself(item)


def _absurd_itself(item: ItemAt) -> bool:
    points, hours = item.points, item.hours
    return (
        (points is not None and not believable(points, "points"))
        or (hours is not None and not believable(hours, "hours"))
        or (bool(item.history.worklogs) and any(not believable(log.hours, "hours") for log in item.history.worklogs))
    )


def _absurd(item: ItemAt, at: datetime) -> bool:
    """A number that can't be meant counts as none: an estimate or a booking below 0, or far beyond all sense."""
    told = untold_at(item.history, at)
    spent = told.spent_hours if told else None
    return (spent is not None and not believable(spent, "hours")) or _absurd_itself(item)


def _in_more_than_one(one: Seen) -> bool:
    return len(one.item.history.memberships) > 1


def _several(item: ItemAt, as_of: datetime) -> bool:
    """In two of the tools' projects that feed this one, or in two iterations, at once."""
    places = {
        (entry.container_kind, entry.container_id)
        for entry in item.history.memberships
        if entry.from_at <= as_of and (entry.to_at is None or entry.to_at > as_of)
    }
    now = [kind for kind, _ in places]
    return any(now.count(kind) > 1 for kind in (ContainerKind.PROJECT, ContainerKind.ITERATION))


def _unread(one: Seen) -> bool:
    return not one.item.history.history_known


RULES: tuple[tuple[str, str, Rule], ...] = (
    ("completed_never_started", "done", _never_started),
    ("status_after_done", "moved", _after_done),
    ("discarded_changes", "open", _discarded),
    ("backwards_category", "moved", _went_back),
    ("created_in_wrong_status", "all", _created_closed),
    ("stopped_before_started", "moved", _stopped_first),
    ("history_cut_off", "moved", _cut_off),
    ("history_missing", "all", _unread),
    ("several_places", "all", _in_more_than_one),
    ("in_progress_unassigned", "open", _nobody),
    ("due_date_removed", "open", _date_removed),
    ("value_removed", "open", _value_removed),
    ("stale_in_progress", "open", _in_progress),
    ("contradictory_dates", "all", _contradictory),
    ("date_far_away", "all", _far_ever),
    ("absurd_number", "all", _absurd_ever),
    ("risk_unassessed", "open", _unassessed),
)
"""Asked of each item alone: of all, of those that are open or closed as done, or of those whose status ever changed."""

AT_MOMENT: Mapping[str, Callable[[ItemAt, datetime], bool]] = {
    "several_places": _several,
    "stale_in_progress": _stale,
    "date_far_away": _far_away,
    "absurd_number": _absurd,
}
"""What time alone may change of items that may fail at all."""

TOGETHER = (
    "backwards_status",
    "status_contradiction",
    "unestimated",
    "open_below_done",
    "started_below_not_started",
    "blocked_on_closed",
    "not_on_board",
    "unreadable",
    "hidden",
)
"""Asked of the items of a project together, or of what is not among them."""

CODES: tuple[str, ...] = (*(code for code, _, _ in RULES), *TOGETHER)


@dataclass(frozen=True, slots=True)
class Around:
    """What the checks need beside the items.

    ``unestimated``: open leaves without an estimate in a project that estimates. ``closed_early``: closed containers
    with open leaves below. ``off_board``: leaves in progress that no board shows. ``blockers``: item → what blocks it;
    ``closed``: when blockers were closed, for those that were. ``unreadable``/``hidden``: ids of what we know of and can't
    see; ``unnamed``: how many more of those there are.
    """

    unestimated: Sequence[str] = ()
    closed_early: Sequence[str] = ()
    off_board: Sequence[str] = ()
    blockers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    closed: Mapping[str, datetime] = field(default_factory=dict)
    unreadable: Sequence[str] = ()
    hidden: Sequence[str] = ()
    unnamed: int = 0


def run_checks(items: Sequence[ItemAt], as_of: datetime, around: Around) -> tuple[Check, ...]:
    """Every check with the items that failed it, in the order of ids; checks that all passed are left out."""
    failed: dict[str, list[str]] = {code: [] for code, _, _ in RULES}
    ways: dict[str, Sequence[Way]] = {}
    meant: dict[str, Meaning] = {}
    for item in items:
        alone = item.alone or _looked_at(item)
        for code in alone.failed:
            failed[code].append(item.id)
        for code in alone.doubtful:
            if AT_MOMENT[code](item, as_of):
                failed[code].append(item.id)
        if alone.ways:
            ways[item.id] = alone.ways
        if alone.meaning is not None:
            meant[item.id] = alone.meaning
    found = [Check(code, tuple(keys)) for code, keys in failed.items()]
    before = as_of - timedelta(days=UNBLOCKED_DAYS)
    together: dict[str, Sequence[str] | frozenset[str]] = {
        "backwards_status": against_the_way(ways),
        "status_contradiction": two_meanings(meant),
        "unestimated": around.unestimated,
        "open_below_done": around.closed_early,
        "started_below_not_started": _not_started_above(items),
        "blocked_on_closed": still_blocked_by_closed(items, around.blockers, around.closed, before),
        "not_on_board": around.off_board,
        "unreadable": around.unreadable,
        "hidden": around.hidden,
    }
    for code in TOGETHER:
        unnamed = around.unnamed if code == "unreadable" else 0
        found.append(Check(code, tuple(sorted(together[code])), unnamed))
    return tuple(check for check in found if check.total)


def _looked_at(item: ItemAt) -> Alone:
    """What is found in an item by itself, which it then carries with it."""
    one = seen(item)
    groups = {
        "all": True,
        "open": item.status not in CLOSED,
        "done": item.status is StatusCategory.DONE,
        "moved": bool(one.steps),
    }
    failed = [code for code, group, rule in RULES if groups[group] and rule(one)]
    lasting = tuple([code for code in failed if code not in AT_MOMENT])
    doubtful = tuple([code for code in failed if code in AT_MOMENT])
    item.alone = Alone(lasting, doubtful, ways_of(one), meaning_of(one))
    return item.alone


def _not_started_above(items: Sequence[ItemAt]) -> frozenset[str]:
    """Containers that are not started though something below them is."""
    waiting = {item.id for item in items if item.status is StatusCategory.TODO}
    begun = {StatusCategory.IN_PROGRESS, StatusCategory.DONE}
    above = {item.id: item.parent_id for item in items}
    started = {item.parent_id for item in items if item.parent_id is not None and item.status in begun}
    holding = {key for item in started for key in (item, *ancestors(item, above))}
    return frozenset(holding & waiting)


def blocking(
    landscape: Landscape, links: LinkEnds, items: Sequence[ItemAt], as_of: datetime
) -> tuple[dict[str, list[str]], dict[str, datetime]]:
    """Item → what blocks it at the moment, and when those of this project were closed."""
    here = {item.id: item for item in items}
    blockers: dict[str, list[str]] = {}
    for target in here.keys() & links.into.keys():
        standing = [
            link.source_id
            for link in links.into[target]
            if (link.from_at is None or link.from_at <= as_of) and (link.to_at is None or link.to_at > as_of)
        ]
        if standing:
            blockers[target] = [source for source in standing if source]
    wanted = {key for keys in blockers.values() for key in keys}
    closed = {key: here[key].done_at for key in wanted & here.keys() if here[key].status in CLOSED}
    return blockers, {key: at for key, at in closed.items() if at is not None and at <= as_of}
