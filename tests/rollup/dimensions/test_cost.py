"""Cost: earned value in hours and in money."""

from dataclasses import replace
from datetime import date

import pytest

from model.health import Finding, Outcome
from model.landscape import ItemHistory, SeenBudget, Teammate
from model.language import words
from model.money import Money, Rate
from model.policy import Policy
from model.tree import Budget
from model.work import Budget as KeptBudget
from model.work import BudgetKind
from rollup.dimensions.cost import measure
from tests.rollup.build import day, item, landscape, project, records, view

ADA = Teammate(key="ada", name="Ada", accounts=("jira:person:1",), role="developer")
EUROS = Budget(amount=8000, currency="EUR")


def test_earned_value_by_hand() -> None:
    """4 of 8 items of 10 hours done, 50 hours booked, budget 100: EV 50, AC 50... against 80 planned."""
    done = [item(f"d{n}", started=40, done=20, estimate_hours=10.0, booked=15.625) for n in range(4)]
    waiting = [item(f"o{n}", estimate_hours=10.0) for n in range(4)]
    land = landscape(project(budget=Budget(hours=100)))
    finding = measure(view(land, {"alpha": records("alpha", *done, *waiting)}, "alpha"))
    assert finding.values["ev"].value == 50
    assert finding.values["ac"].value == 62.5
    assert finding.values["cpi"].value == 0.8
    assert finding.values["eac"].value == 125
    assert finding.values["tcpi"].value == pytest.approx(1.333)
    assert finding.parts == pytest.approx({"cpi": 50, "eac": 50, "burn": 58.3333}, abs=1e-3)


def test_a_budget_without_bookings_is_not_enough_data() -> None:
    land = landscape(project(budget=Budget(hours=100)))
    finding = measure(view(land, {"alpha": records("alpha", item("a"))}, "alpha"))
    assert finding.reason_code == "cost_no_bookings"


def test_untracked_cost_does_not_apply() -> None:
    finding = measure(view(landscape(project()), {"alpha": records("alpha", item("a"))}, "alpha"))
    assert finding.outcome is Outcome.NOT_APPLICABLE


def _booked(name: str, hours: float, *, by: str | None = "jira:person:1", done: bool = False) -> ItemHistory:
    history = item(name, created=60, started=40, done=20 if done else None, booked=hours)
    logs = tuple(replace(log, person_id=by) for log in history.worklogs)
    return history.model_copy(update={"worklogs": logs})


def _in_money(
    *items: ItemHistory, budget: Budget | None = EUROS, kept: tuple[SeenBudget, ...] = (), **money: object
) -> Finding:
    land = landscape(project(budget=budget), money=Money.model_validate(money), teammates=(ADA,))
    return measure(view(land, {"alpha": records("alpha", *items, budgets=kept)}, "alpha"))


def _kept(kind: BudgetKind, planned: float | None, actual: float | None, currency: str | None = None) -> SeenBudget:
    budget = KeptBudget(
        id="asana:budget:1", connection="asana", project_id="asana:project:1", kind=kind, planned=planned,
        actual=actual, currency=currency,
    )  # fmt: skip
    return SeenBudget(budget=budget, from_at=day(30))


def test_earned_value_in_money_by_hand() -> None:
    """Half of 8,000 is earned; 50 hours at 100 are spent."""
    finding = _in_money(_booked("a", 50, done=True), item("b"), rates=[Rate(hourly=100, currency="EUR")])
    assert (finding.values["ev"].value, finding.values["ev"].unit) == (4000, "EUR")
    assert finding.values["ac"].value == 5000
    assert finding.values["cpi"].value == 0.8
    assert finding.values["eac"].value == 10000
    assert finding.values["tcpi"].value == 1.333
    assert "€4,000 earned for €5,000 spent" in finding.reason
    assert "4.000 € Gegenwert für 5.000 € Aufwand" in words("de").reason(finding)


