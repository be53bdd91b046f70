"""Governance: rules as data, what each predicate asks, and what is said of what is broken."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from model.health import Outcome
from model.landscape import ItemHistory
from model.policy import TIMED, Policy, Predicate, Rule
from model.registers import RuleState
from model.tree import Budget, GoalRef
from model.work import ChangeField, Declared, DeclaredStatus, ItemType
from rollup.compliance import compliance
from rollup.dimensions.governance import PREDICATES, judge, measure
from tests.rollup.build import NOW, day, item, landscape, project, records, view

RISK = {"type": ItemType.RISK, "created": 90.0}
FULL = {"probability": 0.5, "impact": 4, "response": "avoid"}


def seen(*rules: Rule, items: tuple[ItemHistory, ...] = (), said: float | None = None, **fields: object):  # type: ignore[no-untyped-def]
    policy = Policy(name="default", rules=rules) if rules else Policy(name="default")
    declared = [
        DeclaredStatus(id="s", connection="asana", subject_id="x", status=Declared.ON_TRACK, original_status="g", at=day(ago))
        for ago in ([] if said is None else [said])
    ]
    land = landscape(project(**fields), policies={"default": policy})
    return view(land, {"alpha": records("alpha", *items, declared=declared)}, "alpha")


def rule(holds: str, days: int | None = None, **fields: object) -> Rule:
    return Rule.model_validate({"id": holds, "holds": holds, "within_days": days, **fields})


def test_governance_names_the_failed_rules_with_their_guidance() -> None:
    finding = measure(seen(items=(item("a", created=3),)))
    assert finding.reason_code == "governance_has_sponsor"
    assert finding.values["failed_has_sponsor"].value == "/guidance#has_sponsor"
    assert finding.values["compliance"].value == 0.6


@pytest.mark.parametrize(
    ("asked", "kept", "view_"),
    [
        (rule("has_sponsor"), True, {"sponsor": "ada"}),
        (rule("has_start_date"), False, {"start_on": None}),
        (rule("has_start_date"), None, {"start_on": None, "target_on": None}),
        (rule("has_target_date"), False, {"target_on": None}),
        (rule("has_budget"), True, {"budget": Budget(hours=5)}),
        (rule("has_goal"), True, {"goals": (GoalRef(connection="asana", goal="1"),)}),
        (rule("has_baseline"), None, {}),
        (rule("has_risks"), False, {}),
        (rule("has_risks"), True, {"items": (item("r", **RISK),)}),
        (rule("risks_owned"), None, {}),
        (rule("risks_owned"), False, {"items": (item("r", **RISK),)}),
        (rule("risks_assessed"), False, {"items": (item("r", **RISK, risk={"probability": 0.1}),)}),
        (rule("risks_assessed"), False, {"items": (item("r", **RISK, risk={"probability": 0.1, "impact": 80}),)}),
        (rule("risks_assessed"), True, {"items": (item("r", **RISK, risk=FULL),)}),
        (rule("risks_answered"), True, {"items": (item("r", **RISK, risk=FULL),)}),
        (rule("risks_answered"), False, {"items": (item("r", **RISK),)}),
        (rule("risks_reviewed", 30), False, {"items": (item("r", **RISK),)}),
        (
            rule("risks_reviewed", 30),
            True,
            {"items": (item("r", **RISK, extra=[(ChangeField.ASSIGNEE, None, "jira:user:a", 9)]),)},
        ),
        (rule("status_updated", 7), False, {}),
        (rule("status_updated", 7), True, {"said": 6.0}),
        (rule("status_updated", 7), False, {"said": 8.0}),
        (rule("recently_updated", 7), None, {}),
        (rule("recently_updated", 7), False, {"items": (item("a", created=9),)}),
        (rule("progress_assigned", 5), None, {}),
        (rule("progress_assigned", 5), True, {"items": (item("a", started=4),)}),
        (rule("progress_assigned", 5), False, {"items": (item("a", started=6),)}),
        (rule("progress_assigned", 5), True, {"items": (item("a", started=6, assignee_id="jira:user:a"),)}),
    ],
)
def test_each_predicate_is_kept_broken_or_not_asked(asked: Rule, kept: bool | None, view_: dict[str, object]) -> None:
    (entry,) = judge(seen(asked, **view_))
    assert entry.kept is kept


def test_every_predicate_has_a_standard() -> None:
    assert set(PREDICATES) == set(Predicate)


def test_a_rule_for_another_class_is_not_asked_and_without_any_rule_governance_is_not_applicable() -> None:
    finding = measure(seen(rule("has_budget", classes=["big"])))
    assert (finding.outcome, finding.reason_code) == (Outcome.NOT_APPLICABLE, "governance_no_rule")
    assert measure(seen(rule("has_budget", classes=["standard"]))).score == 0


def test_the_register_has_the_items_behind_each_broken_rule() -> None:
    unowned = item("r", **RISK)
    results = compliance(seen(rule("has_sponsor"), rule("risks_owned"), items=(unowned,), sponsor="ada"))
    assert [(one.rule, one.state, one.items) for one in results] == [
        ("risks_owned", RuleState.BROKEN, ("jira:item:r",)),
        ("has_sponsor", RuleState.KEPT, ()),
    ]
    assert results[0].guidance == "/guidance#risks_owned"


@pytest.mark.parametrize("holds", sorted(Predicate))
def test_a_rule_says_how_many_days_where_that_is_asked_and_only_there(holds: Predicate) -> None:
    with pytest.raises(ValidationError, match="within_days"):
        rule(holds.value, None if holds in TIMED else 3)


def test_two_rules_of_one_id_are_refused() -> None:
    with pytest.raises(ValidationError, match="same id"):
        Policy(name="x", rules=(rule("has_goal"), rule("has_goal")))


def test_a_status_from_the_future_of_the_moment_does_not_count() -> None:
    late = seen(rule("status_updated", 7), said=1.0)
    assert late.as_of == NOW
    past = view(late.world.landscape, {"alpha": records("alpha")}, "alpha", at=NOW - timedelta(days=3))
    assert judge(past)[0].kept is False
