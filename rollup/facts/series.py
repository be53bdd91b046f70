"""Series and records over time: what was finished week by week, how long it took, which dates were kept."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from model.work import ChangeField, StatusCategory
from rollup.facts.records import Leaf, ProjectFacts
from rollup.facts.state import ItemAt

_WEEK = timedelta(days=7)
CYCLE_DAYS = 238
"""Cycle times are kept this far back: 26 weeks of standard before the eight weeks that are judged."""


def weekly(moments: Iterable[datetime], as_of: datetime, weeks: int) -> tuple[int, ...]:
    """How many moments fell into each of the last ``weeks`` rolling weeks, oldest first."""
    counts = [0] * weeks
    for moment in moments:
        ago = (as_of - moment) // _WEEK
        if 0 <= ago < weeks:
            counts[weeks - 1 - ago] += 1
    return tuple(counts)


def cycle_times(done: Sequence[Leaf], as_of: datetime) -> tuple[tuple[float, float], ...]:
    """(days since it was finished, days from start to finish) of recently finished leaves, the latest first."""
    found = [
        ((as_of - leaf.done_at) / timedelta(days=1), (leaf.done_at - leaf.started_at) / timedelta(days=1))
        for leaf in done
        if leaf.done_at is not None and leaf.started_at is not None and leaf.done_at >= leaf.started_at
    ]
    return tuple(sorted(pair for pair in found if pair[0] <= CYCLE_DAYS))


def due_record(facts: ProjectFacts) -> tuple[int, int]:
    """Dates kept, of how many that have come due: closed in time, or not (still open counts as late)."""
    kept = outcomes = 0
    for leaf in facts.leaves:
        if leaf.due_on is None or leaf.status is StatusCategory.DROPPED:
            continue
        if leaf.done_at is not None:
            outcomes += 1
            kept += facts.day_of(leaf.done_at) <= leaf.due_on
        elif leaf.due_on < facts.today:
            outcomes += 1
    return kept, outcomes


def first_due(item: ItemAt) -> date | None:
    """The first due date an item ever had."""
    for change in item.past:
        if change.field is ChangeField.DUE_ON:
            first = change.old or change.new
            return date.fromisoformat(first) if first else None
    return item.due_on
