"""What Northlight might do next: projects that nobody has begun, with the case for each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

VALUE_MODELS: Mapping[str, Mapping[str, int]] = {"growth": {"revenue": 3, "customers": 2}}
"""What the parts of a value weigh, by portfolio."""


@dataclass(frozen=True)
class Idea:
    """``hours`` by skill for each of the quarters from the next one on; ``rest``: the other keys of the case."""

    name: str
    key: str
    cost: int
    hours: Mapping[str, tuple[int, ...]]
    rest: Mapping[str, Any] = field(default_factory=dict)


def _case(value: Any, criticality: int, reduction: int, size: int, risk: float, **more: Any) -> dict[str, Any]:
    return {
        "value": value, "time_criticality": criticality, "risk_reduction": reduction, "size": size, "risk": risk, **more,
    }  # fmt: skip


def _gain(per_year: int, years: int = 3) -> dict[str, Any]:
    return {"per_year": per_year, "currency": "EUR", "years": years}


_IDEAS: Mapping[str, tuple[Idea, ...]] = {
    "customer-experience": (
        Idea("Self-Service Returns", "returns", 85_000, {"frontend": (300, 200), "backend": (260, 180)},
             _case({"revenue": 5, "customers": 9}, 5, 2, 5, 0.15, benefit=_gain(70_000))),
        Idea("Loyalty Program", "loyalty", 140_000, {"backend": (200, 420), "marketing": (120, 300)},
             _case({"revenue": 9, "customers": 7}, 3, 1, 8, 0.35, needs=["crm", "returns"], benefit=_gain(120_000))),
    ),
    "payments": (
        Idea("Instant Payouts", "payouts", 120_000, {"backend": (420, 380), "testing": (120, 200)},
             _case({"revenue": 7, "customers": 6}, 8, 3, 8, 0.3, needs=["psd"], benefit=_gain(90_000))),
        Idea("Stronger Sign-In for Payments", "sign-in", 60_000, {"security": (240, 120), "backend": (160, 80)},
             _case({"revenue": 1, "customers": 3}, 9, 9, 5, 0.1, mandatory=True)),
    ),
    "market-expansion": (
        Idea("Benelux Launch", "benelux", 180_000, {"marketing": (300, 360), "legal": (160, 120)},
             _case({"revenue": 10, "customers": 5}, 6, 1, 13, 0.4, excludes=["baltics"], benefit=_gain(160_000))),
        Idea("Baltics Launch", "baltics", 110_000, {"marketing": (220, 240), "legal": (120, 80)},
             _case({"revenue": 6, "customers": 4}, 4, 1, 8, 0.3, benefit=_gain(80_000))),
    ),
    "data-platform": (
        Idea("Data Catalogue", "catalogue", 45_000, {"data": (240, 160)}, _case(5, 2, 4, 3, 0.1, needs=["lake"])),
    ),
    "security-compliance": (
        Idea("Zero Trust Network", "zero-trust", 95_000, {"security": (320, 320), "operations": (200, 260)},
             _case(7, 6, 9, 8, 0.25, needs=["iam"])),
    ),
}  # fmt: skip


def candidates_of(program: str, today: date) -> list[dict[str, Any]]:
    """The candidates of a program as the configuration has them; none of a program that isn't Northlight's."""
    return [
        {
            "name": idea.name,
            "id": idea.key,
            "state": "candidate",
            "budget": {"amount": idea.cost, "currency": "EUR"},
            "case": {**idea.rest, "demand": _demand(idea, today)},
        }
        for idea in _IDEAS.get(program, ())
    ]


def _demand(idea: Idea, today: date) -> dict[str, dict[str, int]]:
    return {
        skill: {_quarter(today, ahead): hours for ahead, hours in enumerate(spans, start=1)}
        for skill, spans in idea.hours.items()
    }


def _quarter(today: date, ahead: int) -> str:
    """A quarter so many after the present one, e.g. 2027-Q1."""
    year, number = divmod(today.year * 4 + (today.month - 1) // 3 + ahead, 4)
    return f"{year}-Q{number + 1}"
