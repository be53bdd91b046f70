"""Count the facts of one project at one moment from its items' histories."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from model.baseline import Baseline, held_at
from model.health import Basis
from model.landscape import Landscape, ProjectRecords
from model.tree import Node
from model.work import CLOSED, ChangeField, ItemType, StatusCategory
from rollup.declared import newest_said
from rollup.facts.agreed import approved_plan
from rollup.facts.boards import off_board
from rollup.facts.checks import Around, blocking, run_checks
from rollup.facts.cost import count_cost
from rollup.facts.links import LinkEnds, link_ends
from rollup.facts.plan import baseline_moment, count_plan
from rollup.facts.records import (
    BenefitFact,
    Leaf,
    LinkedItem,
    MilestoneFact,
    ProjectFacts,
    RiskFact,
    Unit,
)
from rollup.facts.series import cycle_times, due_record, first_due, weekly
from rollup.facts.state import ItemAt, StateAt, distinct, state_at
from rollup.facts.untold import untold_at
from rollup.facts.work import ancestors, estimates, split_leaves, unit_of, work_of

WEEKS = 52
_DATES = (ChangeField.START_ON, ChangeField.DUE_ON)


def count_facts(
    records: ProjectRecords,
    node: Node,
    landscape: Landscape,
    as_of: datetime,
    *,
    states: StateAt = state_at,
    links: LinkEnds | None = None,
) -> ProjectFacts:
    """Everything the dimensions need to know of one project at one moment.

    The order of records and duplicates among them change nothing. Facts of the past stay empty where any item's
    history is not known. ``states``: ``state_at``, or what remembers its answers. ``links``: the landscape's, sorted already.

    Raises ValueError for a change whose text is not of its field's type.
    """
    as_of = as_of.astimezone(UTC)
    today = as_of.astimezone(ZoneInfo(landscape.timezone)).date()
    links = link_ends(landscape.links) if links is None else links
    ever = [states(history, as_of) for history in distinct(records.items) if history.item.created_at <= as_of]
    items = [item for item in ever if item.present]
    known = all(item.known and item.history.history_known for item in ever)
    work_leaves, containers = split_leaves(items)
    points = estimates(work_leaves, containers, "points")
    hours = estimates(work_leaves, containers, "hours")
    unit = unit_of(work_leaves, points, hours)
    in_unit = points if unit is Unit.POINTS else hours
    work = work_of(work_leaves, unit, in_unit)
    if records.part is not None:
        ever, items, work_leaves, containers = (
            [item for item in each if item.id in records.part] for each in (ever, items, work_leaves, containers)
        )
    leaves = tuple(_leaf(item, work, points, hours) for item in work_leaves)
    first = min((leaf.arrived_at for leaf in leaves), default=None)
    counted = {leaf.id: leaf.work for leaf in leaves if leaf.status is not StatusCategory.DROPPED}
    held = held_at(records.baselines, as_of)
    facts = ProjectFacts(
        node=node,
        as_of=as_of,
        today=today,
        timezone=landscape.timezone,
        basis=_basis(records, landscape, as_of),
        history_known=known,
        first_arrival_at=first,
        unit=unit,
        leaves=leaves,
        total_work=sum(counted.values()),
        done_work=sum(leaf.work for leaf in leaves if leaf.status is StatusCategory.DONE),
        estimated_share=_share([leaf.estimated for leaf in leaves if leaf.open]),
        cost=count_cost(records, items, leaves, landscape=landscape, as_of=as_of),
        defects_ever=sum(1 for leaf in leaves if leaf.type is ItemType.DEFECT),
        risks=tuple(_risk(item, as_of) for item in items if item.type is ItemType.RISK and item.status not in CLOSED),
        benefits=tuple(_benefit(item, as_of) for item in items if item.type is ItemType.BENEFIT),
        milestones=_milestones(records, items, landscape, as_of, held),
        undated_milestones=sum(
            1
            for item in items
            if item.type is ItemType.MILESTONE and item.due_on is None and item.status is not StatusCategory.DROPPED
        ),
        linked=_linked(items, {leaf.id for leaf in leaves}, links),
        ever_linked=frozenset(item.id for item in ever if item.id in links.ends),
        supporting=_supporting(items, leaves, landscape),
        accounts=_accounts(ever),
        declared=newest_said(records.declared, as_of),
        last_activity_at=max((item.touched_at for item in items), default=None),
        **_trust(items, (leaves, containers), records, landscape, links, as_of),  # type: ignore[arg-type]
    )
    if not known or first is None:
        return facts
    facts = _with_past(facts, ever, counted, states)
    if held is None:
        return facts
    agreed = approved_plan(held, ever, counted, unit, node=node, first=first, as_of=as_of, landscape=landscape)
    return _replace(facts, plan=agreed)


def _with_past(facts: ProjectFacts, ever: Sequence[ItemAt], counted: dict[str, float], states: StateAt) -> ProjectFacts:
    """The same facts with those that need history: series, plan, cycle times, reopened items, dates kept."""
    as_of, node, first = facts.as_of, facts.node, facts.first_arrival_at
    assert first is not None  # noqa: S101 - the caller looked
    settled = baseline_moment(node, first, facts.timezone)
    span = max(1, min(WEEKS, (as_of - first).days // 7))
    done = [leaf for leaf in facts.leaves if leaf.status is StatusCategory.DONE and leaf.done_at is not None]
    grown = [leaf.arrived_at for leaf in facts.leaves if leaf.id in counted and leaf.arrived_at > settled]
    defects = [leaf for leaf in facts.leaves if leaf.type is ItemType.DEFECT]
    kept, outcomes = due_record(facts)
    recent = as_of - timedelta(weeks=12)
    finished_by: dict[str, int] = {}
    for leaf in done:
        if leaf.assignee_id and leaf.done_at is not None and leaf.done_at > recent:
            finished_by[leaf.assignee_id] = finished_by.get(leaf.assignee_id, 0) + 1
    two_months = as_of - timedelta(weeks=8)
    present = {leaf.id for leaf in facts.leaves}
    return _replace(
        facts,
        weekly_done=weekly([leaf.done_at for leaf in done if leaf.done_at], as_of, span),
        weekly_arrivals=weekly(grown, as_of, span),
        plan=count_plan(settled, ever, counted, facts.unit, as_of, states=states),
        defects_in=weekly([leaf.arrived_at for leaf in defects], as_of, 8),
        defects_out=weekly([leaf.done_at for leaf in defects if leaf.done_at], as_of, 8),
        reopened=tuple(
            item.id
            for item in ever
            if item.id in present and item.reopened_at is not None and item.reopened_at > two_months
        ),
        finished_8_weeks=sum(1 for leaf in done if leaf.done_at is not None and leaf.done_at > two_months),
        cycle_days=cycle_times(done, as_of),
        finished_by=finished_by,
        due_kept=kept,
        due_outcomes=outcomes,
    )


def _replace(facts: ProjectFacts, **changes: object) -> ProjectFacts:
    values = {name: getattr(facts, name) for name in ProjectFacts.__slots__}
    return ProjectFacts(**{**values, **changes})


def _leaf(item: ItemAt, work: dict[str, float], points: dict[str, float], hours: dict[str, float]) -> Leaf:
    """The same leaf as at another moment wherever nothing of it differs."""
    key, before = item.id, item.leaf
    own, estimated, spent = work[key], key in points or key in hours, hours.get(key)
    if before is not None and (before.work, before.estimated, before.hours) == (own, estimated, spent):
        return before
    item.leaf = Leaf(
        id=key,
        type=item.type,
        status=item.status,
        work=own,
        estimated=estimated,
        hours=spent,
        assignee_id=item.assignee_id,
        due_on=item.due_on,
        due_removed=ChangeField.DUE_ON in item.removed,
        severity=item.severity,
        arrived_at=item.arrived_at,
        started_at=item.started_at,
        done_at=item.done_at,
    )
    return item.leaf


def _basis(records: ProjectRecords, landscape: Landscape, as_of: datetime) -> Basis:
    """Observed from the moment we knew anything of the project on; before, reconstructed from its history."""
    since = [moment for moment in (records.first_known_at, landscape.first_sync_at) if moment is not None]
    return Basis.RECONSTRUCTED if since and as_of < max(since) else Basis.OBSERVED


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else 1.0


def _risk(item: ItemAt, as_of: datetime) -> RiskFact:
    """A risk as it stood. No tool tells when it was answered: before we saw it, nobody knows."""
    told = untold_at(item.history, as_of)
    return RiskFact(
        id=item.id,
        probability=item.probability,
        impact=item.impact,
        owner_id=item.assignee_id,
        raised_at=item.item.created_at,
        touched_at=item.touched_at,
        response=told.response if told else None,
        answer_known=told is not None,
    )


def _benefit(item: ItemAt, as_of: datetime) -> BenefitFact:
    """The register entry. Its numbers have no history: before we saw any, they are not known."""
    told = untold_at(item.history, as_of)
    entry = told.benefit if told else None
    return BenefitFact(
        id=item.id,
        owner_id=item.assignee_id,
        due_on=item.due_on,
        measure=(entry.measure or None) if entry else None,
        baseline=entry.baseline if entry else None,
        target=entry.target if entry else None,
        actual=entry.actual if entry else None,
        known=told is not None,
        unit=entry.unit if entry else None,
    )


def _milestones(
    records: ProjectRecords, items: Sequence[ItemAt], landscape: Landscape, as_of: datetime, held: Baseline | None
) -> tuple[MilestoneFact, ...]:
    """Milestone items with their history, and the tool's versions, which have none: those only since the first sync."""
    zone = ZoneInfo(landscape.timezone)
    agreed = {entry.id: entry.due_on for entry in held.plan.milestones} if held else {}
    found = [
        MilestoneFact(
            id=item.id,
            item=True,
            first_due_on=agreed.get(item.id) or first_due(item) or item.due_on,
            due_on=item.due_on,
            reached_on=item.done_at.astimezone(zone).date() if item.done_at else None,
        )
        for item in items
        if item.type is ItemType.MILESTONE and item.due_on is not None and item.status is not StatusCategory.DROPPED
    ]
    if _basis(records, landscape, as_of) is Basis.OBSERVED:
        versions = {milestone.id: milestone for milestone in records.milestones}
        found.extend(
            MilestoneFact(
                key, False, agreed.get(key, entry.due_on), entry.due_on, entry.due_on if entry.released else None
            )
            for key, entry in sorted(versions.items())
            if entry.due_on is not None and not entry.archived
        )
    return tuple(found)


