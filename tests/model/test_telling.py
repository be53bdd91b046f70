"""The sentences of a message that every markup shares."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.health import Band
from model.language import CATALOGUES, telling
from model.push import Cause, HealthMessage
from model.tree import Language


def _message(**more: Any) -> HealthMessage:
    given_: dict[str, Any] = {
        "node": "crm", "node_name": "New CRM", "band": Band.AT_RISK, "score": 61.2, "reason": "2 of 5 items are late",
        "coverage": 0.9, "trust": 0.8, "as_of": datetime(2026, 11, 20, 8, 30, tzinfo=UTC),
    }  # fmt: skip
    return HealthMessage(**{**given_, **more})


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({}, "61.2 of 100"),
        ({"previous_band": Band.AT_RISK, "previous_score": 61.2}, "61.2 of 100, the same as last time"),
        ({"previous_band": Band.AT_RISK, "previous_score": 60.0}, "61.2 of 100, 1.2 higher than last time"),
        (
            {"previous_band": Band.ON_TRACK, "previous_score": 65.3},
            "61.2 of 100, 4.1 lower than last time; was On track",
        ),
        ({"previous_band": Band.OFF_TRACK, "previous_score": 61.2}, "61.2 of 100, was Off track"),
        ({"previous_band": Band.NO_DATA, "previous_score": None}, "61.2 of 100, was No data"),
        ({"band": Band.NO_DATA, "score": None, "previous_band": Band.ON_TRACK, "previous_score": 70}, "was On track"),
    ],
)
def test_the_headline_tells_the_score_and_what_moved(more: dict[str, Any], told: str) -> None:
    assert telling.headline(_message(**more)) == told


@pytest.mark.parametrize(
    ("scores", "bars"),
    [
        ((0, 50, 100), "▁▅█"),
        ((60, 61, 60), "▄▅▄"),
        ((70, None, 50), "█·▁"),
        ((None, None), "··"),
        ((), ""),
    ],
)
def test_a_sparkline_shows_movement_and_makes_no_drama_of_a_wobble(scores: tuple[float | None, ...], bars: str) -> None:
    assert telling.sparkline(scores) == bars


@given(st.lists(st.one_of(st.none(), st.floats(0, 100)), max_size=60))
def test_a_sparkline_has_a_sign_for_every_week(scores: list[float | None]) -> None:
    assert len(telling.sparkline(scores)) == len(scores)


def test_a_trend_needs_two_scores_and_begins_and_ends_with_one() -> None:
    assert telling.trend(_message(trend=(None, 61.2))) == ""
    said = telling.trend(_message(trend=(None, 50.0, None, 70.0, None)))
    assert said == "▁·█ from 50 to 70 in 2 weeks"


def test_the_outlook_tells_what_is_known_of_the_date() -> None:
    known = _message(odds_words="likely", p50=date(2026, 12, 1), p85=date(2026, 12, 20))
    assert telling.outlook(known) == (
        "Finishing on time: likely; an even chance of being done by 1 Dec 2026, 85% sure by 20 Dec 2026."
    )
    assert telling.outlook(_message(odds_words="unlikely")) == "Finishing on time: unlikely."
    assert telling.outlook(_message()) == ""


def test_a_finished_project_has_no_outlook_but_its_end() -> None:
    done = _message(odds_words="all work is done", p50=date(2026, 11, 20), p85=date(2026, 11, 20))
    assert telling.outlook(done) == "All work is done."


def test_a_reason_that_the_causes_tell_anyway_is_not_told_twice() -> None:
    causes = (
        Cause(points=9, dimension="Schedule", reason="2 late"),
        Cause(points=3, dimension="Risk", reason="1 blocked"),
    )
    assert telling.lead(_message(reason="Schedule: 2 late. Risk: 1 blocked", causes=causes)) == ""
    assert telling.lead(_message(reason="Schedule: 2 late. Risk: 1 blo…", causes=causes)) == ""
    capped = "Set to At risk until 2026-12-01: the vendor is late. Schedule: 2 late. Risk: 1 blocked"
    assert telling.lead(_message(reason=capped, causes=causes)) == capped
    assert telling.lead(_message(reason="No data: nothing is measured")) == "No data: nothing is measured"


def test_who_asked_is_answered_with_the_moment_of_the_state() -> None:
    assert telling.asked(_message()) == ""
    said = telling.asked(_message(asked_at=datetime(2026, 11, 21, 9, 0, tzinfo=UTC)))
    assert said == "Asked on 21 Nov 2026, 09:00 UTC; this is the state as of 20 Nov 2026, 08:30 UTC."


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "ftp://x.example", "https://x.example/a b", 'https://x.example/"', "", None,
     "https://x.example/\x00", "https://x.example/" + "a" * 3000, "https://x.example/\u202e"],
)  # fmt: skip
def test_only_a_web_address_becomes_a_link(url: str | None) -> None:
    assert telling.address(url) is None


def test_a_web_address_stays_as_it_is() -> None:
    assert telling.address("https://x.example/a?b=1#c") == "https://x.example/a?b=1#c"


def test_words_of_people_lose_what_nobody_sees() -> None:
    assert telling.plain("a\x00b\u202ec\nd\te") == "abc d e"
    assert telling.plain("x" * 300) == "x" * 254 + "…"


@given(st.text())
def test_words_of_people_are_one_line_that_can_be_sent(said: str) -> None:
    told = telling.plain(said)
    assert len(told.splitlines()) <= 1
    assert len(told) <= telling.MOST_LETTERS
    told.encode()


@pytest.mark.parametrize("language", sorted(CATALOGUES))
def test_every_sentence_is_there_in_every_language(language: Language) -> None:
    message = _message(
        language=language, previous_band=Band.ON_TRACK, previous_score=70, odds_words="x", p50=date(2026, 12, 1),
        p85=date(2026, 12, 1), trend=(1, 2), url="https://x.example/", cheapest_help="y",
        asked_at=datetime(2026, 11, 21, tzinfo=UTC),
    )  # fmt: skip
    assert [bool(line.label) for line in telling.closing(message)] == [True, True, True]
    for said in (telling.headline, telling.outlook, telling.basis, telling.as_of, telling.asked, telling.title):
        assert said(message)
