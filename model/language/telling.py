"""The sentences of a health message that are the same in every markup."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from model.language import Words, words
from model.push import Cause, HealthMessage

MOST_LETTERS = 255
_BREAKS = re.compile("[\t-\r\x85\u2028\u2029]")
# Control characters, halves of characters, what XML does not know, and what turns the direction of the rest of a line.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_WEB = re.compile(r"https?://[^\s<>\"]{1,2000}")

_BARS = "▁▂▃▄▅▆▇█"
_NOTHING = "·"
_LEAST_SPAN = 20.0


@dataclass(frozen=True)
class Line:
    """A line of a message: a label ("Outlook:"), a text, a link with its words; any of them may be empty."""

    label: str = ""
    text: str = ""
    link: tuple[str, str] | None = None


def plain(words_: str, most: int = MOST_LETTERS) -> str:
    """Words of people on one line, without what nobody can see, and no longer than ``most`` characters."""
    told = words_ if words_.isprintable() else _UNSEEN.sub("", _BREAKS.sub(" ", words_))
    return told if len(told) <= most else told[: most - 1] + "…"


def address(url: str | None) -> str | None:
    """A URL that may become a link; None for anything but a web address."""
    return url if url and _WEB.fullmatch(url) and plain(url, len(url)) == url else None


def title(message: HealthMessage) -> str:
    """ "New CRM: At risk"."""
    said = words(message.language)
    return said.phrase("subject", name=plain(message.node_name), band=said.band(message.band))


def points(message: HealthMessage, cause: Cause) -> str:
    """ "−12.3"."""
    return f"−{words(message.language).number(cause.points)}"


def lead(message: HealthMessage) -> str:
    """The reason, where it says more than the causes below it say anyway."""
    said = words(message.language)
    causes = ". ".join(
        _capital(said.phrase("of", name=cause.dimension, what=cause.reason)) for cause in message.causes[:2]
    )
    told = message.reason.removesuffix("…")
    return "" if causes and causes.startswith(told) else plain(message.reason)


def closing(message: HealthMessage) -> tuple[Line, ...]:
    """What follows the causes: the cheapest help, the outlook, the trend with the link to our page."""
    said = words(message.language)
    url, line = address(message.url), trend(message)
    link = (said.phrase("see_why"), url) if url else None
    told = [
        Line(_label(said, "help"), plain(message.cheapest_help or "")),
        Line(_label(said, "outlook"), outlook(message)),
        Line(_label(said, "trend") if line else "", line, link),
    ]
    return tuple(entry for entry in told if entry.text or entry.link)


def _label(said: Words, key: str) -> str:
    return said.phrase("label", name=said.phrase(key))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def headline(message: HealthMessage) -> str:
    """What follows the band: "61.2 of 100, 4.1 lower than last time; was On track"; empty without any of it."""
    said = words(message.language)
    score = "" if message.score is None else said.phrase("of_100", score=said.number(message.score))
    moved = movement(message)
    return said.phrase("then", one=score, other=moved) if score and moved else score or moved


def movement(message: HealthMessage) -> str:
    """How it stands against what was said here before; empty where nothing was."""
    said = words(message.language)
    told = _points(message)
    if message.previous_band is not None and message.previous_band is not message.band:
        before = said.phrase("was", band=said.band(message.previous_band))
        return said.phrase("joint", one=told, other=before) if told else before
    return told


def _points(message: HealthMessage) -> str:
    if message.score is None or message.previous_score is None:
        return ""
    said, change = words(message.language), round(message.score - message.previous_score, 1)
    if not change:
        same = message.previous_band in (None, message.band)
        return said.phrase("same") if same else ""
    return said.phrase("higher" if change > 0 else "lower", points=said.number(abs(change)))


def outlook(message: HealthMessage) -> str:
    """The odds of the date and the dates of the forecast, in one sentence; empty without a forecast."""
    said = words(message.language)
    if message.odds_words == said.odds("done"):
        return f"{_capital(message.odds_words)}."
    odds = said.phrase("on_time", odds=plain(message.odds_words)) if message.odds_words else ""
    days = [
        said.phrase(key, day=said.day(day)) for key, day in (("p50", message.p50), ("p85", message.p85)) if day is not None
    ]
    dates = ", ".join(days)
    told = said.phrase("joint", one=odds, other=dates) if odds and dates else odds or dates
    return f"{_capital(told)}." if told else ""


def trend(message: HealthMessage) -> str:
    """A line of bars with the first and the last score; empty below two scores."""
    known = [index for index, score in enumerate(message.trend) if score is not None]
    if len(known) < 2:
        return ""
    said, shown = words(message.language), message.trend[known[0] : known[-1] + 1]
    first, last = shown[0], shown[-1]
    return said.phrase(
        "trend_said",
        line=sparkline(shown),
        first=said.number(first or 0.0),
        last=said.number(last or 0.0),
        weeks=len(shown) - 1,
    )


def sparkline(scores: Sequence[float | None]) -> str:
    """A bar for each score, between the lowest and the highest of them; a dot where there was none.

    The range is at least 20 points, so that a small wobble looks like one.
    """
    known = [score for score in scores if score is not None]
    if not known:
        return _NOTHING * len(scores)
    middle = (min(known) + max(known)) / 2
    span = max(max(known) - min(known), _LEAST_SPAN)
    low = middle - span / 2
    top = len(_BARS) - 1
    return "".join(
        _NOTHING if score is None else _BARS[min(top, max(0, round((score - low) / span * top)))] for score in scores
    )


def basis(message: HealthMessage) -> str:
    """How much of it rests on what: coverage and trust."""
    said = words(message.language)
    return said.phrase("basis", coverage=said.percent(message.coverage), trust=said.percent(message.trust))


def as_of(message: HealthMessage) -> str:
    said = words(message.language)
    return said.phrase("as_of", moment=said.moment(message.as_of))


def asked(message: HealthMessage) -> str:
    """That somebody asked for it; empty where nobody did."""
    if message.asked_at is None:
        return ""
    said = words(message.language)
    return said.phrase("asked", moment=said.moment(message.asked_at), as_of=said.moment(message.as_of))
