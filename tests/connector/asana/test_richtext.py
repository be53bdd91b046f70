"""A health message as Asana's rich text and as plain text: its words, and what must not happen to the words of people."""

import os
import re
from datetime import UTC, date, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.asana import richtext
from model.health import Band
from model.language import CATALOGUES
from model.push import HealthMessage
from tests.support.made_messages import made_cause, made_message

HERE = Path(__file__).parent / "messages"
MESSAGES = Path(__file__).parents[2] / "rollup/messages"
ALLOWED = {"body", "strong", "em", "u", "s", "code", "ol", "ul", "li", "a"}
ANY_TEXT = st.text(max_size=400) | st.sampled_from(
    [
        '<a data-asana-gid="1"/>', "</strong></body>", "@ada", "<!DOCTYPE x>", "<![CDATA[x]]>", "&amp;&#0;", "]]>", " ",
        "https://app.asana.com/0/1/1", "HTTPS://APP.ASANA.COM/0/profile/12", "\x00\u202e\ufffe", "x" * 5000, "", "a\r\nb",
        "Bellwether · crm · as of", "Bellwether ·" * 3,
    ]
)  # fmt: skip


def _check(html: str) -> ET.Element:
    """The rules that Asana refuses a text by."""
    root = ET.fromstring(html)
    assert root.tag == "body"
    for element in root.iter():
        assert element.tag in ALLOWED
        assert set(element.attrib) <= ({"href"} if element.tag == "a" else set())
        assert element.tag in {"body", "ul"} or "".join(element.itertext())
    return root


@pytest.mark.parametrize("language", sorted(CATALOGUES))
def test_a_message_in_each_language_is_as_it_was_read_through(language: str) -> None:
    """To accept a change: read it through, and run with BELLWETHER_GOLDEN=write."""
    message = HealthMessage.model_validate_json((MESSAGES / f"{language}.json").read_text())
    said = richtext.render(message, mark="bw-4711")
    _check(said.html)
    for ending, told in (("html", said.html), ("txt", said.text)):
        path = HERE / f"{language}.{ending}"
        if os.environ.get("BELLWETHER_GOLDEN") == "write":
            path.write_text(told + "\n")
        assert path.read_text() == told + "\n"


def test_both_forms_tell_the_same() -> None:
    said = richtext.render(
        made_message(
            previous_band=Band.ON_TRACK, previous_score=65.6, odds_words="likely", p50=date(2026, 12, 1), trend=(50, 61.5),
            causes=(made_cause(items=(("Import contacts", "https://app.asana.com/0/1/2"), ("Train", None))),),
            cheapest_help="Close it: up to +4 points", asked_at=datetime(2026, 11, 20, 9, tzinfo=UTC),
        )
    )
    assert said.text.splitlines() == [
        "New CRM: At risk, 61.5 of 100, 4.1 lower than last time; was On track",
        "Asked on 20 Nov 2026, 09:00 UTC; this is the state as of 20 Nov 2026, 08:30 UTC.",
        "2 of 5 items are late",
        "What costs points",
        "• −12.3 Schedule: 2 items are late – Import contacts, Train",
        "What would help most: Close it: up to +4 points",
        "Outlook: Finishing on time: likely; an even chance of being done by 1 Dec 2026.",
        "Trend: ▂▇ from 50 to 61.5 in 1 week",
        "Based on 90% of what could be measured; trust in the data 80%.",
        "Bellwether · crm · as of 20 Nov 2026, 08:30 UTC",
    ]
    shown = "".join(ET.fromstring(said.html).itertext()).replace("\n", "")
    assert shown == said.text.replace("\n", "").replace("• ", "")


def test_items_are_links_in_rich_text_and_at_most_five() -> None:
    items = (("One", "https://app.asana.com/0/1/2?a=1&b=2"), *((f"Item {n}", None) for n in range(2, 9)))
    root = _check(richtext.render(made_message(causes=(made_cause(items=items),))).html)
    (link,) = root.iter("a")
    assert (link.text, link.get("href")) == ("One", "https://app.asana.com/0/1/2?a=1&b=2")
    (line,) = root.iter("li")
    assert "".join(line.itertext()).endswith(" – One, Item 2, Item 3, Item 4, Item 5 and 3 more")


