"""Scope: is the goal standing still?

Measured by three parts: net growth of the scope since the baseline; churn (added, taken away, re-estimated) of the last
eight weeks; and the share of open work that nobody has estimated. The baseline is the approved one, else one
reconstructed from history, and it is said which. Where an item of an approved baseline was split, its parts are not
added work; what they grew by is growth. What nobody had estimated then is as large as it is now: to estimate is no
growth. A new baseline starts the count anew: it is agreed to, with a reason, and numbered. Dropped items are no scope.
Needs the history of the items and a baseline; a reconstructed one stands four weeks after the start at the latest. Not
asked of continuous work.
To improve: what gives most points for each item to be acted on: estimate what is open, move added items out of this date, agree
a new baseline.
"""

from model.health import Finding, Value
from rollup.baseline import baseline_values
from rollup.curves import Curves, Part, count, day_words, from_parts, not_applicable, not_enough, percent
from rollup.facts import Plan, ProjectFacts
from rollup.world import View

NAME = "scope"
VERSION = 4
LEVEL = "project"
CURVES = {
    "scope.growth.weight": 50.0,
    "scope.churn.weight": 25.0,
    "scope.unestimated.weight": 25.0,
    "scope.growth.worst": 0.5,
    "scope.growth.best": 0.05,
    "scope.churn.worst": 0.5,
    "scope.churn.best": 0.1,
    "scope.unestimated.worst": 1.0,
    "scope.unestimated.best": 0.1,
}
_ID = (NAME, VERSION)


def measure(view: View) -> Finding:
    """Score 0..100; NOT_APPLICABLE without a target date, NOT_ENOUGH_DATA without history or before the baseline stands."""
    facts, curves = view.facts, Curves(CURVES, view.policy)
    if facts.continuous:
        return not_applicable(_ID, "work without a target date has no fixed scope", "scope_continuous")
    if not facts.leaves:
        return not_enough(_ID, "there is no work item", "scope_no_items")
    if not facts.history_known:
        return not_enough(_ID, "the history of its items is not read yet", "scope_no_history")
    plan = facts.plan
    if plan is not None and plan.agreed is not None and plan.work <= 0:
        return not_enough(_ID, "the approved baseline holds no work to compare with", "scope_empty_baseline")
    if plan is None or plan.work <= 0:
        return not_enough(_ID, "there is no baseline yet: the backlog has not settled", "scope_no_baseline")
    values: dict[str, Value] = {"baseline": Value(value=round(plan.work, 2), unit=facts.unit.value)}
    values["baseline_from"] = Value(value=facts.day_of(plan.at).isoformat(), unit="date")
    values |= baseline_values(facts)
    parts = (
        _growth(facts, plan, curves, values),
        _churn(facts, plan, curves, values),
        _unestimated(facts, curves, values),
    )
    return from_parts(_ID, parts, values=values, improvement=_help(values) if facts.open_leaves else "")


def _help(values: dict[str, Value]) -> dict[str, str]:
    """By the code of each part."""
    return {
        "scope_grown": "take added items out of this date, or agree a new baseline",
        "scope_churn": "take nothing more in without taking as much out",
        "scope_unestimated": f"estimate the {count(int(values['unestimated'].value or 0), 'open item')}",
    }


def _growth(facts: ProjectFacts, plan: Plan, curves: Curves, values: dict[str, Value]) -> Part:
    growth = (facts.total_work - plan.work) / plan.work
    values["growth"] = Value(value=round(growth, 4), unit="share of baseline")
    values["added"] = Value(value=round(plan.added, 2), unit=facts.unit.value)
    values["removed"] = Value(value=round(plan.removed, 2), unit=facts.unit.value)
    side = "above" if growth >= 0 else "below"
    which = f"baseline {plan.agreed.number} of" if plan.agreed else "the reconstructed baseline of"
    words = f"scope is {percent(abs(growth))} {side} {which} {day_words(facts.day_of(plan.at))}"
    open_ids = {leaf.id for leaf in facts.leaves if leaf.open}
    added = tuple(key for key in plan.added_ids if key in open_ids)
    score = curves.ramp(growth, "scope.growth")
    return Part("growth", curves("scope.growth.weight"), score, words, "scope_grown", added)


def _churn(facts: ProjectFacts, plan: Plan, curves: Curves, values: dict[str, Value]) -> Part:
    share = plan.churn / max(facts.total_work, plan.work)
    values["churn"] = Value(value=round(share, 4), unit="share in 8 weeks")
    words = f"{percent(share)} of the scope changed in 8 weeks"
    score = curves.ramp(share, "scope.churn")
    return Part("churn", curves("scope.churn.weight"), score, words, "scope_churn", plan.churned_ids)


def _unestimated(facts: ProjectFacts, curves: Curves, values: dict[str, Value]) -> Part:
    waiting = sorted(leaf.id for leaf in facts.leaves if leaf.open and not leaf.estimated)
    share = 1 - facts.estimated_share
    values["unestimated"] = Value(value=len(waiting), unit="open items")
    words = f"{count(len(waiting), 'open item')} without an estimate" if waiting else ""
    score = curves.ramp(share, "scope.unestimated")
    return Part("unestimated", curves("scope.unestimated.weight"), score, words, "scope_unestimated", tuple(waiting))
