"""The list of gaps itself: whole, truthful about its sources, and no longer than the descriptions make it."""

from typing import Any

import pytest

from tests.support import openapi

NEEDED = {
    "calls": {"tool", "call", "why", "source"},
    "deviations": {"tool", "call", "side", "at", "why", "source"},
    "statuses": {"tool", "status", "source"},
}
ENTRIES = [(part, one) for part in NEEDED for one in getattr(openapi.gaps(), part)]


@pytest.mark.parametrize(("part", "entry"), ENTRIES, ids=lambda one: one if isinstance(one, str) else str(one)[:60])
def test_every_gap_says_why_and_who_documents_it(part: str, entry: dict[str, Any]) -> None:
    assert set(entry) - {"says"} == NEEDED[part]
    assert all(str(value).strip() or name == "at" for name, value in entry.items())
    assert entry["tool"] in openapi.FILES


def test_no_gap_is_listed_twice() -> None:
    keys = [(part, one["tool"], one.get("call", one.get("status")), one.get("at"), one.get("says")) for part, one in ENTRIES]
    assert len(keys) == len(set(keys))


@pytest.mark.skipif(not openapi.at_hand(), reason=openapi.ABSENT)
def test_no_call_is_listed_that_a_description_has() -> None:
    known = []
    for one in openapi.gaps().calls:
        method, _, path = one["call"].partition(" ")
        if openapi.operation(one["tool"], method, path) is not None:
            known.append(one["call"])
    assert known == []
