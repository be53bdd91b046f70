"""The approved baseline: the plan that a person agreed to, and what has become of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from model.baseline import Baseline, BaselinePlan, PlannedItem, PlannedMilestone
from model.landscape import Landscape, ProjectRecords
from model.tree import Node
from model.work import ItemType, StatusCategory
from rollup.facts.plan import CHURN_DAYS, churn_since, largest_first
from rollup.facts.records import Agreed, Plan, Unit
from rollup.facts.state import ItemAt, distinct, state_at
from rollup.facts.work import ancestors, believable, estimates, split_leaves

HOURS_SHARE = 0.5
"""A baseline has hours where at least this share of its items had an estimate in hours."""

Curve = tuple[tuple[date, float], ...]
_NOTHING: Mapping[str, float] = {}


def take_plan(records: ProjectRecords, node: Node, as_of: datetime) -> BaselinePlan:
    """The plan of a project as it stood at a moment: what a baseline is set to.

    Dropped work is left out; finished work is in it. The dates and the budget of the node itself are those of today's
    tree, which has no history. Raises ValueError for a change whose text is not of its field's type.
    """
    items = [
        found
        for history in distinct(records.items)
        if history.item.created_at <= as_of and (found := state_at(history, as_of)).present
    ]
    leaves, containers = split_leaves(items)
    leaves = [leaf for leaf in leaves if leaf.status is not StatusCategory.DROPPED]
    points, hours = (estimates(leaves, containers, field) for field in ("points", "hours"))
    dated = {
        item.id: item.due_on
        for item in items
        if item.type is ItemType.MILESTONE and item.due_on is not None and item.status is not StatusCategory.DROPPED
    }
    if records.first_known_at is not None and as_of >= records.first_known_at:
        dated |= {entry.id: entry.due_on for entry in records.milestones if entry.due_on and not entry.archived}
    return BaselinePlan(
        as_of=as_of,
        start_on=node.start_on,
        target_on=node.target_on,
        budget=node.budget,
        items=tuple(
            PlannedItem(id=leaf.id, due_on=leaf.due_on, points=points.get(leaf.id), hours=hours.get(leaf.id))
            for leaf in leaves
        ),
        milestones=tuple(PlannedMilestone(id=key, due_on=due) for key, due in sorted(dated.items())),
    )


def sizes(items: Iterable[PlannedItem], unit: Unit, now: Mapping[str, float] = _NOTHING) -> dict[str, float]:
    """Work per planned item in a unit.

    One that had no estimate is as large as it is ``now`` (to estimate is no growth), else the average of the others.
    """
    listed = list(items)
    if unit is Unit.ITEMS:
        return {item.id: 1.0 for item in listed}
    field = unit.value
    told = {item.id: value for item in listed if believable(value := getattr(item, field), field)}
    known = {item.id: now[item.id] for item in listed if item.id in now} | told
    usual = sum(known.values()) / len(known) if known else 1.0
    return {item.id: known.get(item.id, usual) for item in listed}


@dataclass(frozen=True, slots=True)
class _Fate:
    """What became of a planned item that is still awaited or done: the share of it that is done, and when."""

    done: float
    done_at: datetime | None
    due_on: date | None


def approved_plan(
    baseline: Baseline,
    ever: Sequence[ItemAt],
    work: Mapping[str, float],
    unit: Unit,
    *,
    node: Node,
    first: datetime,
    as_of: datetime,
    landscape: Landscape,
) -> Plan:
    """The approved baseline against today's ``work`` of the leaves.

    ``ever``: every item ever in the project, as it stands at ``as_of``. ``first``: when the first item arrived.
    """
    zone = ZoneInfo(landscape.timezone)
    plan = baseline.plan
    ids = {item.id for item in plan.items}
    above = {item.id: item.parent_id for item in ever}
    below = {key: (set(ancestors(key, above)) & ids) - {key} for key in work}
    planned = sizes(plan.items, unit, _now(ids, work, below))
    fates = _fates(planned, ever, work, below)
    added = sorted((key for key in work if key not in planned and not below[key]), key=lambda key: (-work[key], key))
    start = plan.start_on or node.start_on or first.astimezone(zone).date()
    churned = churn_since(ever, work, unit, max(plan.as_of, as_of - timedelta(days=CHURN_DAYS)))
    return Plan(
        at=plan.as_of,
        work=sum(planned.values()),
        added=sum(work[key] for key in added),
        removed=sum(size for key, size in planned.items() if key not in fates),
        churn=sum(churned.values()),
        added_ids=tuple(added),
        churned_ids=largest_first(churned, work),
        curve=_curve(plan, planned, fates.keys(), start=start, end=plan.target_on or node.target_on),
        agreed=_agreed(baseline, planned, fates, zone),
    )


def _now(ids: Iterable[str], work: Mapping[str, float], below: Mapping[str, set[str]]) -> dict[str, float]:
    """How large planned items are now: themselves, else what they were split into."""
    found: dict[str, float] = {}
    for leaf, planned_above in below.items():
        for key in planned_above:
            found[key] = found.get(key, 0.0) + work[leaf]
    return found | {key: work[key] for key in ids if key in work}


def _fates(
    planned: Mapping[str, float],
    ever: Sequence[ItemAt],
    work: Mapping[str, float],
    below: Mapping[str, set[str]],
) -> dict[str, _Fate]:
    """What became of each planned item; one that was dropped or left is missing. A split one stands for its parts."""
    state = {item.id: item for item in ever}
    parts: dict[str, list[str]] = {}
    for leaf, planned_above in below.items():
        for key in planned_above:
            parts.setdefault(key, []).append(leaf)
    found: dict[str, _Fate] = {}
    for key in planned:
        leaves = [key] if key in work else parts.get(key, [])
        if not leaves:
            continue
        total = sum(work[leaf] for leaf in leaves)
        done = [leaf for leaf in leaves if state[leaf].status is StatusCategory.DONE]
        share = sum(work[leaf] for leaf in done) / total if total > 0 else len(done) / len(leaves)
        ends = [at for leaf in done if (at := state[leaf].done_at) is not None]
        due = max((day for leaf in leaves if leaf not in done and (day := state[leaf].due_on)), default=None)
        whole = len(done) == len(leaves)
        found[key] = _Fate(1.0 if whole else share, max(ends, default=None) if whole else None, due)
    return found


def _agreed(baseline: Baseline, planned: Mapping[str, float], fates: Mapping[str, _Fate], zone: ZoneInfo) -> Agreed:
    plan = baseline.plan
    with_hours = [item for item in plan.items if believable(item.hours, "hours")]
    hours = sizes(plan.items, Unit.HOURS) if len(with_hours) >= HOURS_SHARE * len(plan.items) and with_hours else {}
    ends = [fate.done_at for fate in fates.values() if fate.done_at is not None]
    all_done = bool(ends) and all(fate.done == 1.0 for fate in fates.values())
    later = [
        ((fate.due_on - item.due_on).days, item.id)
        for item in plan.items
        if item.due_on and (fate := fates.get(item.id)) and fate.due_on and fate.due_on > item.due_on
    ]
    return Agreed(
        number=baseline.number,
        approved_on=(baseline.approved_at or baseline.set_at).astimezone(zone).date(),
        start_on=plan.start_on,
        target_on=plan.target_on,
        budget=plan.budget,
        earned=_earned(planned, fates),
        hours=sum(size for key, size in hours.items() if key in fates) if hours else None,
        earned_hours=_earned(hours, fates),
        done_on=max(ends).astimezone(zone).date() if all_done else None,
        later=tuple(key for _, key in sorted(later, key=lambda pair: (-pair[0], pair[1]))),
    )


def _earned(planned: Mapping[str, float], fates: Mapping[str, _Fate]) -> float | None:
    """Share of the work still meant that is done; None where there is none."""
    total = sum(planned[key] for key in fates if key in planned)
    if total <= 0:
        return None
    return min(1.0, sum(planned[key] * fate.done for key, fate in fates.items() if key in planned) / total)


def _curve(
    plan: BaselinePlan, planned: Mapping[str, float], meant: Iterable[str], *, start: date, end: date | None
) -> Curve:
    """(day, share of the work due by then): dated work on its day, the rest evenly from the start to the target.

    Empty (a straight line) where nothing has a date, or where work without one has no days to lie on.
    """
    left = set(meant)
    total = sum(planned[key] for key in left)
    by_day: dict[date, float] = {}
    for item in plan.items:
        if item.due_on is not None and item.id in left:
            day = max(item.due_on, start)
            by_day[day] = by_day.get(day, 0.0) + planned[item.id]
    undated = total - sum(by_day.values())
    if total <= 0 or not by_day:
        return ()
    if undated > 1e-9 * total:
        if end is None or end <= start:
            return ()
        by_day.setdefault(end, 0.0)
    curve: list[tuple[date, float]] = []
    so_far = 0.0
    for day in sorted(by_day):
        so_far += by_day[day]
        run = min(1.0, (day - start) / (end - start)) if end is not None and end > start else 1.0
        curve.append((day, min(1.0, (so_far + max(0.0, undated) * run) / total)))
    return tuple(curve)
