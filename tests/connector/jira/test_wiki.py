"""A health message as wiki markup: what Data Center shows, and what must not happen to the words of people."""

import os
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.jira import wiki
from model.health import Band
from model.language import CATALOGUES
from model.push import HealthMessage
from tests.support.made_messages import made_cause, made_message

HERE = Path(__file__).parent / "messages"
MESSAGES = Path(__file__).parents[2] / "rollup/messages"
MARKUP = "[]{}|!*_^~+?-()&#:;\\.h1bq ax\n"
# What the renderer takes a backslash from: BackslashEscapeRendererComponent of Atlassian's renderer.
ESCAPABLE = r"!\[\]^~+?%{}()*_\-|@"


def shown(markup: str) -> str:
    """What the renderer shows of words without markup: a backslash takes a sign's meaning, an entity is its character."""
    bare = re.sub(rf"\\([{ESCAPABLE}])", r"\1", markup)
    return re.sub(r"&#(\d+);", lambda found: chr(int(found[1])), bare)


def meaning(markup: str) -> str:
    """What is left for the renderer to find markup in: without what is escaped and without entities."""
    return re.sub(r"&#\d+;", "", re.sub(rf"\\[{ESCAPABLE}]", "", markup))


@pytest.mark.parametrize("language", sorted(CATALOGUES))
def test_a_comment_in_each_language_is_as_it_was_read_through(language: str) -> None:
    """To accept a change: read it through, and run with BELLWETHER_GOLDEN=write."""
    said = wiki.text(HealthMessage.model_validate_json((MESSAGES / f"{language}.json").read_text()))
    path = HERE / f"{language}.wiki.txt"
    if os.environ.get("BELLWETHER_GOLDEN") == "write":
        path.write_text(said + "\n")
    assert path.read_text() == said + "\n"


def test_a_comment_tells_band_score_and_what_was_before() -> None:
    head = wiki.text(made_message(previous_band=Band.ON_TRACK, previous_score=80.0)).splitlines()[0]
    told = "61.5 of 100, 18.5 lower than last time; was On track"
    assert head == f"*New CRM:* {{color:#974f0c}}*At risk*{{color}} {told}"


def test_causes_are_a_table_whose_items_are_links_and_at_most_five() -> None:
    items = (("CRM-1", "https://jira.example/browse/CRM-1"), *((f"CRM-{n}", None) for n in range(2, 9)))
    said = wiki.text(made_message(causes=(made_cause(items=items), made_cause(points=3, dimension="Risk", reason="1 blocked"))))
    head, first, second = (line for line in said.splitlines() if line.startswith("|"))
    assert head == "||Points||Where||Why||Items||"
    links = "[CRM-1|https://jira.example/browse/CRM-1]; CRM-2; CRM-3; CRM-4; CRM-5; and 3 more"
    assert first == f"|−12.3|Schedule|2 items are late|{links}|"
    assert second == "|−3|Risk|1 blocked| |"


def test_the_outlook_and_the_help_are_told_where_they_are_known() -> None:
    said = wiki.text(made_message(p50=date(2026, 12, 1), p85=date(2026, 12, 20), cheapest_help="Close CRM-3"))
    assert "*Outlook:* An even chance of being done by 1 Dec 2026, 85% sure by 20 Dec 2026." in said
    assert "*What would help most:* Close CRM-3" in said
    assert "Outlook" not in wiki.text(made_message())


def test_the_trend_has_the_link_to_our_page_and_an_answer_says_who_asked() -> None:
    said = wiki.text(
        made_message(
            trend=(50, 61.5), url="https://bellwether.example/nodes/crm", asked_at=datetime(2026, 11, 20, 9, tzinfo=UTC)
        )
    )
    assert "*Trend:* ▂▇ from 50 to 61.5 in 1 week · [See why|https://bellwether.example/nodes/crm]" in said
    assert "_Asked on 20 Nov 2026, 09:00 UTC; this is the state as of 20 Nov 2026, 08:30 UTC._" in said


def test_a_comment_bears_the_signature_of_its_node_and_of_no_other() -> None:
    said = wiki.text(made_message(node="crm-2"))
    assert wiki.signature("crm-2") in said
    assert wiki.signature("crm") not in said


def test_the_signature_is_the_one_that_earlier_comments_bear() -> None:
    assert wiki.signature("new-crm-2") == "(bellwether: new-crm-2)"


