"""What a change of the tree would do, from what is kept and without asking a tool: to scores, and to what is read."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from model.health import NodeScore
from model.landscape import Landscape
from model.tree import Node, NodeKind, ProjectState, Source, Tree
from rollup.facts import ProjectFacts, count_facts
from rollup.other_tree import ancestors, scores_if
from service.workspace import Workspace, containers_of
from store.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Effect:
    """A node's score as the tree is and as it would be; None: no score, or not in that tree."""

    node: str
    name: str
    before: float | None
    after: float | None


@dataclass(frozen=True)
class Effects:
    """What a change would do to scores. ``unscored``: projects that were never scored, so that no parent is told."""

    rows: tuple[Effect, ...]
    unscored: int = 0


@dataclass(frozen=True)
class Reach:
    """What sources hold, of what was read. ``unread``: sources of which nothing is known before the next sync."""

    items: int
    come: int
    go: int
    unread: tuple[Source, ...]


def effects(workspace: Workspace, after: Tree, changed: Sequence[str]) -> Effects:
    """The scores of the nodes that changed and of all above them, in the present tree and in ``after``."""
    now, before = workspace.clock(), workspace.tree
    nodes = {**before.by_id(), **after.by_id()}
    above = {*ancestors(before, changed), *ancestors(after, changed)}
    nearest_first = sorted(above, key=lambda key: (nodes[key].kind is NodeKind.PORTFOLIO, key))
    wanted = [*changed, *nearest_first]
    with workspace.db.read() as uow:
        known, groups = _known(uow, (before, after), {*above, *changed})
        lacking = {key for key in known.keys() - set(changed) if known[key] is None and _counts(nodes[key])}
        told = [key for key in wanted if key in changed] if lacking else wanted
        scored = {key: score for key, score in known.items() if score is not None}
        anew = _anew(before, after, changed, scored)
        stand = {key for key in scored if key not in groups and nodes[key].kind is not NodeKind.PROJECT}
        found = [_scores(workspace, uow, _Trying(tree, scored, anew, told, stand, now)) for tree in (before, after)]
    rows = (Effect(key, nodes[key].name if key in nodes else key, found[0].get(key), found[1].get(key)) for key in told)
    return Effects(tuple(row for row in rows if row.before is not None or row.after is not None), len(lacking))


def _known(
    uow: UnitOfWork, trees: Sequence[Tree], nodes: Collection[str]
) -> tuple[dict[str, NodeScore | None], set[str]]:
    """What was last scored of some nodes and of all children of the groups among them, None: never; and these groups.

    A group beside them is one of them where it was never scored, or where something below it counts elsewhere, too: what
    is below it decides then.
    """
    below = [_below(tree) for tree in trees]
    shared = {up.id for tree in trees for node in tree.nodes for up in node.parents if len(node.parents) > 1 or up.share < 1}
    split = {up for tree in trees for up in ancestors(tree, shared)} | shared
    known: dict[str, NodeScore | None] = {}
    groups, left = set[str](), set(nodes)
    while left:
        groups |= {key for key in left if any(key in children for children in below)}
        asked = left.union(*(children.get(key, ()) for key in left for children in below)) - known.keys()
        known |= dict.fromkeys(asked) | uow.scores.numbers_of_many(sorted(asked))
        left = {
            key for key in known.keys() - groups
            if any(key in children for children in below) and (known[key] is None or key in split)
        }  # fmt: skip
    return known, groups


def _below(tree: Tree) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for node in tree.nodes:
        for parent in node.parents:
            found.setdefault(parent.id, []).append(node.id)
    return found


def _counts(node: Node) -> bool:
    return node.kind is NodeKind.PROJECT and node.state is ProjectState.ACTIVE


@dataclass(frozen=True)
class _Trying:
    """One tree to be scored: what is known, what is counted anew, what is wanted, and which groups stand as they are."""

    tree: Tree
    known: Mapping[str, NodeScore]
    anew: Collection[str]
    wanted: Sequence[str]
    stand: Collection[str]
    now: datetime


def _scores(workspace: Workspace, uow: UnitOfWork, trying: _Trying) -> dict[str, float | None]:
    tree = trying.tree
    landscape = Landscape(
        tree=tree, policies=dict(workspace.policies), teammates=workspace.teammates, timezone=workspace.timezone,
        money=workspace.money,
    )  # fmt: skip
    nodes = tree.by_id()

    def facts_at(project: str, at: datetime) -> ProjectFacts:
        containers = containers_of(workspace, uow, nodes[project].sources)
        return count_facts(uow.records.project_records(project, containers), nodes[project], landscape, at)

    found = scores_if(
        landscape, facts_at, trying.known, anew=trying.anew, wanted=trying.wanted, stand=trying.stand, as_of=trying.now
    )
    return {key: scored.score for key, scored in found.items()}


def _anew(before: Tree, after: Tree, changed: Sequence[str], known: Mapping[str, NodeScore]) -> set[str]:
    """The projects to be counted anew: those that were never scored, or that differ in more than where they stand."""
    then, now = after.by_id(), before.by_id()
    found = set()
    for key in changed:
        one, other = now.get(key), then.get(key)
        known_node = one or other
        if known_node is None or known_node.kind is not NodeKind.PROJECT:
            continue
        same = one is None or other is None or one.model_copy(update={"parents": other.parents}) == other
        if not same or key not in known:
            found.add(key)
    return found


def reach(workspace: Workspace, before: Node | None, after: Node) -> Reach:
    """How many items the sources of a project hold, and what comes and goes against those it has."""
    with workspace.db.read() as uow:
        held = uow.members.of(containers_of(workspace, uow, before.sources)) if before else set()
        then: set[str] = set()
        unread: list[Source] = []
        pulled = {source for name in workspace.connections for source in workspace.sources(name)}
        for source in after.sources:
            mine = uow.members.of(containers_of(workspace, uow, [source]))
            then |= mine
            if not mine and source not in pulled:
                unread.append(source)
    return Reach(len(then), len(then - held), len(held - then), tuple(unread))
