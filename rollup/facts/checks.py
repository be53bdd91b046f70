"""Data-quality checks: how far the records can be trusted. Names after jirametrics' findings, where they are the same.

Of its twelve one is not here: whether an item shows on a board can't be said, since boards are not read. "On multiple
boards" is asked of the parts of the tools that feed one project. Words for people: model/language/pages.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from model.landscape import Landscape
from model.work import CLOSED, ChangeField, ContainerKind, ItemType, StatusCategory
from rollup.facts.journey import (
    Seen,
    against_the_way,
    began_as,
    broken,
    closed_before_start,
    seen,
    still_blocked_by_closed,
    two_meanings,
    went_back,
)
from rollup.facts.links import LinkEnds
from rollup.facts.records import WORST_IMPACT, Check
from rollup.facts.state import ItemAt
from rollup.facts.untold import untold_at
from rollup.facts.work import MOST, believable

STALE_DAYS = 30
UNBLOCKED_DAYS = 14
FAR_YEARS = 5
_FAR = timedelta(days=366 * FAR_YEARS)

Lasting = Callable[[Seen], bool]
OfDay = Callable[[Seen, datetime], bool]


def _never_started(one: Seen) -> bool:
    return one.item.known and one.item.started_at is None


def _after_done(one: Seen) -> bool:
    return one.item.after_done


def _discarded(one: Seen) -> bool:
    """Not started today, though it was: the work of then is no longer seen."""
    return one.item.status is StatusCategory.TODO and one.item.started_at is not None


def _created_closed(one: Seen) -> bool:
    """Created in a status that is for closed work. Being created in progress is left to the team."""
    return began_as(one) in CLOSED


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


def _stale(one: Seen, as_of: datetime) -> bool:
    item = one.item
    return item.status is StatusCategory.IN_PROGRESS and as_of - item.touched_at > timedelta(days=STALE_DAYS)


def _contradictory(one: Seen) -> bool:
    item = one.item
    return (item.start_on is not None and item.due_on is not None and item.start_on > item.due_on) or (
        item.done_at is not None and item.done_at < item.item.created_at
    )


def _far_away(one: Seen, as_of: datetime) -> bool:
    """A date more than five years ahead, or more than five years before the item came to be."""
    item = one.item
    if item.due_on is None and item.start_on is None:
        return False
    near = item.item.created_at.year - FAR_YEARS, as_of.year + FAR_YEARS
    if all(day is None or near[0] < day.year < near[1] for day in (item.start_on, item.due_on)):
        return False  # most are: said without counting days
    latest, earliest = (as_of + _FAR).date(), (item.item.created_at - _FAR).date()
    return any(not earliest <= day <= latest for day in (item.start_on, item.due_on) if day is not None)


def _unassessed(one: Seen) -> bool:
    item = one.item
    if item.type is not ItemType.RISK:
        return False
    chance, impact = item.probability, item.impact
    return chance is None or impact is None or not (0 <= chance <= 1 and 0 <= impact <= WORST_IMPACT)


def _absurd(one: Seen, at: datetime) -> bool:
    """A number that can't be meant counts as none: an estimate or a booking below 0, or far beyond all sense."""
    item = one.item
    told = untold_at(item.history, at) if item.item.spent_hours is not None or item.history.untold else None
    points, hours, spent = item.points, item.hours, told.spent_hours if told else None
    return (
        (points is not None and not believable(points, "points"))
        or (hours is not None and not believable(hours, "hours"))
        or (spent is not None and not believable(spent, "hours"))
        or (bool(item.history.worklogs) and any(not 0 <= log.hours <= MOST["hours"] for log in item.history.worklogs))
    )


def _several(one: Seen, as_of: datetime) -> bool:
    """In two of the tools' projects that feed this one, or in two iterations, at once."""
    if len(one.item.history.memberships) < 2:
        return False
    now = [
        entry.container_kind
        for entry in one.item.history.memberships
        if entry.from_at <= as_of and (entry.to_at is None or entry.to_at > as_of)
    ]
    return any(now.count(kind) > 1 for kind in (ContainerKind.PROJECT, ContainerKind.ITERATION))


def _unread(one: Seen) -> bool:
    return not one.item.history.history_known


