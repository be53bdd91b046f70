"""Five candidates for the small company: what there is to choose from, under a budget and with one designer."""

from datetime import date
from typing import Any

from model.case import quarter_days, quarter_of

Json = dict[str, Any]


def give_candidates(document: Json) -> None:
    """Put them, a budget of 100,000 EUR and everybody's skills into a configuration."""
    demand = {"design": {_quarter(): 300}}
    gain = {"per_year": 40_000, "currency": "EUR", "years": 3}
    some = [
        _candidate("a", 9, 60_000, size=2, risk=0.2, demand=demand, benefit=gain),
        _candidate("b", 6, 40_000, size=4, risk=0.5, needs=["web"]),
        _candidate("c", 5, 30_000, risk=0.1, demand=demand, excludes=["b"]),
        _candidate("d", 3, 20_000, needs=["c"]),
        _candidate("e", None, None),
    ]
    portfolio = document["portfolios"][0]
    portfolio["budget"] = {"amount": 100_000, "currency": "EUR"}
    portfolio["programs"][0]["projects"] += some
    for person in document["people"]:
        person["skills"] = ["design"] if person["name"].startswith("Cy") else ["writing"]


def _quarter() -> str:
    """The next quarter: all of it is still to come."""
    last = quarter_days(quarter_of(date.today()))[1]
    return quarter_of(date.fromordinal(last.toordinal() + 1))


def _candidate(key: str, value: float | None, cost: float | None, **case: Any) -> Json:
    told: Json = {"name": f"Idea {key.upper()}", "id": key, "state": "candidate"}
    told["case"] = case if value is None else {"value": value, **case}
    return told if cost is None else told | {"budget": {"amount": cost, "currency": "EUR"}}
