"""The tree as a change that was not saved yet would make it, so that its effect can be told beforehand."""

from collections.abc import Collection, Mapping
from typing import Any

from pydantic import ValidationError

from config.branches import BELOW, Spot
from config.configuration import Configuration
from config.document import NodeEntry, PortfolioEntry, ProgramEntry, ProjectEntry, RefEntry
from config.faults import Fault
from config.parts import Part
from config.web.tree_forms import OWN
from config.wording import faults_of
from model.lens import Lens, LensKind
from model.policy import Policy
from model.tree import Node, Parent, Tree, as_tags

RULES = "governance"
"""The dimension that asks whether rules are kept."""
_MODELS: dict[str, type[Part]] = {
    "portfolio": PortfolioEntry, "program": ProgramEntry, "project": ProjectEntry, "ref": RefEntry,
}  # fmt: skip
WEIGHTY = ("class", "state", "start_date", "target_date", "budget", "weight", "sources", "share", "from", "goals")
"""Keys of an entry that change what is read or scored."""
NOT_TRIED = {
    "from": "What the tool holds there comes with the next sync and counts from then on: it is not tried here.",
    "goals": "Goals count in the alignment and the benefits of programs and portfolios, which are not tried here: the next "
    "roll-up tells what this does to them.",
}
"""Keys of an entry whose effect is not worked out, or not all of it, with what is said instead."""
_GROUPED = {"tags": LensKind.TAG, "goals": LensKind.GOAL, "class": LensKind.CLASS}


def read_entry(configuration: Configuration, sort: str, entry: Mapping[str, Any]) -> Part | tuple[Fault, ...]:
    """An entry as the document reads it, without what is below it; else what is wrong with it."""
    own = {key: value for key, value in entry.items() if key not in BELOW.values()}
    model = _MODELS[sort]
    try:
        return model.model_validate(own, context={"connections": list(configuration.connections)})
    except ValidationError as error:
        return tuple(Fault((OWN, *fault.path), fault.what, fault.fix) for fault in faults_of(error, model))


def weighty(entry: Mapping[str, Any], was: Mapping[str, Any], policies: Mapping[str, Policy]) -> set[str]:
    """The keys by which an entry that was changed is read or scored otherwise. A sponsor is asked for by rules alone."""
    names = (str(entry.get("class")), "default")
    rules = any(policies[name].weights.get(RULES) for name in names if name in policies)
    return {key for key in (*WEIGHTY, *(("sponsor",) if rules else ())) if entry.get(key) != was.get(key)}


def not_tried(sort: str, changed: Collection[str], lenses: Collection[Lens]) -> list[str]:
    """What is to be known of a change beyond what can be worked out of it."""
    said = [sentence for key, sentence in NOT_TRIED.items() if key in changed]
    if sort == "derived" and changed and not said:
        said = ["What is made from it is scored so with the next roll-up: it is not tried here."]
    names = [lens.name for lens in lenses if any(_GROUPED.get(key) is lens.kind for key in changed)]
    return [*said, *(f"The lens {name} groups by it, from the next roll-up on." for name in names)]


def node_of(node: Node, entry: NodeEntry) -> Node:
    """A node as its changed entry says it would be."""
    update: dict[str, Any] = {"name": entry.name, "weight": entry.weight, "budget": entry.budget}
    update |= {"goals": tuple(goal.record() for goal in entry.goals), "sponsor": entry.sponsor}
    if isinstance(entry, ProjectEntry):
        update |= {
            "project_class": entry.project_class, "state": entry.state, "start_on": entry.start_date,
            "target_on": entry.target_date, "tags": as_tags(entry.tags),
            "sources": tuple(source.record() for source in entry.sources),
        }  # fmt: skip
    return node.model_copy(update=update)


def with_node(tree: Tree, node: Node) -> Tree:
    """The tree with a node being another."""
    return Tree(nodes=tuple(node if one.id == node.id else one for one in tree.nodes))


def with_share(tree: Tree, project: str, parent: str, share: float) -> Tree | None:
    """The tree with a share of a project under a second parent; None where nothing would be left for its own."""
    node = tree.by_id()[project]
    others = [one for one in node.parents[1:] if one.id != parent]
    own = round(1 - share - sum(one.share for one in others), 12)
    if own <= 0 or not node.parents or parent == node.parents[0].id:
        return None
    parents = (Parent(id=node.parents[0].id, share=own), *others, Parent(id=parent, share=share))
    return with_node(tree, node.model_copy(update={"parents": parents}))


def moved_below(tree: Tree, spot: Spot, into: str) -> Tree | None:
    """The tree with a node, or a share of one, under another parent; None where the tree has no such place yet."""
    nodes = tree.by_id()
    id_ = spot.name if spot.sort == "ref" else spot.id
    if into not in nodes or id_ not in nodes:
        return None
    node = nodes[id_]
    if any(parent.id == into for parent in node.parents):
        return None
    parents = tuple(one.model_copy(update={"id": into}) if one.id == spot.parent else one for one in node.parents)
    return with_node(tree, node.model_copy(update={"parents": parents}))


def without(tree: Tree, gone: Collection[Spot]) -> Tree:
    """The tree without some entries; what shares of a project go are its own program's again."""
    ids = {spot.id for spot in gone if spot.is_node}
    refs = {(spot.name, spot.parent) for spot in gone if spot.sort == "ref"}
    found: list[Node] = []
    for node in tree.nodes:
        parents = [one for one in node.parents if one.id not in ids and (node.id, one.id) not in refs]
        if node.id in ids or (node.parents and not parents):
            ids = ids | {node.id}
            continue
        if len(parents) != len(node.parents):
            freed = sum(one.share for one in node.parents) - sum(one.share for one in parents)
            parents[0] = parents[0].model_copy(update={"share": round(parents[0].share + freed, 12)})
        found.append(node.model_copy(update={"parents": tuple(parents)}))
    return Tree(nodes=tuple(found))
