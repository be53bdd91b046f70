"""Risk: what may still go wrong?

Measured by up to five parts. Exposure: Σ probability × impact ÷ 5 over the open register, so that 1 stands for one certain
risk of the highest impact; a probability outside 0..100 % or a missing one counts as certain, an impact beyond 5 or a
missing one as 5. Care: the share of open risks without an owner, or that nobody has changed for 30 days (the last change
is the last review). Answers: the share of open risks without a response (mitigate, accept, transfer, avoid, or other
words); it weighs 0 until a policy says otherwise, as a response needs a mapped field, and the first answers must never
cost points. No tool tells when one was given: a past day has this part from the first sync on only. Blocked: the share of
open work that waits for open work, in any project. Age: the share of work in progress older than 85 % of its like took
(30 days where fewer than six were finished). A part without risks, links or work in progress is left out. An accepted
risk keeps its exposure: accepting is an answer, no cure. Needs any of these.
To improve: the one action that gives most points back is named with its item: the heaviest risk to bring down, the risk
to assign or review, the item to unblock, or the oldest work in progress.
"""

from datetime import datetime, timedelta

from model.health import Finding, Value
from model.work import StatusCategory
from rollup.curves import Curves, Help, Part, count, from_parts, not_enough
from rollup.facts import Leaf, ProjectFacts, RiskFact
from rollup.facts.records import WORST_IMPACT
from rollup.world import View

NAME = "risk"
VERSION = 4
LEVEL = "project"
ACROSS = "links"
CURVES = {
    "risk.exposure.weight": 30.0,
    "risk.care.weight": 15.0,
    "risk.answers.weight": 0.0,
    "risk.blocked.weight": 30.0,
    "risk.aged.weight": 25.0,
    "risk.exposure.worst": 2.4,
    "risk.exposure.best": 0.2,
    "risk.care.worst": 1.0,
    "risk.care.best": 0.0,
    "risk.answers.worst": 1.0,
    "risk.answers.best": 0.0,
    "risk.blocked.worst": 0.3,
    "risk.blocked.best": 0.0,
    "risk.aged.worst": 0.7,
    "risk.aged.best": 0.15,
    "risk.stale_days": 30.0,
    "risk.aged_days": 30.0,
}
_ID = (NAME, VERSION)
_Said = tuple[Part, Help | None]


def measure(view: View) -> Finding:
    """Score 0..100; NOT_ENOUGH_DATA where there is no register, no link and no work in progress."""
    facts, curves = view.facts, Curves(CURVES, view.policy)
    if not facts.leaves and not facts.risks:
        return not_enough(_ID, "there is no work item and no risk", "risk_no_items")
    values: dict[str, Value] = {}
    said = (
        _exposure(facts, curves, values),
        _care(facts, curves, values),
        _answers(facts, curves, values),
        _blocked(view, curves, values),
        _aged(facts, curves, values),
    )
    parts = tuple(part for part, _ in said)
    if all(part.score is None for part in parts):
        return not_enough(
            _ID, "there is no risk register, no blocking link and no work in progress", "risk_nothing_to_read", **values
        )
    helps = [help_ for _, help_ in said if help_ is not None]
    together = "unblock or split what waits; assign and answer each risk"  # where no single action is enough
    return from_parts(_ID, parts, values=values, improvement=together, helps=helps)


def uncared(risk: RiskFact, facts: ProjectFacts, stale_days: float) -> tuple[bool, bool]:
    """Whether nobody has a risk, and whether nobody has looked at it for so long."""
    return not risk.owned, risk.touched_at < facts.as_of - timedelta(days=stale_days)


def heaviest_first(facts: ProjectFacts) -> list[RiskFact]:
    return sorted(facts.risks, key=lambda risk: (-risk.exposure, risk.id))


def _exposure(facts: ProjectFacts, curves: Curves, values: dict[str, Value]) -> _Said:
    weight = curves("risk.exposure.weight")
    if not facts.risks:
        return Part("exposure", weight, None), None
    each = heaviest_first(facts)
    total = sum(risk.exposure for risk in each)
    values["exposure"] = Value(value=round(total, 3), unit="probability × impact (1..5)")
    values["exposure_normalised"] = Value(value=round(total / WORST_IMPACT, 3), unit="certain risks of highest impact")
    values["open_risks"] = Value(value=len(each), unit="risks")
    values["heaviest"] = Value(value=each[0].id, unit="risk")
    values["heaviest_exposure"] = Value(value=round(each[0].exposure, 3), unit="probability × impact (1..5)")
    oldest = min(risk.raised_at for risk in each)
    values["oldest_risk"] = Value(value=(facts.as_of - oldest).days, unit="days")
    words = f"{count(len(each), 'open risk')} with an exposure of {total:.1f} in all"
    part = Part(
        "exposure",
        weight,
        curves.ramp(total / WORST_IMPACT, "risk.exposure"),
        words,
        "risk_exposure_high",
        tuple(risk.id for risk in each),
    )
    after = curves.ramp((total - each[0].exposure) / WORST_IMPACT, "risk.exposure")
    text = "bring down or close the heaviest risk"
    return part, Help("exposure", after, text, "risk_exposure_high", (each[0].id,))


