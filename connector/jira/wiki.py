"""A health message as wiki markup, which Data Center takes where Cloud takes documents."""

import re

from model.health import Band
from model.push import Cause, HealthMessage

_COLOURS = {Band.ON_TRACK: "#006644", Band.AT_RISK: "#974f0c", Band.OFF_TRACK: "#bf2600", Band.NO_DATA: "#42526e"}
_GREY = "#6b778c"
_MOST_ITEMS = 5
# What would begin markup: a macro, a link or mention, an image, a table, emphasis.
_SPECIAL = re.compile(r"([\\{}\[\]|!*_^~+])")
_SPACES = re.compile(r"\s+")
_URL = re.compile(r"https?://\S+")
_URL_CODES = {char: f"%{ord(char):02X}" for char in "|[]{}!\\^"}


def text(message: HealthMessage) -> str:
    """The whole comment."""
    parts = [_headline(message), plain(message.reason)]
    if message.causes:
        parts.append("\n".join(["*What costs points*", *(f"* {_cause(cause)}" for cause in message.causes)]))
    if message.cheapest_help:
        parts.append(f"*What would help most:* {plain(message.cheapest_help)}")
    outlook = _outlook(message)
    if outlook:
        parts.append(outlook)
    parts.append(_footer(message))
    return "\n\n".join(part for part in parts if part)


def signature(node: str) -> str:
    """The words by which our comment for a node is found again where comments keep no properties."""
    return f"(bellwether: {plain(node)})"


def plain(words: str) -> str:
    """Words that mean nothing but themselves: no mention, no macro, no link, on one line."""
    return _SPECIAL.sub(r"\\\1", _SPACES.sub(" ", words).strip())


def _headline(message: HealthMessage) -> str:
    told = f"*{plain(message.node_name)}:* {{color:{_COLOURS[message.band]}}}*{message.band.words}*{{color}}"
    if message.score is not None:
        told += f" {message.score:g} of 100"
    if message.previous_band is not None and message.previous_band is not message.band:
        before = "" if message.previous_score is None else f" ({message.previous_score:g})"
        told += f", before: {message.previous_band.words}{before}"
    return told


def _cause(cause: Cause) -> str:
    told = f"*−{cause.points:g} {plain(cause.dimension)}:* {plain(cause.reason)}"
    items = [_link(title, url) for title, url in cause.items[:_MOST_ITEMS]]
    left = len(cause.items) - _MOST_ITEMS
    if left > 0:
        items.append(f"and {left} more")
    return f"{told} — {'; '.join(items)}" if items else told


def _link(title: str, url: str | None) -> str:
    if not url or not _URL.fullmatch(url):
        return plain(title)
    address = "".join(_URL_CODES.get(char, char) for char in url)
    return f"[{plain(title) or address}|{address}]"


def _outlook(message: HealthMessage) -> str:
    parts = []
    if message.p50:
        parts.append(f"an even chance of being done by {message.p50.isoformat()}")
    if message.p85:
        parts.append(f"likely by {message.p85.isoformat()}")
    if message.odds_words:
        parts.append(plain(message.odds_words))
    return f"Outlook: {', '.join(parts)}." if parts else ""


def _footer(message: HealthMessage) -> str:
    told = (
        f"Bellwether, as of {message.as_of:%Y-%m-%d %H:%M} UTC. Coverage {message.coverage:.0%}, "
        f"trust {message.trust:.0%}. This comment is edited in place. {signature(message.node)}"
    )
    return f"{{color:{_GREY}}}{told}{{color}}"
