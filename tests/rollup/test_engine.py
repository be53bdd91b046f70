"""Rolling up: weights, caps, overrides, failures, edges."""

from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from model.health import Band, Basis, NodeScore, Outcome, Override, Value
from model.landscape import Landscape, ProjectRecords
from model.money import Money
from model.policy import Policy
from model.tree import Budget, Node, Parent
from model.work import StatusCategory
from rollup.engine import roll_up
from rollup.explain import message, sentence
from rollup.receipt import TOLD
from rollup.trend import trend
from rollup.weights import child_weights
from rollup.world import World
from tests.rollup.build import NOW, counter, day, item, landscape, project, records, steady


def roll(land: Landscape, known: dict[str, ProjectRecords]) -> dict[str, NodeScore]:
    result = roll_up(land, counter(land, known), as_of=NOW, known_at=NOW)
    return {node.id: node for node in result.nodes}


def test_an_empty_project_has_no_data_and_no_score_of_zero() -> None:
    nodes = roll(landscape(project()), {})
    assert nodes["alpha"].band is Band.NO_DATA
    assert nodes["alpha"].forecast is None
    assert sentence(nodes["alpha"]).startswith("No data")


@pytest.mark.parametrize("items", [[item("one")], [item("d", status=StatusCategory.DROPPED)] * 3, [item("x", done=3)]])
def test_tiny_projects_roll_up(items: list) -> None:  # type: ignore[type-arg]
    nodes = roll(landscape(project()), {"alpha": records("alpha", *items)})
    assert all(entry.finding.outcome is not Outcome.FAILED for entry in nodes["alpha"].dimensions)
    assert all(entry.finding.outcome is not Outcome.FAILED for entry in nodes["port"].dimensions)


def test_of_very_many_projects_the_receipt_tells_the_costliest_and_puts_the_rest_together() -> None:
    keys = [f"p{number}" for number in range(TOLD + 7)]
    known = {key: records(key, item(f"{key}-one", due_on=date(2026, 1, 1)), *steady(key)) for key in keys}
    node = roll(landscape(*(project(key) for key in keys)), known)["prog"]
    assert node.score is not None
    assert sum(lost.points for lost in node.lost) == pytest.approx(100 - node.score, abs=1e-9)
    late = [lost for lost in node.lost if lost.dimension == "schedule"]
    (rest,) = (lost for lost in late if lost.node == node.id)
    assert len(late) == TOLD + 1
    assert rest.reason.startswith("7 more projects, at most ")
    assert rest.points <= 7 * min(lost.points for lost in late if lost is not rest)
    one_by_one = [lost.points for lost in node.lost if lost.node != node.id]
    assert one_by_one == sorted(one_by_one, reverse=True)
    assert {lost.node for lost in node.lost[: len(one_by_one)]} <= set(keys)  # what is put together stands last


def test_what_no_project_measures_is_told_of_projects_however_many_levels_stand_above() -> None:
    known = {key: records(key, *steady(key)) for key in ("alpha", "beta")}
    why = roll(landscape(project()), known)["alpha"]

    def told(*nodes: Node, node: str = "port") -> str:
        found = roll(landscape(*nodes, programs=("prog", "other")), known)[node]
        return next(one.finding.reason for one in found.dimensions if one.finding.dimension == "quality")

    alone = next(one.finding.reason for one in why.dimensions if one.finding.dimension == "quality")
    assert told(project(), project("beta", ("other",))) == told(project(), project("beta")) == f"2 of 2 projects: {alone}"
    assert told(project(), node="prog") == told(project()) == alone
    shared = project("beta").model_copy(update={"parents": tuple(Parent(id=one, share=0.5) for one in ("prog", "other"))})
    assert told(project(), shared) == alone  # it would count twice


def test_a_policy_that_names_no_dimension_is_refused() -> None:
    with pytest.raises(ValidationError, match="names no dimension"):
        Policy(name="none", weights={})


def test_the_weight_basis_is_the_first_that_all_siblings_share() -> None:
    known = {key: records(key, *steady(key)) for key in ("alpha", "beta")}
    assert roll(landscape(project(weight=2), project("beta", weight=1)), known)["prog"].weight_basis == "explicit"
    assert roll(landscape(project(weight=2), project("beta")), known)["prog"].weight_basis == "planned work"
    assert roll(landscape(project(), project("gamma")), known)["prog"].weight_basis == "equal"


def test_budgets_in_several_currencies_are_weighed_and_summed_by_their_rates() -> None:
    euros, dollars = Budget(amount=300.0, currency="EUR"), Budget(amount=200.0, currency="USD")
    known = {key: records(key, *steady(key)) for key in ("alpha", "beta")}
    both = project(budget=euros), project("beta", budget=dollars)
    rated = roll(landscape(*both, money=Money(exchange={"USD": 0.5})), known)["prog"]
    assert rated.weight_basis == "budget"
    assert rated.totals["budget"] == Value(value=400.0, unit="EUR")
    land = landscape(*both, money=Money(exchange={"USD": 0.5}))
    assert child_weights(World(land, counter(land, known), NOW), "prog").of == {"alpha": 0.75, "beta": 0.25}


