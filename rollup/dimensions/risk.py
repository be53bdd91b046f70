"""Risk: what may still go wrong?

Measured by up to four parts: exposure of the open register, Σ probability × impact (an unassessed risk counts as its
worst: 1 × 5); the share of open risks without an owner or untouched for 30 days; the share of open work blocked by open
work, in any project; and the share of work in progress older than 85 % of its like took (30 days where too little was
finished). A part without risks, links or work in progress is left out. Needs any of these.
To improve: unblock the items listed first, give each risk an owner and a response.
"""

from datetime import timedelta

from model.health import Finding, Value
from model.work import StatusCategory
from rollup.curves import Curves, Part, count, from_parts, not_enough
from rollup.facts import ProjectFacts
from rollup.percentile import percentile
from rollup.world import View

NAME = "risk"
VERSION = 1
LEVEL = "project"
CURVES = {
    "risk.exposure.weight": 30.0,
    "risk.care.weight": 15.0,
    "risk.blocked.weight": 30.0,
    "risk.aged.weight": 25.0,
    "risk.exposure.worst": 12.0,
    "risk.exposure.best": 1.0,
    "risk.care.worst": 1.0,
    "risk.care.best": 0.0,
    "risk.blocked.worst": 0.3,
    "risk.blocked.best": 0.0,
    "risk.aged.worst": 0.7,
    "risk.aged.best": 0.15,
    "risk.stale_days": 30.0,
    "risk.aged_days": 30.0,
}
_ID = (NAME, VERSION)


def measure(view: View) -> Finding:
    """Score 0..100; NOT_ENOUGH_DATA where there is no register, no link and no work in progress."""
    facts, curves = view.facts, Curves(CURVES, view.policy)
    if not facts.leaves and not facts.risks:
        return not_enough(_ID, "there is no work item and no risk", "risk_no_items")
    values: dict[str, Value] = {}
    parts = (
        _exposure(facts, curves, values),
        _care(facts, curves, values),
        _blocked(view, curves, values),
        _aged(facts, curves, values),
    )
    if all(part.score is None for part in parts):
        return not_enough(
            _ID, "there is no risk register, no blocking link and no work in progress", "risk_nothing_to_read", **values
        )
    return from_parts(_ID, parts, values=values, improvement="unblock or split what waits; assign and answer each risk")


def _exposure(facts: ProjectFacts, curves: Curves, values: dict[str, Value]) -> Part:
    weight = curves("risk.exposure.weight")
    if not facts.risks:
        return Part("exposure", weight, None)
    each = sorted(
        (
            (
                (risk.probability if risk.probability is not None else 1.0)
                * (risk.impact if risk.impact is not None else 5.0),
                risk.id,
            )
            for risk in facts.risks
        ),
        key=lambda pair: (-pair[0], pair[1]),
    )
    total = sum(size for size, _ in each)
    values["exposure"] = Value(value=round(total, 3), unit="probability × impact (1..5)")
    values["open_risks"] = Value(value=len(each), unit="risks")
    words = f"{count(len(each), 'open risk')} with an exposure of {total:.1f}"
    ids = tuple(key for _, key in each)
    return Part("exposure", weight, curves.ramp(total, "risk.exposure"), words, "risk_exposure_high", ids)


def _care(facts: ProjectFacts, curves: Curves, values: dict[str, Value]) -> Part:
    weight = curves("risk.care.weight")
    if not facts.risks:
        return Part("care", weight, None)
    limit = facts.as_of - timedelta(days=curves("risk.stale_days"))
    left = [risk.id for risk in facts.risks if not risk.owned or risk.touched_at < limit]
    values["uncared_risks"] = Value(value=len(left), unit="risks")
    words = (
        f"{len(left)} of {count(len(facts.risks), 'risk')} without an owner or untouched for a month" if left else ""
    )
    score = curves.ramp(len(left) / len(facts.risks), "risk.care")
    return Part("care", weight, score, words, "risk_unowned_or_stale", tuple(left))


def _blocked(view: View, curves: Curves, values: dict[str, Value]) -> Part:
    """Open leaves with an open blocker, as a share of open leaves; only where the project uses links at all."""
    facts, world = view.facts, view.world
    weight = curves("risk.blocked.weight")
    open_leaves = facts.open_leaves
    if not facts.linked or not open_leaves:
        return Part("blocked", weight, None)
    blocked = {link.target_id for link in world.blocking if link.source_id and world.is_open(link.source_id)}
    waiting = sorted(
        (leaf for leaf in open_leaves if leaf.id in blocked),
        key=lambda leaf: (leaf.started_at or leaf.arrived_at, leaf.id),
    )
    values["blocked"] = Value(value=len(waiting), unit="items")
    words = f"{len(waiting)} of {count(len(open_leaves), 'open item')} blocked by open work" if waiting else ""
    score = curves.ramp(len(waiting) / len(open_leaves), "risk.blocked")
    return Part("blocked", weight, score, words, "risk_blocked", tuple(leaf.id for leaf in waiting))


def _aged(facts: ProjectFacts, curves: Curves, values: dict[str, Value]) -> Part:
    weight = curves("risk.aged.weight")
    running = [leaf for leaf in facts.leaves if leaf.status is StatusCategory.IN_PROGRESS]
    if not running or not facts.history_known:
        return Part("aged", weight, None)
    times = [days for _, days in facts.cycle_days]
    level = percentile(times, 0.85) if len(times) >= 6 else curves("risk.aged_days")
    limit = facts.as_of - timedelta(days=max(level, 1.0))
    old = sorted(
        (leaf for leaf in running if (leaf.started_at or leaf.arrived_at) < limit),
        key=lambda leaf: (leaf.started_at or leaf.arrived_at, leaf.id),
    )
    values["aged"] = Value(value=len(old), unit="items")
    words = f"{len(old)} of {len(running)} in progress are older than {max(level, 1.0):.0f} days" if old else ""
    score = curves.ramp(len(old) / len(running), "risk.aged")
    return Part("aged", weight, score, words, "risk_aged_work", tuple(leaf.id for leaf in old))
