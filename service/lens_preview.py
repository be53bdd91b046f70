"""What a lens would group, before it is kept: from stored records, as many projects as can be looked into at once."""

from collections import Counter
from dataclasses import dataclass

from model.landscape import Landscape, ProjectRecords
from model.lens import Lens
from model.tree import NodeKind, Tree
from rollup.lens import Grouping, grouping
from service.workspace import Workspace, containers_by_node

MOST_ITEMS = 1500


@dataclass(frozen=True)
class Group:
    """A group: its name and how many projects, or parts of them, lie in it."""

    id: str
    name: str
    projects: int


@dataclass(frozen=True)
class Preview:
    """What would be grouped. ``looked``/``of``: how many of how many projects were looked into."""

    groups: tuple[Group, ...]
    carried: int
    counted: int
    unit: str
    looked: int
    of: int


def preview(workspace: Workspace, lens: Lens) -> Preview:
    """Group what is kept. A lens over items is tried on the first projects, until enough of their items were seen."""
    with workspace.db.read() as uow:
        tree, held = workspace.tree, dict[str, ProjectRecords]()
        if lens.kind.of_items:
            containers, seen = containers_by_node(workspace, uow), 0
            for node in tree.projects():
                if seen >= MOST_ITEMS:
                    break
                held[node.id] = uow.records.project_records(node.id, containers[node.id])
                seen += len(held[node.id].items)
            tree = _of(tree, set(held))
        goals = uow.records.goals()
        landscape = Landscape(tree=tree, policies=dict(workspace.policies), goals=goals, timezone=workspace.timezone)
        found = grouping(lens, landscape, held.__getitem__)
    looked = len(tree.projects())
    return Preview(_groups(found), found.carried, found.of, found.unit, looked, len(workspace.tree.projects()))


def _of(tree: Tree, projects: set[str]) -> Tree:
    return Tree(nodes=tuple(node for node in tree.nodes if node.kind is not NodeKind.PROJECT or node.id in projects))


def _groups(found: Grouping) -> tuple[Group, ...]:
    projects = Counter(parent.id for node in found.tree.projects() for parent in node.parents)
    groups = [node for node in found.tree.nodes if node.kind is NodeKind.PROGRAM]
    return tuple(Group(node.id, node.name, projects[node.id]) for node in groups)
