"""The registers of a node from what was kept when its projects were scored: only what is shown is read, nothing counted."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from model.landscape import Landscape
from model.register_kept import ProjectRest, RiskSum
from model.registers import BenefitEntry, Conflict, Registers, RiskEntry, Totals
from model.tree import Node, NodeKind
from rollup.benefits import benefit_register
from rollup.facts import ProjectFacts
from rollup.register_kept import KeptRules, benefit_facts, kept_conflicts, kept_risk, risk_sum, stale_before
from rollup.world import View, World
from service.reports.content import GoalLine
from service.reports.teams import goal_lines
from service.workspace import Workspace, containers_by_node
from store.unit_of_work import UnitOfWork

MOST_RISKS = MOST_RULES = 1_000_000
"""As many lines as a sheet holds."""


@dataclass(frozen=True)
class Kept:
    """What was kept of the projects at and below a node. ``view``: of the node, without facts of any project.

    ``shown``: the same as whoever asks may see it. ``rests``: of closed projects, too.
    """

    uow: UnitOfWork
    view: View
    shown: View
    projects: tuple[str, ...]
    rests: Mapping[str, ProjectRest]

    def risks(self, first: int, many: int) -> tuple[RiskEntry, ...]:
        """So many open risks from the ``first`` on, the heaviest first."""
        found = self.uow.project_registers.risks(self.projects, first=first, many=many)
        since = stale_before(self.view)
        return tuple(kept_risk(self.shown, project, risk, stale_before=since) for project, risk in found)

    def rules(self) -> KeptRules:
        return KeptRules(self.view.world, self.rests, self.projects)

    def conflicts(self) -> tuple[Conflict, ...]:
        return kept_conflicts(self.shown, self.uow.project_registers.conflicts(self.projects))

    def benefits(self) -> tuple[BenefitEntry, ...]:
        return benefit_register(
            self.shown, lambda project: benefit_facts(self.rests[project]) if project in self.rests else ()
        )

    def goals(self) -> tuple[tuple[GoalLine, ...], tuple[str, ...]]:
        return goal_lines(self.view, lambda project: self.rests[project].tied)

    def risk_sum(self) -> RiskSum:
        """What all open risks come to."""
        since = stale_before(self.view)
        again = self.uow.project_registers.counted_again(self.projects, stale_before=since)
        return risk_sum((self.rests[one] for one in self.projects), again, stale_before=since)

    def listed(self, most: int, *, conflicts: bool = True) -> Registers:
        """At most so many risks, no rules one by one, and what all of it comes to: as much as a page lists."""
        return Registers(
            node=self.view.node.id,
            risks=self.risks(0, most),
            conflicts=self.conflicts() if conflicts else (),
            benefits=self.benefits(),
            totals=self.totals(self.rules()),
        )

    def registers(self) -> Registers:
        """All of it, but loads, which are not kept."""
        return Registers(
            node=self.view.node.id,
            risks=self.risks(0, MOST_RISKS),
            conflicts=self.conflicts(),
            benefits=self.benefits(),
            rules=self.rules().some(0, MOST_RULES),
        )

    def totals(self, rules: KeptRules) -> Totals:
        """What all of it comes to."""
        risks, (kept, asked) = self.risk_sum(), rules.counts()
        return Totals(
            risks=risks.risks,
            exposure=risks.exposure,
            unowned=risks.unowned,
            stale=risks.stale,
            unanswered=risks.unanswered,
            kept=kept,
            asked=asked,
            broken=rules.broken(),
        )


def kept_of(workspace: Workspace, uow: UnitOfWork, node: Node, *, names: bool) -> Kept | None:
    """What is kept of a node; None where a project below it was not scored since registers are kept.

    ``names``: whoever asks may see people's names; owners are named only where the policy allows it, too.
    """
    world = World(_landscape(workspace, uow), _not_counted, workspace.clock())
    projects = world.leaves(node.id)
    ever = [one.id for one in (node, *world.landscape.tree.kept_below(node.id)) if one.kind is NodeKind.PROJECT]
    rests = uow.project_registers.rests(list(dict.fromkeys((*projects, *ever))))
    if not all(project in rests for project in projects):
        return None
    policy = world.landscape.policy_for(node.project_class, node.policy)
    view = View(node, policy, world, ())
    nameless = replace(view, policy=policy.model_copy(update={"people": "aggregate"}))
    return Kept(uow, view, view if names else nameless, projects, rests)


def _landscape(workspace: Workspace, uow: UnitOfWork) -> Landscape:
    """What registers read beside projects: where those take their items from matters only where there are goals."""
    goals = uow.records.goals()
    return Landscape.model_construct(  # of records that were checked when they were made
        tree=workspace.tree,
        policies=dict(workspace.policies),
        teammates=workspace.teammates,
        goals=goals,
        goal_versions=uow.records.goal_versions(),
        overrides=uow.overrides.all(),
        timezone=workspace.timezone,
        containers=containers_by_node(workspace, uow) if goals else {},
    )


def _not_counted(project: str, _at: object) -> ProjectFacts:
    """Nothing in here looks into a project."""
    raise LookupError(project)
