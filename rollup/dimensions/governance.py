"""Governance: are our standards kept?

Measured by the rules below that a project passes, of those that apply to it. Each failed rule is named by its slug in the
values, with what to do. Weight 0 by default: shown, not counted. Needs nothing.
To improve: follow the guidance of the first failed rule.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from model.health import Finding, Improvement, Outcome, Value
from rollup.facts import ProjectFacts
from rollup.world import View

NAME = "governance"
VERSION = 1
LEVEL = "project"
CURVES: dict[str, float] = {}
UPDATED_DAYS = 14


@dataclass(frozen=True, slots=True)
class Rule:
    """``passed`` gives None where the rule does not apply; ``items`` the work items that broke it."""

    slug: str
    words: str
    guidance: str
    passed: Callable[[ProjectFacts], bool | None]
    items: Callable[[ProjectFacts], tuple[str, ...]] = lambda _: ()


def _updated(facts: ProjectFacts) -> bool | None:
    last = facts.last_activity_at
    return None if last is None else facts.as_of - last <= timedelta(days=UPDATED_DAYS)


RULES = (
    Rule(
        "has_sponsor",
        "somebody answers for it",
        "name a sponsor in the tree",
        lambda facts: facts.node.sponsor is not None,
    ),
    Rule(
        "has_start_date",
        "a dated project says when it began",
        "set start_date",
        lambda facts: None if facts.continuous else facts.node.start_on is not None,
    ),
    Rule("has_goal", "it serves a goal", "tie the project to a goal", lambda facts: bool(facts.node.goals)),
    Rule(
        "risks_owned",
        "every open risk has an owner",
        "assign each open risk",
        lambda facts: all(risk.owned for risk in facts.risks) if facts.risks else None,
        lambda facts: tuple(risk.id for risk in facts.risks if not risk.owned),
    ),
    Rule(
        "recently_updated",
        f"something was updated within {UPDATED_DAYS} days",
        "update the items, or close the project",
        _updated,
    ),
    Rule(
        "nothing_in_progress_unassigned",
        "work in progress has an assignee",
        "assign the items in progress",
        lambda facts: not _failed(facts, "in_progress_unassigned") if facts.leaves else None,
        lambda facts: _failed(facts, "in_progress_unassigned"),
    ),
)


def _failed(facts: ProjectFacts, code: str) -> tuple[str, ...]:
    return next((check.failed for check in facts.checks if check.code == code), ())


def measure(view: View) -> Finding:
    """Score: 100 × rules passed / rules that apply."""
    facts = view.facts
    results = [(rule, rule.passed(facts)) for rule in RULES]
    applicable = [(rule, passed) for rule, passed in results if passed is not None]
    broken = [rule for rule, passed in applicable if not passed]
    kept = len(applicable) - len(broken)
    values = {
        "rules_passed": Value(value=kept, unit=f"of {len(applicable)} rules"),
        **{f"failed_{rule.slug}": Value(value=rule.guidance, unit="what to do") for rule in broken},
    }
    words = f"{kept} of {len(applicable)} rules kept"
    if broken:
        words += "; not: " + ", ".join(rule.words for rule in broken[:3])
    points = 100 / len(applicable)
    items = tuple(dict.fromkeys(item for rule in broken for item in rule.items(facts)))
    return Finding(
        dimension=NAME,
        version=VERSION,
        outcome=Outcome.MEASURED,
        score=100 * kept / len(applicable),
        reason=words,
        reason_code=f"governance_{broken[0].slug}" if broken else "governance_good",
        values=values,
        evidence=items,
        improvement=Improvement(text=broken[0].guidance, items=broken[0].items(facts)[:5], points=points)
        if broken
        else None,
    )
