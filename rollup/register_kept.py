"""What is kept of registers when projects are scored, and registers made of what was kept: the same as those counted anew."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cached_property

from model.base import Instant
from model.register_kept import (
    KeptBenefit,
    KeptConflict,
    KeptRisk,
    KeptRiskSum,
    KeptRule,
    ProjectRegister,
    ProjectRest,
    RiskSum,
)
from model.registers import (
    BrokenRule,
    Conflict,
    ConflictState,
    RiskEntry,
    RuleResult,
    RuleState,
)
from model.tree import Node
from rollup.compliance import result_of
from rollup.conflicts import conflicts_among, latest_first, owner_of
from rollup.curves import Curves
from rollup.dimensions.governance import Judged
from rollup.dimensions.risk import CURVES
from rollup.facts import BenefitFact
from rollup.world import View, World

_KEPT = {RuleState.KEPT: True, RuleState.BROKEN: False, RuleState.NOT_APPLICABLE: None}


def register_of(world: World, project: str, rules: Sequence[RuleResult]) -> ProjectRegister:
    """What is kept of one project whose facts are at hand; ``rules``: as they were judged of it."""
    facts = world.facts(project).whole()
    risks = tuple(
        KeptRisk(
            one.id, one.probability, one.impact, one.exposure, one.assessed, one.response, one.owner_id, one.raised_at,
            one.touched_at,
        )
        for one in facts.risks
    )  # fmt: skip
    benefits = tuple(
        KeptBenefit(
            one.id, one.owner_id, one.due_on, one.measure, one.baseline, one.target, one.actual, one.known, one.unit
        )
        for one in facts.benefits
    )
    supported = {support.subject_id for goal in world.goals.values() for support in goal.supported_by}
    tied = any(leaf.open and not supported.isdisjoint(facts.supporting.get(leaf.id, ())) for leaf in facts.leaves)
    return ProjectRegister(
        project,
        risks,
        ProjectRest(
            rules=tuple(KeptRule(one.rule, one.state, one.items) for one in rules),
            benefits=benefits,
            tied=tied,
            risk_sum=KeptRiskSum(
                exposure=sum(one.exposure for one in risks),
                unowned=sum(one.owner_id is None for one in risks),
                unanswered=sum(one.response is None for one in risks),
                touched=tuple(sorted(one.touched_at for one in risks)),
            ),
        ),
    )


def conflicts_into(world: World, projects: Collection[str]) -> dict[str, tuple[KeptConflict, ...]]:
    """The conflicts that end in each of some projects, with nobody named; those of projects that don't count are none."""
    found: dict[str, list[KeptConflict]] = {project: [] for project in projects}
    for one in conflicts_among(world, set(projects)):
        owner = world.chains.entry(one.predecessor).owner_id
        found[one.successor_project].append(KeptConflict(conflict=one, owner_id=owner))
    return {project: tuple(mine) for project, mine in found.items()}


def kept_conflicts(view: View, kept: Iterable[KeptConflict]) -> tuple[Conflict, ...]:
    """Conflicts in the order of the register, with owners as whoever looks may see them."""
    owned = (
        one.conflict.model_copy(update={"owner": owner_of(view, one.owner_id, one.conflict.predecessor_project)})
        for one in kept
    )
    each = sorted(owned, key=lambda one: one.link)
    resolved = [one for one in each if one.state is ConflictState.RESOLVED]
    return (*latest_first(one for one in each if one.state is not ConflictState.RESOLVED), *resolved)


def kept_risk(view: View, project: str, risk: KeptRisk, *, stale_before: Instant) -> RiskEntry:
    """One risk as an entry of the register, as old as it is now."""
    return RiskEntry(
        id=risk.id,
        project=project,
        probability=risk.probability,
        impact=risk.impact,
        exposure=risk.exposure,
        assessed=risk.assessed,
        response=risk.response,
        owner=None if risk.owner_id is None else owner_of(view, risk.owner_id, project),
        age_days=(view.as_of - risk.raised_at).days,
        reviewed_days=(view.as_of - risk.touched_at).days,
        stale=risk.touched_at < stale_before,
    )


