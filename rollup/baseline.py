"""Which baseline a finding measured against, as values that stand beside it."""

from model.health import Basis, Value
from rollup.facts import ProjectFacts

APPROVED = "approved"


def baseline_values(facts: ProjectFacts) -> dict[str, Value]:
    """``baseline``: approved or reconstructed; of an approved one its number and the day it was approved."""
    if facts.plan is None:
        return {}
    agreed = facts.plan.agreed
    if agreed is None:
        return {"baseline_basis": Value(value=Basis.RECONSTRUCTED.value)}
    return {
        "baseline_basis": Value(value=APPROVED),
        "baseline_number": Value(value=agreed.number, unit="of its baselines"),
        "baseline_approved": Value(value=agreed.approved_on.isoformat(), unit="date"),
    }
