"""A health message as an Atlassian document: its shape, its words, and what must not happen to the words of people."""

import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.jira import adf
from model.health import Band
from model.language import CATALOGUES
from model.push import HealthMessage
from tests.support.made_messages import made_cause, made_message

HERE = Path(__file__).parent / "messages"
MESSAGES = Path(__file__).parents[2] / "rollup/messages"
# The part of the document schema that a comment of ours may use: node → what it may hold (None: a leaf).
BLOCKS = {"paragraph", "table"}
INLINE = {"text", "status"}
HOLDS = {
    "doc": BLOCKS, "table": {"tableRow"}, "tableRow": {"tableHeader", "tableCell"}, "tableHeader": {"paragraph"},
    "tableCell": {"paragraph"}, "paragraph": INLINE, "text": None, "status": None,
}  # fmt: skip
KEYS = {
    "doc": {"type", "version", "content"}, "text": {"type", "text", "marks"}, "status": {"type", "attrs"},
    "tableHeader": {"type", "attrs", "content"}, "tableCell": {"type", "attrs", "content"},
}  # fmt: skip
ANY_TEXT = st.text(max_size=400) | st.sampled_from(
    ["@ada [~ada] {code}x{code}", "[click|http://x]", "<b>&amp;", "", " ", "\x00\u202e\ufffe", "x" * 5000]
)


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("content", ()):
        yield from _nodes(child)


def _check(said: dict[str, Any]) -> None:
    """The rules of the schema that a document of ours could break."""
    assert said["type"] == "doc"
    assert said["version"] == 1
    for node in _nodes(json.loads(json.dumps(said))):
        kind = node["type"]
        assert set(node) <= KEYS.get(kind, {"type", "content"})
        held = HOLDS[kind]
        assert held is None or {child["type"] for child in node["content"]} <= held
        if kind == "text":
            assert node["text"]
            for mark in node.get("marks", ()):
                assert mark["type"] in {"strong", "em", "link"}
                assert mark["type"] != "link" or re.match(r"https?://", mark["attrs"]["href"])
        if kind in ("table", "tableRow", "tableHeader", "tableCell"):
            assert node["content"]
        if kind == "status":
            assert node["attrs"]["text"]
            assert node["attrs"]["color"] in {"neutral", "purple", "blue", "red", "yellow", "green"}


def _text(node: dict[str, Any]) -> str:
    return "".join(one.get("text") or one.get("attrs", {}).get("text", "") for one in _nodes(node))


def _paragraphs(said: dict[str, Any]) -> list[str]:
    return [_text(node) for node in said["content"] if node["type"] == "paragraph"]


def _table(said: dict[str, Any]) -> list[list[list[str]]]:
    table = next(node for node in said["content"] if node["type"] == "table")
    return [[[_text(line) for line in cell["content"]] for cell in row["content"]] for row in table["content"]]


@pytest.mark.parametrize("language", sorted(CATALOGUES))
def test_a_comment_in_each_language_is_as_it_was_read_through(language: str) -> None:
    """To accept a change: read it through, and run with BELLWETHER_GOLDEN=write."""
    said = adf.document(HealthMessage.model_validate_json((MESSAGES / f"{language}.json").read_text()))
    _check(said)
    path = HERE / f"{language}.adf.json"
    if os.environ.get("BELLWETHER_GOLDEN") == "write":
        path.write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n")
    assert json.loads(path.read_text()) == said


def test_the_headline_is_name_lozenge_score_and_movement() -> None:
    said = adf.document(made_message(score=61.2, previous_band=Band.ON_TRACK, previous_score=65.3))
    name, lozenge, tail = said["content"][0]["content"]
    assert name["text"] == "New CRM: "
    assert lozenge == {"type": "status", "attrs": {"text": "At risk", "color": "yellow"}}
    assert tail["text"] == " 61.2 of 100, 4.1 lower than last time; was On track"