def _care(facts: ProjectFacts, curves: Curves, values: dict[str, Value]) -> _Said:
    weight = curves("risk.care.weight")
    if not facts.risks:
        return Part("care", weight, None), None
    stale_days = curves("risk.stale_days")
    state = {risk.id: uncared(risk, facts, stale_days) for risk in facts.risks}
    left = [risk.id for risk in heaviest_first(facts) if any(state[risk.id])]
    values["uncared_risks"] = Value(value=len(left), unit="risks")
    values["unowned_risks"] = Value(value=sum(unowned for unowned, _ in state.values()), unit="risks")
    values["stale_risks"] = Value(value=sum(stale for _, stale in state.values()), unit="risks")
    values["stale_after"] = Value(value=round(stale_days), unit="days")
    of, untouched = count(len(facts.risks), "open risk"), count(round(stale_days), "day")
    words = f"{len(left)} of {of} without an owner or untouched for {untouched}" if left else ""
    score = curves.ramp(len(left) / len(facts.risks), "risk.care")
    part = Part("care", weight, score, words, "risk_unowned_or_stale", tuple(left))
    after = curves.ramp((len(left) - 1) / len(facts.risks), "risk.care")
    text = "assign and review the first risk that nobody looks after"
    return part, Help("care", after, text, "risk_unowned_or_stale", (left[0],)) if left else None


def _answers(facts: ProjectFacts, curves: Curves, values: dict[str, Value]) -> _Said:
    weight = curves("risk.answers.weight")
    if not facts.risks or not all(risk.answer_known for risk in facts.risks):
        return Part("answers", weight, None), None
    open_ = [risk.id for risk in heaviest_first(facts) if risk.response is None]
    values["unanswered_risks"] = Value(value=len(open_), unit="risks")
    words = f"{len(open_)} of {count(len(facts.risks), 'risk')} without a response" if weight and open_ else ""
    score = curves.ramp(len(open_) / len(facts.risks), "risk.answers")
    part = Part("answers", weight, score, words, "risk_unanswered", tuple(open_))
    after = curves.ramp((len(open_) - 1) / len(facts.risks), "risk.answers")
    text = "decide how to answer the heaviest risk that has no response"
    return part, Help("answers", after, text, "risk_unanswered", (open_[0],)) if open_ else None


def _blocked(view: View, curves: Curves, values: dict[str, Value]) -> _Said:
    """Open leaves with an open blocker, as a share of open leaves; only where the project uses links at all."""
    facts, world = view.facts, view.world
    weight = curves("risk.blocked.weight")
    open_leaves = facts.open_leaves
    if not facts.linked or not open_leaves:
        return Part("blocked", weight, None), None
    linked = (leaf for leaf in open_leaves if leaf.id in facts.linked)
    held = (leaf for leaf in linked if any(world.is_open(source) for source in world.blockers(leaf.id)))
    waiting = sorted(held, key=_begun)
    share = len(waiting) / len(open_leaves)
    values["blocked"] = Value(value=len(waiting), unit="items")
    values["blocked_share"] = Value(value=round(share, 4), unit="share of open items")
    words = f"{len(waiting)} of {count(len(open_leaves), 'open item')} blocked by open work" if waiting else ""
    ids = tuple(leaf.id for leaf in waiting)
    part = Part("blocked", weight, curves.ramp(share, "risk.blocked"), words, "risk_blocked", ids)
    after = curves.ramp((len(waiting) - 1) / len(open_leaves), "risk.blocked")
    return part, Help("blocked", after, "unblock what waits longest", "risk_blocked", ids[:1]) if ids else None


def _aged(facts: ProjectFacts, curves: Curves, values: dict[str, Value]) -> _Said:
    weight = curves("risk.aged.weight")
    running = sorted((leaf for leaf in facts.leaves if leaf.status is StatusCategory.IN_PROGRESS), key=_begun)
    if not running or not facts.history_known:
        return Part("aged", weight, None), None
    slow = facts.slow_days
    level = max(1.0, curves("risk.aged_days") if slow is None else slow)
    limit = facts.as_of - timedelta(days=level)
    ids = tuple(leaf.id for leaf in running if _begun(leaf)[0] < limit)
    values["aged"] = Value(value=len(ids), unit="items")
    values["age_limit"] = Value(value=round(level, 1), unit="days")
    values["oldest_in_progress"] = Value(value=(facts.as_of - _begun(running[0])[0]).days, unit="days")
    words = f"{len(ids)} of {count(len(running), 'item')} in progress for more than {count(round(level), 'day')}" if ids else ""
    part = Part("aged", weight, curves.ramp(len(ids) / len(running), "risk.aged"), words, "risk_aged_work", ids)
    left = len(running) - 1
    after = curves.ramp((len(ids) - 1) / left, "risk.aged") if left else None
    return part, Help("aged", after, "finish or split the oldest work in progress", "risk_aged_work", ids[:1]) if ids else None


def _begun(leaf: Leaf) -> tuple[datetime, str]:
    return leaf.started_at or leaf.arrived_at, leaf.id
