"""Benefits: the register, what was realised, closed projects, goals' metrics, and entries that nobody kept well."""

from datetime import date

import pytest

from model.health import Outcome
from model.landscape import GoalVersion, ItemHistory, Landscape, Teammate
from model.policy import Policy
from model.registers import BenefitState
from model.tree import GoalRef
from model.work import Goal, ItemType
from rollup.benefits import benefit_register
from rollup.dimensions.benefits import measure
from tests.rollup.build import NOW, day, item, landscape, project, records, view

REVENUE = Goal(
    id="asana:goal:1",
    connection="asana",
    name="Revenue",
    initial=100,
    current=120,
    target=200,
    unit="EUR",
    owner_id="asana:user:1",
    due_on=date(2026, 11, 1),
)
NAMED = project("alpha", goals=(GoalRef(connection="asana", goal="1"),))


def benefit(name: str = "b", due: str | None = "2026-10-01", owner: str | None = "jira:user:a", **said: object) -> ItemHistory:
    numbers = {"measure": "EUR", "baseline": 10, "target": 20, "actual": 16, **said}
    return item(name, type=ItemType.BENEFIT, due_on=due, assignee_id=owner, benefit=numbers)


def seen(*items: ItemHistory, land: Landscape | None = None, node: str = "prog"):  # type: ignore[no-untyped-def]
    return view(land or landscape(project()), {"alpha": records("alpha", *items)}, node)


def test_the_realised_share_of_what_is_due() -> None:
    finding = measure(seen(benefit()))
    assert finding.values["realised"].value == 0.6
    assert finding.parts["register"] == 100


def test_the_benefits_of_a_closed_project_are_kept() -> None:
    closed = landscape(project("alpha", state="closed"), project("beta"))
    finding = measure(seen(benefit(), land=closed))
    assert finding.values["realised"].value == 0.6
    assert finding.values["of_closed_projects"].value == 1
    (entry,) = benefit_register(seen(benefit(), land=closed, node="port"))
    assert (entry.closed, entry.state) == (True, BenefitState.MISSED)


def test_a_candidate_promises_nothing_yet() -> None:
    assert measure(seen(benefit(), land=landscape(project("alpha", state="candidate")))).outcome is Outcome.NOT_ENOUGH_DATA


def test_the_metric_of_a_named_goal_is_a_benefit() -> None:
    finding = measure(seen(land=landscape(NAMED, goals=(REVENUE,))))
    assert finding.values["realised"].value == 0.2
    assert finding.values["of_goals"].value == 1
    assert finding.evidence == ("asana:goal:1",)
    plain = REVENUE.model_copy(update={"initial": None, "current": None, "target": None})
    assert measure(seen(land=landscape(NAMED, goals=(plain,)))).reason_code == "benefits_no_register"


def test_a_goal_counts_with_the_numbers_that_were_known_at_the_moment() -> None:
    versions = (
        GoalVersion(goal=REVENUE, from_at=day(30), to_at=day(10)),
        GoalVersion(goal=REVENUE.model_copy(update={"current": 180}), from_at=day(10)),
    )
    land = landscape(NAMED, goal_versions=versions)
    shares = {ago: measure(view(land, {}, "prog", at=day(ago))).values.get("realised") for ago in (0, 15)}
    assert {ago: value and value.value for ago, value in shares.items()} == {0: 0.8, 15: 0.2}
    assert measure(view(land, {}, "prog", at=day(40))).outcome is Outcome.NOT_ENOUGH_DATA


def test_a_benefit_in_two_projects_or_named_by_two_nodes_counts_once() -> None:
    nodes = (NAMED, project("beta", goals=NAMED.goals))
    land = landscape(*nodes, goals=(REVENUE,))
    known = {key: records(key, benefit()) for key in ("alpha", "beta")}
    assert measure(view(land, known, "prog")).values["benefits"].value == 2


def test_an_entry_without_owner_target_or_date_is_named_as_what_to_complete() -> None:
    finding = measure(seen(benefit(due="2027-10-01"), benefit("poor", due=None, owner=None, target=None)))
    assert finding.improvement is not None
    assert finding.improvement.items == ("jira:item:poor",)
    assert finding.improvement.points == pytest.approx(30)
    assert finding.values["without_owner"].value == 1
    entries = {entry.id: entry for entry in benefit_register(seen(benefit("poor", due=None, owner=None, target=None)))}
    assert entries["jira:item:poor"].missing == ("owner", "target", "due")
    assert entries["jira:item:poor"].owner is None


@pytest.mark.parametrize(
    ("said", "realised", "share"),
    [
        ({"target": 10}, None, 0.0),  # nothing to reach
        ({"actual": None}, None, 0.0),
        ({"actual": -40}, -5.0, 0.0),
        ({"actual": 1e12}, pytest.approx(1e11), 1.0),
        ({"baseline": 20, "target": 10, "actual": 15}, 0.5, 0.5),  # less is better
    ],
)
def test_absurd_numbers_have_an_outcome(said: dict[str, object], realised: float | None, share: float) -> None:
    assert measure(seen(benefit(**said))).values["realised"].value == share
    assert benefit_register(seen(benefit(**said)))[0].realised == realised


def test_an_owner_is_named_only_where_the_policy_allows_it() -> None:
    ada = Teammate(key="ada", name="Ada", accounts=("jira:user:a",))
    for people, label in (("aggregate", "Alpha"), ("named", "Ada")):
        land = landscape(project(), teammates=(ada,), policies={"default": Policy(name="default", people=people)})
        owner = benefit_register(seen(benefit(), land=land))[0].owner
        assert owner is not None
        assert owner.label == label


def test_numbers_from_before_the_last_change_are_not_known_and_weights_of_zero_measure_nothing() -> None:
    entry = benefit()
    land = landscape(project())
    changed = entry.model_copy(update={"item": entry.item.model_copy(update={"updated_at": day(5)})})
    at = view(land, {"alpha": records("alpha", changed)}, "prog", at=day(6))
    assert measure(at).reason_code == "benefits_no_history"
    assert benefit_register(at)[0].state is BenefitState.UNKNOWN
    zero = {"benefits.register.weight": 0.0, "benefits.realised.weight": 0.0}
    weighed = landscape(project(), policies={"default": Policy(name="default", curves=zero)})
    assert measure(seen(entry, land=weighed)).reason_code == "benefits_no_weight"


def test_now_is_the_moment_of_the_tests() -> None:
    assert measure(seen(benefit(due=NOW.date().isoformat()))).values["due"].value == 1
