"""Baselines: set the plan as it stands, approve it, and show what has changed since."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from pydantic import Field

from model.base import Record
from model.baseline import Baseline, BaselinePlan, held_at
from model.errors import CHANGED_MEANWHILE, UsageError
from model.tree import Node, NodeKind
from rollup.facts import Plan, ProjectFacts
from rollup.facts.agreed import take_plan
from service.scoring import read
from service.workspace import Workspace, containers_by_node
from store.unit_of_work import UnitOfWork


class Moved(Record):
    """An item of the plan that is due on another day than agreed; ``days`` later (below 0: earlier)."""

    item: str
    agreed_on: date
    due_on: date
    days: int


class Changes(Record):
    """What has changed since the baseline; work in ``unit``. ``basis``: approved or reconstructed."""

    basis: str
    of: datetime
    unit: str
    work_then: float
    work_now: float
    added: float
    removed: float
    added_items: tuple[str, ...] = ()
    moved: tuple[Moved, ...] = ()
    target_then: date | None = None
    target_now: date | None = None
    budget_then: str | None = None
    budget_now: str | None = None


class Shown(Record):
    """A node's baselines: the one that holds, the one that waits, and every one that was ever set."""

    node: str
    held: Baseline | None = None
    proposed: Baseline | None = None
    history: tuple[Baseline, ...] = Field(default=())
    changes: Changes | None = None


def propose(workspace: Workspace, node_name: str, *, as_of: datetime | None, by: str, reason: str | None) -> Baseline:
    """Set the plan of a project, as it stood at a moment (None: now), to wait for an approval.

    Raises UsageError for a node that is no project, without a plan to keep, or where a plan was approved before and no
    reason is given.
    """
    node, now = _project(workspace, node_name), workspace.clock()
    with workspace.db.begin() as uow:
        if not reason and any(one.approved_at is not None for one in uow.baselines.of(node.id)):
            raise UsageError(
                f"{node.name} has an approved baseline: another one needs a reason.",
                where="--reason",
                fix='Say why the plan is changed: --reason "…".',
            )
        plan = _plan(workspace, uow, node, as_of or now, past=as_of is not None and as_of < now)
        return uow.baselines.propose(node.id, plan, by=by, at=now, reason=reason)


def _plan(workspace: Workspace, uow: UnitOfWork, node: Node, at: datetime, *, past: bool) -> BaselinePlan:
    records = uow.records.project_records(node.id, containers_by_node(workspace, uow)[node.id])
    if past and any(not history.history_known for history in records.items if history.item.created_at <= at):
        raise UsageError(
            f"The history of {node.name} is not read yet: its plan of that day is not known.",
            where="--as-of",
            fix="Let sync or serve read the histories first, or set the plan as it stands now.",
        )
    plan = take_plan(records, node, at)
    if not plan.items:
        raise UsageError(
            f"{node.name} held no work item then: there is no plan to keep.",
            where="NODE",
            fix="Sync it first, or name another day.",
        )
    return plan


def approve(workspace: Workspace, node_name: str, *, by: str, seen: str | None = None) -> Baseline:
    """Let the plan that waits hold from now on. ``seen``: when the plan that is meant was set, as ISO text.

    Raises UsageError where none waits, and where another one waits than was seen.
    """
    node, now = _project(workspace, node_name), workspace.clock()
    with workspace.db.begin() as uow:
        waits = next((one for one in uow.baselines.of(node.id) if one.proposed), None)
        if seen is not None and waits is not None and waits.set_at.isoformat() != seen:
            what = f"{waits.set_by} has set another plan of {node.name} while this page was open: nothing is approved."
            raise UsageError(what, where="NODE", fix="Look at it, then approve it.", reason=CHANGED_MEANWHILE)
        if not uow.baselines.approve(node.id, by=by, at=now):
            what = f"No baseline of {node.name} waits for an approval."
            raise UsageError(what, where="NODE", fix=f"Set one first: baseline {node.id} set.")
        uow.dirty.mark([node.id], why="baseline", at=now)
        held = held_at(uow.baselines.of(node.id), now)
    assert held is not None  # noqa: S101 - it was approved a line above
    return held


def show(workspace: Workspace, node_name: str) -> Shown:
    """The baselines of a project, and what has changed since the one that holds (else since the reconstructed one)."""
    node, now = _project(workspace, node_name), workspace.clock()
    with workspace.db.read() as uow:
        history = uow.baselines.of(node.id)
        _, facts_at = read(workspace, uow, known_at=None)
        facts = facts_at(node.id, now)
    held = held_at(history, now)
    return Shown(
        node=node.id,
        held=held,
        proposed=next((one for one in history if one.proposed), None),
        history=history,
        changes=_changes(facts, facts.plan, held) if facts.plan is not None else None,
    )


def _changes(facts: ProjectFacts, plan: Plan, held: Baseline | None) -> Changes:
    return Changes(
        basis="approved" if plan.agreed else "reconstructed",
        of=plan.at,
        unit=facts.unit.value,
        work_then=plan.work,
        work_now=facts.total_work,
        added=plan.added,
        removed=plan.removed,
        added_items=plan.added_ids,
        moved=_moved(facts, held),
        target_then=held.plan.target_on if held else None,
        target_now=facts.node.target_on,
        budget_then=_said(held.plan.budget.model_dump()) if held and held.plan.budget else None,
        budget_now=_said(facts.node.budget.model_dump()) if facts.node.budget else None,
    )


def _moved(facts: ProjectFacts, held: Baseline | None) -> tuple[Moved, ...]:
    """Planned items that are still open and due on another day, the latest first."""
    due = {leaf.id: leaf.due_on for leaf in facts.open_leaves}
    found = [
        Moved(item=item.id, agreed_on=item.due_on, due_on=day, days=(day - item.due_on) // timedelta(days=1))
        for item in (held.plan.items if held else ())
        if item.due_on is not None and (day := due.get(item.id)) is not None and day != item.due_on
    ]
    return tuple(sorted(found, key=lambda moved: (-moved.days, moved.item)))


def _said(budget: Mapping[str, object]) -> str:
    return f"{budget['hours']:g} hours" if budget["hours"] is not None else f"{budget['amount']:g} {budget['currency']}"


def _project(workspace: Workspace, name: str) -> Node:
    node = workspace.node(name)
    if node.kind is not NodeKind.PROJECT:
        raise UsageError(
            f"{node.name} is a {node.kind.value}: baselines are kept for projects.",
            where="NODE",
            fix="Name one of its projects.",
        )
    return node
