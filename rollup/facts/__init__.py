"""Facts: what can be counted of a project as of any moment. The only place that counts."""

from rollup.facts.count import count_facts
from rollup.facts.records import (
    Agreed,
    BenefitFact,
    Check,
    Cost,
    Leaf,
    LinkedItem,
    MilestoneFact,
    Plan,
    ProjectFacts,
    RiskFact,
    ToolBudget,
    Unit,
)

__all__ = [
    "Agreed",
    "BenefitFact",
    "Check",
    "Cost",
    "Leaf",
    "LinkedItem",
    "MilestoneFact",
    "Plan",
    "ProjectFacts",
    "RiskFact",
    "ToolBudget",
    "Unit",
    "count_facts",
]
