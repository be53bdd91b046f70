"""The plan that a project is measured against: set, approved, shown."""

from typing import Any

import click
from rich.markup import escape

from app import bootstrap
from app.cli.frame import Frame, command
from app.cli.moments import moment
from model.baseline import Baseline
from model.errors import UsageError
from service import baselines, documents
from service.workspace import Workspace
from store.records_read import ItemLabel

MOST_SHOWN = 10


@command("baseline")
@click.argument("node")
@click.argument("action", type=click.Choice(["set", "approve", "show"]))
@click.option("--as-of", metavar="DATE", help="set: the plan as it stood at the end of that day instead of now.")
@click.option("--reason", help="set: why the plan is changed; needed where one was approved before.")
@click.option("--by", help="Who sets it (default: cli), or who approves it (needed).")
def baseline(frame: Frame, node: str, action: str, **said: str | None) -> None:
    """Keep a plan that NODE is measured against: set it as it stands, approve it, show what changed since."""
    with bootstrap.workspace(frame.configuration(), frame.settings) as workspace:
        {"set": _set, "approve": _approve, "show": _show}[action](frame, workspace, node, said)


def _set(frame: Frame, workspace: Workspace, node: str, said: dict[str, str | None]) -> None:
    at = moment(said["as_of"], timezone=workspace.timezone, now=workspace.clock(), option="--as-of")
    made = baselines.propose(workspace, node, as_of=at, by=said["by"] or "cli", reason=said["reason"])
    frame.document({"node": made.node, "proposed": _document(made)})
    frame.out.print(f"{_line(made)}\nIt counts once approved: bellwether baseline {made.node} approve --by NAME")


def _approve(frame: Frame, workspace: Workspace, node: str, said: dict[str, str | None]) -> None:
    _only(said, "by", action="approve")
    if not said["by"]:
        raise UsageError("An approval needs a name.", where="--by", fix="Say who approves: --by NAME.")
    held = baselines.approve(workspace, node, by=said["by"])
    frame.document({"node": held.node, "baseline": _document(held)})
    frame.out.print(f"{_line(held)}\nFrom now on {held.node} is measured against it.")


def _show(frame: Frame, workspace: Workspace, node: str, said: dict[str, str | None]) -> None:
    _only(said, action="show")
    found = baselines.show(workspace, node)
    with workspace.db.read() as uow:
        changes = found.changes
        named = (*changes.added_items, *(moved.item for moved in changes.moved)) if changes else ()
        labels = uow.records.labels(named)
    frame.document(
        {
            "node": found.node,
            "baseline": _document(found.held) if found.held else None,
            "proposed": _document(found.proposed) if found.proposed else None,
            "history": [_document(one) for one in found.history],
            "changes": changes.model_dump(mode="json") if changes else None,
        }
    )
    never = "No baseline was ever set: it is reconstructed from history."
    frame.out.print("\n".join(_line(one) for one in found.history) or never)
    if changes is None:
        frame.out.print("There is nothing to compare with yet.")
    else:
        _changes(frame, changes, labels)


def _only(said: dict[str, str | None], *known: str, action: str) -> None:
    for name, value in said.items():
        if value is not None and name not in known:
            option = f"--{name.replace('_', '-')}"
            raise UsageError(f"{option} says nothing to {action}.", where=option, fix="Leave it out.")


def _document(one: Baseline) -> dict[str, Any]:
    """A baseline without its single items."""
    plan = one.plan
    return {
        "number": one.number,
        "as_of": documents.instant(plan.as_of),
        "start_date": plan.start_on.isoformat() if plan.start_on else None,
        "target_date": plan.target_on.isoformat() if plan.target_on else None,
        "budget": plan.budget.model_dump(mode="json", exclude_none=True) if plan.budget else None,
        "items": len(plan.items),
        "dated_items": sum(1 for item in plan.items if item.due_on is not None),
        "points": sum(item.points or 0.0 for item in plan.items),
        "hours": sum(item.hours or 0.0 for item in plan.items),
        "milestones": len(plan.milestones),
        "reason": one.reason,
        "set_by": one.set_by,
        "set_at": documents.instant(one.set_at),
        "approved_by": one.approved_by,
        "approved_at": documents.instant(one.approved_at) if one.approved_at else None,
        "superseded_at": documents.instant(one.superseded_at) if one.superseded_at else None,
    }


def _line(one: Baseline) -> str:
    plan, target = one.plan, one.plan.target_on
    state = f"approved by {one.approved_by} on {one.approved_at:%Y-%m-%d}" if one.approved_at else "not approved"
    if one.superseded_at:
        state += f", replaced on {one.superseded_at:%Y-%m-%d}"
    dates = f"target {target}" if target else "no target date"
    why = f": {one.reason}" if one.reason else ""
    what = f"{len(plan.items)} items, {dates}, as of {plan.as_of:%Y-%m-%d}, set by {one.set_by}"
    return escape(f"Baseline {one.number} of {one.node}: {what}; {state}{why}")


def _changes(frame: Frame, found: baselines.Changes, labels: dict[str, ItemLabel]) -> None:
    out = frame.out
    out.print(f"\nSince the {found.basis} baseline of {found.of:%Y-%m-%d}:")
    moves = f"added {found.added:g}, gone {found.removed:g}"
    out.print(f"  work       {found.work_then:g} → {found.work_now:g} {found.unit} ({moves})")
    if found.basis == "approved":
        out.print(f"  target     {found.target_then or 'none'} → {found.target_now or 'none'}")
        out.print(f"  budget     {found.budget_then or 'none'} → {found.budget_now or 'none'}")
    for item in found.added_items[:MOST_SHOWN]:
        out.print(f"  added      {escape(_named(item, labels))}")
    for moved in found.moved[:MOST_SHOWN]:
        days = f"{abs(moved.days)} days {'later' if moved.days > 0 else 'earlier'}"
        out.print(f"  moved      {escape(_named(moved.item, labels))}: {moved.agreed_on} → {moved.due_on} ({days})")
    for what, number in (("added", len(found.added_items)), ("moved", len(found.moved))):
        if number > MOST_SHOWN:
            out.print(f"  {what:<10} and {number - MOST_SHOWN} more (--json names all)")


def _named(item: str, labels: dict[str, ItemLabel]) -> str:
    label = labels.get(item)
    return f"{label.ref} {label.title}" if label else item


COMMANDS = (baseline,)
