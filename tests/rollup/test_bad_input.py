"""What nobody should have written down, and what the roll-up makes of it: docs/health-model.md names these tests."""

import math
import random
from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import HealthCheck, example, given, settings
from pydantic import ValidationError

from model.health import Band, Finding, NodeScore, Outcome
from model.landscape import ItemHistory, Landscape
from model.money import Money, Rate
from model.policy import Policy
from model.tree import Budget, Node, NodeKind, Parent
from model.work import Benefit, ItemType, Risk, WorkItem
from rollup.curves import limits
from rollup.dimensions import all_dimensions
from rollup.engine import roll_up
from tests.rollup.build import NOW, blocks, counter, item, landscape, project, records, steady
from tests.rollup.worlds import organisation, roll, seeds, with_more

MISSING = Outcome.NOT_ENOUGH_DATA


def scored(items: Sequence[ItemHistory], land: Landscape | None = None, node: str = "alpha") -> NodeScore:
    land = land or landscape(project())
    result = roll_up(land, counter(land, {"alpha": records("alpha", *items)}), as_of=NOW, known_at=NOW)
    for one in result.nodes:
        assert one.score is None or 0 <= one.score <= 100
        assert all(entry.finding.outcome is not Outcome.FAILED for entry in one.dimensions)
    return next(one for one in result.nodes if one.id == node)


def finding(node: NodeScore, dimension: str) -> Finding:
    return next(entry.finding for entry in node.dimensions if entry.finding.dimension == dimension)


def test_no_dates_make_a_project_continuous() -> None:
    node = scored(steady(), landscape(project(start_on=None, target_on=None)))
    assert finding(node, "schedule").outcome is Outcome.NOT_APPLICABLE
    assert finding(node, "flow").outcome is Outcome.MEASURED


def test_no_estimates_count_items_and_cost_is_not_measured() -> None:
    node = scored(steady(story_points=None))
    assert finding(node, "schedule").outcome is Outcome.MEASURED
    assert finding(node, "scope").parts["unestimated"] == 0
    budgeted = landscape(project(budget=Budget(hours=100)))
    assert finding(scored(steady(story_points=None), budgeted), "cost").outcome is MISSING


def test_no_history_is_no_data() -> None:
    node = scored([one.model_copy(update={"history_known": False, "changes": ()}) for one in steady()])
    assert finding(node, "schedule").reason_code == "schedule_no_history"
    assert finding(node, "scope").outcome is finding(node, "quality").outcome is MISSING
    assert node.band is Band.NO_DATA


@pytest.mark.parametrize("number", [-5.0, 1e15])
def test_negative_and_absurd_estimates_count_as_none_and_lower_trust(number: float) -> None:
    node, without = scored(steady(story_points=number, estimate_hours=number)), scored(steady(story_points=None))
    assert (node.score, node.band) == (without.score, without.band)
    assert node.trust < without.trust


def test_a_start_after_its_end_is_no_start() -> None:
    late, right = (landscape(project(start_on=day_)) for day_ in (date(2027, 5, 1), date(2026, 5, 1)))
    assert set(finding(scored(steady(), late), "schedule").parts) == {"odds"}
    assert set(finding(scored(steady(), right), "schedule").parts) == {"odds", "progress"}


def test_an_item_that_starts_after_it_is_due_lowers_trust() -> None:
    node = scored(steady(start_on=date(2026, 12, 30), due_on=date(2026, 11, 30)))
    assert node.trust < 1
    assert finding(node, "schedule").outcome is Outcome.MEASURED


def test_all_items_in_one_status_give_no_forecast() -> None:
    node = scored(steady(weeks=0))
    assert finding(node, "schedule").reason_code == "schedule_no_forecast"
    assert node.band is Band.NO_DATA


def test_items_that_are_each_others_parents_are_no_work() -> None:
    ring = [item("a", parent_id="jira:item:b"), item("b", parent_id="jira:item:a")]
    node = scored(ring)
    assert finding(node, "schedule").reason_code == "schedule_no_items"
    assert node.band is Band.NO_DATA
    assert scored([*ring, *steady()]).totals["items"] == scored(steady()).totals["items"]


def test_links_in_a_ring_end() -> None:
    items = steady(open_items=3)
    one, two, three = items[-3:]
    links = (blocks(one, two), blocks(two, three), blocks(three, one))
    assert scored(items, landscape(project(), links=links)).score is not None


def test_an_empty_tree_has_a_portfolio_without_data() -> None:
    top = scored([], landscape(programs=()), node="port")
    assert (top.score, top.band, top.coverage) == (None, Band.NO_DATA, 0.0)


def test_weights_that_are_all_zero_are_refused() -> None:
    with pytest.raises(ValidationError, match="no dimension with a weight above 0"):
        Policy(name="default", weights={"schedule": 0.0, "scope": 0.0})


def test_a_child_of_no_weight_is_refused() -> None:
    with pytest.raises(ValidationError, match="greater than 0"):
        Node(id="alpha", kind=NodeKind.PROJECT, name="Alpha", weight=0.0)