LASTING: tuple[tuple[str, str, Lasting], ...] = (
    ("completed_never_started", "done", _never_started),
    ("status_after_done", "moved", _after_done),
    ("discarded_changes", "open", _discarded),
    ("backwards_category", "moved", went_back),
    ("created_in_wrong_status", "all", _created_closed),
    ("stopped_before_started", "moved", closed_before_start),
    ("history_cut_off", "moved", broken),
    ("history_missing", "all", _unread),
    ("in_progress_unassigned", "open", _nobody),
    ("due_date_removed", "open", _date_removed),
    ("value_removed", "open", _value_removed),
    ("contradictory_dates", "all", _contradictory),
    ("risk_unassessed", "open", _unassessed),
)
"""Asked of each item alone: of all, of those that are open or closed as done, or of those whose status ever changed.

What they say of an item as it stood holds whatever the day.
"""

OF_DAY: tuple[tuple[str, str, OfDay], ...] = (
    ("several_places", "all", _several),
    ("stale_in_progress", "open", _stale),
    ("date_far_away", "all", _far_away),
    ("absurd_number", "all", _absurd),
)
"""Asked of each item alone, of all or of those that are open, at the moment that is looked at."""

TOGETHER = (
    "backwards_status",
    "status_contradiction",
    "unestimated",
    "open_below_done",
    "started_below_not_started",
    "blocked_on_closed",
    "unreadable",
    "hidden",
)
"""Asked of the items of a project together, or of what is not among them."""

CODES: tuple[str, ...] = (*(code for code, _, _ in (*LASTING, *OF_DAY)), *TOGETHER)


@dataclass(frozen=True, slots=True)
class Around:
    """What the checks need beside the items.

    ``unestimated``: open leaves without an estimate in a project that estimates. ``closed_early``: closed containers
    with open leaves below. ``blockers``: item → what blocks it; ``closed``: when blockers were closed, for those that
    were. ``unreadable``/``hidden``: ids of what we know of and can't see; ``unnamed``: how many more of those there are.
    """

    unestimated: Sequence[str] = ()
    closed_early: Sequence[str] = ()
    blockers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    closed: Mapping[str, datetime] = field(default_factory=dict)
    unreadable: Sequence[str] = ()
    hidden: Sequence[str] = ()
    unnamed: int = 0


def run_checks(items: Sequence[ItemAt], as_of: datetime, around: Around) -> tuple[Check, ...]:
    """Every check with the items that failed it, in the order of ids; checks that all passed are left out."""
    each = [seen(item) for item in items]
    failed: dict[str, list[str]] = {code: [] for code, _, _ in LASTING}
    for item in items:
        for code in item.failing(_failing):
            failed[code].append(item.id)
    asked = {"all": each, "open": [one for one in each if one.item.status not in CLOSED]}
    for code, group, rule in OF_DAY:
        failed[code] = [one.item.id for one in asked[group] if rule(one, as_of)]
    found = [Check(code, tuple(ids)) for code, ids in failed.items()]
    before = as_of - timedelta(days=UNBLOCKED_DAYS)
    together: dict[str, Sequence[str] | frozenset[str]] = {
        "backwards_status": against_the_way(each),
        "status_contradiction": two_meanings(each),
        "unestimated": around.unestimated,
        "open_below_done": around.closed_early,
        "started_below_not_started": _not_started_above(items),
        "blocked_on_closed": still_blocked_by_closed(each, around.blockers, around.closed, before),
        "unreadable": around.unreadable,
        "hidden": around.hidden,
    }
    for code in TOGETHER:
        unnamed = around.unnamed if code == "unreadable" else 0
        found.append(Check(code, tuple(sorted(together[code])), unnamed))
    return tuple(check for check in found if check.total)


def _failing(item: ItemAt) -> frozenset[str]:
    """The checks that an item fails alone, whatever the day."""
    one = seen(item)
    asked = {
        "all": True,
        "open": item.status not in CLOSED,
        "done": item.status is StatusCategory.DONE,
        "moved": bool(one.steps),
    }
    return frozenset(code for code, group, rule in LASTING if asked[group] and rule(one))


def _not_started_above(items: Sequence[ItemAt]) -> frozenset[str]:
    """Containers that are not started though something below them is."""
    waiting = {item.id for item in items if item.status is StatusCategory.TODO}
    begun = {StatusCategory.IN_PROGRESS, StatusCategory.DONE}
    return frozenset(item.parent_id for item in items if item.parent_id in waiting and item.status in begun)


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