def test_a_currency_without_a_rate_is_said_and_the_next_basis_weighs() -> None:
    euros, dollars = Budget(amount=300.0, currency="EUR"), Budget(amount=200.0, currency="USD")
    known = {key: records(key, *steady(key)) for key in ("alpha", "beta")}
    node = roll(landscape(project(budget=euros), project("beta", budget=dollars)), known)["prog"]
    assert (node.weight_basis, node.unrated) == ("planned work", ("USD",))
    assert "budget" not in node.totals
    assert node.totals["budget_unrated"].value == "USD"
    alone = roll(landscape(project(budget=dollars)), known)["prog"]
    assert (alone.weight_basis, alone.unrated) == ("budget", ())
    assert alone.totals["budget"] == Value(value=200.0, unit="USD")


def test_a_project_under_two_programs_counts_once_in_the_portfolio() -> None:
    shared = project("alpha", ()).model_copy(
        update={"parents": (Parent(id="prog", share=0.5), Parent(id="more", share=0.5))}
    )
    known = {"alpha": records("alpha", *steady(open_items=4))}
    nodes = roll(landscape(shared, programs=("prog", "more")), known)
    assert nodes["port"].totals["items"].value == nodes["alpha"].totals["items"].value == 56
    assert nodes["port"].score == pytest.approx(nodes["prog"].score)


def test_a_critical_dimension_caps_the_band_and_leaves_the_score() -> None:
    land = landscape(project(target_on=date(2026, 11, 1)))
    easy = Policy(name="default", weights={"schedule": 1.0, "governance": 30.0}, on_track=20, at_risk=10)
    land = land.model_copy(update={"policies": {"default": easy}})
    node = roll(land, {"alpha": records("alpha", *steady())})["alpha"]
    assert node.score is not None
    assert node.score > 23
    assert node.band is Band.AT_RISK
    assert any(reason.startswith("critical_dimension") for reason in node.band_reasons)


def test_an_override_shows_beside_the_computed_band() -> None:
    said = Override(node="alpha", band=Band.OFF_TRACK, reason="supplier lost", by="x", at=day(1), until=NOW.date())
    land = landscape(project(), overrides=(said,))
    node = roll(land, {"alpha": records("alpha", *steady())})["alpha"]
    assert node.band is Band.OFF_TRACK
    assert node.computed_band is not Band.OFF_TRACK
    assert node.band_reasons[-1].startswith("override")


def test_before_the_first_sync_the_basis_is_reconstructed() -> None:
    land = landscape(project(), first_sync_at=NOW + timedelta(days=1))
    node = roll(land, {"alpha": records("alpha", *steady())})["alpha"]
    assert node.basis is Basis.RECONSTRUCTED


def test_flow_takes_the_weight_of_schedule_for_a_continuous_project() -> None:
    node = roll(landscape(project(target_on=None)), {"alpha": records("alpha", *steady())})["alpha"]
    weights = {entry.finding.dimension: entry for entry in node.dimensions}
    assert weights["flow"].weight == 30
    assert weights["flow"].effective_weight > 0
    assert weights["schedule"].effective_weight == 0
    assert node.band is not Band.NO_DATA


def test_the_trend_starts_where_history_starts() -> None:
    land = landscape(project())
    known = {"alpha": records("alpha", *steady())}
    points = trend(land, counter(land, known), moments=[day(300), day(14), day(0)], known_at=NOW)
    scores = [point.score for point in points if point.node == "alpha"]
    assert scores[0] is None or scores[0] >= 0
    assert scores[2] is not None


def test_a_message_names_causes_with_their_items_and_stays_short() -> None:
    late = [item(f"l{n}", due_on=date(2026, 10, 1)) for n in range(5)]
    land = landscape(project())
    node = roll(land, {"alpha": records("alpha", *steady(), *late)})["alpha"]
    told = message(node, land, {"jira:item:l0": ("Late one", "https://x.example/l0")}, None, NOW)
    assert len(told.reason) <= 250
    assert any(("Late one", "https://x.example/l0") in cause.items for cause in told.causes)
    assert told.receipt["node"] == "alpha"


def test_nothing_would_help_where_all_work_is_done() -> None:
    """It was finished late and far beyond its estimate: that is told, and nobody is asked to mend it."""
    due = (NOW - timedelta(days=40)).date()
    done = [
        item(f"d{n}", created=400 - n, started=60, done=5 + n % 3, due_on=due, estimate_hours=2.0, booked=30.0)
        for n in range(20)
    ]
    late = project(start_on=(NOW - timedelta(days=390)).date(), target_on=due)
    node = roll(landscape(late), {"alpha": records("alpha", *done)})["alpha"]
    measured = {one.finding.dimension: one.finding for one in node.dimensions if one.finding.score is not None}
    assert min(finding.score or 0.0 for finding in measured.values()) < 90
    assert {name for name, finding in measured.items() if finding.improvement and name != "governance"} == set()
