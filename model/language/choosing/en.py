"""English."""

PHRASES = {
    "lack_value": "no value: it counts as worth nothing",
    "lack_cost": "no cost that can be told in the budget's unit: under a budget it can't be chosen",
    "lack_size": "no size: it has no WSJF",
    "lack_benefit": "no benefit and cost in money: it has no return",
    "lack_risk": "no risk: it is left out of value against risk",
    "lack_part": "nobody rated its {part}: that part counts 0",
    "bar_needs_elsewhere": "needs {about}, a candidate elsewhere",
    "bar_excludes_active": "excludes {about}, which is active",
    "bar_demand_past": "asks for people in {about}, which is over: plan it anew",
    "budget": "the budget is {allowed}, and {needed} would be needed",
    "capacity": "{other} in {about}: {allowed} are left, and {needed} would be needed",
    "capacity_twice": (
        "{other} in {about}: {needed} would be needed of {allowed} of people who are wanted for another skill, too"
    ),
    "needs": "{one} needs {other}",
    "excludes": "{one} and {other} exclude each other",
    "mandatory": "{one} is mandatory",
    "required": "{one} is asked for",
    "excluded": "{one} is to be left out",
    "cost_unknown": "the cost of {one} is not known",
    "barred": "{one} {why}",
    "worthless": "it is worth nothing here",
    "no_candidates": "There is no candidate here: a project is one with state: candidate.",
    "no_budget": "There is no budget: cost limits nothing. Give the node a budget, or ask with --budget.",
    "overcommitted": "Active projects have {committed} of a budget of {budget}: nothing is left for candidates.",
    "uncommitted": "{count:active project has|active projects have} no budget in {unit}: nothing is taken off for them.",
    "no_skills": "Nobody under people: has skills: capacity limits nothing.",
    "no_value": "Without a value, and so worth nothing here: {names}.",
    "no_cost": "Without a cost in {unit}, and so never chosen: {names}.",
    "any_unit": "any unit",
    "unpriced": "The cost of {count:n} of the chosen is not known: it is not in the sum.",
    "gap": "Up to {gap} more value may be there: the search ended before it was proven best.",
    "skill_missing": "Nobody has the skill {skill}, which {names} would need.",
    "overloaded": "Active projects need {hours} of {skill} in {quarter} that nobody has.",
    "unestimated": (
        "{count:open item says|open items say} no hours, and their holders finished too little to tell: nothing is booked for "
        "them, so there is less capacity than shown."
    ),
    "people_at": "What people can do was counted on {at}.",
}
