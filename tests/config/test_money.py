"""Currencies and rates: what a sound document becomes, and what is refused."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from config.configuration import Configuration
from config.faults import ConfigurationError
from config.loader import from_mapping
from model.money import Rate

PEOPLE = [{"name": "Ada", "ids": ["a:1"], "role": "developer"}]


def loaded(**keys: Any) -> Configuration:
    document = {"connections": {"a": {"tool": "jira"}}, "people": PEOPLE, **keys}
    return from_mapping(document, base=Path("/base"), environment={}, tools=("jira",))


def test_rates_name_a_person_a_role_or_everybody() -> None:
    rates: list[dict[str, Any]] = [
        {"hourly": 10},
        {"hourly": 20, "role": "developer", "currency": "USD"},
        {"hourly": 30, "person": "Ada", "from": date(2026, 7, 1)},
        {"hourly": 40, "person": "ada"},
    ]
    money = loaded(rates=rates, currency="CHF", currencies={"USD": 0.9}).money
    assert money.rates == (
        Rate(hourly=10, currency="CHF"),
        Rate(hourly=20, currency="USD", role="developer"),
        Rate(hourly=30, currency="CHF", person="ada", from_on=date(2026, 7, 1)),
        Rate(hourly=40, currency="CHF", person="ada"),
    )
    assert money.own(10, "USD") == 9
    assert money.own(10, "GBP") is None


@pytest.mark.parametrize(
    ("named", "own"), [([], "EUR"), (["USD"], "USD"), (["USD", "USD"], "USD"), (["USD", "GBP"], "EUR")]
)
def test_without_a_currency_the_only_one_that_is_named_is_the_own(named: list[str], own: str) -> None:
    programs = [{"name": f"G{n}", "budget": {"amount": 5, "currency": code}} for n, code in enumerate(named)]
    assert loaded(portfolios=[{"name": "P", "programs": programs}]).money.currency == own


@pytest.mark.parametrize(
    ("keys", "path", "what"),
    [
        ({"rates": [{"hourly": 0}]}, "rates[0].hourly", "above 0"),
        ({"rates": [{"hourly": -5}]}, "rates[0].hourly", "above 0"),
        ({"rates": [{"hourly": float("inf")}]}, "rates[0].hourly", "finite"),
        ({"rates": [{"hourly": 5, "person": "Adda"}]}, "rates[0].person", "did you mean 'Ada'"),
        ({"rates": [{"hourly": 5, "role": "cook"}]}, "rates[0].role", "Nobody under people"),
        ({"rates": [{"hourly": 5, "role": "developer", "person": "Ada"}]}, "rates[0]", "not of both"),
        ({"rates": [{"hourly": 5}, {"hourly": 6}]}, "rates[1]", "two rates"),
        ({"rates": [{"hourly": 5, "currency": "euro"}]}, "rates[0].currency", "no currency"),
        ({"currencies": {"USD": 0}}, "currencies.USD", "above 0"),
        ({"currencies": {"dollar": 1}}, "currencies.dollar", "no currency"),
        ({"currency": "EUR", "currencies": {"EUR": 1.1}}, "currencies.EUR", "worth 1"),
        ({"currency": "E"}, "currency", "no currency"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(keys: dict[str, Any], path: str, what: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        loaded(**keys)
    assert str(caught.value.where).endswith(path)
    assert what in caught.value.what
    assert caught.value.fix
