"""What a report says of people and of goals: loads of teams without names, and who serves which goal."""

from collections.abc import Callable, Mapping, Sequence

from rollup.dimensions.resources import LEAST_GROUP
from rollup.goals import Ties
from rollup.outline import Outline
from rollup.world import View, World
from service.reports.content import GoalLine, TeamLine
from store.score_numbers import Load


def team_lines(loads: Mapping[str, Load]) -> tuple[TeamLine, ...]:
    """The teams of some projects, the most over-booked first.

    Of fewer than three people nothing but their number is told: whose load it is would be plain.
    """
    found = []
    for project, load in loads.items():
        people, over, across, fullest = load.numbers
        if people >= LEAST_GROUP:
            found.append((-over / people, -(fullest or 0.0), project, TeamLine(project, people, over, across, fullest)))
        elif people:
            found.append((0.0, 0.0, project, TeamLine(project, people, None, None, None)))
    return tuple(line for *_, line in sorted(found))  # no two are of one project: lines are not compared


def goal_lines(
    view: View, tied: Callable[[str], bool] | None = None
) -> tuple[tuple[GoalLine, ...], tuple[str, ...]]:
    """The goals that projects below the node serve, the most served first; and the projects that serve none.

    ``tied``: whether an open item of a project serves a goal by itself; None: as it is counted.
    """
    ties, world = Ties(view), view.world
    tied = tied or (lambda project: _has_tied(ties, world.outline(project)))
    served: dict[str, list[str]] = {}
    orphans = []
    for project in world.leaves(view.node.id):
        mine = ties.of_all_work(world.nodes[project])
        for goal in mine:
            served.setdefault(goal, []).append(project)
        if not mine and not tied(project):
            orphans.append(project)
    lines = [_goal(view.world, ties, goal, projects) for goal, projects in served.items()]
    return tuple(sorted(lines, key=lambda line: (-len(line.projects), line.name))), tuple(orphans)


def _has_tied(ties: Ties, project: Outline) -> bool:
    return any(ties.of_item(project, leaf.id) for leaf in project.open)


def _goal(world: World, ties: Ties, goal: str, projects: Sequence[str]) -> GoalLine:
    known = world.goals.get(goal)
    if known is None:
        return GoalLine(ties.name(goal), tuple(projects))
    return GoalLine(known.name, tuple(projects), known.initial, known.current, known.target, known.unit)
