"""What a notice says, in every language and in every channel's own markup."""

import json
import re
import string
from datetime import date
from html.parser import HTMLParser
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.notify import mail, slack, teams
from connector.notify.letter import clean, letter, plain, safe_url
from connector.notify.phrases import PHRASES
from model.health import Band
from model.language import words
from model.notices import ChildState, Reported
from model.tree import Language
from tests.support.made_notices import WHEN, made_cause, made_digest, made_message, made_notice

PATIENT = settings(deadline=None, max_examples=60)  # the first use of a language reads its data
NASTY = st.text(st.sampled_from("<>&|@#!*_`~[]()\\\"' \n\u202eab:/"), max_size=60) | st.sampled_from(
    ["<!channel>", "<@U123>", "<https://evil.example|click>", "</a><script>x</script>", "[x](https://evil.example)"]
)


def test_a_changed_band_says_what_it_was_and_what_costs_points() -> None:
    text = plain(letter(made_notice()))
    assert text.startswith("■ Reach: Off track, was At risk\nOff track, 38.2 of 100, 12.8 lower than last time\n")
    assert "−18.3 Schedule: 7 of 20 open items are overdue · Pay by card (https://jira.example/browse/A-1)" in text
    assert "Re-plan 7 items" in text
    assert "85% sure by 5 Jan 2027" in text


def test_a_digest_says_what_moved_what_is_below_and_which_decisions_wait() -> None:
    text = plain(letter(made_notice(made_digest())))
    assert "Reach: status on 21 Nov 2026" in text
    assert "◆ Website: At risk, was On track" in text
    assert "◆ At risk (1): Website 51" in text
    assert "● On track (1): Launch 81" in text
    assert "Approve the budget, due 2 Nov 2026" in text
    assert "and 2 more" in text


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("earlier", [False, True])
def test_what_is_reported_otherwise_is_told_with_both_bands_and_until_when_nobody_else_is(
    language: Language, earlier: bool
) -> None:
    told = Reported(
        declared=Band.ON_TRACK, computed=Band.OFF_TRACK, better=True, bands=2, points=12.5, since=WHEN, earlier=earlier,
        above_from=date(2026, 11, 28),
    )  # fmt: skip
    written = letter(made_notice(language=language).model_copy(update={"reported": told}))
    said = words(language)
    for text in (written.subject, plain(written)):
        assert said.band(Band.ON_TRACK) in text
        assert said.band(Band.OFF_TRACK) in text
    assert said.day(date(2026, 11, 28)) in plain(written)
    assert "{" not in plain(written)


def test_a_digest_in_which_nothing_moved_says_so() -> None:
    still = made_digest(children=())
    text = plain(letter(made_notice(still, previous_band=Band.OFF_TRACK)))
    assert "Nothing changed since the last digest." in text


def test_the_first_digest_claims_no_change() -> None:
    text = plain(letter(made_notice(made_digest(since=None, children=()))))
    assert "This is the first digest" in text
    assert "Nothing changed" not in text


def test_many_children_are_counted_and_the_first_are_named() -> None:
    children = tuple(ChildState(node=f"n{n}", name=f"N{n}", band=Band.AT_RISK, score=50.0 + n) for n in range(30))
    text = plain(letter(made_notice(made_digest(children=children))))
    assert "At risk (30): N0 50, N1 51" in text
    assert "N19 69 and 10 more" in text


def test_every_language_has_every_phrase_with_the_same_values() -> None:
    def shape(language: Language) -> dict[str, set[str | None]]:
        texts = PHRASES[language].items()
        return {key: {name for _, name, _, _ in string.Formatter().parse(text)} - {None} for key, text in texts}

    assert {language: shape(language) for language in PHRASES} == dict.fromkeys(PHRASES, shape("en"))


@pytest.mark.parametrize("language", PHRASES)
def test_a_digest_can_be_told_in_every_language(language: Language) -> None:
    text = plain(letter(made_notice(made_digest(), language=language)))
    assert "{" not in text
    assert "Website" in text


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://a b.example", "https://a.example/|x", "https://a.example/>", "file:///etc", "//x"]
)
def test_an_address_that_could_do_harm_is_no_link(url: str) -> None:
    assert safe_url(url) is None


