"""What a report tells of the projects at and below its node beside their scores: counted from records, or as it was kept."""

from collections.abc import Mapping
from dataclasses import dataclass

from model.health import Gap, RollupResult
from model.registers import Registers
from model.tree import NodeKind
from rollup import registers as rolled
from rollup.declared import apart
from rollup.world import FactsAt, World
from service.kept_registers import Kept
from service.reports.content import GoalLine
from service.reports.teams import goal_lines
from service.watermelons import among, among_kept
from service.workspace import Workspace
from store.score_numbers import Load
from store.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Below:
    """What a report tells of the projects at and below its node, beside their scores.

    ``loads``: by project, what its dimension of people tells of its team. ``dates``: of a project, due dates kept, and those
    that have passed. ``people``: None where nobody counted them.
    """

    registers: Registers
    goals: tuple[tuple[GoalLine, ...], tuple[str, ...]]
    loads: Mapping[str, Load]
    gaps: tuple[Gap, ...]
    dates: tuple[int, int]
    people: tuple[int, int] | None

    @classmethod
    def counted(
        cls, uow: UnitOfWork, read_: tuple[World, FactsAt], node_id: str, today: RollupResult, *, names: bool
    ) -> "Below":
        """From the records, as they are ``read_``."""
        world, facts_at = read_
        inside = world.landscape.tree.below(node_id)
        scores = [one for one in today.nodes if one.id in inside]
        view, project = rolled.view_of(world, node_id), world.nodes[node_id].kind is NodeKind.PROJECT
        gaps = among(
            uow, world.landscape, facts_at, scores, own={node_id}, as_of=today.as_of, now=today.known_at
        ).gaps
        facts = world.facts(node_id) if project else None
        return cls(
            registers=rolled.registers(view, names=names),
            goals=goal_lines(view),
            loads={one.id: Load.of(one) for one in scores if one.kind == NodeKind.PROJECT.value},
            gaps=gaps,
            dates=(facts.due_kept, facts.due_outcomes) if facts else (0, 0),
            people=None if project else _people(world, node_id),
        )

    @classmethod
    def kept(
        cls,
        workspace: Workspace,
        uow: UnitOfWork,
        kept: Kept,
        today: RollupResult,
        loads: Mapping[str, Load],
        *,
        most: int | None,
    ) -> "Below":
        """From what was kept.

        ``today``: whole scores of those that are declared otherwise than they are computed. ``most``: at most so many
        risks are listed (None: all, and every rule of every project).
        """
        node, gaps = kept.view.node, tuple[Gap, ...]()
        if any(apart(one.declared_band, one.computed_band) for one in today.nodes):
            gaps = among_kept(workspace, uow, today.nodes, own={node.id}, as_of=today.as_of).gaps
        figures = uow.project_figures.of([node.id]).get(node.id)
        held = figures.counted if figures else None
        return cls(
            registers=kept.registers() if most is None else kept.listed(most),
            goals=kept.goals(),
            loads=loads,
            gaps=gaps,
            dates=(held.due_kept, held.due_outcomes) if held else (0, 0),
            people=None,
        )


def _people(world: World, node_id: str) -> tuple[int, int]:
    """People with open work in the projects below, and those of them with open work in several. Nobody is named."""
    projects = set(world.leaves(node_id))
    at_work = [{work.project for work in held} & projects for held in world.open_work.values()]
    return sum(1 for held in at_work if held), sum(1 for held in at_work if len(held) > 1)
