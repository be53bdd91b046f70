"""How a node's band stands, in the words of reports and of pages: how firm it is, and a status declared otherwise."""

from collections.abc import Iterator

from model.health import Band, Finding, Gap
from model.language.pages import PageWords
from rollup.sensitivity import Flip, Sensitivity
from rollup.told import PERSONAL

_BEYOND = {
    ("firm_better", Band.AT_RISK): Band.ON_TRACK,
    ("firm_better", Band.OFF_TRACK): Band.AT_RISK,
    ("firm_worse", Band.ON_TRACK): Band.AT_RISK,
    ("firm_worse", Band.AT_RISK): Band.OFF_TRACK,
}


def firm(page: PageWords, told: Sensitivity) -> Iterator[str]:
    """How far the next bands are, each with the smallest single changes that lead there."""
    better, worse = told.smallest("weight"), told.smallest("score")
    if told.to_better is not None:
        yield _flips(page, "firm_better", told, told.to_better, (worse[0], better[0]))
    if told.to_worse is not None:
        yield _flips(page, "firm_worse", told, told.to_worse, (worse[1], better[1]))


def _flips(
    page: PageWords, key: str, told: Sensitivity, points: float, smallest: tuple[Flip | None, Flip | None]
) -> str:
    """One direction. ``smallest``: the score, then the weight that would be enough alone."""
    score, weight = smallest
    band = next((flip.band for flip in smallest if flip), _BEYOND[key, told.by_score])
    enough = [_flip(page, "flip_score", score)] if score else []
    enough.append(_flip(page, "flip_weight", weight) if weight else page.say("flip_none"))
    return f"{page.say(key, points=round(points, 1), band=page.words.band(band))}. {_capital('; '.join(enough))}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _flip(page: PageWords, key: str, flip: Flip) -> str:
    number = page.words.number
    return page.say(key, name=page.words.dimension(flip.dimension), new=number(flip.new), old=number(flip.old))


def gap_size(page: PageWords, gap: Gap) -> str:
    """How far a declared band lies from the computed one: "1 band, 12.4 points"."""
    return page.say("gap_size", bands=gap.bands, points=gap.points)


def gap_since(page: PageWords, gap: Gap) -> str:
    """Since when the two are apart: "3 Nov 2026", "3 Nov 2026 or earlier"."""
    day = page.words.day(gap.since.date())
    return page.say("or_earlier", day=day) if gap.earlier else day


def gap_reason(page: PageWords, finding: Finding) -> str:
    """One of the findings that the computed band rests on."""
    said = page.words
    what = said.phrase(finding.reason_code) if finding.reason_code in PERSONAL else said.reason(finding)
    return said.phrase("of", name=said.dimension(finding.dimension), what=what)