def _linked(items: Sequence[ItemAt], leaves: set[str], links: LinkEnds) -> dict[str, LinkedItem]:
    return {
        item.id: LinkedItem(
            item.id,
            item.status,
            item.start_on,
            item.due_on,
            item.assignee_id,
            item.id in leaves,
            item.started_at,
            item.done_at,
            max((change.at for change in item.past if change.field in _DATES), default=None),
        )
        for item in items
        if item.id in links.ends
    }


def _supporting(
    items: Sequence[ItemAt], leaves: Sequence[Leaf], landscape: Landscape
) -> dict[str, frozenset[str]]:
    """Leaves that support a goal: named by it themselves, or below an item that is."""
    goals = [*landscape.goals, *(version.goal for version in landscape.goal_versions)]
    named = {support.subject_id for goal in goals for support in goal.supported_by}
    named &= {item.id for item in items}
    if not named:
        return {}
    above = {item.id: item.parent_id for item in items}
    found = {leaf.id: named.intersection((leaf.id, *ancestors(leaf.id, above))) for leaf in leaves}
    return {leaf: frozenset(subjects) for leaf, subjects in found.items() if subjects}


def _accounts(ever: Sequence[ItemAt]) -> frozenset[str]:
    """Everybody who is or ever was assigned: what a change here may touch elsewhere."""
    return frozenset().union(*(item.accounts for item in ever))


