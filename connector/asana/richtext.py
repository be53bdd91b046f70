"""A health message as Asana's rich text, and as plain text for where that is refused.

Only tags that Asana takes everywhere are used: body, strong, em, ul, li, a. https://developers.asana.com/docs/rich-text
"""

import re
from html import escape
from typing import NamedTuple

from model.push import Cause, HealthMessage

_CAUSES = 5
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Rendered(NamedTuple):
    """The same message twice; ``marker`` is the line in both by which we know it again."""

    html: str
    text: str
    marker: str


def signature(node: str) -> str:
    """How every message of ours about a node ends."""
    return f"Bellwether · {node}"


def render(message: HealthMessage) -> Rendered:
    """The message for people, with what it would take to improve and where the points went."""
    marker = f"{signature(message.node)} · as of {message.as_of:%Y-%m-%d %H:%M} UTC"
    head = _headline(message)
    lines = [line for line in (message.reason, _finish(message), _help(message), _basis(message)) if line]
    causes = message.causes[:_CAUSES]
    listed = "".join(f"<li>{_cause_html(cause)}</li>" for cause in causes)
    html = "\n".join(
        [f"<strong>{_safe(head)}</strong>", *(_safe(line) for line in lines)]
        + ([f"<ul>{listed}</ul>"] if listed else [])
        + [f"<em>{_safe(marker)}</em>"]
    )
    text = "\n".join([head, *lines, *(f"• {_cause_text(cause)}" for cause in causes), marker])
    return Rendered(f"<body>{html}</body>", text, marker)


def title(message: HealthMessage) -> str:
    """The title of a status update."""
    return f"{message.node_name}: {message.band.words}"


def _headline(message: HealthMessage) -> str:
    score = f", {message.score:g} of 100" if message.score is not None else ""
    before = f" (was {message.previous_band.words})" if message.previous_band not in (None, message.band) else ""
    return f"{message.node_name}: {message.band.words}{score}{before}"


def _finish(message: HealthMessage) -> str:
    if message.p50 is None:
        return ""
    late = f", 85 % sure by {message.p85.isoformat()}" if message.p85 else ""
    odds = f" {message.odds_words}" if message.odds_words else ""
    return f"Likely finished around {message.p50.isoformat()}{late}.{odds}"


def _help(message: HealthMessage) -> str:
    return f"What would help most: {message.cheapest_help}" if message.cheapest_help else ""


def _basis(message: HealthMessage) -> str:
    return f"Based on {message.coverage:.0%} of what could be measured; trust in the data {message.trust:.0%}."


def _cause_html(cause: Cause) -> str:
    items = ", ".join(
        f'<a href="{_safe(url)}">{_safe(name)}</a>' if url and url.startswith(("https://", "http://")) else _safe(name)
        for name, url in cause.items
    )
    return _safe(f"{cause.reason} (−{cause.points:.1f})") + (f": {items}" if items else "")


def _cause_text(cause: Cause) -> str:
    items = ", ".join(name for name, _ in cause.items)
    return f"{cause.reason} (−{cause.points:.1f})" + (f": {items}" if items else "")


def _safe(text: str) -> str:
    """Text as XML: a character that XML does not know would have the whole comment refused."""
    return escape(_NOT_XML.sub("", text), quote=True)
