"""Sentences that every format of a report shares."""

from collections.abc import Sequence

from model.health import ALL_DONE, Band, Gap, Outcome
from model.language.telling import plain
from service import band_words
from service.reports.content import Line, Report, Said

SIGNS = {Band.ON_TRACK: "●", Band.AT_RISK: "◆", Band.OFF_TRACK: "■", Band.NO_DATA: "○"}
REFS = 3


def standing(report: Report, one: Said) -> str:
    """The score of a dimension, or why it has none."""
    finding = one.entry.finding
    if finding.score is not None:
        return report.words.number(finding.score)
    return report.page.say("not_applicable" if finding.outcome is Outcome.NOT_APPLICABLE else "not_measured")


def more(report: Report, one: Said, left: int) -> str:
    """That a dimension has more items than those that are named, as far as that is known."""
    return report.words.phrase("more_least" if one.entry.cut else "more", count=report.words.number(left))


def since(report: Report, gap: Gap) -> str:
    return band_words.gap_since(report.page, gap)


def since_day(report: Report) -> str:
    """ "Since 14 Nov 2026": the earlier moment of the report."""
    return report.page.say("since_day", day=report.words.day(report.since_on))


def moved_since(report: Report) -> str:
    """ "What moved it since 14 Nov 2026": by the same day."""
    return report.page.say("week", day=report.words.day(report.since_on))


def size(report: Report, gap: Gap) -> str:
    return band_words.gap_size(report.page, gap)


def reasons(report: Report, gap: Gap) -> str:
    """What the computed band rests on."""
    return plain(". ".join(band_words.gap_reason(report.page, one) for one in gap.reasons[:2]), 240)


def status(report: Report, line: Line) -> str:
    """The band of a node below, with its sign; of a candidate that it is one."""
    if line.proposed:
        return report.page.say("candidate")
    return f"{SIGNS[line.score.band]} {report.words.band(line.score.band)}"


def end(report: Report, line: Line) -> str:
    """By when a project is done with 85 %; a dash for continuous work; that it is done where nothing is open."""
    forecast = line.score.forecast
    if forecast is None or forecast.refused or line.score.continuous:
        return "–"
    if forecast.finished:
        return report.words.odds(ALL_DONE)
    return report.words.day(forecast.p85) if forecast.p85 else report.page.say("beyond")


def refs(report: Report, items: Sequence[str]) -> str:
    """The first items by their labels; those that may not be named are left out."""
    return ", ".join([report.short(item) for item in items if item in report.labels][:REFS])
