"""The registers of a node as a page: risks, benefits, goals and standards of the projects that are read for it."""

from dataclasses import dataclass

from model.errors import UsageError
from model.health import NodeScore
from model.registers import Registers
from model.tree import Node
from rollup.benefits import benefit_register
from rollup.compliance import compliance
from rollup.registers import risk_register, view_of
from rollup.sensitivity import sensitivity
from rollup.world import View, World
from service import browse
from service.documents import Labels, readable
from service.kept_registers import kept_of
from service.movement import projects_below
from service.outline_tree import MOST_CHILDREN, Levels
from service.report import Asked, report
from service.reports.content import GoalLine, Line, Report
from service.reports.page import MOST_ENTRIES
from service.reports.teams import goal_lines
from service.scoring import read
from service.workspace import Workspace
from store.brief_scores import Scored
from store.unit_of_work import UnitOfWork

MOST_READ = 20
"""Projects whose records are read for one page; above that their own pages tell more than one long list."""

Goals = tuple[tuple[GoalLine, ...], tuple[str, ...]]


@dataclass(frozen=True)
class ChildRegisters:
    """A child with what its score says of risk, benefits and standards; None: not scored."""

    node: Node
    score: Scored | None


def can_be_read(levels: Levels, node: Node) -> bool:
    """Whether the registers of a node are put together from the records of all projects below it."""
    return projects_below(levels, node.id) <= MOST_READ


def through_lens(workspace: Workspace, node_id: str, lens: str) -> Report:
    """The registers of a node of a lens. Raises UsageError for a node that the lens has not."""
    return report(workspace, node_id, Asked(lens=lens, causes=False))


def registers_of(workspace: Workspace, node_id: str, *, names: bool = False) -> Report:
    """The registers of a node, from the records of the projects below it.

    ``names``: whoever asks may see people's names; owners are named only where the policy allows it, too.

    Raises UsageError for a node that is not there, or not scored.
    """
    node = workspace.node(node_id)
    with workspace.db.read() as uow:
        score = uow.scores.numbers_of_many([node.id]).get(node.id)
        if score is None:
            raise UsageError(f"{node.name} is not scored yet.", fix="Run `bellwether run`.")
        kept = kept_of(workspace, uow, node, names=names)
        if kept is not None:
            return _page(workspace, uow, score, kept.view, kept.listed(MOST_ENTRIES, conflicts=False), kept.goals())
        landscape, facts = read(workspace, uow, known_at=None)
        view = view_of(World(landscape, facts, workspace.clock()), node.id)
        return _page(workspace, uow, score, view, _registers(view, names=names), goal_lines(view))


def _page(
    workspace: Workspace, uow: UnitOfWork, score: NodeScore, view: View, found: Registers, goals: Goals
) -> Report:
    """The registers as a part of a report, of which nothing else is shown."""
    node, at = view.node, view.as_of
    labels: Labels = readable(uow, _items(found))
    return Report(
        language="en", as_of=at, known_at=at, since=at, policy=score.policy,
        lines=(Line(score, 0, None, node.target_on, ""),), names={one.id: one.name for one in workspace.tree.nodes},
        summary="", dimensions=(), outlook=(), no_forecast=None, moved=None, split=None, month=None,
        firmness=sensitivity(score, view.policy), registers=found, helps=(), people=None, teams=None, goals=goals[0],
        orphans=goals[1], gaps=(), trend=(), thresholds=(view.policy.on_track, view.policy.at_risk), labels=labels,
    )  # fmt: skip


def children_of(workspace: Workspace, shown: browse.View, node_id: str) -> tuple[ChildRegisters, ...]:
    """What the scores of the children say; at most as many as a list shows."""
    children = shown.levels.below(node_id)[:MOST_CHILDREN]
    with workspace.db.read() as uow:
        scores = shown.brief(workspace, uow, [one.id for one in children])
    return tuple(ChildRegisters(one, scores.get(one.id)) for one in children)


def _registers(view: View, *, names: bool) -> Registers:
    """Without conflicts and loads, which stand on pages of their own."""
    policy = view.policy if names else view.policy.model_copy(update={"people": "aggregate"})
    shown = View(view.node, policy, view.world, view.projects)
    return Registers(
        node=view.node.id, risks=risk_register(shown), benefits=benefit_register(shown), rules=compliance(view)
    )


def _items(kept: Registers) -> set[str]:
    """The items that a page names."""
    return {one.id for one in kept.risks[:MOST_ENTRIES]} | {one.id for one in kept.benefits[:MOST_ENTRIES]}

