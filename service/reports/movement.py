"""What moved a score, and what would move its band, told in the language of a report."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from model.language.telling import plain
from rollup.change import Cause, Explained, Part
from service import band_words
from service.reports.content import LEAST, Report

MOST_PLACES = 3
MOST_ITEMS = 2
_UNNAMED = frozenset({"resources"})


@dataclass(frozen=True)
class CauseLine:
    """A cause with its points and the places where it acted most."""

    points: float
    cause: str
    where: str


def split_said(report: Report) -> str:
    """From which score to which, and that the causes add up to it."""
    told = _split(report)
    if told is None or told.moved is None:
        return ""
    scores = (report.number(told.score_then), report.number(told.score_now))
    return report.page.say("split_said", old=scores[0], new=scores[1], by=report.signed(told.moved))


def cause_lines(report: Report) -> Sequence[CauseLine]:
    """The causes that moved at least a tenth of a point or so, the largest first."""
    told = _split(report)
    if told is None:
        return ()
    return [
        CauseLine(one.points, report.page.say(f"cause_{one.cause.value}"), _where(report, told.parts, one.cause))
        for one in told.causes
        if abs(one.points) >= LEAST
    ]


def small_causes(report: Report) -> int:
    """How many causes changed something and moved less than can be shown."""
    told = _split(report)
    return sum(abs(one.points) < LEAST for one in told.causes) if told else 0


def _split(report: Report) -> Explained | None:
    return report.split.explained if report.split and report.split.explained.moved is not None else None


def _where(report: Report, parts: Sequence[Part], cause: Cause) -> str:
    mine = [part for part in parts if part.cause is cause and abs(part.points) >= LEAST]
    told = "; ".join(_place(report, part) for part in mine[:MOST_PLACES])
    more = len(mine) - MOST_PLACES
    return f"{told} {report.words.phrase('more', count=report.words.number(more))}" if more > 0 else told


def _place(report: Report, part: Part) -> str:
    name = report.words.dimension(part.dimension)
    place = name if part.node == report.node.id else f"{plain(report.named(part.node), 60)}: {name}"
    items = () if part.dimension in _UNNAMED else [one for one in part.items if one in report.labels][:MOST_ITEMS]
    named = f" ({', '.join(report.short(one) for one in items)})" if items else ""
    return f"{place} {report.signed(part.points)}{named}"


def firm(report: Report) -> Iterator[str]:
    """How far the next bands are, each with the smallest single changes that lead there."""
    return band_words.firm(report.page, report.firmness)
