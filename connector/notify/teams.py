"""Microsoft Teams: a webhook of the Workflows app, which takes an Adaptive Card (the Office 365 connectors are retired).

Everything is said in text runs, which know no markdown, and no entity is sent: nothing that people wrote can format,
link or mention. Source: learn.microsoft.com, "Adaptive Cards", RichTextBlock and TextRun.
"""

import json
from typing import Any

from connector.notify.letter import Letter, Line

LARGEST_CARD = 25_000
"""Bytes. Teams takes 28 KB with what Workflows adds."""


def payload(written: Letter) -> dict[str, Any]:
    """The message around the card; the last sections are left out where it would be too large."""
    for count in range(len(written.sections), -1, -1):
        card = _message(written, count)
        if len(json.dumps(card)) <= LARGEST_CARD:
            return card
    return _message(written, 0)


def _message(written: Letter, sections: int) -> dict[str, Any]:
    content = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": written.subject,
        "msteams": {"width": "Full"},
        "body": _body(written, sections),
    }
    if written.link:
        content["actions"] = [{"type": "Action.OpenUrl", "title": written.link.text, "url": written.link.url}]
    card = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": content}
    return {"type": "message", "summary": written.subject, "attachments": [card]}


def _body(written: Letter, sections: int) -> list[dict[str, Any]]:
    body = [
        _block([_run(written.subject, weight="Bolder", size="Large")]),
        _block([_run(written.standing, weight="Bolder")]),
        _block([_run(written.lead)]),
    ]
    for section in written.sections[:sections]:
        body.append({**_block([_run(section.heading, weight="Bolder")]), "separator": True})
        body += [{**_block(_line(line)), "spacing": "Small"} for line in section.lines]
    small = _run(" ".join(written.small), size="Small", isSubtle=True)
    return [*body, {**_block([small]), "separator": True}]


def _line(line: Line) -> list[dict[str, Any]]:
    runs = [_run("• ")]
    for piece in line:
        action = {"selectAction": {"type": "Action.OpenUrl", "url": piece.url}} if piece.url else {}
        runs.append(_run(piece.text, **action))
    return runs


def _block(runs: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": runs}


def _run(text: str, **style: Any) -> dict[str, Any]:
    return {"type": "TextRun", "text": text, **style}
