"""Cost: earned value in hours."""

import pytest

from model.health import Outcome
from model.tree import Budget
from rollup.dimensions.cost import measure
from tests.rollup.build import item, landscape, project, records, view


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
