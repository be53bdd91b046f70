"""Slack: an incoming webhook. What came from people is escaped, so that it can't link, mention or call anybody.

Source: docs.slack.dev, "Formatting message text": & < > are the only characters with a meaning in links and mentions.
"""

from collections.abc import Iterable
from typing import Any

from connector.notify.letter import Letter, Line, plain

LONGEST_HEADER = 150
LONGEST_SECTION = 3000
LONGEST_TEXT = 3500


def escape(text: str) -> str:
    """Text in which Slack finds no link, no mention and no command."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def payload(written: Letter) -> dict[str, Any]:
    """The message: blocks, and the text that notifications and screen readers use."""
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": _cut(written.subject), "emoji": False}},
        _block((f"*{escape(written.standing)}*", escape(written.lead))),
    ]
    for section in written.sections:
        blocks.append(_block((f"*{escape(section.heading)}*", *(f"• {_line(line)}" for line in section.lines))))
    if written.link:
        blocks.append(_block((_line((written.link,)),)))
    blocks.append({"type": "context", "elements": [_text(escape(" ".join(written.small)))]})
    return {
        "text": escape(plain(written)[:LONGEST_TEXT]),
        "blocks": blocks,
        "parse": "none",
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_HEADER else f"{text[: LONGEST_HEADER - 1]}…"


def _line(line: Line) -> str:
    return "".join(f"<{escape(p.url)}|{escape(p.text)}>" if p.url else escape(p.text) for p in line)


def _block(lines: Iterable[str]) -> dict[str, Any]:
    """A block of as many whole lines as fit: cutting inside one could open what was escaped."""
    kept: list[str] = []
    for line in lines:
        if sum(len(one) + 1 for one in kept) + len(line) > LONGEST_SECTION - 2:
            kept.append("…")
            break
        kept.append(line)
    return {"type": "section", "text": _text("\n".join(kept))}


def _text(markup: str) -> dict[str, Any]:
    # Verbatim: Slack turns no name of a channel and no address into a link by itself.
    return {"type": "mrkdwn", "text": markup, "verbatim": True}
