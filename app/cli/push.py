"""Writing into the tools: plan, push, undo, and the log of every write."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from app import bootstrap
from app.cli.frame import Exit, Frame, command
from app.cli.moments import since as moment_since
from app.cli.separators import SEPARATOR, separator_of
from app.cli.writes import change, writes_table
from model.errors import UsageError
from model.push import Write, WriteResult
from service import audit as log
from service import documents, plan_file, push_back
from service import undo as undoing
from service.csv_table import Separator
from service.errands import refuse_unready
from service.places import places_of
from service.push_back import Wish
from service.pushing.decide import INCOMPLETE
from service.undo import Extent
from service.workspace import Workspace
from store.pushes import AuditEntry

_FILE = click.Path(dir_okay=False, path_type=Path)
_EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
UNUSABLE = frozenset({"credential_refused", "unreachable", "html_answer", "not_json", "call_removed", "redirected"})
"""Reasons for which a tool can't be used at all."""


def exit_of_writes(writes: Sequence[Write]) -> Exit:
    """Fields that can't be written yet, and targets that failed, make it partial; what only waits does not."""
    partial = {WriteResult.FAILED, WriteResult.REFUSED}
    if writes and all(write.reason in UNUSABLE for write in writes):
        return Exit.UNUSABLE
    return Exit.IN_PART if any(w.result in partial or w.reason in INCOMPLETE for w in writes) else Exit.DONE


def told(frame: Frame, workspace: Workspace, writes: Sequence[Write]) -> Exit:
    """Show writes, to programs and to people."""
    frame.document(documents.writes_document(writes))
    writes_table(frame.out, writes, places_of(workspace, [write.target for write in writes]))
    return exit_of_writes(writes)


@command("plan")
@click.option("--only", metavar="NODE", multiple=True, help="Only the writes of this node (may be repeated).")
@click.option("--out", metavar="FILE", type=_FILE, help="Keep the plan, to be looked through and carried out with push FILE.")
def plan(frame: Frame, only: tuple[str, ...], out: Path | None) -> Exit:
    """Show every write that push would make, and why. Writes nothing."""
    with bootstrap.workspace(frame.configuration(), frame.settings) as workspace:
        wish = _wish(workspace, only)
        writes = push_back.plan(refuse_unready(workspace), wish)
        if out:
            plan_file.save(workspace, out, writes, wish)
        ending = told(frame, workspace, writes)
    if out:
        frame.out.print(f"The plan is in {out}; `bellwether push {out}` carries it out.", soft_wrap=True)
    return ending


@command("push")
@click.argument("file", required=False, type=_EXISTING)
@click.option("--only", metavar="NODE", multiple=True, help="Only this node's targets, those that were undone, too.")
@click.option("--resume", is_flag=True, help="Write again where it was undone.")
def push(frame: Frame, file: Path | None, only: tuple[str, ...], resume: bool) -> Exit:
    """Write the health into the tools: the fewest writes that make them right. A FILE is a plan that was kept."""
    if file and (only or resume):
        raise UsageError("A plan says itself what it writes.", where="push", fix="Give FILE alone.")
    with bootstrap.workspace(frame.configuration(), frame.settings) as workspace:
        if file:
            writes = plan_file.push(workspace, file)
        else:
            push_back.refuse_read_only(workspace, "`plan` shows what it would write.")
            writes = push_back.push(refuse_unready(workspace), replace(_wish(workspace, only), resume=resume))
        ending = told(frame, workspace, writes)
        _way_back(frame, workspace, writes)
    return ending


def _wish(workspace: Workspace, nodes: Sequence[str]) -> Wish:
    return Wish(only={workspace.node(node).id for node in nodes} if nodes else None)


def _way_back(frame: Frame, workspace: Workspace, writes: Sequence[Write]) -> None:
    """Which run it was, for whoever wants it back."""
    if any(write.result is WriteResult.WRITTEN for write in writes):
        with workspace.db.read() as uow:
            run = uow.pushes.audit(since=uow.runs.recent(1)[0].started_at)[-1].run
        frame.out.print(f"This was {run}; `bellwether undo --run {run}` takes it back.")


