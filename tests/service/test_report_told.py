"""What reports say of days, of what is left out and of what nobody is told yet: nothing that another place contradicts."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from model.base import day_ended
from model.health import EVIDENCE_KEPT, Band, Gap
from model.tree import Language, NodeKind
from service.patience import Patience
from service.report import Asked, report
from service.reports import kept
from service.reports.formats import made
from service.reports.mail_words import escaped, item_link
from store.records_read import ItemLabel
from tests.support.scene import Scene

NONE = Patience(around=0)  # nothing is counted while somebody waits


@pytest.mark.parametrize("language", get_args(Language))
def test_the_day_that_a_report_looks_back_to_is_the_same_wherever_it_is_told(full: Scene, language: Language) -> None:
    with full.workspace() as workspace:
        workspace.patience = NONE
        found = report(workspace, "growth", Asked(language, quick=True))
    assert found.since.date() != day_ended(found.since), "a weekly point, the end of its Sunday"
    week = found.page.say("week", day=found.words.day(day_ended(found.since)))
    assert f"<h2>{week}</h2>" in made(found, "html").decode()
    assert f"## {week}" in made(found, "md").decode()


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "UTC", "Asia/Tokyo"])
def test_the_end_of_a_day_of_the_organisation_is_told_by_that_day(full: Scene, zone: str) -> None:
    asked = datetime(2026, 11, 16, 23, 59, 59, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    with full.workspace() as workspace:
        found = replace(report(workspace, "growth", Asked(causes=False)), since=asked, timezone=zone)
        assert report(workspace, "growth", Asked(causes=False)).timezone == workspace.timezone
    for kind in ("md", "html"):
        text = made(found, kind).decode()
        assert "Since 16 Nov 2026" in text
        assert "What moved it since 16 Nov 2026" in text
    monday = datetime(2026, 11, 16, tzinfo=UTC)
    assert replace(found, since=monday).since_on.isoformat() == "2026-11-15", "a weekly point is the end of its Sunday"


@pytest.mark.parametrize("language", get_args(Language))
def test_what_may_only_be_too_young_to_be_told_is_not_said_to_agree(full: Scene, language: Language) -> None:
    with full.workspace() as workspace:
        found = report(workspace, "growth", Asked(language, causes=False))
    text = made(replace(found, gaps=(), gaps_more=0), "html").decode()
    said = re.search(r'<section id="gaps">.*?<p>(.*?)</p>', text, re.DOTALL)
    assert said
    assert re.search(r"long enough|lange genug|bastante|assez longtemps", said[1])


def test_text_in_a_mail_is_escaped_only_where_markdown_reads_a_list() -> None:
    for text in ("26.5 points more: On track.", "3.5.1", "-5 points", "...", "v2. and more"):
        assert escaped(text) == text
    assert [escaped(text) for text in ("3. Foo", "12) Foo", "7.", "- x", "+ x", "---")] == [
        "3\\. Foo", "12\\) Foo", "7\\.", "\\- x", "\\+ x", "\\---",
    ]  # fmt: skip


def test_a_mail_tells_within_a_sentence_since_when_a_status_is_declared_otherwise(full: Scene) -> None:
    gap = Gap(
        node="web", name="Website", kind=NodeKind.PROJECT, better=True, declared=Band.ON_TRACK, computed=Band.AT_RISK,
        bands=1, points=12.0, score=58.0, since=datetime(2026, 8, 31, tzinfo=UTC), earlier=True,
        declared_at=datetime(2026, 8, 1, tzinfo=UTC), band_reasons=(), reasons=(),
    )  # fmt: skip
    with full.workspace() as workspace:
        found = report(workspace, "growth", Asked(causes=False))
    text = made(replace(found, gaps=(gap,)), "md").decode()
    assert "(1 band, 12 points; since 31 Aug 2026 or earlier)." in text


@pytest.mark.parametrize("language", get_args(Language))
def test_more_items_than_a_program_keeps_are_told_as_at_least_so_many(full: Scene, language: Language) -> None:
    with full.workspace() as workspace:
        found = report(workspace, "growth", Asked(language, causes=False))
    one = next(one for one in found.dimensions if one.items and one.entry.effective_weight)
    evidence = (*one.entry.finding.evidence, *(f"jira:item:{n}" for n in range(EVIDENCE_KEPT)))[:EVIDENCE_KEPT]
    finding = one.entry.finding.model_copy(update={"evidence": evidence})
    for own in (True, False):
        many = replace(one, entry=replace(one.entry, finding=finding, own=own))
        told = replace(found, dimensions=(many,))
        key = "more" if own else "more_least"
        for kind, named in (("md", len(one.items)), ("html", len(one.items[:3]))):
            said = found.words.phrase(key, count=found.words.number(EVIDENCE_KEPT - named))
            assert said in made(told, kind).decode(), (kind, own)


@pytest.mark.parametrize(("language", "quoted", "of"), [
    ("en", "“Ship the {0}”", "1,529 of 1,531"), ("de", "„Ship the {0}“", "1.529 von 1.531"),
    ("es", "«Ship the {0}»", "1.529 de 1.531"), ("fr", "« Ship the {0} »", "1 529 sur 1 531"),
])  # fmt: skip
def test_titles_and_counts_are_written_as_the_language_does(
    full: Scene, language: Language, quoted: str, of: str
) -> None:
    with full.workspace() as workspace:
        found = report(workspace, "growth", Asked(language, causes=False))
    labels = {"asana:item:7": ItemLabel("asana:item:7", "asana:7", "Ship the app", "https://example.test/7")}
    told = replace(found, labels=labels)
    assert told.short("asana:item:7") == quoted.format("app")
    assert kept.item(told, "asana:item:7") == quoted.format("app")
    assert item_link(told, "asana:item:7") == "[Ship the app](<https://example.test/7>)"
    assert found.page.say("of_n", kept=1529, n=1531, share="100%").startswith(of)
