"""How full the people of projects are: of teams as numbers of all together, of single people where that is allowed."""

from collections.abc import Mapping
from dataclasses import dataclass

from model.registers import PersonLoad
from model.tree import Node, NodeKind
from rollup.dimensions.resources import LEAST_GROUP
from rollup.people import person_loads
from rollup.registers import view_of
from rollup.world import World
from service.movement import can_be_split
from service.outline_tree import MOST_CHILDREN, Levels
from service.reports.content import TeamLine
from service.reports.teams import team_lines
from service.scoring import read
from service.workspace import Workspace

MOST_PEOPLE = 100


@dataclass(frozen=True)
class TeamLoads:
    """The teams of a node. ``allowed`` False: the policy says that nothing is told of loads.

    ``groups``: children that are no projects: their teams stand on their own pages. ``least``: in smaller teams nothing
    but the number of people is told. ``more``: projects that are not listed.
    """

    allowed: bool
    named: bool
    teams: tuple[TeamLine, ...]
    groups: tuple[Node, ...]
    names: Mapping[str, str]
    least: int = LEAST_GROUP
    more: int = 0


def team_loads(workspace: Workspace, levels: Levels, node: Node) -> TeamLoads:
    """The loads of the teams at a node, or of its children that are projects, as they were scored."""
    policy = workspace.policies.get(node.policy or "") or workspace.policies.get(node.project_class)
    people = (policy or workspace.policies["default"]).people
    children = levels.below(node.id)
    projects = [node] if node.kind is NodeKind.PROJECT else [one for one in children if one.kind is NodeKind.PROJECT]
    groups = tuple(one for one in children if one.kind is not NodeKind.PROJECT)[:MOST_CHILDREN]
    names = {one.id: one.name for one in (*projects, *groups)}
    if people == "off":
        return TeamLoads(False, False, (), groups, names)
    shown = projects[:MOST_CHILDREN]
    with workspace.db.read() as uow:
        kept = uow.brief_scores.standings([one.id for one in shown])
    teams = team_lines({project: one.load for project, one in kept.items()})
    return TeamLoads(True, people == "named", teams, groups, names, more=len(projects) - len(shown))


def people_loads(workspace: Workspace, levels: Levels, node: Node) -> tuple[PersonLoad, ...] | None:
    """Everybody with open work below a node, the fullest first, for those who may see names.

    Empty unless the policy of the node says ``people: named``. None where the organisation is too large to look at each
    person's work while somebody waits: one may work in any project of it.
    """
    if not all(can_be_split(workspace, levels, top.id) for top in levels.tops):
        return None
    with workspace.db.read() as uow:
        landscape, facts = read(workspace, uow, known_at=None)
        world = World(landscape, facts, workspace.clock())
        return person_loads(view_of(world, node.id))[:MOST_PEOPLE]
