"""Single values: what can't be read is an error, never empty."""

from datetime import date

import pytest

from connector.jira.values import read_date, read_declared, read_impact, read_number, read_probability
from model.errors import SkippableError
from model.work import Declared


@pytest.mark.parametrize("text", ["2026-11-20", "2026-11-20 00:00:00.0", "2026-11-20T09:00:00.000+0100"])
def test_an_iso_date_is_read_with_or_without_a_time(text: str) -> None:
    assert read_date(text, "duedate") == date(2026, 11, 20)


@pytest.mark.parametrize("text", ["soon", "20/Nov/26", "2026-13-40"])
def test_another_date_is_refused_naming_the_field(text: str) -> None:
    with pytest.raises(SkippableError, match="duedate"):
        read_date(text, "duedate")


@pytest.mark.parametrize(("value", "share"), [(0.4, 0.4), (40, 0.4), ("70 %", 0.7), ({"value": "High"}, 0.7), (1, 1.0)])
def test_a_probability_may_be_a_share_a_percentage_or_a_word(value: object, share: float) -> None:
    assert read_probability(value, "p") == share


def test_a_probability_beyond_a_hundred_percent_is_refused() -> None:
    with pytest.raises(SkippableError):
        read_probability(140, "p")


def test_words_are_no_number() -> None:
    with pytest.raises(SkippableError):
        read_number("many", "points")


def test_a_declared_colour_is_read_and_an_unknown_one_refused() -> None:
    assert read_declared({"value": "Amber"}, "rag") is Declared.AT_RISK
    with pytest.raises(SkippableError):
        read_declared("Purple", "rag")


@pytest.mark.parametrize(("value", "impact"), [({"value": "Very High"}, 5), ("low", 2), (3, 3), (None, None)])
def test_an_impact_may_be_a_number_or_a_word(value: object, impact: float | None) -> None:
    assert read_impact(value, "i") == impact


@pytest.mark.parametrize("value", [-1, "dreadful"])
def test_an_impact_that_says_nothing_is_refused(value: object) -> None:
    with pytest.raises(SkippableError):
        read_impact(value, "i")