def _trust(
    items: Sequence[ItemAt],
    split: tuple[Sequence[Leaf], Sequence[ItemAt]],
    records: ProjectRecords,
    landscape: Landscape,
    links: LinkEnds,
    as_of: datetime,
) -> dict[str, object]:
    """The checks, the number of records and of those that failed one; a record that can't be seen failed."""
    leaves, containers = split
    estimating = any(leaf.estimated for leaf in leaves)
    closed = {item.id for item in containers if item.status in CLOSED}
    above = {item.id: item.parent_id for item in items}
    early = {key for leaf in leaves if closed and leaf.open for key in ancestors(leaf.id, above)} & closed
    linked = bool(landscape.links) and bool(items)
    blockers, ended = blocking(landscape, links, items, as_of) if linked else ({}, {})
    around = Around(
        unestimated=[leaf.id for leaf in leaves if leaf.open and not leaf.estimated] if estimating else (),
        closed_early=sorted(early),
        off_board=off_board(items, leaves, records, as_of) if records.shown else (),
        blockers=blockers,
        closed=ended,
        unreadable=records.unreadable,
        hidden=records.hidden,
        unnamed=max(0, records.skipped - len(records.unreadable) - len(records.hidden)),
    )
    checks = run_checks(items, as_of, around)
    unseen = {*records.unreadable, *records.hidden}.difference(above)
    failed = {key for check in checks for key in check.failed}
    return {
        "checks": checks,
        "records": len(items) + len(unseen) + around.unnamed,
        "failed_records": len(failed) + around.unnamed,
    }
