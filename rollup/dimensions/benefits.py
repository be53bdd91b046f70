"""Benefits: is the value arriving?

Measured over the register: benefit items of the distinct projects below, closed projects too (benefits outlive projects),
and the metrics of the goals that the node or anything below it names (name, start, current and target value, due date,
owner). Two parts: completeness of the register (owner, measure, baseline, target and due date of each entry), and, for
benefits that are due, the realised share (actual − baseline) / (target − baseline), between 0 and 1. A due benefit without
an actual, or whose target is its baseline, has realised nothing that can be shown; one that fell counts as none. Benefit
items and goals have no history in the tools: their numbers are known from the state in which we first saw them on.
Needs benefit items (map a type to benefit) or goals with a metric; no project below has to be active any more.
To improve: the entry is named whose missing actual or gaps cost most.
"""

from collections.abc import Sequence

from model.health import Finding, Value
from rollup.benefits import Promise, promises
from rollup.curves import Curves, Help, Part, count, from_parts, not_enough, percent
from rollup.world import View

NAME = "benefits"
VERSION = 2
LEVEL = "program"
OUTLIVES = True
CURVES = {
    "benefits.register.weight": 40.0,
    "benefits.realised.weight": 60.0,
    "benefits.realised.worst": 0.2,
    "benefits.realised.best": 1.0,
}
_FIELDS = 5
_ID = (NAME, VERSION)


def measure(view: View) -> Finding:
    """Score 0..100; NOT_ENOUGH_DATA without a benefit, or where their numbers of this moment are not known."""
    curves = Curves(CURVES, view.policy)
    benefits = promises(view)
    if not benefits:
        return not_enough(_ID, "no benefit is registered; map a type to benefit", "benefits_no_register")
    if not all(entry.fact.known for entry in benefits):
        return not_enough(_ID, "benefits have no history: their numbers then are not known", "benefits_no_history")
    values = {
        "benefits": Value(value=len(benefits), unit="benefits"),
        "of_goals": Value(value=sum(entry.goal for entry in benefits), unit="benefits"),
        "of_closed_projects": Value(value=sum(entry.closed for entry in benefits), unit="benefits"),
    }
    said = (_register(benefits, curves, values), _realised(view, benefits, curves, values))
    helps = [help_ for _, help_ in said if help_ is not None]
    together = "complete the register and enter what was achieved"
    return from_parts(_ID, [part for part, _ in said], values=values, improvement=together, helps=helps)


def _register(benefits: Sequence[Promise], curves: Curves, values: dict[str, Value]) -> tuple[Part, Help | None]:
    gaps = sum(len(entry.fact.missing) for entry in benefits)
    share = 1 - gaps / (_FIELDS * len(benefits))
    values["register_complete"] = Value(value=round(share, 4), unit="share")
    poor = sorted(
        (entry.fact for entry in benefits if entry.fact.missing), key=lambda fact: (-len(fact.missing), fact.id)
    )
    values["without_owner"] = Value(value=sum("owner" in fact.missing for fact in poor), unit="benefits")
    words = (
        f"{len(poor)} of {count(len(benefits), 'benefit')} without owner, measure, baseline, target or date"
        if poor
        else ""
    )
    ids = tuple(fact.id for fact in poor)
    part = Part("register", curves("benefits.register.weight"), 100 * share, words, "benefits_incomplete", ids)
    if not poor:
        return part, None
    after = 100 * (share + len(poor[0].missing) / (_FIELDS * len(benefits)))
    return part, Help("register", after, "complete the emptiest entry of the register", "benefits_incomplete", ids[:1])


def _realised(
    view: View, benefits: Sequence[Promise], curves: Curves, values: dict[str, Value]
) -> tuple[Part, Help | None]:
    """The mean over due benefits; one without numbers has realised nothing that can be shown."""
    weight = curves("benefits.realised.weight")
    due = [entry.fact for entry in benefits if entry.fact.due_on is not None and entry.fact.due_on <= view.today]
    values["due"] = Value(value=len(due), unit="benefits")
    if not due:
        return Part("realised", weight, None), None
    shares = sorted((min(1.0, max(0.0, fact.realised or 0.0)), fact.id) for fact in due)
    mean = sum(share for share, _ in shares) / len(shares)
    values["realised"] = Value(value=round(mean, 4), unit="share of target")
    values["without_actual"] = Value(value=sum(fact.realised is None for fact in due), unit="benefits")
    ids = tuple(key for share, key in shares if share < 1)
    score = curves.ramp(mean, "benefits.realised")
    part = Part(
        "realised", weight, score, f"{percent(mean)} of what was due is realised", "benefits_not_realised", ids
    )
    after = curves.ramp(mean + (1 - shares[0][0]) / len(shares), "benefits.realised")
    text = "enter or bring in what the worst due benefit promised"
    return part, Help("realised", after, text, "benefits_not_realised", ids[:1]) if ids else None
