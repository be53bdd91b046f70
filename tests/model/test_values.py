"""The values of findings for people: every number with its unit, every item by its name."""

import pytest

from model.health import Finding, Outcome, Value
from model.language.values import told_links, told_value, told_values


def name_of(item: str) -> str | None:
    return {"j:item:1": "PAY-1 “Pay”", "a:item:2": "“Ship”"}.get(item)


CASES = [
    ("spi_t", Value(value=0.493, unit="ratio"), "0.49"),
    ("done_share", Value(value=0.5902, unit="share of points"), "59% of points"),
    ("planned_share", Value(value=0.9232, unit="share"), "92%"),
    ("p85", Value(value=None, unit="date"), "beyond a year"),
    ("eac", Value(value=None, unit="hours"), "not known"),
    ("eac", Value(value=20412.25, unit="EUR"), "20,412.2 EUR"),
    ("open_risks", Value(value=4, unit="risks"), "4"),
    ("defects_found", Value(value=40, unit="defects in 8 weeks"), "40 in 8 weeks"),
    ("late", Value(value=1, unit="links"), "1 link"),
    ("worst_load", Value(value=1.636, unit="load / capacity"), "1.64× what they can do"),
    ("heaviest", Value(value="j:item:1", unit="risk"), "PAY-1 “Pay”"),
    ("heaviest", Value(value="j:item:9", unit="risk"), "an item that few may see"),
    ("owned", Value(value=True), "yes"),
]


@pytest.mark.parametrize(("key", "value", "text"), CASES)
def test_a_value_is_told_with_its_unit(key: str, value: Value, text: str) -> None:
    assert told_value(key, value, name_of) == text


def test_links_are_told_apart_from_the_other_values() -> None:
    values = {
        "links": Value(value=1, unit="open links between projects"),
        "link_1": Value(value="j:item:1 blocks a:item:2", unit="late"),
        "link_1_late": Value(value=17, unit="days"),
        "link_1_owner": Value(value="Payments", unit="project of the blocker"),
        "link_1_options": Value(value="finish the blocker by 2026-11-30"),
    }
    finding = Finding(
        dimension="dependencies", version=1, outcome=Outcome.MEASURED, score=1.0, reason="", reason_code="x", values=values
    )
    assert [name for name, _ in told_values(finding, name_of)] == ["links"]
    assert list(told_links(finding, name_of)) == [
        "PAY-1 “Pay” blocks “Ship” (late, 17 days late); owner: Payments; finish the blocker by 2026-11-30"
    ]