def test_a_dimension_of_no_weight_is_shown_and_counts_nothing() -> None:
    told = Policy(name="default", weights={"schedule": 1.0, "scope": 0.0})
    node = scored(steady(), landscape(project(), policies={"default": told}))
    assert finding(node, "scope").outcome is Outcome.MEASURED
    assert node.score == finding(node, "schedule").score


def test_two_whole_shares_are_refused() -> None:
    with pytest.raises(ValidationError, match="sum to more than 1"):
        landscape(project().model_copy(update={"parents": (Parent(id="prog"), Parent(id="port"))}))


def test_a_currency_without_a_rate_is_named_and_not_measured() -> None:
    items = steady(estimate_hours=4.0, booked=2)
    money = Money(currency="EUR", rates=(Rate(hourly=60, currency="EUR"),))
    node = scored(items, landscape(project(budget=Budget(amount=9000, currency="CHF")), money=money))
    cost = finding(node, "cost")
    assert cost.outcome is MISSING
    assert "CHF" in cost.reason


def test_a_person_in_no_calendar_works_forty_hours_a_week() -> None:
    assert finding(scored(steady(estimate_hours=4.0)), "resources").outcome is Outcome.MEASURED


@given(seeds)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_numbers_of_a_policy_within_their_limits_never_fail(seed: int) -> None:
    """All else is refused by the configuration (tests/config/bad_input.yaml)."""
    rnd = random.Random(seed)
    land, known = organisation(seed)
    numbers = {name: value for one in all_dimensions() for name, value in one.curves.items()}
    assert all(least <= value <= most for name, value in numbers.items() for least, most in [limits(name)])
    told = {name: rnd.choice([*limits(name), rnd.uniform(*limits(name))]) for name in numbers if rnd.random() < 0.4}
    policies = {name: one.model_copy(update={"curves": told}) for name, one in land.policies.items()}
    for node in roll((land.model_copy(update={"policies": policies}), known)).nodes:
        assert all(entry.finding.outcome is not Outcome.FAILED for entry in node.dimensions)
        assert node.score is None or sum(lost.points for lost in node.lost) == pytest.approx(100 - node.score, abs=1e-9)


ABSURD = (math.inf, -math.inf, math.nan, 1e308, -1e308, 0.0, -1.0, 1e-320, 1e-9)
DAYS = (date.min, date.max, date(9999, 12, 30))


@given(seeds)
@example(2821406)  # links between dates at both ends of the calendar
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_numbers_and_dates_that_can_not_be_meant_never_fail(seed: int) -> None:
    """Of items, bookings, risks, benefits, goals and reserved time."""
    rnd = random.Random(seed)
    land, plain = organisation(seed)
    known = {}
    for key, entry in plain.items():
        items = [one.model_copy(update={"item": _absurd(one.item, rnd)}) for one in with_more(entry, rnd).items]
        known[key] = entry.model_copy(update={"items": tuple(items)})
    numbers = ("initial", "current", "target")
    goals = [one.model_copy(update={name: rnd.choice(ABSURD) for name in numbers}) for one in land.goals]
    plans = [one.model_copy(update={name: rnd.choice(ABSURD) for name in ("hours", "percent")}) for one in land.planned]
    for node in roll((land.model_copy(update={"goals": tuple(goals), "planned": tuple(plans)}), known)).nodes:
        values = [*node.totals.values(), *(one for entry in node.dimensions for one in entry.finding.values.values())]
        assert all(math.isfinite(one.value) for one in values if isinstance(one.value, float))
        assert all(entry.finding.outcome is not Outcome.FAILED for entry in node.dimensions)
        assert node.score is None or sum(lost.points for lost in node.lost) == pytest.approx(100 - node.score, abs=1e-9)


def _absurd(item_: WorkItem, rnd: random.Random) -> WorkItem:
    values: dict[str, object] = {
        name: rnd.choice(ABSURD) for name in ("story_points", "estimate_hours", "spent_hours") if rnd.random() < 0.3
    }
    values |= {name: rnd.choice(DAYS) for name in ("start_on", "due_on") if rnd.random() < 0.2}
    if item_.type is ItemType.BENEFIT:
        values["benefit"] = Benefit(**{name: rnd.choice(ABSURD) for name in ("baseline", "target", "actual")})
    if item_.type is ItemType.RISK:
        values["risk"] = Risk.model_construct(probability=rnd.choice(ABSURD), impact=rnd.choice(ABSURD))
    return item_.model_copy(update=values)


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/Los_Angeles"])
@pytest.mark.parametrize(
    "days", [(date.min, date.min), (date.max, date.max), (date.min, date.max), (None, date.max), (None, date.min)]
)
def test_a_project_at_an_end_of_the_calendar_is_scored_as_any_other(zone: str, days: tuple[date | None, date]) -> None:
    node = project(start_on=days[0], target_on=days[1])
    assert finding(scored(steady(), landscape(node, timezone=zone)), "schedule").outcome is Outcome.MEASURED