def test_the_rate_is_that_of_the_person_then_the_role_then_everybody() -> None:
    person = Rate(hourly=10, currency="EUR", person="ada")
    role = Rate(hourly=20, currency="EUR", role="developer")
    rest = Rate(hourly=40, currency="EUR")
    spent = [
        _in_money(_booked("a", 100, done=True), rates=rates).values["ac"].value
        for rates in ([rest, role, person], [rest, role], [rest])
    ]
    assert spent == [1000, 2000, 4000]


def test_a_rate_counts_from_its_day_on() -> None:
    """The hours were worked 59 days ago."""
    old = Rate(hourly=10, currency="EUR")
    rates = [
        old,
        Rate(hourly=90, currency="EUR", from_on=day(58).date()),
        Rate(hourly=20, currency="EUR", from_on=date(2026, 1, 1)),
    ]
    assert _in_money(_booked("a", 100, done=True), rates=rates).values["ac"].value == 2000


def test_other_currencies_count_at_their_configured_worth() -> None:
    dollars = Rate(hourly=100, currency="USD")
    finding = _in_money(_booked("a", 50, done=True), rates=[dollars], exchange={"USD": 0.5})
    assert (finding.values["ac"].value, finding.values["ac"].unit) == (2500, "EUR")


@pytest.mark.parametrize(("budget", "currency"), [(Budget(amount=8000, currency="CHF"), "EUR"), (EUROS, "CHF")])
def test_a_currency_without_a_worth_is_not_enough_data_and_is_named(budget: Budget, currency: str) -> None:
    finding = _in_money(_booked("a", 50), budget=budget, rates=[Rate(hourly=1, currency=currency)])
    assert finding.outcome is Outcome.NOT_ENOUGH_DATA
    assert finding.reason_code == "cost_no_exchange_rate"
    assert "CHF" in finding.reason
    assert "CHF" in words("fr").reason(finding)


def test_hours_without_a_rate_are_not_enough_data_beyond_a_tenth() -> None:
    own = [Rate(hourly=100, currency="EUR", person="ada")]
    few = _in_money(_booked("a", 45, done=True), _booked("b", 5, by="jira:person:2"), rates=own)
    assert few.values["ac"].value == pytest.approx(5000)
    many = _in_money(_booked("a", 40, done=True), _booked("b", 10, by="jira:person:2"), rates=own)
    assert many.reason_code == "cost_no_rate"
    assert many.values["unrated"].value == 10


def test_a_budget_in_money_without_any_rate_is_measured_in_hours() -> None:
    done = item("a", created=60, started=40, done=20, booked=10, estimate_hours=8.0)
    finding = _in_money(done)
    assert (finding.values["ac"].value, finding.values["ac"].unit) == (10, "hours")


def test_the_budget_that_the_tool_keeps_counts_where_the_project_has_none() -> None:
    money = _in_money(item("a", started=40, done=20), budget=None, kept=(_kept(BudgetKind.COST, 1000, 1250, "EUR"),))
    assert (money.values["bac"].value, money.values["ac"].value) == (1000, 1250)
    hours = _in_money(item("a", started=40, done=20), budget=None, kept=(_kept(BudgetKind.TIME, 100, 80),))
    assert (hours.values["bac"].value, hours.values["ac"].value) == (100, 80)
    assert hours.values["bac_from"].value == "the tool's budget"


def test_budgets_of_the_tool_in_several_currencies_count_together() -> None:
    dollars = _kept(BudgetKind.COST, 2000, 500, "USD")
    dollars = dollars.model_copy(update={"budget": dollars.budget.model_copy(update={"id": "asana:budget:2"})})
    kept = (_kept(BudgetKind.COST, 1000, 250, "EUR"), dollars)
    both = _in_money(item("a", started=40, done=20), budget=None, kept=kept, exchange={"USD": 0.5})
    assert (both.values["bac"].value, both.values["bac"].unit, both.values["ac"].value) == (2000, "EUR", 500)
    unknown = _in_money(item("a"), budget=None, kept=kept)
    assert (unknown.reason_code, unknown.values["currency"].value) == ("cost_no_exchange_rate", "USD")


