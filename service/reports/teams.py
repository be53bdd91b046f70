"""What a report says of people and of goals: loads of teams without names, and who serves which goal."""

from collections.abc import Callable, Mapping, Sequence

from model.health import NodeScore, Value
from rollup.dimensions.resources import LEAST_GROUP
from rollup.goals import Ties
from rollup.outline import Outline
from rollup.world import View, World
from service.reports.content import GoalLine, TeamLine


def load_of(score: NodeScore) -> Mapping[str, Value]:
    """What a project's dimension of people tells of all of them together; empty where it is not measured."""
    return next((one.finding.values for one in score.dimensions if one.finding.dimension == "resources"), {})


def team_lines(loads: Mapping[str, Mapping[str, Value]]) -> tuple[TeamLine, ...]:
    """The teams of some projects, the most over-booked first, by what ``load_of`` tells of each.

    Of fewer than three people nothing but their number is told: whose load it is would be plain.
    """
    found = []
    for project, values in loads.items():
        if people := _whole(values, "people"):
            told = people >= LEAST_GROUP
            fullest = values.get("worst_load")
            found.append(
                TeamLine(
                    node=project,
                    people=people,
                    over=_whole(values, "overbooked") if told else None,
                    across=_whole(values, "overbooked_across_projects") if told else None,
                    fullest=float(fullest.value) if told and fullest and isinstance(fullest.value, float) else None,
                )
            )
    return tuple(sorted(found, key=lambda one: (-(one.over or 0) / one.people, -(one.fullest or 0.0), one.node)))


def _whole(values: Mapping[str, Value], name: str) -> int:
    value = values.get(name)
    return value.value if value is not None and isinstance(value.value, int) else 0


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