def test_causes_are_rows_whose_items_are_links_one_below_the_other() -> None:
    items = (("Import contacts", "https://jira.example/browse/CRM-1"), *((f"Item {n}", None) for n in range(2, 9)))
    causes = (made_cause(items=items), made_cause(points=3, dimension="Risk", reason="1 blocked"))
    said = adf.document(made_message(causes=causes))
    head, first, second = _table(said)
    assert head == [["Points"], ["Where"], ["Why"], ["Items"]]
    assert first[:3] == [["−12.3"], ["Schedule"], ["2 items are late"]]
    assert first[3] == ["Import contacts", "Item 2", "Item 3", "Item 4", "Item 5", "and 3 more"]
    assert second[3] == [""]
    links = [node for node in _nodes(said) if any(mark["type"] == "link" for mark in node.get("marks", ()))]
    assert [link["text"] for link in links] == ["Import contacts"]


def test_help_outlook_trend_and_footer_follow() -> None:
    said = _paragraphs(
        adf.document(
            made_message(
                cheapest_help="Close CRM-3: up to +4 points", odds_words="likely", p50=date(2026, 12, 1), trend=(50, 61.5),
                url="https://bellwether.example/nodes/crm", asked_at=datetime(2026, 11, 20, 9, tzinfo=UTC),
            )
        )
    )
    assert said[1:] == [
        "Asked on 20 Nov 2026, 09:00 UTC; this is the state as of 20 Nov 2026, 08:30 UTC.",
        "2 of 5 items are late",
        "What would help most: Close CRM-3: up to +4 points",
        "Outlook: Finishing on time: likely; an even chance of being done by 1 Dec 2026.",
        "Trend: ▂▇ from 50 to 61.5 in 1 week · See why",
        "Bellwether. As of 20 Nov 2026, 08:30 UTC. Based on 90% of what could be measured; trust in the data 80%. "
        "This comment is edited in place.",
    ]


def test_what_is_not_known_leaves_no_empty_line() -> None:
    assert len(adf.document(made_message())["content"]) == 3


@pytest.mark.parametrize("band", list(Band))
def test_every_band_has_a_lozenge(band: Band) -> None:
    _check(adf.document(made_message(band=band, score=None)))


@given(title=ANY_TEXT, name=ANY_TEXT, why=ANY_TEXT, url=st.none() | ANY_TEXT | st.just("https://jira.example/browse/A-1"))
def test_any_words_become_text_and_nothing_else(title: str, name: str, why: str, url: str | None) -> None:
    cause = made_cause(reason=why, items=((title, url),))
    said = adf.document(made_message(node_name=name, reason=why[:250], causes=(cause,), cheapest_help=why, url=url))
    _check(said)
    json.dumps(said).encode()
    kinds = {node["type"] for node in _nodes(said)}
    assert kinds <= {"doc", "paragraph", "text", "status", "table", "tableRow", "tableHeader", "tableCell"}
    row = _table(said)[1]
    assert row[2] == [_expected(why)]
    if _expected(title).strip():
        assert row[3] == [_expected(title)]


def _expected(said: str) -> str:
    """What a reader is to see: breaks as spaces, without what nobody sees, at most 255 characters."""
    told = "".join(" " if char in "\t\n\v\f\r\x85\u2028\u2029" else char for char in said)
    told = re.sub("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]", "", told)
    return told if len(told) <= 255 else told[:254] + "…"


@pytest.mark.parametrize("char", ["x", "я", "🚀"])
def test_a_comment_that_would_be_too_long_loses_items_before_anything_else(char: str) -> None:
    items = tuple((char * 255, "https://jira.example/" + "a" * 1900) for _ in range(5))
    said = adf.document(made_message(causes=tuple(made_cause(items=items) for _ in range(5))))
    assert len(json.dumps(said)) <= adf.MOST_CHARACTERS
    assert len(_table(said)) == 6
    _check(said)


def test_even_the_longest_words_of_all_fit() -> None:
    long = "🚀" * 9000
    causes = tuple(made_cause(dimension=long, reason=long, items=((long, None),) * 9) for _ in range(40))
    said = adf.document(
        made_message(node_name=long, reason=long[:250], causes=causes, cheapest_help=long, odds_words=long)
    )
    assert len(json.dumps(said)) <= adf.MOST_CHARACTERS
    _check(said)
