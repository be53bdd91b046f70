"""The register of rules: how a project, or everything below a node, keeps its standards, with evidence per rule."""

from dataclasses import replace

from model.registers import RuleResult, RuleState
from rollup.dimensions.governance import Judged, judge
from rollup.world import View


def compliance(view: View) -> tuple[RuleResult, ...]:
    """Every rule of every project below the node, in the tree's order; broken ones first within a project."""
    found: list[RuleResult] = []
    for facts in view.projects:
        policy = view.world.landscape.policy_for(facts.node.project_class, facts.node.policy)
        own = replace(view, node=facts.node, policy=policy, projects=(facts,))
        results = [result_of(facts.node.id, entry) for entry in judge(own)]
        found.extend(sorted(results, key=lambda result: result.state is not RuleState.BROKEN))
    return tuple(found)


def result_of(project: str, entry: Judged) -> RuleResult:
    """A rule as it was judged of a project, as an entry of the register."""
    return RuleResult(
        project=project,
        rule=entry.rule.id,
        holds=entry.rule.holds.value,
        within_days=entry.rule.within_days,
        state=_STATES[entry.kept],
        words=entry.words,
        to_do=entry.to_do,
        guidance=entry.rule.link,
        items=entry.items,
    )


_STATES = {True: RuleState.KEPT, False: RuleState.BROKEN, None: RuleState.NOT_APPLICABLE}
