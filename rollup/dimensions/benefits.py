"""Benefits: is the value arriving?

Measured over the benefit items of the distinct projects below: completeness of the register (owner, measure, baseline,
target and due date of each entry), and, for benefits that are due, the realised share (actual − baseline) /
(target − baseline). Benefits have no history in the tools: at an earlier moment their numbers are not known.
Needs benefit items (map a type to benefit). To improve: complete the entries listed as evidence, enter actuals.
"""

from model.health import Finding, Value
from rollup.curves import Curves, Part, count, from_parts, not_enough, percent
from rollup.facts import BenefitFact
from rollup.world import View

NAME = "benefits"
VERSION = 1
LEVEL = "program"
CURVES = {
    "benefits.register.weight": 40.0,
    "benefits.realised.weight": 60.0,
    "benefits.realised.worst": 0.2,
    "benefits.realised.best": 1.0,
}
_ID = (NAME, VERSION)


def measure(view: View) -> Finding:
    """Score 0..100; NOT_ENOUGH_DATA without a benefit item, or where their numbers of this moment are not known."""
    curves = Curves(CURVES, view.policy)
    entries = {entry.id: entry for facts in view.projects for entry in facts.benefits}
    benefits = [entries[key] for key in sorted(entries)]
    if not benefits:
        return not_enough(_ID, "no benefit is registered; map a type to benefit", "benefits_no_register")
    if not all(entry.known for entry in benefits):
        return not_enough(_ID, "benefits have no history: their numbers then are not known", "benefits_no_history")
    values = {"benefits": Value(value=len(benefits), unit="benefits")}
    parts = (_register(benefits, curves, values), _realised(view, benefits, curves, values))
    return from_parts(_ID, parts, values=values, improvement="complete the register and enter what was achieved")


def _missing(entry: BenefitFact) -> int:
    there = (entry.owned, entry.measure, entry.baseline is not None, entry.target is not None, entry.due_on is not None)
    return sum(1 for present in there if not present)


def _register(benefits: list[BenefitFact], curves: Curves, values: dict[str, Value]) -> Part:
    gaps = sum(_missing(entry) for entry in benefits)
    share = 1 - gaps / (5 * len(benefits))
    values["register_complete"] = Value(value=round(share, 4), unit="share")
    poor = sorted((entry for entry in benefits if _missing(entry)), key=lambda entry: (-_missing(entry), entry.id))
    words = (
        f"{len(poor)} of {count(len(benefits), 'benefit')} lack owner, measure, baseline, target or date"
        if poor
        else ""
    )
    ids = tuple(entry.id for entry in poor)
    return Part("register", curves("benefits.register.weight"), 100 * share, words, "benefits_incomplete", ids)


def _realised(view: View, benefits: list[BenefitFact], curves: Curves, values: dict[str, Value]) -> Part:
    """The mean over due benefits; one without numbers has realised nothing that can be shown."""
    weight = curves("benefits.realised.weight")
    due = [entry for entry in benefits if entry.due_on is not None and entry.due_on <= view.today]
    if not due:
        return Part("realised", weight, None)
    shares = sorted((_share(entry), entry.id) for entry in due)
    mean = sum(share for share, _ in shares) / len(shares)
    values["realised"] = Value(value=round(mean, 4), unit="share of target")
    words = f"{percent(mean)} of what was due is realised"
    ids = tuple(key for share, key in shares if share < 1)
    return Part("realised", weight, curves.ramp(mean, "benefits.realised"), words, "benefits_not_realised", ids)


def _share(entry: BenefitFact) -> float:
    if entry.actual is None or entry.baseline is None or entry.target is None or entry.target == entry.baseline:
        return 0.0
    return min(1.0, max(0.0, (entry.actual - entry.baseline) / (entry.target - entry.baseline)))
