"""Nodes one by one, from the scores that are kept: for whoever asks for some of them and not for the whole tree."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from model.access import Reader
from model.errors import NotFoundError
from model.landscape import Landscape
from model.registers import Registers
from model.tree import Node, Tree
from rollup.sensitivity import sensitivity
from service.change_document import sensitivity_document
from service.documents import Labels, instant, labels_for, node_document
from service.watermelons import from_above
from service.workspace import Workspace
from store.scores import StoredScore, TrendPoint

Scored = StoredScore


def scores(workspace: Workspace, ids: Sequence[str]) -> Mapping[str, Scored]:
    """The newest scores of some nodes, by node; those that never had one are left out."""
    with workspace.db.read() as uow:
        return uow.scores.latest_among(ids)


def scores_from_above(workspace: Workspace, ids: Sequence[str], seen: Reader) -> Mapping[str, Scored]:
    """The same, as a list of them is told to a reader."""
    with workspace.db.read() as uow:
        found = uow.scores.latest_among(ids)
        told = from_above(workspace, uow, {key: one.score for key, one in found.items()}, own=seen.own)
    return {key: one.model_copy(update={"score": told[key]}) for key, one in found.items()}


def path(tree: Tree, node: Node) -> tuple[Node, ...]:
    """The nodes above, outermost first, by first parents."""
    nodes = tree.by_id()
    above: list[Node] = []
    while node.parents:
        node = nodes[node.parents[0].id]
        above.insert(0, node)
    return tuple(above)


def receipt(workspace: Workspace, node: Node, *, begin: int, most: int) -> dict[str, Any]:
    """The newest kept score of a node as `rollup` tells it, and how firm its band is. Raises NotFoundError before the
    first one.

    Of its points lost ``most`` from the one at ``begin`` (0: the first) on; ``next``: the place of the one after them, None
    where there is none. A portfolio of thousands of projects has tens of thousands, the last of which say next to nothing.
    """
    kept = _kept(workspace, node)
    last = begin + most
    shown = kept.score.model_copy(update={"lost": kept.score.lost[begin:last]})
    policies = Landscape(tree=workspace.tree, policies=dict(workspace.policies))
    firm = sensitivity(kept.score, policies.policy_for(node.project_class, node.policy))
    return {
        **node_document(shown, labels_for(workspace, [shown])),
        "as_of": instant(kept.as_of), "known_at": instant(kept.known_at), "sensitivity": sensitivity_document(firm),
        "next": last if len(kept.score.lost) > last else None,
    }  # fmt: skip


def forecast(workspace: Workspace, node: Node) -> dict[str, Any]:
    """The forecast of a node, or why there is none. Raises NotFoundError before the first score."""
    score = _kept(workspace, node).score
    refused = score.forecast.refused if score.forecast else "this node has no forecast of its own"
    return {"node": node.id, "forecast": node_document(score, {})["forecast"], "refused": refused}


def trend(workspace: Workspace, node: str, *, weeks: int) -> tuple[TrendPoint, ...]:
    """The weekly points of a node, the oldest first."""
    with workspace.db.read() as uow:
        return uow.scores.trend(node, since=workspace.clock() - timedelta(weeks=weeks))


def labels_of_registers(workspace: Workspace, kept: Registers) -> Labels:
    """Readable names of every item that stands in registers."""
    ids = {risk.id for risk in kept.risks} | {benefit.id for benefit in kept.benefits}
    ids |= {end for conflict in kept.conflicts for end in (conflict.predecessor, conflict.successor)}
    with workspace.db.read() as uow:
        return uow.records.labels(sorted(ids))


def _kept(workspace: Workspace, node: Node) -> Scored:
    found = scores(workspace, [node.id]).get(node.id)
    if found is None:
        raise NotFoundError("This node was never scored yet.", where=node.id, fix="POST /rollup asks for it.")
    return found