def risk_sum(projects: Iterable[ProjectRest], again: RiskSum, *, stale_before: Instant) -> RiskSum:
    """The sum over projects. ``again``: what those come to that another of them has counted already."""
    sums = [one.risk_sum for one in projects if one.risk_sum is not None]
    return RiskSum(
        risks=sum(len(one.touched) for one in sums) - again.risks,
        exposure=sum(one.exposure for one in sums) - again.exposure,
        unowned=sum(one.unowned for one in sums) - again.unowned,
        stale=sum(bisect_left(one.touched, stale_before) for one in sums) - again.stale,
        unanswered=sum(one.unanswered for one in sums) - again.unanswered,
    )


def stale_before(view: View) -> Instant:
    """A risk that nobody has touched since then counts as stale."""
    return view.as_of - timedelta(days=Curves(CURVES, view.policy)("risk.stale_days"))


def benefit_facts(rest: ProjectRest) -> tuple[BenefitFact, ...]:
    """The benefits of a project as facts."""
    return tuple(map(benefit_fact, rest.benefits))


def benefit_fact(one: KeptBenefit) -> BenefitFact:
    """One benefit as a fact."""
    return BenefitFact(
        one.id, one.owner_id, one.due_on, one.measure, one.baseline, one.target, one.actual, one.known, one.unit
    )


class KeptRules:
    """The rules of some projects, in their order, put together or one by one.

    A rule that the policy of its project has no more is left out: the project is scored again soon.
    """

    def __init__(self, world: World, rests: Mapping[str, ProjectRest], projects: Sequence[str]) -> None:
        self._world = world
        self._rests, self._projects = rests, projects
        self._judged: dict[tuple[str, str | None], dict[str, Judged]] = {}

    def __len__(self) -> int:
        return len(self._each)

    @cached_property
    def _each(self) -> list[tuple[str, KeptRule]]:
        return [(project, one) for project in self._projects for one in self._of(project)]

    def _of(self, project: str) -> list[KeptRule]:
        known = self._rules(self._world.nodes[project])
        return [one for one in self._rests[project].rules if one.rule in known]

    def some(self, first: int, many: int) -> tuple[RuleResult, ...]:
        """So many results from the ``first`` on."""
        return tuple(self._result(project, one) for project, one in self._each[first : first + many])

    def counts(self) -> tuple[int, int]:
        """How many rules are kept, of how many that apply."""
        applies, broken = self._applying
        asked = sum(applies.values())
        return asked - sum(map(len, broken.values())), asked

    def broken(self) -> tuple[BrokenRule, ...]:
        """Every rule that a project does not keep, the most often broken first."""
        applies, broken = self._applying
        found = [
            BrokenRule(
                rule=self._result(*each[0]), projects=tuple(project for project, _ in each), applies=applies[key]
            )
            for key, each in broken.items()
        ]
        return tuple(sorted(found, key=lambda line: (-len(line.projects), line.rule.rule)))

    @cached_property
    def _applying(self) -> tuple[Mapping[str, int], Mapping[str, list[tuple[str, KeptRule]]]]:
        """How many projects each rule applies to, and those that break it: looked through once, for thousands of projects."""
        alike: Counter[tuple[str, str | None, tuple[str, ...]]] = Counter()  # most projects have the same
        broken: dict[str, list[tuple[str, KeptRule]]] = {}
        for project in self._projects:
            node, rest = self._world.nodes[project], self._rests[project]
            alike[node.project_class, node.policy, rest.applying] += 1
            if rest.broken:
                known = self._rules(node)
                for one in rest.broken:
                    if one.rule in known:
                        broken.setdefault(one.rule, []).append((project, one))
        applies: Counter[str] = Counter()
        for (class_, policy, rules), projects in alike.items():
            for rule in self._rules_of(class_, policy).keys() & rules:
                applies[rule] += projects
        return applies, broken

    def _rules(self, node: Node) -> dict[str, Judged]:
        return self._rules_of(node.project_class, node.policy)

    def _rules_of(self, *key: *tuple[str, str | None]) -> dict[str, Judged]:
        if key not in self._judged:
            policy = self._world.landscape.policy_for(*key)
            self._judged[key] = {rule.id: Judged(rule, None, ()) for rule in policy.rules}
        return self._judged[key]

    def _result(self, project: str, one: KeptRule) -> RuleResult:
        judged = self._rules(self._world.nodes[project])[one.rule]
        return result_of(project, replace(judged, kept=_KEPT[one.state], items=one.items))
