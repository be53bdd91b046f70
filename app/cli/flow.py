"""The flow: sync, census, rollup, setup, and all of it as run."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import click

from app import bootstrap
from app.cli.frame import Exit, Frame, command
from app.cli.moments import moment
from app.cli.progress import watching
from app.cli.push import exit_of_writes
from app.cli.tables import census_lines, hook_lines, portfolio_table, setup_lines, sync_lines
from app.cli.writes import writes_table
from model.errors import UsageError
from model.health import RollupResult
from model.tree import Tree
from service import documents, hooks, lenses, push_back, questions, scoring, trends
from service import setup as set_up
from service.census import census as take_census
from service.places import places_of
from service.sync import SyncOutcome
from service.sync import sync as sync_connections
from service.watermelons import rollup_from_above
from service.workspace import Workspace, node_in


def synced(frame: Frame, workspace: Workspace, names: Sequence[str], *, full: bool) -> SyncOutcome:
    """Sync with progress, and tell people what came."""
    with watching(frame) as progress:
        outcome = sync_connections(workspace, names, full=full, progress=progress)
    sync_lines(frame.out, outcome.reports)
    for _name, error in outcome.failures:
        frame.problem(error)
    return outcome


def exit_of_sync(outcome: SyncOutcome) -> Exit:
    if outcome.failures and not outcome.reports:
        return Exit.UNUSABLE
    if outcome.failures or any(report.skipped for report in outcome.reports):
        return Exit.IN_PART
    return Exit.DONE


def rolled_up(frame: Frame, workspace: Workspace, result: RollupResult) -> dict[str, Any]:
    """The roll-up's document, and the portfolio table for people."""
    portfolio_table(frame.out, workspace.tree, result)
    told = rollup_from_above(workspace, result)
    return documents.rollup_document(told, documents.labels_for(workspace, told.nodes))


@command("sync")
@click.argument("connections", nargs=-1)
@click.option("--full", is_flag=True, help="Read everything again instead of what changed.")
def sync(frame: Frame, connections: tuple[str, ...], full: bool) -> Exit:
    """Pull what changed from the tools (all, or the named CONNECTIONS); resumes where it was cut off."""
    with bootstrap.workspace(frame.configuration(), frame.settings) as workspace:
        outcome = synced(frame, workspace, connections, full=full)
    document = documents.sync_document(outcome.reports, outcome.failures)
    ending = exit_of_sync(outcome)
    if ending is Exit.UNUSABLE:
        document |= documents.error_document(outcome.failures[0][1])
    frame.document(document)
    return ending


@command("census")
@click.argument("connections", nargs=-1)
def census(frame: Frame, connections: tuple[str, ...]) -> Exit:
    """Find what left the tools (all, or the named CONNECTIONS): deleted, moved, archived, hidden, back."""
    with bootstrap.workspace(frame.configuration(), frame.settings) as workspace:
        outcome = take_census(workspace, connections)
    census_lines(frame.out, outcome.reports)
    for _name, error in outcome.failures:
        frame.problem(error)
    document = documents.census_document(outcome.reports, outcome.failures)
    unusable = bool(outcome.failures) and not outcome.reports
    if unusable:
        document |= documents.error_document(outcome.failures[0][1])
    frame.document(document)
    return Exit.UNUSABLE if unusable else Exit.IN_PART if outcome.failures else Exit.DONE


@command("rollup")
@click.option("--as-of", metavar="DATE", help="Score the end of that day instead of now.")
@click.option("--node", metavar="NODE", help="Show this node and what is below it only.")
@click.option("--lens", metavar="NAME", help="Group the same projects by this lens of the configuration.")
def rollup(frame: Frame, as_of: str | None, node: str | None, lens: str | None) -> None:
    """Score every node of the tree, or of another tree over the same projects (--lens)."""
    with bootstrap.workspace(frame.configuration(), frame.settings) as workspace:
        at = moment(as_of, timezone=workspace.timezone, now=workspace.clock(), option="--as-of")
        if lens:
            _through_lens(frame, workspace, lenses.score_lens(workspace, lens, as_of=at), node)
            return
        result = scoring.score(workspace, as_of=at)
        if at is None:
            trends.fill_trends(workspace)
            lenses.keep_published(workspace)
        if node:
            below = _below(workspace.tree, workspace.node(node).id)
            result = result.model_copy(update={"nodes": tuple(n for n in result.nodes if n.id in below)})
        frame.document(rolled_up(frame, workspace, result))


