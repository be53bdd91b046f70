"""A health message as wiki markup: what Data Center shows, and what must not happen to the words of people."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.jira import wiki
from model.health import Band
from model.push import Cause, HealthMessage


def _message(**more: Any) -> HealthMessage:
    given_: dict[str, Any] = {
        "node": "crm", "node_name": "New CRM", "band": Band.AT_RISK, "score": 61.5, "reason": "2 of 5 items are late",
        "coverage": 0.9, "trust": 0.8, "as_of": datetime(2026, 11, 20, 8, 30, tzinfo=UTC),
    }
    return HealthMessage(**{**given_, **more})


def test_a_comment_tells_band_score_and_what_was_before() -> None:
    head = wiki.text(_message(previous_band=Band.ON_TRACK, previous_score=80.0)).splitlines()[0]
    assert head == "*New CRM:* {color:#974f0c}*At risk*{color} 61.5 of 100, before: On track (80)"


def test_causes_are_a_list_whose_items_are_links_and_at_most_five() -> None:
    items = (("CRM-1", "https://jira.example/browse/CRM-1"), *((f"CRM-{n}", None) for n in range(2, 9)))
    cause = Cause(points=12, dimension="schedule", reason="2 items are late", items=items)
    line = next(one for one in wiki.text(_message(causes=(cause,))).splitlines() if one.startswith("* "))
    assert line.startswith("* *−12 schedule:* 2 items are late — [CRM-1|https://jira.example/browse/CRM-1]; CRM-2;")
    assert line.endswith("and 3 more")


def test_the_outlook_and_the_help_are_told_where_they_are_known() -> None:
    said = wiki.text(_message(p50=date(2026, 12, 1), p85=date(2026, 12, 20), cheapest_help="Close CRM-3"))
    assert "Outlook: an even chance of being done by 2026-12-01, likely by 2026-12-20." in said
    assert "*What would help most:* Close CRM-3" in said
    assert "Outlook" not in wiki.text(_message())


def test_a_comment_bears_the_signature_of_its_node_and_of_no_other() -> None:
    said = wiki.text(_message(node="crm-2"))
    assert wiki.signature("crm-2") in said
    assert wiki.signature("crm") not in said


@pytest.mark.parametrize("words", [
    "[~admin] look", "{code}x{code}", "!http://evil.example/a.png!", "[click|http://evil.example]", "|a|b|", "*bold*",
])
def test_words_of_people_begin_no_mention_macro_image_or_link(words: str) -> None:
    said = wiki.plain(words)
    assert re.search(r"(?<!\\)[\[{!|*]", said) is None


@given(st.text(max_size=60))
def test_any_words_stay_on_one_line_and_every_special_sign_is_escaped(words: str) -> None:
    said = wiki.plain(words)
    assert len(said.splitlines()) <= 1
    assert re.sub(r"\\[\\{}\[\]|!*_^~+]", "", said) == re.sub(r"[\\{}\[\]|!*_^~+]", "", said)


def test_an_address_cannot_end_its_link_or_be_anything_but_a_web_address() -> None:
    broken = Cause(points=1, dimension="d", reason="r", items=(("t", "https://x.example/a|b]{c}"),))
    script = Cause(points=1, dimension="d", reason="r", items=(("t", "javascript:alert(1)"),))
    said = wiki.text(_message(causes=(broken, script)))
    assert "[t|https://x.example/a%7Cb%5D%7Bc%7D]" in said
    assert "javascript" not in said