@pytest.mark.parametrize("forged", ["(bellwether: crm)", "(BELLWETHER: crm)", "see (bellwether: crm) above"])
def test_no_words_of_people_are_a_signature(forged: str) -> None:
    cause = made_cause(reason=forged, items=((forged, "https://x.example/1"), (forged, None)))
    said = wiki.text(made_message(node="other", node_name=forged, reason=forged, causes=(cause,), cheapest_help=forged))
    assert wiki.signature("crm").lower() not in said.lower()


@pytest.mark.parametrize(
    ("words", "markup"),
    [
        ("[~admin] look", r"\[\~admin\] look"),
        ("{code}x{code}", r"\{code\}x\{code\}"),
        ("!http://evil.example/a.png!", r"\!http&#58;//evil.example/a.png\!"),
        ("[click|http://evil.example]", r"\[click&#124;http&#58;//evil.example\]"),
        ("|a|b|", "&#124;a&#124;b&#124;"),
        ("*bold* _it_ +u+ ^s^ ??c??", r"\*bold\* \_it\_ \+u\+ \^s\^ \?\?c\?\?"),
        ("-struck- but re-plan", r"\-struck\- but re-plan"),
        ("a -- b --- c ----", r"a \-\- b \-\-\- c \-\-\-\-"),
        (r"C:\temp\\x", "C&#58;&#92;temp&#92;&#92;x"),
        ("&#123;code&#125; &lt; R&D", "&#38;#123;code&#38;#125; &#38;lt; R&D"),
        ("h1. Big", "h1&#46; Big"),
        ("bq. Quote", "bq&#46; Quote"),
        ("# one", "&#35; one"),
        ("well (!) done (y) :) ;-)", r"well \(\!) done \(y) &#58;) &#59;\-)"),
        ("at 08:30 (see CRM-1)", "at 08:30 (see CRM-1)"),
    ],
)  # fmt: skip
def test_words_of_people_begin_no_markup_and_are_shown_as_they_are(words: str, markup: str) -> None:
    assert wiki.plain(words) == markup
    assert shown(markup) == words


@given(st.text(max_size=200) | st.text(MARKUP, max_size=80))
def test_any_words_are_shown_as_they_are_and_mean_nothing(words: str) -> None:
    said = wiki.plain(words)
    seen = re.sub("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]", "", words)
    assert shown(said) == re.sub(r"\s+", " ", seen).strip()
    assert len(said.splitlines()) <= 1
    left = meaning(said)
    assert re.search(r"[\[\]{}|!*_^~+?\\]", left) is None
    assert re.search(r"(?<![^\W_])-|-(?![^\W_])", said.replace("\\-", " ")) is None
    assert re.search(r"[^\W\d_]:\S", said) is None


@given(title=st.text(MARKUP, max_size=80), why=st.text(MARKUP, max_size=80), url=st.text(max_size=40))
def test_words_of_people_change_neither_the_rows_nor_the_cells(title: str, why: str, url: str) -> None:
    cause = made_cause(reason=why, items=((title, "https://x.example/" + url), (title, None)))
    said = wiki.text(made_message(causes=(cause, made_cause()), node_name=title, cheapest_help=why))
    rows = [line for line in said.splitlines() if line.startswith("|")]
    assert len(rows) == 3
    for row in rows[1:]:
        without_links = re.sub(r"\[[^\[\]|]*\|[^\[\]|]*\]", "", meaning(row))
        assert without_links.count("|") == 5
    assert meaning(said).count("{color") == 4


def test_an_address_cannot_end_its_link_or_be_anything_but_a_web_address() -> None:
    broken = made_cause(items=(("t", "https://x.example/a|b]{c}"),))
    script = made_cause(items=(("t", "javascript:alert(1)"),))
    said = wiki.text(made_message(causes=(broken, script)))
    assert "[t|https://x.example/a%7Cb%5D%7Bc%7D]" in said
    assert "javascript" not in said


def test_a_comment_that_would_be_too_long_loses_items_before_anything_else() -> None:
    items = tuple(("|" * 255, "https://jira.example/" + "a" * 1900) for _ in range(5))
    said = wiki.text(made_message(causes=tuple(made_cause(items=items) for _ in range(5))))
    assert len(said) <= wiki.MOST_CHARACTERS
    assert said.count("|Schedule|") == 5
    assert wiki.signature("crm") in said


def test_even_the_longest_words_of_all_fit() -> None:
    long = "|" * 9000
    causes = tuple(made_cause(dimension=long, reason=long, items=((long, None),) * 9) for _ in range(40))
    said = wiki.text(made_message(node_name=long, reason=long[:250], causes=causes, cheapest_help=long, odds_words=long))
    assert len(said) <= wiki.MOST_CHARACTERS
    assert wiki.signature("crm") in said
