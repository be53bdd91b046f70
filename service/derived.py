"""Programs and projects made from what the tools hold: found anew at each sync, from kept records, without a request.

What a person wrote wins: a thing that the configuration names as the only source of a project is not made again. A node
keeps its id whatever the thing is called later, and its dates where they are taken away in the tool: that makes no project
better, as with the dates of items. Under several parents it counts by the shares that are declared; those
without one share what is left, and where nothing is left all of them share equally.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from connector.sdk.base import Connector
from model.derived import Derivation, DerivedNode, Offspring
from model.ids import slug
from model.sync import RawPayload
from model.tree import Node, NodeKind, Parent, ProjectState, Tree
from model.work import CLOSED, NOT_WORK, WorkItem
from service.workspace import Workspace, reference
from store.unit_of_work import UnitOfWork

LONGEST_ID = 64
DEEPEST = 20


def load(workspace: Workspace, uow: UnitOfWork) -> None:
    """Let the workspace see the derived nodes as they are known now; another process may have found them."""
    if workspace.derivations:
        held = _of_connections(workspace, uow.derived.at())
        workspace.grow(joined(workspace.configured, held), tuple(source for one in held for source in one.pull))


def tree_at(workspace: Workspace, uow: UnitOfWork, moment: datetime | None) -> Tree:
    """The tree with the memberships of a moment (None: now); before the first sync, with those it found."""
    if not workspace.derivations:
        return workspace.tree
    return joined(workspace.configured, _of_connections(workspace, uow.derived.at(moment)))


def earliest(*moments: datetime | None) -> datetime | None:
    """The first of some moments; None (now) where none is said."""
    return min((moment for moment in moments if moment is not None), default=None)


def derive(workspace: Workspace, connector: Connector) -> None:
    """Find the nodes of one connection anew, keep what differs, and mark what has to be scored again."""
    mine = [one for one in workspace.derivations if one.origin.connection == connector.name]
    now = workspace.clock()
    with workspace.db.begin() as uow:
        made = _with_dates_kept(_made(workspace, uow, connector, mine), uow.derived.at()) if mine else []
        changed = uow.derived.replace(connector.name, made, known_at=now)
        load(workspace, uow)
        if changed:
            touched = {one.node.id for one in changed} | {up.id for one in changed for up in one.node.parents}
            uow.dirty.mark(touched & set(workspace.tree.by_id()), why="membership changed", at=now)


def joined(configured: Tree, derived: Sequence[DerivedNode]) -> Tree:
    """One tree of both. What stands under nothing any more is left out."""
    above = [node for node in configured.nodes if node.kind is not NodeKind.PROJECT]
    known = {node.id for node in configured.nodes}
    nodes = [one.node for one in derived if one.node.id not in known]
    programs = _standing([node for node in nodes if node.kind is NodeKind.PROGRAM], {node.id for node in above})
    parents = {node.id for node in (*above, *programs)}
    projects = _standing([node for node in nodes if node.kind is NodeKind.PROJECT], parents)
    return Tree(nodes=(*above, *programs, *configured.projects(), *projects))


def _standing(nodes: Sequence[Node], parents: set[str]) -> list[Node]:
    kept = [(node, tuple(parent for parent in node.parents if parent.id in parents)) for node in nodes]
    return [node.model_copy(update={"parents": standing}) for node, standing in kept if standing]


def _of_connections(workspace: Workspace, held: Sequence[DerivedNode]) -> tuple[DerivedNode, ...]:
    names = {one.origin.connection for one in workspace.derivations}
    return tuple(one for one in held if one.key.split(":", 1)[0] in names)


# -- what is found ----------------------------------------------------------------------------------------------------


def _groups(
    uow: UnitOfWork, connector: Connector, derivation: Derivation, kept: Sequence[RawPayload]
) -> tuple[Offspring, ...]:
    """What an origin holds: programs with their projects, or the projects alone."""
    found = connector.derive(derivation.origin, kept)
    if found is not None:
        if derivation.level is NodeKind.PROGRAM:
            return found
        return tuple({member.key: member for group in found for member in group.members}.values())
    source = connector.source_of(derivation.origin)
    containers = connector.container_ids(source, kept) if source else ()
    matches = _outermost(uow, uow.derived.members(containers))
    if derivation.level is NodeKind.PROJECT:
        return tuple(_of_item(connector, item, pull=True) for item in matches)
    children: dict[str, list[WorkItem]] = {}
    for item in uow.derived.children([match.id for match in matches]):
        if item.type not in NOT_WORK:
            children.setdefault(item.parent_id or "", []).append(item)
    return tuple(
        _of_item(connector, match, pull=True).model_copy(
            update={"members": tuple(_of_item(connector, item) for item in children.get(match.id, ()))}
        )
        for match in matches
    )


def _of_item(connector: Connector, item: WorkItem, *, pull: bool = False) -> Offspring:
    """What lies below an item. A program's is pulled with it, so its projects bring nothing of their own."""
    source = connector.source_below(item.vendor_id)
    return Offspring(
        key=f"item:{item.vendor_id}", name=item.title, source=source, pull=(source,) if pull else (),
        start_on=item.start_on, target_on=item.due_on, closed=item.status in CLOSED,
    )  # fmt: skip


