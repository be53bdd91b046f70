"""Governance: are our standards kept?

Measured by the rules of the policy that a project passes, of those that apply to it: 100 × passed / applicable. Rules are
data: an id, what must hold (one of the predicates of docs/governance.md), the classes of project they are for, and a link
to guidance. A policy for a class of project carries the rules of that class. A rule does not apply where what it asks about
does not exist (no open risk to own, no work in progress to assign, no date in continuous work) or is not known. Each failed
rule stands in the values by its id with its link; the register of rules has the items behind each. Weight 0 by default:
shown, not counted. Not applicable where no rule applies.
To improve: follow the guidance of the first failed rule.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from model.health import Finding, Improvement, Outcome, Value
from model.language.pages import page_words
from model.policy import Predicate, Rule
from model.work import StatusCategory
from rollup.curves import not_applicable
from rollup.facts import ProjectFacts
from rollup.world import View

NAME = "governance"
VERSION = 2
LEVEL = "project"
CURVES: dict[str, float] = {}
_ID = (NAME, VERSION)
_ENGLISH = page_words("en")

Answer = tuple[bool | None, tuple[str, ...]]
"""Whether a rule is kept (None: it does not apply, or nobody can tell), and the items that break it."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One rule as it stands for a project."""

    rule: Rule
    kept: bool | None
    items: tuple[str, ...]

    @property
    def words(self) -> str:
        return _ENGLISH.standard(self.rule.holds.value, self.rule.within_days).words

    @property
    def to_do(self) -> str:
        return _ENGLISH.standard(self.rule.holds.value, self.rule.within_days).to_do


def judge(view: View) -> tuple[Judged, ...]:
    """Every rule of the policy that is for the project's class, in the policy's order."""
    return tuple(
        Judged(rule, *PREDICATES[rule.holds](view, rule.within_days or 0))
        for rule in view.policy.rules
        if not rule.classes or view.facts.node.project_class in rule.classes
    )


def measure(view: View) -> Finding:
    """Score: 100 × rules passed / rules that apply; NOT_APPLICABLE where none does."""
    applicable = [entry for entry in judge(view) if entry.kept is not None]
    if not applicable:
        return not_applicable(_ID, "no rule of the policy applies to it", "governance_no_rule")
    broken = [entry for entry in applicable if not entry.kept]
    kept = len(applicable) - len(broken)
    values = {
        "rules_passed": Value(value=kept, unit=f"of {len(applicable)} rules"),
        "compliance": Value(value=round(kept / len(applicable), 4), unit="share of the rules that apply"),
        **{f"failed_{entry.rule.id}": Value(value=entry.rule.link, unit="guidance") for entry in broken},
    }
    words = f"{kept} of {len(applicable)} rules kept"
    if broken:
        words += "; broken: " + ", ".join(entry.words for entry in broken[:3])
    first = broken[0] if broken else None
    return Finding(
        dimension=NAME,
        version=VERSION,
        outcome=Outcome.MEASURED,
        score=100 * kept / len(applicable),
        reason=words,
        reason_code=f"governance_{first.rule.holds.value}" if first else "governance_good",
        values=values,
        evidence=tuple(dict.fromkeys(item for entry in broken for item in entry.items)),
        improvement=Improvement(text=first.to_do, items=first.items[:5], points=100 / len(applicable)) if first else None,
    )


def _plain(holds: Callable[[ProjectFacts], bool | None]) -> Callable[[View, int], Answer]:
    """A predicate without items and without a time."""
    return lambda view, _: (holds(view.facts), ())


def _of(items: tuple[str, ...] | None) -> Answer:
    """Kept where no item breaks it; not asked where there is nothing to look at (None)."""
    return (None, ()) if items is None else (not items, items)


def _baseline(facts: ProjectFacts) -> bool | None:
    """Whether an approved baseline holds. Where facts tell of no approval, nobody can say."""
    return None if facts.plan is None or not hasattr(facts.plan, "agreed") else facts.plan.agreed is not None


def _has_risks(view: View, _: int) -> Answer:
    return bool(view.facts.risks), ()


def _risks_owned(view: View, _: int) -> Answer:
    risks = view.facts.risks
    return _of(tuple(risk.id for risk in risks if not risk.owned) if risks else None)


def _risks_assessed(view: View, _: int) -> Answer:
    risks = view.facts.risks
    return _of(tuple(risk.id for risk in risks if not risk.assessed) if risks else None)


def _risks_answered(view: View, _: int) -> Answer:
    risks = view.facts.risks
    if not risks or not all(risk.answer_known for risk in risks):
        return None, ()
    return _of(tuple(risk.id for risk in risks if risk.response is None))


def _risks_reviewed(view: View, days: int) -> Answer:
    risks, limit = view.facts.risks, view.as_of - timedelta(days=days)
    old = sorted((risk for risk in risks if risk.touched_at < limit), key=lambda risk: (risk.touched_at, risk.id))
    return _of(tuple(risk.id for risk in old) if risks else None)


def _status_updated(view: View, days: int) -> Answer:
    """A status set by a person, on what feeds the project or where its health is shown."""
    facts = view.facts
    places = {f"{source.connection}:{source.kind}:{source.value}" for source in facts.node.sources}
    places |= {target.label for target in facts.node.publish}
    said = [entry.at for entry in view.world.landscape.declared if entry.subject_id in places and entry.at <= view.as_of]
    said += [facts.declared[1]] if facts.declared else []
    return bool(said) and view.as_of - max(said) <= timedelta(days=days), ()


def _recently_updated(view: View, days: int) -> Answer:
    last = view.facts.last_activity_at
    return None if last is None else view.as_of - last <= timedelta(days=days), ()


def _progress_assigned(view: View, days: int) -> Answer:
    """Work in progress for longer than that has an assignee; one that was taken away counts as none."""
    facts, limit = view.facts, view.as_of - timedelta(days=days)
    running = [leaf for leaf in facts.leaves if leaf.status is StatusCategory.IN_PROGRESS]
    nobody = {key for check in facts.checks if check.code == "in_progress_unassigned" for key in check.failed}
    items = tuple(leaf.id for leaf in running if leaf.id in nobody and (leaf.started_at or leaf.arrived_at) <= limit)
    return _of(items if facts.leaves else None)


PREDICATES: Mapping[Predicate, Callable[[View, int], Answer]] = {
    Predicate.HAS_SPONSOR: _plain(lambda facts: facts.node.sponsor is not None),
    Predicate.HAS_START_DATE: _plain(lambda facts: None if facts.continuous else facts.node.start_on is not None),
    Predicate.HAS_TARGET_DATE: _plain(lambda facts: facts.node.target_on is not None),
    Predicate.HAS_BUDGET: _plain(lambda facts: facts.node.budget is not None),
    Predicate.HAS_GOAL: _plain(lambda facts: bool(facts.node.goals)),
    Predicate.HAS_BASELINE: _plain(_baseline),
    Predicate.HAS_RISKS: _has_risks,
    Predicate.RISKS_OWNED: _risks_owned,
    Predicate.RISKS_ASSESSED: _risks_assessed,
    Predicate.RISKS_ANSWERED: _risks_answered,
    Predicate.RISKS_REVIEWED: _risks_reviewed,
    Predicate.STATUS_UPDATED: _status_updated,
    Predicate.RECENTLY_UPDATED: _recently_updated,
    Predicate.PROGRESS_ASSIGNED: _progress_assigned,
}
"""How each predicate is answered, given its number of days. What it is called stands in ``model.language.pages``."""
