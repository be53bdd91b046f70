"""What key figures need of one project, counted while its facts are at hand."""

from collections.abc import Sequence

from model.outcome import Counted, RuleKept
from model.registers import RuleResult, RuleState
from rollup.pmo.outcome import outcome_of
from rollup.world import World


def counted(world: World, project: str, results: Sequence[RuleResult]) -> Counted:
    """The rules it keeps and breaks (``results``: as they were judged), the due dates it kept, and how it ended."""
    facts = world.facts(project).whole()
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
