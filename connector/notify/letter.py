"""A notice as a letter: what is said, in which order, in its language, free of any markup. Each channel renders it."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from connector.notify.phrases import phrase
from model.health import Band
from model.language import Words, words
from model.notices import ChildState, Digest, Notice
from model.push import Cause, HealthMessage

SIGNS = {Band.ON_TRACK: "●", Band.AT_RISK: "◆", Band.OFF_TRACK: "■", Band.NO_DATA: "○"}
MOST_CHILDREN = 20
LONGEST_TEXT = 500
LONGEST_URL = 1000
_WORST_FIRST = (Band.OFF_TRACK, Band.AT_RISK, Band.ON_TRACK, Band.NO_DATA)
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True)
class Piece:
    """A stretch of text, with the address that it leads to."""

    text: str
    url: str | None = None


Line = tuple[Piece, ...]


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it."""

    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Letter:
    """``lead``: why, in one sentence. ``small``: how far to trust it. ``link``: our own page."""

    subject: str
    lead: str
    standing: str
    sections: tuple[Section, ...]
    small: tuple[str, ...]
    link: Piece | None


def letter(notice: Notice) -> Letter:
    """What a notice says to people."""
    message, said = notice.message, words(notice.message.language)
    sections = [
        *_reported(notice, said), *_digest_sections(notice.digest, notice, said), *_message_sections(message, said)
    ]  # fmt: skip
    url = safe_url(message.url)
    return Letter(
        subject=f"{SIGNS[message.band]} {clean(_subject(notice, said))}",
        lead=clean(message.reason),
        standing=_standing(message, said),
        sections=tuple(section for section in sections if section.lines),
        small=(
            said.phrase("basis", coverage=said.percent(message.coverage), trust=said.percent(message.trust)),
            said.phrase("as_of", moment=said.moment(message.as_of)),
            phrase(message.language, "footer"),
        ),
        link=Piece(said.phrase("see_why"), url) if url else None,
    )


def plain(written: Letter) -> str:
    """The letter as text without any markup; addresses stand behind what they belong to."""
    lines = [written.subject, written.standing, "", written.lead]
    for section in written.sections:
        lines += ["", section.heading, *(f"- {_plain_line(line)}" for line in section.lines)]
    if written.link:
        lines += ["", f"{written.link.text}: {written.link.url}"]
    return "\n".join([*lines, "", *written.small])


def _plain_line(line: Line) -> str:
    return "".join(f"{piece.text} ({piece.url})" if piece.url else piece.text for piece in line)


def clean(text: str, longest: int = LONGEST_TEXT) -> str:
    """One line of visible text: no control characters, none that change the direction of what follows."""
    told = _BLANKS.sub(" ", "".join(_visible(char) for char in text)).strip()
    return told if len(told) <= longest else f"{told[: longest - 1].rstrip()}…"


def _visible(char: str) -> str:
    kind = unicodedata.category(char)
    if kind in ("Cc", "Zl", "Zp"):
        return " "
    # The two joiners belong to scripts and emoji; what else is invisible only hides or turns text.
    return "" if kind in ("Cf", "Cs") and char not in "\u200c\u200d" else char