@command("undo")
@click.option("--since", metavar="TIME", help="Everything written since: a date, a moment with its offset, or e.g. 2h.")
@click.option("--run", "run", metavar="ID", help="What one run wrote; `audit` names the runs.")
@click.option("--node", metavar="NODE", help="Everything ever written for this node.")
@click.option("--dry-run", is_flag=True, help="Only show what would be put back.")
def undo(frame: Frame, since: str | None, run: str | None, node: str | None, dry_run: bool) -> Exit:
    """Put back what our writes replaced, where nobody has changed it since; comments and status updates are deleted."""
    if not (since or run or node):
        raise UsageError("Undo what?", where="undo", fix="Give --since TIME, --run ID or --node NODE.")
    with bootstrap.workspace(frame.configuration(), frame.settings) as workspace:
        at = moment_since(since, timezone=workspace.timezone, now=workspace.clock(), option="--since")
        extent = Extent(since=at, run=run, node=workspace.node(node).id if node else None)
        writes = undoing.plan_undo(workspace, extent) if dry_run else undoing.undo(workspace, extent)
        left = any(write.result is WriteResult.SKIPPED for write in writes)
        return max(told(frame, workspace, writes), Exit.IN_PART if left else Exit.DONE)


@command("audit")
@click.option("--node", metavar="NODE", help="Only writes of this node.")
@click.option("--since", metavar="TIME", help="Only writes since: a date, a moment with its offset, or e.g. 2h.")
@click.option("--run", "run", metavar="ID", help="Only writes of this run.")
@click.option("--out", metavar="FILE", type=_FILE, help="Write them into a file: .csv or .json.")
@SEPARATOR
def audit(
    frame: Frame, node: str | None, since: str | None, run: str | None, out: Path | None, separator: str | None
) -> None:
    """List every write ever made into a tool: when, by whom, what, what stood there before, why, and the result."""
    way = separator_of(separator, table=out is not None and _is_csv(out), fix="Add --out audit.csv.")
    with bootstrap.workspace(frame.configuration(), frame.settings) as workspace:
        wanted = workspace.node(node).id if node else None
        at = moment_since(since, timezone=workspace.timezone, now=workspace.clock(), option="--since")
        with workspace.db.read() as uow:
            entries = uow.pushes.audit(since=at, node=wanted, run=run, setup=True)
        places = places_of(workspace, {entry.target for entry in entries if entry.node})
    if out:
        _export(out, entries, way)
    frame.document({"writes": [log.document(entry) for entry in entries]})
    if out:
        frame.out.print(f"{len(entries)} writes are in {out}", soft_wrap=True)
        return
    for entry in entries:
        when = f"{entry.at:%Y-%m-%d %H:%M} UTC  {entry.run:<10} {entry.by:<8} {entry.result:<8}"
        place = places.get(entry.target)
        called = f"  “{place.name}”" if place else ""
        frame.out.print(f"{when} {entry.target}{called}  {change(entry.write)}", markup=False, soft_wrap=True)
        frame.out.print(f"    {entry.why}", markup=False, soft_wrap=True, style="dim")
    if not entries:
        frame.out.print("nothing was written there" if node or since or run else "nothing was ever written")


def _is_csv(path: Path) -> bool:
    return path.suffix.lower() == ".csv"


def _export(path: Path, entries: Sequence[AuditEntry], separator: Separator) -> None:
    """Raises UsageError for a file of another kind, or one that can't be written."""
    if not _is_csv(path) and path.suffix.lower() != ".json":
        raise UsageError(f"{path.name} is neither .csv nor .json.", where="--out", fix="Name it audit.csv or audit.json.")
    if _is_csv(path):
        text = "".join(log.csv_lines(entries, separator))
    else:
        text = json.dumps({"writes": [log.document(entry) for entry in entries]}, ensure_ascii=False, indent=2)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError("The file can't be written.", where=str(path), fix=str(error.strerror or "")) from None


COMMANDS = (plan, push, undo, audit)
