"""Atlassian documents: what our comments say as one (band as a lozenge, causes as a table), and the words of anybody's.

Words of people only ever become text nodes, which mean nothing but themselves; a link goes to web addresses alone.
https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/
"""

import json
from collections.abc import Iterable
from typing import Any

from model.health import Band
from model.language import reminding, words
from model.language.telling import Line, address, as_of, asked, basis, closing, headline, lead, plain, points
from model.push import Cause, HealthMessage, Remark
from model.reminder import Reminder

Node = dict[str, Any]
MOST_CHARACTERS = 32_767
_COLOURS = {Band.ON_TRACK: "green", Band.AT_RISK: "yellow", Band.OFF_TRACK: "red", Band.NO_DATA: "neutral"}
_MOST_ITEMS = 5
_MOST_CAUSES = 10
_BLOCKS = frozenset({"doc", "bulletList", "orderedList", "panel", "blockquote", "table", "tableRow"})


def document(message: Remark) -> Node:
    """The whole comment. Where it would be longer than Jira takes, items are left out first, and then causes."""
    if isinstance(message, Reminder):
        return _reminder(message)
    for causes, items in ((_MOST_CAUSES, _MOST_ITEMS), (_MOST_CAUSES, 1), (_MOST_CAUSES, 0), (3, 0)):
        said = _document(message, message.causes[:causes], items)
        if len(json.dumps(said)) <= MOST_CHARACTERS:
            return said
    return _document(message, (), 0)


def _document(message: HealthMessage, causes: Iterable[Cause], items: int) -> Node:
    said = words(message.language)
    content = [_headline(message)]
    content += [_paragraph(_marked(line, "em")) for line in (asked(message),) if line]
    content += [_paragraph(_text(line)) for line in (lead(message),) if line]
    rows = [_row(message, cause, items) for cause in causes]
    if rows:
        content.append(_paragraph(_marked(said.phrase("causes"), "strong")))
        names = [said.phrase(name) for name in ("points", "where", "why", "items")]
        heads = [_cell("tableHeader", [_paragraph(_marked(name, "strong"))]) for name in names]
        content.append({"type": "table", "content": [{"type": "tableRow", "content": heads}, *rows]})
    content += [_line(line) for line in closing(message)]
    footer = f"Bellwether. {as_of(message)} {basis(message)} {said.phrase('edited')}"
    content.append(_paragraph(_marked(footer, "em")))
    return {"type": "doc", "version": 1, "content": content}


def _reminder(reminder: Reminder) -> Node:
    called = [{"type": "mention", "attrs": {"id": reminder.owner}}, _text(" ")] if reminder.owner else []
    content = [_paragraph(_marked(reminding.heading(reminder), "strong"))]
    content.append(_paragraph(*called, _text(reminding.opening(reminder))))
    content += [_line(line) for line in reminding.details(reminder)]
    content.append(_paragraph(_marked(f"Bellwether. {reminding.footer(reminder)}", "em")))
    return {"type": "doc", "version": 1, "content": content}


def _line(line: Line) -> Node:
    parts = [_marked(f"{line.label} ", "strong")] if line.label else []
    parts.append(_text(f"{line.text} · " if line.link and line.text else line.text))
    return _paragraph(*parts, *([_link(*line.link)] if line.link else []))


def _headline(message: HealthMessage) -> Node:
    band = words(message.language).band(message.band)
    lozenge = {"type": "status", "attrs": {"text": band, "color": _COLOURS[message.band]}}
    tail = headline(message)
    name = plain(message.node_name)
    return _paragraph(_marked(f"{name}: " if name else "", "strong"), lozenge, _text(f" {tail}" if tail else ""))


def _row(message: HealthMessage, cause: Cause, items: int) -> Node:
    told = [_text(points(message, cause)), _text(plain(cause.dimension)), _text(plain(cause.reason))]
    cells = [[_paragraph(node)] for node in told]
    return {"type": "tableRow", "content": [_cell("tableCell", cell) for cell in [*cells, _items(message, cause, items)]]}


def _items(message: HealthMessage, cause: Cause, most: int) -> list[Node]:
    """A paragraph for each item; an empty one where there is none, as a cell needs one."""
    told = [_paragraph(_link(name, url)) for name, url in cause.items[:most]]
    left = len(cause.items) - most
    if left > 0 and most:
        told.append(_paragraph(_text(words(message.language).phrase("more", count=left))))
    return told or [_paragraph()]


def _cell(kind: str, content: list[Node]) -> Node:
    return {"type": kind, "attrs": {}, "content": content}


def _text(told: str) -> Node:
    return {"type": "text", "text": told}


def _marked(told: str, mark: str) -> Node:
    return {"type": "text", "text": told, "marks": [{"type": mark}]}


def _link(name: str, url: str | None) -> Node:
    href = address(url)
    told = plain(name)
    if href is None:
        return _text(told)
    return {"type": "text", "text": told if told.strip() else plain(href), "marks": [{"type": "link", "attrs": {"href": href}}]}


def _paragraph(*nodes: Node) -> Node:
    # An empty text node makes Jira refuse the whole document.
    return {"type": "paragraph", "content": [node for node in nodes if node.get("text", " ")]}


def plain_text(body: Any) -> str:
    """The words of a document, without what only shapes them; a body that is no document (wiki markup) as it stands."""
    if not isinstance(body, dict):
        return "" if body is None else str(body)
    kind = body.get("type")
    if kind == "text":
        return str(body.get("text", ""))
    if kind == "hardBreak":
        return "\n"
    if kind in ("mention", "emoji", "status"):
        return str((body.get("attrs") or {}).get("text", ""))
    parts = [plain_text(one) for one in body.get("content") or ()]
    return ("\n" if kind in _BLOCKS else "").join(parts)