def test_invisible_characters_that_turn_or_hide_text_are_taken_out() -> None:
    assert clean("a\u202eb\u200bc\r\nd") == "abc d"


@PATIENT
@given(NASTY, NASTY)
def test_slack_finds_no_link_and_no_mention_in_what_people_wrote(title: str, reason: str) -> None:
    notice = made_notice(node_name=title or "x", reason=reason[:250], causes=(made_cause(title, None),), url=None)
    message = slack.payload(letter(notice))
    texts = [message["text"]]
    texts += [block["text"]["text"] for block in message["blocks"] if block["type"] == "section"]
    for text in texts:
        assert not re.search(r"[<>]", text)
        assert not re.search(r"&(?!amp;|lt;|gt;)", text)


@PATIENT
@given(NASTY)
def test_slack_keeps_a_title_inside_its_own_link(title: str) -> None:
    link = slack.payload(letter(made_notice(causes=(made_cause(title),), url=None)))
    cause = next(block["text"]["text"] for block in link["blocks"][2:] if block["type"] == "section")
    inside = re.findall(r"<([^<>]*)>", cause)
    assert len(inside) == 1
    assert inside[0].startswith("https://jira.example/browse/A-1|")


@PATIENT
@given(NASTY, NASTY)
def test_teams_gets_what_people_wrote_in_text_runs_alone_and_no_entity(title: str, reason: str) -> None:
    notice = made_notice(node_name=title or "x", reason=reason[:250], causes=(made_cause(title),))
    card = teams.payload(letter(notice))["attachments"][0]["content"]
    assert {block["type"] for block in card["body"]} == {"RichTextBlock"}
    runs = [run for block in card["body"] for run in block["inlines"]]
    assert {run["type"] for run in runs} == {"TextRun"}
    assert {run["selectAction"]["url"] for run in runs if "selectAction" in run} <= {"https://jira.example/browse/A-1"}
    assert "entities" not in card["msteams"]


class _Tags(HTMLParser):
    """Collects the tags and link targets of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.targets: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.targets += [value for name, value in attrs if name == "href"]


@PATIENT
@given(NASTY, NASTY)
def test_mail_shows_what_people_wrote_as_text(title: str, reason: str) -> None:
    notice = made_notice(node_name=title or "x", reason=reason[:250], causes=(made_cause(title),), url=None)
    page = _Tags()
    page.feed(mail.html(letter(notice), "en"))
    assert page.tags <= {"html", "head", "meta", "title", "body", "h1", "h2", "p", "strong", "ul", "li", "a"}
    assert page.targets == ["https://jira.example/browse/A-1"]


@PATIENT
@given(NASTY)
def test_a_name_can_not_add_a_header_to_a_mail(name: str) -> None:
    message = mail.compose(made_notice(node_name=f"{name}\r\nBcc: all@acme.example"), "us@acme.example", ("b@acme.example",))
    assert message["Bcc"] is None
    headers, _, _body = message.as_bytes().partition(b"\n\n")  # a line of the body may begin with anything
    assert headers.count(b"\nBcc:") == 0


@PATIENT
@given(st.integers(1, 60), st.integers(1, 250))
def test_every_message_keeps_within_what_the_tool_takes(children: int, length: int) -> None:
    below = tuple(
        ChildState(node=f"n{n}", name="&" * length, band=Band.AT_RISK, score=50.0, url=f"https://a.example/{'x' * 900}")
        for n in range(children)
    )
    written = letter(made_notice(made_digest(children=below), reason="<" * 250))
    blocks = slack.payload(written)["blocks"]
    assert len(blocks) <= 50
    assert all(len(block["text"]["text"]) <= 3000 for block in blocks if block["type"] == "section")
    assert len(blocks[0]["text"]["text"]) <= 150
    assert len(json.dumps(teams.payload(written))) <= 28_000


def test_a_message_without_score_or_forecast_says_what_it_has() -> None:
    text = plain(letter(made_notice(band=Band.NO_DATA, score=None, causes=(), cheapest_help=None, p85=None)))
    assert "No data" in text
    assert "Outlook" not in text


def test_a_day_is_written_as_the_language_does() -> None:
    text = plain(letter(made_notice(made_digest(period=date(2026, 12, 1)), language="de")))
    assert "Status am 01.12.2026" in text
    assert made_message(language="de").language == "de"