def test_where_no_hour_has_a_rate_nothing_is_known_however_many_may_lack_one() -> None:
    others = Rate(hourly=100, currency="EUR", person="somebody")
    land = landscape(
        project(budget=EUROS), money=Money(rates=(others,)), teammates=(ADA,),
        policies={"default": Policy(name="default", curves={"cost.max_unrated": 1.0})},
    )  # fmt: skip
    finding = measure(view(land, {"alpha": records("alpha", _booked("a", 0.4))}, "alpha"))
    assert (finding.reason_code, finding.reason) == ("cost_no_rate", "0.4 of 0.4 booked hours have no rate")


def test_a_budget_of_the_tool_is_not_known_before_it_was_seen() -> None:
    land = landscape(project())
    kept = records("alpha", item("a"), budgets=(_kept(BudgetKind.TIME, 100, 80),))
    assert measure(view(land, {"alpha": kept}, "alpha", day(31))).outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("planned", [0.0, -10.0])
def test_a_budget_of_nothing_is_not_enough_data(planned: float) -> None:
    finding = _in_money(_booked("a", 5), budget=None, kept=(_kept(BudgetKind.TIME, planned, 80),))
    assert finding.reason_code == "cost_budget_zero"


@pytest.mark.parametrize("hours", [-8.0, 1e9])
def test_a_booking_that_cannot_be_meant_is_left_out_and_lowers_trust(hours: float) -> None:
    land = landscape(project(budget=Budget(hours=100)))
    view_ = view(land, {"alpha": records("alpha", _booked("a", 50), _booked("b", hours))}, "alpha")
    assert measure(view_).values["ac"].value == 50
    assert [check.failed for check in view_.facts.checks if check.code == "absurd_number"] == [("jira:item:b",)]


@pytest.mark.parametrize("estimate", [-8.0, 1e9, float("inf"), float("nan")])
def test_an_estimate_that_cannot_be_meant_counts_as_none(estimate: float) -> None:
    good = [item(f"g{n}", created=60, started=40, done=20, booked=8, estimate_hours=8.0) for n in range(3)]
    odd = item("odd", estimate_hours=estimate, story_points=estimate)
    facts = view(landscape(project()), {"alpha": records("alpha", *good, odd)}, "alpha").facts
    assert facts.cost is not None
    assert facts.cost.planned_hours == 24
    assert not next(leaf for leaf in facts.leaves if leaf.id == odd.item.id).estimated
    assert "absurd_number" in {check.code for check in facts.checks}


def test_nothing_estimated_and_no_budget_is_not_enough_data() -> None:
    finding = _in_money(_booked("a", 5), budget=None)
    assert finding.reason_code == "cost_no_base"


def test_work_without_an_estimate_is_as_large_as_the_rest_and_its_hours_are_no_overrun() -> None:
    """Every item took just what those with an estimate were to take."""
    life = {"created": 60, "started": 40, "done": 20, "booked": 10}
    known = [item(f"e{n}", estimate_hours=10.0, **life) for n in range(3)]  # type: ignore[arg-type]
    unknown = [item(f"u{n}", **life) for n in range(2)]  # type: ignore[arg-type]
    finding = _in_money(*known, *unknown, budget=None)
    assert [finding.values[name].value for name in ("bac", "ev", "ac", "cpi")] == [50, 50, 50, 1]
    waiting = _in_money(*known, *unknown, item("o"), budget=Budget(hours=60))
    assert waiting.values["done_share"].value == pytest.approx(5 / 6, abs=1e-4)


def test_of_items_beyond_their_estimate_those_that_can_still_be_re_planned_stand_first() -> None:
    done = item("done", created=60, started=40, done=20, booked=90, estimate_hours=10.0)
    waiting = [item(f"o{n}", created=60, booked=20 + n, estimate_hours=10.0) for n in range(2)]
    finding = _in_money(done, *waiting, budget=Budget(hours=100))
    assert finding.evidence == ("jira:item:o1", "jira:item:o0", "jira:item:done")
    assert finding.improvement is not None
    assert finding.improvement.items == finding.evidence