def safe_url(url: str | None) -> str | None:
    """The address, where it is one of the web that can stand in any markup; else None."""
    if not url or len(url) > LONGEST_URL or any(char in "<>|\"'`\\ " or not char.isprintable() for char in url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


def _subject(notice: Notice, said: Words) -> str:
    message = notice.message
    if notice.digest is not None:
        return said.phrase("digest_on", name=message.node_name, day=said.day(notice.digest.period))
    if (told := notice.reported) is not None:
        return phrase(
            message.language, "reported_subject", name=message.node_name, declared=said.band(told.declared),
            computed=said.band(told.computed),
        )  # fmt: skip
    if message.previous_band is None or message.previous_band is message.band:
        return said.phrase("subject", name=message.node_name, band=said.band(message.band))
    before = said.band(message.previous_band)
    return phrase(
        message.language, "now_was", name=message.node_name, band=said.band(message.band), before=before
    )


def _reported(notice: Notice, said: Words) -> list[Section]:
    """What a person declared against what is computed, since when, and until when nobody else is told."""
    told, language = notice.reported, notice.message.language
    if told is None:
        return []
    since = phrase(
        language, "reported_earlier" if told.earlier else "reported_since", declared=said.band(told.declared),
        computed=said.band(told.computed), day=said.day(told.since.date()),
    )  # fmt: skip
    above = phrase(language, "reported_above", day=said.day(told.above_from))
    return [Section(phrase(language, "reported"), ((Piece(since),), (Piece(above),)))]


def _standing(message: HealthMessage, said: Words) -> str:
    """Band and score, and how far the score has moved."""
    told = [said.band(message.band)]
    if message.score is not None:
        told.append(said.phrase("of_100", score=said.number(message.score)))
        if message.previous_score is not None:
            told.append(_movement(message.score - message.previous_score, said))
    return ", ".join(told)


def _movement(points: float, said: Words) -> str:
    if abs(points) < 0.05:
        return said.phrase("same")
    return said.phrase("higher" if points > 0 else "lower", points=said.number(abs(points)))


def _message_sections(message: HealthMessage, said: Words) -> list[Section]:
    help_ = (message.cheapest_help,) if message.cheapest_help else ()
    return [
        Section(said.phrase("causes"), tuple(_cause(cause, said) for cause in message.causes)),
        Section(said.phrase("help"), tuple((Piece(clean(text)),) for text in help_)),
        Section(said.phrase("outlook"), tuple((Piece(clean(text)),) for text in _outlook(message, said))),
    ]


def _cause(cause: Cause, said: Words) -> Line:
    told = [Piece(clean(f"−{said.number(cause.points)} {cause.dimension}: {cause.reason}"))]
    for title, url in cause.items:
        told += [Piece(" · "), Piece(clean(title, 120) or "…", safe_url(url))]
    return tuple(told)


def _outlook(message: HealthMessage, said: Words) -> Iterable[str]:
    if message.odds_words:
        yield said.phrase("on_time", odds=message.odds_words)
    if message.p50:
        yield said.phrase("p50", day=said.day(message.p50))
    if message.p85:
        yield said.phrase("p85", day=said.day(message.p85))


def _digest_sections(digest: Digest | None, notice: Notice, said: Words) -> list[Section]:
    if digest is None:
        return []
    language = notice.message.language
    decisions: list[Line] = [
        (
            Piece(clean(one.title, 120) or "…", safe_url(one.url)),
            Piece(f", {phrase(language, 'due', day=said.day(one.due_on))}"),
        )
        for one in digest.decisions
    ]
    more = digest.decisions_total - len(decisions)
    if more > 0:
        decisions.append((Piece(said.phrase("more", count=more)),))
    return [
        Section(phrase(language, "changed"), tuple(_changed(digest, notice, said))),
        Section(phrase(language, "below"), tuple(_below(digest, said))),
        Section(phrase(language, "decisions"), tuple(decisions)),
    ]


def _changed(digest: Digest, notice: Notice, said: Words) -> Iterable[Line]:
    """The node itself and its children that are in another band; or that none is, or that nothing is known yet."""
    message = notice.message
    if digest.since is None:
        yield (Piece(phrase(message.language, "first")),)
        return
    own = message.previous_band is not None and message.previous_band is not message.band
    if not own and not digest.moved:
        yield (Piece(said.phrase("nobody_changed")),)
    if own:
        yield (Piece(_now_was(notice, message.node_name, (message.band, message.previous_band), said)),)
    for child in digest.moved[:MOST_CHILDREN]:
        text = _now_was(notice, child.name, (child.band, child.previous_band), said)
        yield (Piece(f"{SIGNS[child.band]} {text}", safe_url(child.url)),)


def _now_was(notice: Notice, name: str, bands: tuple[Band, Band | None], said: Words) -> str:
    now, before = said.band(bands[0]), said.band(bands[1] or bands[0])
    return clean(phrase(notice.message.language, "now_was", name=name, band=now, before=before))


def _below(digest: Digest, said: Words) -> Iterable[Line]:
    """One line a band, the worst first: how many, and their names with scores."""
    left = MOST_CHILDREN
    for band in _WORST_FIRST:
        inside = sorted((c for c in digest.children if c.band is band), key=lambda c: (c.score or 0.0, c.name))
        if not inside:
            continue
        shown, left = inside[:left], max(0, left - len(inside))
        pieces = [Piece(f"{SIGNS[band]} {said.band(band)} ({len(inside)})")]
        for number, child in enumerate(shown):
            pieces += [Piece(": " if number == 0 else ", "), _child(child, said)]
        if len(shown) < len(inside):
            pieces.append(Piece(f" {said.phrase('more', count=len(inside) - len(shown))}"))
        yield tuple(pieces)


def _child(child: ChildState, said: Words) -> Piece:
    score = "" if child.score is None else f" {said.number(child.score)}"
    return Piece(f"{clean(child.name, 120)}{score}", safe_url(child.url))