def _outermost(uow: UnitOfWork, items: Sequence[WorkItem]) -> tuple[WorkItem, ...]:
    """Without those that lie below another of them: they are its content. Of a ring, the first by id stands."""
    above = {item.id: item.parent_id for item in items}
    wanted = {parent for parent in above.values() if parent and parent not in above}
    for _ in range(DEEPEST):
        fresh = uow.records.items(sorted(wanted))
        above.update((item.id, item.parent_id) for item in fresh)
        wanted = {item.parent_id for item in fresh if item.parent_id and item.parent_id not in above}
        if not wanted:
            break
    chains = {item.id: _chain(item.id, above) for item in items}
    return tuple(
        item for item in items
        if not any(up in chains and (item.id not in chains[up] or up < item.id) for up in chains[item.id])
    )  # fmt: skip


def _chain(id_: str, above: Mapping[str, str | None]) -> tuple[str, ...]:
    """What stands above an item, itself among it where the chain closes on it."""
    found: dict[str, None] = {}
    at = above.get(id_)
    while at and at not in found:
        found[at] = None
        at = above.get(at)
    return tuple(found)


# -- what is made of it -----------------------------------------------------------------------------------------------


def _with_dates_kept(made: Iterable[DerivedNode], held: Iterable[DerivedNode]) -> list[DerivedNode]:
    """With the last dates of projects that run and whose tool tells none any more."""
    before = {one.key: one.node for one in held}
    return [_dated(one, before[one.key]) if one.key in before else one for one in made]


def _dated(one: DerivedNode, before: Node) -> DerivedNode:
    if one.node.kind is not NodeKind.PROJECT or one.node.state is not ProjectState.ACTIVE:
        return one
    last = {name: getattr(before, name) for name in ("start_on", "target_on") if getattr(one.node, name) is None}
    return one.model_copy(update={"node": one.node.model_copy(update=last)}) if any(last.values()) else one


@dataclass
class _Place:
    """A node to be: what it is made of, and where it stands with the share declared there."""

    level: NodeKind
    found: Offspring
    rule: Derivation
    parents: dict[str, float | None] = field(default_factory=dict)


def _made(
    workspace: Workspace, uow: UnitOfWork, connector: Connector, rules: Iterable[Derivation]
) -> list[DerivedNode]:
    kept = reference(workspace, uow, connector)
    taken = {node.id for node in workspace.configured.nodes}
    named = {node.sources[0] for node in workspace.configured.projects() if len(node.sources) == 1}
    ids, places = dict(uow.derived.ids()), dict[str, _Place]()

    def place(level: NodeKind, found: Offspring, rule: Derivation, parent: str, share: float | None) -> str | None:
        if level is NodeKind.PROJECT and found.source in named:
            return None
        key = f"{connector.name}:{level}:{found.key}"
        if ids.get(key) is None or ids[key] in taken:
            ids[key] = _new_id(found, taken | set(ids.values()))
        places.setdefault(key, _Place(level, found, rule)).parents.setdefault(parent, share)
        return ids[key]

    for rule in rules:
        for found in _groups(uow, connector, rule, kept):
            id_ = place(rule.level, found, rule, rule.parent, rule.share)
            for member in found.members if rule.level is NodeKind.PROGRAM and id_ else ():
                place(NodeKind.PROJECT, member, rule, id_ or "", None)
    return [DerivedNode(key=key, node=_node(ids[key], one), pull=one.found.pull) for key, one in places.items()]


def _node(id_: str, place: _Place) -> Node:
    found, rule = place.found, place.rule
    node = Node(
        id=id_, kind=place.level, name=found.name or found.key, parents=_parents(place.parents),
        sources=(found.source,) if found.source else (), sponsor=rule.sponsor, goals=rule.goals, weight=rule.weight,
    )  # fmt: skip
    if place.level is not NodeKind.PROJECT:
        return node
    return node.model_copy(
        update={
            "project_class": rule.project_class,
            "state": ProjectState.CLOSED if found.closed else ProjectState.ACTIVE,
            "start_on": found.start_on,
            "target_on": found.target_on,
            "tags": rule.tags,
        }
    )


def _parents(declared: Mapping[str, float | None]) -> tuple[Parent, ...]:
    """Shares that sum to at most 1: as declared; the others share what is left; all equally where nothing is."""
    given = sum(share for share in declared.values() if share is not None)
    open_ = sum(1 for share in declared.values() if share is None)
    if given > 1 or (open_ and given >= 1):
        return tuple(Parent(id=id_, share=1 / len(declared)) for id_ in declared)
    left = (1 - given) / open_ if open_ else 0.0
    return tuple(Parent(id=id_, share=left if share is None else share) for id_, share in declared.items())


def _new_id(found: Offspring, taken: set[str]) -> str:
    """The name and the tool's own id, e.g. ``new-crm-1201``."""
    ending = slug(found.key.partition(":")[2])[-24:].strip("-") or "x"
    number = 1
    while True:
        tail = f"-{ending}" if number == 1 else f"-{ending}-{number}"
        candidate = (slug(found.name)[: LONGEST_ID - len(tail)].rstrip("-") + tail).lstrip("-")
        if candidate not in taken:
            return candidate
        number += 1
