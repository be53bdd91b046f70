"""Looking closer: the receipt of a node, and what moved it."""

from typing import get_args

import click

from app import bootstrap
from app.cli.frame import Frame, command
from app.cli.moments import earlier, moment
from app.cli.movement import change_lines, sensitivity_lines
from app.cli.receipts import receipt
from app.cli.tables import gap_lines
from model.health import NodeScore
from model.landscape import Landscape
from model.lens import Lens
from model.tree import Language, Tree
from rollup.sensitivity import Sensitivity, sensitivity
from service import documents, lenses, scoring
from service.change import Moved, moved_since
from service.change_document import change_document, labels_of_parts, sensitivity_document
from service.watermelons import own_gap
from service.workspace import Workspace, node_in


def _score_of(workspace: Workspace, node: str, as_of: str | None) -> NodeScore:
    """The score of one node as of a typed date."""
    wanted = workspace.node(node).id
    at = moment(as_of, timezone=workspace.timezone, now=workspace.clock(), option="--as-of")
    result = scoring.score(workspace, as_of=at)
    return next(score for score in result.nodes if score.id == wanted)


@command("explain")
@click.argument("node")
@click.option("--as-of", metavar="DATE", help="As of the end of that day instead of now.")
@click.option("--since", metavar="DATE", help="Also what moved the score since the end of that day, or 30d ago: its causes.")
@click.option("--lens", metavar="NAME", help="NODE is of this lens of the configuration.")
@click.option(
    "--language", type=click.Choice(get_args(Language)), default="en", show_default=True, help="Of the causes of --since."
)
def explain(
    frame: Frame, node: str, as_of: str | None, since: str | None, lens: str | None, language: Language
) -> None:
    """Show why NODE has its score: the receipt, down to the items, and what would move its band."""
    with bootstrap.workspace(frame.configuration(), frame.settings) as workspace:
        if lens:
            _explain_through(frame, workspace, lens, node, as_of, since, language)
            return
        score = _score_of(workspace, node, as_of)
        labels = documents.labels_for(workspace, [score])
        firmness = _firmness(workspace, workspace.tree, score)
        moved = _moved(workspace, score.id, since, as_of) if since else None
        named = labels_of_parts(workspace, moved) if moved else {}
        at = moment(as_of, timezone=workspace.timezone, now=workspace.clock(), option="--as-of")
        gap = own_gap(workspace, score, as_of=at or workspace.clock())
        names = {one.id: one.name for one in workspace.tree.nodes}
    told = {"sensitivity": sensitivity_document(firmness), "gap": documents.gap_document(gap, labels) if gap else None}
    document = documents.node_document(score, labels) | told
    frame.document(document | ({"change": change_document(moved, named, language)} if moved else {}))
    receipt(frame.out, score, labels, names)
    if gap:
        frame.out.print()
        gap_lines(frame.out, gap, labels)
    sensitivity_lines(frame.out, firmness)
    if moved:
        change_lines(frame.out, moved, named, names, language=language)


def _firmness(workspace: Workspace, tree: Tree, score: NodeScore) -> Sensitivity:
    node = tree.by_id()[score.id]
    policies = Landscape(tree=tree, policies=dict(workspace.policies))
    return sensitivity(score, policies.policy_for(node.project_class, node.policy))


def _moved(workspace: Workspace, node: str, since: str, as_of: str | None, lens: Lens | None = None) -> Moved:
    """What moved a node between typed dates."""
    zone, now = workspace.timezone, workspace.clock()
    end = moment(as_of, timezone=zone, now=now, option="--as-of")
    begin = earlier(since, timezone=zone, now=end or now, option="--since")
    return moved_since(workspace, node, since=begin or now, until=end, lens=lens)


def _explain_through(
    frame: Frame, workspace: Workspace, lens: str, node: str, as_of: str | None, since: str | None, language: Language
) -> None:
    """The receipt of a node of a lens, with the outcome it is for, and what moved it."""
    at = moment(as_of, timezone=workspace.timezone, now=workspace.clock(), option="--as-of")
    found = lenses.score_lens(workspace, lens, as_of=at)
    tree = found.grouping.tree
    wanted = node_in(tree, node).id
    score = next(one for one in found.result.nodes if one.id == wanted)
    labels = documents.labels_for(workspace, [score])
    firmness = _firmness(workspace, tree, score)
    told = {"lens": lenses.lens_document(found), "sensitivity": sensitivity_document(firmness)}
    moved = _moved(workspace, wanted, since, as_of, workspace.lens(lens)) if since else None
    named = labels_of_parts(workspace, moved) if moved else {}
    change = {"change": change_document(moved, named, language)} if moved else {}
    names = {one.id: one.name for one in tree.nodes}
    frame.document(lenses.node_document(found, score, labels) | told | change)
    receipt(frame.out, score, labels, names)
    if metric := found.metrics.get(score.id):
        frame.out.print(f"\noutcome: {lenses.metric_line(metric)}", markup=False)
    sensitivity_lines(frame.out, firmness)
    if moved:
        change_lines(frame.out, moved, named, names, language=language)


COMMANDS = (explain,)
