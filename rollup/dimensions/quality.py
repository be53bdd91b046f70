"""Quality: is what is done good?

Measured by three parts: defects closed against defects found in the last eight weeks; the share of finished work that
was reopened in that time; and the age of open severe defects (critical and high; a defect without a severity counts as
severe until somebody says otherwise). Needs a type mapped to defect, and history. What came back counts for eight weeks,
also once it is done again: only more finished work makes it weigh less.
To improve: what gives most points for each item: close the oldest severe defects, fix the oldest of all, or settle what came
back.
"""

from datetime import timedelta

from model.health import Finding, Value
from model.work import ItemType, Severity
from rollup.curves import Curves, Part, count, from_parts, not_enough
from rollup.facts import Leaf, ProjectFacts
from rollup.world import View

NAME = "quality"
VERSION = 3
LEVEL = "project"
CURVES = {
    "quality.flow.weight": 40.0,
    "quality.reopened.weight": 25.0,
    "quality.severe.weight": 35.0,
    "quality.flow.worst": 0.4,
    "quality.flow.best": 1.0,
    "quality.reopened.worst": 0.25,
    "quality.reopened.best": 0.02,
    "quality.severe.worst": 90.0,
    "quality.severe.best": 14.0,
}
_ID = (NAME, VERSION)
_HELP = {
    "quality_defects_pile_up": "fix the oldest open defects",
    "quality_reopened": "find out why finished work came back, and settle that",
    "quality_severe_open": "close the oldest severe defects",
}
_MILD = frozenset({Severity.MEDIUM, Severity.LOW})


def measure(view: View) -> Finding:
    """Score 0..100; NOT_ENOUGH_DATA where no defect was ever recorded or the history is not read."""
    facts, curves = view.facts, Curves(CURVES, view.policy)
    if not facts.defects_ever:
        return not_enough(_ID, "no defect was ever recorded; map a type to defect", "quality_no_defects")
    if not facts.history_known:
        return not_enough(_ID, "the history of its items is not read yet", "quality_no_history")
    values: dict[str, Value] = {}
    parts = (_flow(facts, curves, values), _reopened(facts, curves, values), _severe(facts, curves, values))
    return from_parts(_ID, parts, values=values, improvement=_HELP)


def _flow(facts: ProjectFacts, curves: Curves, values: dict[str, Value]) -> Part:
    found, closed = sum(facts.defects_in), sum(facts.defects_out)
    values["defects_found"] = Value(value=found, unit="defects in 8 weeks")
    values["defects_closed"] = Value(value=closed, unit="defects in 8 weeks")
    score = curves.ramp(closed / found, "quality.flow") if found else 100.0
    words = f"{count(found, 'defect')} found and {closed} fixed in 8 weeks"
    open_ids = tuple(leaf.id for leaf in _open_defects(facts))
    return Part("flow", curves("quality.flow.weight"), score, words, "quality_defects_pile_up", open_ids)


def _reopened(facts: ProjectFacts, curves: Curves, values: dict[str, Value]) -> Part:
    weight = curves("quality.reopened.weight")
    back = len(facts.reopened)
    base = max(facts.finished_8_weeks, back)
    if not base:
        return Part("reopened", weight, None)
    values["reopened"] = Value(value=back, unit="items in 8 weeks")
    words = f"{back} reopened against {facts.finished_8_weeks} finished" if back else ""
    open_ = {leaf.id for leaf in facts.open_leaves}
    again = tuple(sorted(facts.reopened, key=lambda key: key not in open_))
    left = len(open_.intersection(again))
    settled = curves.ramp(back / max(facts.finished_8_weeks + left, back), "quality.reopened")
    score = curves.ramp(back / base, "quality.reopened")
    return Part("reopened", weight, score, words, "quality_reopened", again, settled)


def _severe(facts: ProjectFacts, curves: Curves, values: dict[str, Value]) -> Part:
    """The mean over open severe defects of what their age costs."""
    weight = curves("quality.severe.weight")
    severe = [leaf for leaf in _open_defects(facts) if leaf.severity not in _MILD]
    values["open_severe"] = Value(value=len(severe), unit="defects")
    if not severe:
        return Part("severe", weight, 100.0)
    ages = [(facts.as_of - leaf.arrived_at) / timedelta(days=1) for leaf in severe]
    values["oldest_severe"] = Value(value=round(max(ages), 1), unit="days")
    score = sum(curves.ramp(age, "quality.severe") for age in ages) / len(ages)
    words = f"{count(len(severe), 'severe defect')} open, the oldest for {count(round(max(ages)), 'day')}"
    return Part("severe", weight, score, words, "quality_severe_open", tuple(leaf.id for leaf in severe))


def _open_defects(facts: ProjectFacts) -> list[Leaf]:
    """Oldest first."""
    found = [leaf for leaf in facts.leaves if leaf.open and leaf.type is ItemType.DEFECT]
    return sorted(found, key=lambda leaf: (leaf.arrived_at, leaf.id))
