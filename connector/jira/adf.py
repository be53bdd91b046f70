"""A health message as an Atlassian document: a lozenge, the causes as a list, the outlook."""

from collections.abc import Iterable
from typing import Any

from model.health import Band
from model.push import Cause, HealthMessage

Node = dict[str, Any]
_COLOURS = {Band.ON_TRACK: "green", Band.AT_RISK: "yellow", Band.OFF_TRACK: "red", Band.NO_DATA: "neutral"}
_MOST_ITEMS = 5


def document(message: HealthMessage) -> Node:
    """The whole comment."""
    content = [_headline(message), _paragraph(_text(message.reason))]
    if message.causes:
        content.append(_paragraph(_strong("What costs points")))
        content.append({"type": "bulletList", "content": [_bullet(_cause(cause)) for cause in message.causes]})
    if message.cheapest_help:
        content.append(_paragraph(_strong("What would help most: "), _text(message.cheapest_help)))
    outlook = _outlook(message)
    if outlook:
        content.append(_paragraph(_text(outlook)))
    content.append(_paragraph(_small(_footer(message))))
    return {"type": "doc", "version": 1, "content": content}


def _headline(message: HealthMessage) -> Node:
    parts = [_strong(f"{message.node_name}: "), _lozenge(message.band)]
    if message.score is not None:
        parts.append(_text(f" {message.score:g} of 100"))
    if message.previous_band is not None and message.previous_band is not message.band:
        before = "" if message.previous_score is None else f" ({message.previous_score:g})"
        parts.append(_text(f", before: {message.previous_band.words}{before}"))
    return _paragraph(*parts)


def _lozenge(band: Band) -> Node:
    return {"type": "status", "attrs": {"text": band.words, "color": _COLOURS[band]}}


def _cause(cause: Cause) -> list[Node]:
    parts = [_strong(f"−{cause.points:g} {cause.dimension}: "), _text(cause.reason)]
    for number, (title, url) in enumerate(cause.items[:_MOST_ITEMS]):
        parts.append(_text("; " if number else " — "))
        parts.append(_link(title, url) if url else _text(title))
    left = len(cause.items) - _MOST_ITEMS
    return [*parts, _text(f"; and {left} more")] if left > 0 else parts


def _outlook(message: HealthMessage) -> str:
    parts = []
    if message.p50:
        parts.append(f"an even chance of being done by {message.p50.isoformat()}")
    if message.p85:
        parts.append(f"likely by {message.p85.isoformat()}")
    if message.odds_words:
        parts.append(message.odds_words)
    return f"Outlook: {', '.join(parts)}." if parts else ""


def _footer(message: HealthMessage) -> str:
    return (
        f"Bellwether, as of {message.as_of:%Y-%m-%d %H:%M} UTC. Coverage {message.coverage:.0%}, "
        f"trust {message.trust:.0%}. This comment is edited in place."
    )


def _text(words: str) -> Node:
    return {"type": "text", "text": words}


def _strong(words: str) -> Node:
    return {"type": "text", "text": words, "marks": [{"type": "strong"}]}


def _small(words: str) -> Node:
    return {"type": "text", "text": words, "marks": [{"type": "em"}]}


def _link(words: str, url: str) -> Node:
    return {"type": "text", "text": words or url, "marks": [{"type": "link", "attrs": {"href": url}}]}


def _paragraph(*nodes: Node) -> Node:
    # An empty text node makes Jira refuse the whole document.
    return {"type": "paragraph", "content": [node for node in nodes if node.get("text", " ")]}


def _bullet(nodes: Iterable[Node]) -> Node:
    return {"type": "listItem", "content": [_paragraph(*nodes)]}
