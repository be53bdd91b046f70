"""The baseline, reconstructed from history: what the project held when its backlog had settled.

It stands where nobody approved one; ``rollup.facts.agreed`` has those.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from model.tree import Node
from model.work import ChangeField, StatusCategory
from rollup.facts.records import Plan, Unit
from rollup.facts.state import ItemAt, StateAt
from rollup.facts.work import believable, estimates, split_leaves, work_of

SETTLING_DAYS = 28
CHURN_DAYS = 56
DATED_SHARE = 0.5
"""The planned curve follows due dates from this share of dated baseline work on; else it is a straight line."""

_EARLIEST, _LATEST = date.min + timedelta(days=1), date.max - timedelta(days=SETTLING_DAYS + 1)
"""Days that have a begin in every time zone, and a plan that settles before the calendar ends."""

_FIELDS = {Unit.POINTS: ChangeField.STORY_POINTS, Unit.HOURS: ChangeField.ESTIMATE_HOURS}


def baseline_moment(node: Node, first_arrival_at: datetime, timezone: str) -> datetime:
    """When the plan is taken to stand: four weeks after the start, or a tenth of the planned time if that is shorter.

    At least one week: a backlog is not filled in a day. The start is the node's own, else the first item's arrival; of
    continuous work, which is planned for no day, always the latter.
    """
    zone, own = ZoneInfo(timezone), node.start_on if node.target_on is not None else None
    start = _begin_of(own, zone) if own else first_arrival_at
    settling = timedelta(days=SETTLING_DAYS)
    if node.target_on is not None:
        planned = _begin_of(node.target_on, zone) - start
        settling = max(timedelta(days=7), min(settling, planned / 10))
    return start + settling


def _begin_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(min(max(day, _EARLIEST), _LATEST), time(), zone).astimezone(UTC)


def count_plan(
    at: datetime, now: Sequence[ItemAt], work: Mapping[str, float], unit: Unit, as_of: datetime, *, states: StateAt
) -> Plan | None:
    """The plan as it stood at ``at`` against the leaves' ``work`` today; None when the moment has not come.

    ``now``: every item ever in the project, as it stands at ``as_of``; ``work``: of today's leaves.
    """
    if at > as_of:
        return None
    before = [states(item.history, at) for item in now if item.arrived_at <= at]
    leaves, containers = split_leaves(item for item in before if item.present)
    leaves = [leaf for leaf in leaves if leaf.status is not StatusCategory.DROPPED]
    planned = _sizes(leaves, containers, unit, work)
    added = sorted((key for key in work if key not in planned), key=lambda key: (-work[key], key))
    removed = [key for key in planned if key not in work]
    churned = churn_since(now, work, unit, max(at, as_of - timedelta(days=CHURN_DAYS)))
    return Plan(
        at=at,
        work=sum(planned.values()),
        added=sum(work[key] for key in added),
        removed=sum(planned[key] for key in removed),
        churn=sum(churned.values()),
        added_ids=tuple(added),
        churned_ids=largest_first(churned, work),
        curve=_curve(leaves, planned),
    )


def _sizes(
    leaves: Sequence[ItemAt], containers: Sequence[ItemAt], unit: Unit, work: Mapping[str, float]
) -> dict[str, float]:
    """Work per leaf of the plan in a unit. What had no estimate then is as large as it is now: to estimate is no growth."""
    if unit is Unit.ITEMS:
        return work_of(leaves, unit, {})
    found = estimates(leaves, containers, "hours" if unit is Unit.HOURS else "points")
    return work_of(leaves, unit, {leaf.id: work[leaf.id] for leaf in leaves if leaf.id in work} | found)


def churn_since(now: Sequence[ItemAt], work: Mapping[str, float], unit: Unit, since: datetime) -> dict[str, float]:
    """Work added, taken away or re-estimated since a moment, by item."""
    field = _FIELDS.get(unit)
    usual = sum(work.values()) / len(work) if work else 1.0
    found: dict[str, float] = {}
    for item in now:
        if item.id in work:
            if item.arrived_at > since:
                found[item.id] = work[item.id]
            elif field is not None and (changed := _re_estimated(item, field, since)):
                found[item.id] = changed
        elif item.arrived_at <= since and (_left(item) or since) > since:
            found[item.id] = usual
    return found


def largest_first(churned: Mapping[str, float], work: Mapping[str, float]) -> tuple[str, ...]:
    """What is still there of the work that changed."""
    return tuple(sorted((key for key in churned if key in work), key=lambda key: (-churned[key], key)))


def _re_estimated(item: ItemAt, field: ChangeField, since: datetime) -> float:
    name = "hours" if field is ChangeField.ESTIMATE_HOURS else "points"
    return sum(
        abs(new - old)
        for change in item.past
        if change.field is field and change.at > since and change.new is not None and change.old is not None
        if believable(new := float(change.new), name) and believable(old := float(change.old), name)
    )


def _left(item: ItemAt) -> datetime | None:
    return item.done_at if item.present and item.status is StatusCategory.DROPPED else item.left_at


def _curve(leaves: Sequence[ItemAt], planned: Mapping[str, float]) -> tuple[tuple[date, float], ...]:
    """(day, share of the dated baseline work due by then)."""
    total = sum(planned.values())
    by_day: dict[date, float] = {}
    for leaf in leaves:
        if leaf.due_on is not None:
            by_day[leaf.due_on] = by_day.get(leaf.due_on, 0.0) + planned[leaf.id]
    dated = sum(by_day.values())
    if total <= 0 or dated < DATED_SHARE * total:
        return ()
    curve: list[tuple[date, float]] = []
    so_far = 0.0
    for day in sorted(by_day):
        so_far += by_day[day]
        curve.append((day, so_far / dated))
    return tuple(curve)