def _through_lens(frame: Frame, workspace: Workspace, found: lenses.LensResult, node: str | None) -> None:
    """The table of a lens, the outcomes beside it, and its document."""
    tree = found.grouping.tree
    if node:
        below = _below(tree, node_in(tree, node).id)
        kept = found.result.model_copy(update={"nodes": tuple(n for n in found.result.nodes if n.id in below)})
        found = replace(found, result=kept)
    portfolio_table(frame.out, tree, found.result)
    for score in found.result.nodes:
        if metric := found.metrics.get(score.id):
            frame.out.print(f"{score.name}: {lenses.metric_line(metric)}", markup=False)
    if found.why:
        frame.out.print(f"Lens {found.grouping.lens.name}: {found.why}.", markup=False)
    told = replace(found, result=rollup_from_above(workspace, found.result))
    frame.document(lenses.rollup_document(told, documents.labels_for(workspace, told.result.nodes)))


def _below(tree: Tree, node_id: str) -> set[str]:
    found = {node_id}
    for candidate in tree.nodes:
        if any(parent.id in found for parent in candidate.parents):
            found.add(candidate.id)
    return found


@command("setup")
@click.option("--apply", "apply", is_flag=True, help="Make the fields instead of showing the plan.")
@click.option("--remove", is_flag=True, help="Take away what we made, and only that: fields with their values, and webhooks.")
@click.option("--dry-run", is_flag=True, help="With --remove: only show what would be taken away.")
def setup(frame: Frame, apply: bool, remove: bool, dry_run: bool) -> Exit:
    """Plan or make the health fields in each tool; says what an admin must do by hand."""
    if apply and remove:
        raise UsageError("Make them or take them away?", where="setup", fix="Give --apply or --remove, not both.")
    with bootstrap.workspace(frame.configuration(), frame.settings) as workspace:
        results = set_up.setup(workspace, apply=(apply or remove) and not dry_run, remove=remove)
        hooks_gone = hooks.remove(workspace) if remove and not dry_run else ()
    frame.document(documents.setup_document(results))
    setup_lines(frame.out, results, applied=(apply or remove) and not dry_run)
    hook_lines(frame.out, hooks_gone)
    by_hand = any(step.by_hand and not step.done for result in results for step in result.steps)
    by_hand |= any(report.problems() for report in hooks_gone)
    return Exit.IN_PART if by_hand else Exit.DONE


@command("run")
def run(frame: Frame) -> Exit:
    """Sync, rollup, push, once."""
    with bootstrap.workspace(frame.configuration(), frame.settings) as workspace:
        document, ending = once(frame, workspace)
    frame.document(document)
    return ending


def once(frame: Frame, workspace: Workspace) -> tuple[dict[str, Any], Exit]:
    """The whole flow, once: its document and the worst exit code."""
    outcome = synced(frame, workspace, (), full=False)
    result = scoring.score(workspace, as_of=None)
    trends.fill_trends(workspace)
    lenses.keep_published(workspace)
    scored = rolled_up(frame, workspace, result)
    writes = () if workspace.read_only else push_back.push(workspace) + questions.answer(workspace, by="cli")
    if workspace.read_only:
        frame.out.print("Nothing is written: this deployment is read-only.")
    else:
        writes_table(frame.out, writes, places_of(workspace, [write.target for write in writes]))
    document = {
        "sync": documents.sync_document(outcome.reports, outcome.failures),
        "rollup": scored,
        "push": documents.writes_document(writes),
    }
    endings = [exit_of_sync(outcome), exit_of_writes(writes), Exit.REFUSED if workspace.read_only else Exit.DONE]
    return document, max(endings)


COMMANDS = (sync, census, rollup, setup, run)
