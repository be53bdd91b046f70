"""Facts: what can be counted of a project as of any moment. The only place that counts."""

from rollup.facts.count import count_facts
from rollup.facts.records import (
    BenefitFact,
    Check,
    Cost,
    Leaf,
    LinkedItem,
    MilestoneFact,
    Plan,
    ProjectFacts,
    RiskFact,
    Unit,
)

__all__ = [
    "BenefitFact",
    "Check",
    "Cost",
    "Leaf",
    "LinkedItem",
    "MilestoneFact",
    "Plan",
    "ProjectFacts",
    "RiskFact",
    "Unit",
    "count_facts",
]