def test_our_page_is_linked_and_its_address_stands_in_the_plain_text() -> None:
    said = richtext.render(made_message(url="https://bellwether.example/nodes/crm"))
    assert '<a href="https://bellwether.example/nodes/crm">See why</a>' in said.html
    assert "See why: https://bellwether.example/nodes/crm" in said.text


@pytest.mark.parametrize("mark", [None, "bw-1f2e3d"])
def test_the_last_line_is_the_marker_in_both_forms(mark: str | None) -> None:
    said = richtext.render(made_message(), mark=mark)
    assert said.marker.startswith(f"{richtext.signature('crm')} as of 20 Nov 2026, 08:30 UTC")
    assert said.text.splitlines()[-1] == said.marker
    assert "".join(_check(said.html).itertext()).splitlines()[-1] == said.marker
    assert mark is None or said.marker.endswith(mark)


def test_no_signature_begins_another() -> None:
    assert richtext.signature("crm") not in richtext.render(made_message(node="crm-2")).text
    assert richtext.signature("crm") not in richtext.render(made_message(node="new-crm")).text


@given(title=ANY_TEXT, name=ANY_TEXT, why=ANY_TEXT, url=st.none() | ANY_TEXT | st.just("https://x.example/?a=1&b='2'"))
def test_any_words_are_told_and_nothing_else_happens(title: str, name: str, why: str, url: str | None) -> None:
    cause = made_cause(reason=why, items=((title, url),))
    message = made_message(node="other", node_name=name, reason=why[:250], causes=(cause,), cheapest_help=why, url=url)
    said = richtext.render(message, mark="bw-1")
    shown = "".join(_check(said.html).itertext())
    for told in (shown, said.text):
        assert _expected(why) in told
        assert not _expected(title).strip() or _expected(title) in told
        assert richtext.signature("crm") not in told
        assert told.count("Bellwether ·") == 1
    assert "data-asana" not in re.sub(r">[^<]*<", "><", said.html)


@given(title=ANY_TEXT, name=ANY_TEXT)
def test_no_address_of_a_person_in_asana_is_left_to_become_a_mention(title: str, name: str) -> None:
    message = made_message(node_name=name, causes=(made_cause(reason=name, items=((title, None),)),), cheapest_help=title)
    said = richtext.render(message)
    assert "asana.com" not in (said.html + said.text + richtext.title(message)).lower()


def _expected(said: str) -> str:
    """What a reader is to see: breaks as spaces, without what nobody sees, at most 255 characters, naming nobody."""
    told = "".join(" " if char in "\t\n\v\f\r\x85\u2028\u2029" else char for char in said)
    told = re.sub("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]", "", told)
    told = told if len(told) <= 255 else told[:254] + "…"
    return re.sub(r"(?i)(asana)(\.com)", "\\1\u200b\\2", told).replace("Bellwether ·", "Bellwether -")


def test_a_title_is_one_line_that_names_node_and_band() -> None:
    assert richtext.title(made_message(node_name="New\nCRM\x00", language="de")) == "New CRM: Gefährdet"
    assert len(richtext.title(made_message(node_name="x" * 2000))) < 300


def test_a_message_that_would_be_too_long_loses_items_before_anything_else() -> None:
    items = tuple(("&" * 255, "https://app.asana.com/" + "a" * 1900) for _ in range(5))
    said = richtext.render(made_message(causes=tuple(made_cause(items=items) for _ in range(5))), mark="bw-1")
    assert len(said.html) <= richtext.MOST_CHARACTERS
    assert said.text.count("• ") == 5
    assert said.text.endswith("bw-1")


def test_even_the_longest_words_of_all_fit() -> None:
    long = "&" * 9000
    causes = tuple(made_cause(dimension=long, reason=long, items=((long, None),) * 9) for _ in range(40))
    message = made_message(node_name=long, reason=long[:250], causes=causes, cheapest_help=long, odds_words=long)
    said = richtext.render(message, mark="bw-1")
    assert len(said.html) <= richtext.MOST_CHARACTERS
    _check(said.html)
