"""What key figures need of one project, counted while its facts are at hand."""

from model.outcome import Counted, RuleKept
from model.registers import RuleState
from rollup.compliance import compliance
from rollup.pmo.outcome import outcome_of
from rollup.world import View, World


def counted(world: World, project: str) -> Counted:
    """The rules it keeps and breaks, the due dates it kept, and how it ended."""
    facts, node = world.facts(project).whole(), world.nodes[project]
    policy = world.landscape.policy_for(node.project_class, node.policy)
    results = compliance(View(node, policy, world, (facts,)))
    return Counted(
        due_kept=facts.due_kept,
        due_outcomes=facts.due_outcomes,
        rules=tuple(
            RuleKept(rule=one.rule, words=one.words, kept=one.state is RuleState.KEPT)
            for one in results
            if one.state is not RuleState.NOT_APPLICABLE
        ),
        outcome=outcome_of(facts, world.landscape.timezone),
    )
