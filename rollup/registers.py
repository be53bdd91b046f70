"""All registers of one node at one moment, for a page or a report."""

from dataclasses import replace

from model.registers import Registers, RiskEntry
from rollup.benefits import benefit_register
from rollup.compliance import compliance
from rollup.conflicts import conflicts, owner_of
from rollup.curves import Curves
from rollup.dimensions.risk import CURVES, heaviest_first, uncared
from rollup.people import person_loads
from rollup.world import View, World


def view_of(world: World, node_id: str) -> View:
    """What the registers read of a node."""
    landscape = world.landscape
    node = world.nodes[node_id]
    policy = landscape.policy_for(node.project_class, node.policy)
    return View(node, policy, world, tuple(world.facts(key) for key in world.leaves(node_id)))


def registers(view: View, *, names: bool = False) -> Registers:
    """Everything that is kept about a node. ``names``: whoever asked may see them; the policy must allow them, too."""
    nameless = view.policy.model_copy(update={"people": "aggregate"})
    shown = view if names else replace(view, policy=nameless)
    return Registers(
        node=view.node.id,
        risks=risk_register(shown),
        conflicts=conflicts(shown),
        benefits=benefit_register(shown),
        rules=compliance(view),
        people=person_loads(shown),
    )


def risk_register(view: View) -> tuple[RiskEntry, ...]:
    """Every open risk below the node, the heaviest first; one in two projects once."""
    found: dict[str, RiskEntry] = {}
    stale_days = Curves(CURVES, view.policy)("risk.stale_days")
    for facts in view.projects:
        for risk in heaviest_first(facts):
            unowned, stale = uncared(risk, facts, stale_days)
            entry = RiskEntry(
                id=risk.id,
                project=facts.node.id,
                probability=risk.probability,
                impact=risk.impact,
                exposure=risk.exposure,
                assessed=risk.assessed,
                response=risk.response,
                owner=None if unowned else owner_of(view, risk.owner_id, facts.node.id),
                age_days=(facts.as_of - risk.raised_at).days,
                reviewed_days=(facts.as_of - risk.touched_at).days,
                stale=stale,
            )
            found.setdefault(risk.id, entry)
    return tuple(sorted(found.values(), key=lambda entry: (-entry.exposure, entry.id)))
