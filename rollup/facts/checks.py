"""Data-quality checks: how far the records can be trusted. Names after jirametrics' findings, where they are the same."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from model.work import CLOSED, ChangeField, ItemType, StatusCategory
from rollup.facts.records import WORST_IMPACT, Check
from rollup.facts.state import ItemAt
from rollup.facts.work import MOST, believable

STALE_DAYS = 30

Rule = Callable[[ItemAt, datetime], bool]


def _never_started(item: ItemAt, _: datetime) -> bool:
    return item.status is StatusCategory.DONE and item.known and item.started_at is None


def _after_done(item: ItemAt, _: datetime) -> bool:
    return item.after_done


def _nobody(item: ItemAt, _: datetime) -> bool:
    return item.status is StatusCategory.IN_PROGRESS and (
        item.assignee_id is None or ChangeField.ASSIGNEE in item.removed
    )


def _date_removed(item: ItemAt, _: datetime) -> bool:
    return ChangeField.DUE_ON in item.removed and item.status not in CLOSED


def _value_removed(item: ItemAt, _: datetime) -> bool:
    others = item.removed - {ChangeField.DUE_ON, ChangeField.ASSIGNEE}
    return bool(others) and item.status not in CLOSED


def _stale(item: ItemAt, as_of: datetime) -> bool:
    return item.status is StatusCategory.IN_PROGRESS and as_of - item.touched_at > timedelta(days=STALE_DAYS)


def _contradictory(item: ItemAt, _: datetime) -> bool:
    return (item.start_on is not None and item.due_on is not None and item.start_on > item.due_on) or (
        item.done_at is not None and item.done_at < item.item.created_at
    )


def _unassessed(item: ItemAt, _: datetime) -> bool:
    if item.type is not ItemType.RISK or item.status in CLOSED:
        return False
    chance, impact = item.probability, item.impact
    return chance is None or impact is None or not (0 <= chance <= 1 and 0 <= impact <= WORST_IMPACT)


def _absurd(item: ItemAt, _: datetime) -> bool:
    """A number that can't be meant counts as none: an estimate or a booking below 0, or far beyond all sense."""
    points, hours, spent = item.points, item.hours, item.item.spent_hours
    return (
        (points is not None and not believable(points, "points"))
        or (hours is not None and not believable(hours, "hours"))
        or (spent is not None and not believable(spent, "hours"))
        or (bool(item.history.worklogs) and any(not 0 <= log.hours <= MOST["hours"] for log in item.history.worklogs))
    )


RULES: tuple[tuple[str, str, Rule], ...] = (
    ("completed_never_started", "completed but never started", _never_started),
    ("status_after_done", "status changed after being done", _after_done),
    ("in_progress_unassigned", "in progress with nobody assigned", _nobody),
    ("due_date_removed", "due date taken away while open", _date_removed),
    ("value_removed", "an estimate, start date or assessment taken away while open", _value_removed),
    ("stale_in_progress", f"in progress, untouched for {STALE_DAYS} days", _stale),
    ("contradictory_dates", "dates that contradict each other", _contradictory),
    ("absurd_number", "an estimate or a booking that can't be meant", _absurd),
    ("risk_unassessed", "risk without a probability of 0 to 100 % or an impact of 1 to 5", _unassessed),
)


def run_checks(
    items: Sequence[ItemAt], as_of: datetime, *, unestimated: Sequence[str], closed_early: Mapping[str, str]
) -> tuple[Check, ...]:
    """Every check with the items that failed it, in the order of ids; checks that all passed are left out.

    ``unestimated``: open leaves without an estimate in a project that estimates. ``closed_early``: closed containers
    with open leaves below.
    """
    found = [Check(code, words, tuple(item.id for item in items if rule(item, as_of))) for code, words, rule in RULES]
    found.append(Check("unestimated", "open work without an estimate", tuple(sorted(unestimated))))
    found.append(Check("open_below_done", "done with open work below", tuple(sorted(closed_early))))
    unknown = tuple(item.id for item in items if not item.history.history_known)
    found.append(Check("history_missing", "history not read yet", unknown))
    return tuple(check for check in found if check.failed)
