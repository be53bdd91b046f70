"""Flow: does the work of a continuous project (support, operations) flow?

Measured by three parts: what was finished against what arrived in the last eight weeks (what came in the first four
weeks of all is the stock it began with); the share of it finished within the project's own service level (the 85th
percentile of cycle times in the 26 weeks before); and the share of work in progress that is already older than that.
Only for projects without a target date, where it takes schedule's weight.
Needs at least six finished items and their history. To improve: what gives most points for each item: finish the oldest work in
progress before starting new, finish what waits, or have less in progress at a time.
"""

from dataclasses import replace
from datetime import timedelta

from model.health import Finding, Value
from model.language import words as words_of
from model.work import StatusCategory
from rollup.curves import Curves, Part, count, from_parts, mean, not_applicable, not_enough
from rollup.facts import Leaf, ProjectFacts
from rollup.percentile import percentile
from rollup.world import View

NAME = "flow"
VERSION = 4
LEVEL = "project"
CURVES = {
    "flow.balance.weight": 40.0,
    "flow.cycle.weight": 30.0,
    "flow.age.weight": 30.0,
    "flow.balance.worst": 0.5,
    "flow.balance.best": 1.0,
    "flow.cycle.worst": 0.4,
    "flow.cycle.best": 0.85,
    "flow.age.worst": 0.6,
    "flow.age.best": 0.15,
    "flow.min_finished": 6.0,
}
_ID = (NAME, VERSION)
_ENGLISH = words_of("en")
_WEEKS = 8
_HELP = {
    "flow_falling_behind": "finish what has waited longest, or take in less",
    "flow_slow": "have less in progress at a time",
    "flow_aged_work": "finish the oldest work in progress before starting new",
}


def measure(view: View) -> Finding:
    """Score 0..100; NOT_APPLICABLE with a target date, NOT_ENOUGH_DATA below six finished items."""
    facts, curves = view.facts, Curves(CURVES, view.policy)
    if not facts.continuous:
        return not_applicable(_ID, "it has a target date, so schedule answers", "flow_has_target")
    if not facts.history_known:
        return not_enough(_ID, "the history of its items is not read yet", "flow_no_history")
    finished = sum(facts.weekly_done)
    if finished < curves("flow.min_finished"):
        least = int(curves("flow.min_finished"))
        return not_enough(_ID, f"{count(finished, 'item')} finished in a year, {least} are needed", "flow_too_few")
    values: dict[str, Value] = {}
    level = _service_level(facts)
    parts = (_balance(facts, curves, values), _cycle(facts, level, curves, values), _age(facts, level, curves, values))
    return from_parts(_ID, _in_reach(facts, parts, level, curves), values=values, improvement=_HELP)


def _in_reach(
    facts: ProjectFacts, parts: tuple[Part, Part, Part], level: float | None, curves: Curves
) -> tuple[Part, Part, Part]:
    """The same parts, with what finishing all aged work would give: it is finished late, and counts so in the others."""
    balance, cycle, age = parts
    if age.score is None or age.score == 100 or not age.weight:
        return parts
    old, running = len(age.evidence), sum(leaf.status is StatusCategory.IN_PROGRESS for leaf in facts.leaves)
    done, arrived = sum(facts.weekly_done[-_WEEKS:]) + old, sum(facts.weekly_arrivals[-_WEEKS:])
    recent = [days for ago, days in facts.cycle_days if ago <= _WEEKS * 7]
    within = sum(1 for days in recent if level is not None and days <= level)
    after = mean((
        replace(balance, score=curves.ramp(done / arrived, "flow.balance") if arrived else 100.0),
        replace(cycle, score=curves.ramp(within / (len(recent) + old), "flow.cycle")),
        replace(age, score=100.0 if running > old else None),
    ))  # fmt: skip
    gain = (after or 0.0) - (mean(parts) or 0.0)
    whole = sum(part.weight for part in parts if part.score is not None)
    return balance, cycle, replace(age, mended=age.score + gain * whole / age.weight)


def _balance(facts: ProjectFacts, curves: Curves, values: dict[str, Value]) -> Part:
    done, arrived = sum(facts.weekly_done[-_WEEKS:]), sum(facts.weekly_arrivals[-_WEEKS:])
    values["finished"] = Value(value=done, unit=f"items in {_WEEKS} weeks")
    values["arrived"] = Value(value=arrived, unit=f"items in {_WEEKS} weeks")
    score = curves.ramp(done / arrived, "flow.balance") if arrived else 100.0
    words = f"{done} finished and {arrived} added in {_WEEKS} weeks"
    waiting = sorted((leaf for leaf in facts.leaves if leaf.open), key=lambda leaf: (leaf.arrived_at, leaf.id))
    return Part("balance", curves("flow.balance.weight"), score, words, "flow_falling_behind", _ids(waiting))


def _service_level(facts: ProjectFacts) -> float | None:
    """Days within which 85 % were finished, in the 26 weeks before the last eight; of all when there were too few."""
    before = [days for ago, days in facts.cycle_days if ago > _WEEKS * 7]
    basis = before if len(before) >= 6 else [days for _, days in facts.cycle_days]
    return percentile(basis, 0.85) if len(basis) >= 6 else None


def _cycle(facts: ProjectFacts, level: float | None, curves: Curves, values: dict[str, Value]) -> Part:
    weight = curves("flow.cycle.weight")
    recent = [days for ago, days in facts.cycle_days if ago <= _WEEKS * 7]
    if level is None or not recent:
        return Part("cycle", weight, None)
    within = sum(1 for days in recent if days <= level)
    values["service_level"] = Value(value=round(level, 1), unit="days")
    values["within_level"] = Value(value=round(within / len(recent), 4), unit="share")
    words = f"{within} of {len(recent)} finished within the usual {_days(level)}"
    return Part("cycle", weight, curves.ramp(within / len(recent), "flow.cycle"), words, "flow_slow")


def _age(facts: ProjectFacts, level: float | None, curves: Curves, values: dict[str, Value]) -> Part:
    weight = curves("flow.age.weight")
    running = [leaf for leaf in facts.leaves if leaf.status is StatusCategory.IN_PROGRESS]
    if level is None or not running:
        return Part("age", weight, None)
    limit = facts.as_of - timedelta(days=level)
    old = sorted(
        (leaf for leaf in running if (leaf.started_at or leaf.arrived_at) < limit),
        key=lambda leaf: (leaf.started_at or leaf.arrived_at, leaf.id),
    )
    values["aged"] = Value(value=len(old), unit="items")
    values["in_progress"] = Value(value=len(running), unit="items")
    words = f"{len(old)} of {count(len(running), 'item')} in progress for more than {_days(level)}" if old else ""
    return Part("age", weight, curves.ramp(len(old) / len(running), "flow.age"), words, "flow_aged_work", _ids(old))


def _days(level: float) -> str:
    """In whole days from three on; what takes hours is never told as none."""
    return _ENGLISH.counted(round(level) if level >= 3 else max(0.1, level), "day", "days")


def _ids(leaves: list[Leaf]) -> tuple[str, ...]:
    return tuple(leaf.id for leaf in leaves)
