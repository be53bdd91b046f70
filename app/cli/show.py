"""Looking closer: the receipt of a node, its forecast."""

import click

from app import bootstrap
from app.cli.frame import Frame, command
from app.cli.moments import moment
from app.cli.tables import gap_lines, receipt
from model.health import NodeScore
from service import documents, scoring
from service.watermelons import own_gap
from service.workspace import Workspace


def _score_of(workspace: Workspace, node: str, as_of: str | None) -> NodeScore:
    """The score of one node as of a typed date."""
    wanted = workspace.node(node).id
    at = moment(as_of, timezone=workspace.timezone, now=workspace.clock(), option="--as-of")
    result = scoring.score(workspace, as_of=at)
    return next(score for score in result.nodes if score.id == wanted)


@command("explain")
@click.argument("node")
@click.option("--as-of", metavar="DATE", help="As of the end of that day instead of now.")
def explain(frame: Frame, node: str, as_of: str | None) -> None:
    """Show why NODE has its score: the receipt, down to the items."""
    with bootstrap.workspace(frame.configuration(), frame.settings) as workspace:
        score = _score_of(workspace, node, as_of)
        labels = documents.labels_for(workspace, [score])
        at = moment(as_of, timezone=workspace.timezone, now=workspace.clock(), option="--as-of")
        gap = own_gap(workspace, score, as_of=at or workspace.clock())
    told = documents.gap_document(gap, labels) if gap else None
    frame.document({**documents.node_document(score, labels), "gap": told})
    receipt(frame.out, score, labels)
    if gap:
        gap_lines(frame.out, gap, labels)


@command("forecast")
@click.argument("node")
@click.option("--as-of", metavar="DATE", help="As of the end of that day instead of now.")
def forecast(frame: Frame, node: str, as_of: str | None) -> None:
    """Show when NODE will be done if all output goes to its scope, or why that can't be said."""
    with bootstrap.workspace(frame.configuration(), frame.settings) as workspace:
        score = _score_of(workspace, node, as_of)
    found = score.forecast
    refused = found.refused if found else "this node has no forecast of its own"
    document = documents.node_document(score, {})["forecast"]
    frame.document({"node": score.id, "forecast": document, "refused": refused})
    if found is None or found.refused:
        frame.out.print(f"{score.name}: no forecast: {refused}")
        return
    frame.out.print(f"{score.name}, if all output goes to this scope:")
    frame.out.print(f"  half of the time done by {found.p50 or 'beyond a year'}")
    frame.out.print(f"  85 % of the time done by {found.p85 or 'beyond a year'}")
    if found.on_time_words:
        frame.out.print(f"  by its target date: {found.on_time_words}")


COMMANDS = (explain, forecast)
