"""What our comments and status updates say as Asana's rich text, and as plain text for where that is refused.

Only tags that Asana takes everywhere are used: body, strong, em, ul, li, a. https://developers.asana.com/docs/rich-text
"""

import re
from collections.abc import Iterable
from html import escape
from typing import NamedTuple

from model.language import reminding, telling, words
from model.push import Cause, HealthMessage, Remark
from model.reminder import Reminder

MOST_CHARACTERS = 16_000
"""No limit is documented; a comment beyond this is nothing that anybody reads."""

_CAUSES = 5
_ITEMS = 5
_SIGN = "Bellwether ·"
_BROKEN_SIGN = "Bellwether -"
# Asana makes a mention of a bare address of a person's page, with mail to that person, and lets nothing escape it.
_ASANA_ADDRESS = re.compile(r"(?<=asana)(?=\.com)", re.IGNORECASE)
_NO_WIDTH = "\u200b"


class Rendered(NamedTuple):
    """The same message twice; ``marker`` ends both, and is what we know it by again."""

    html: str
    text: str
    marker: str


class _Piece(NamedTuple):
    """Words with at most one look: strong, em, a link ("a"), a link to a page of ours ("own"), or a call of a person
    ("call", the words are the id)."""

    words: str
    tag: str = ""
    url: str | None = None


_Line = list[_Piece]


def signature(known_by: str) -> str:
    """How the last line of every message of ours about a node begins; another node's never does."""
    return f"{_SIGN} {known_by} ·"


def render(message: Remark, *, mark: str | None = None) -> Rendered:
    """The message for people. ``mark``: a token for the last line, by which exactly this message is found.

    Where it would be too long, items are left out first, and then causes.
    """
    if isinstance(message, Reminder):
        return _reminder(message)
    for causes, items in ((_CAUSES, _ITEMS), (_CAUSES, 1), (_CAUSES, 0), (2, 0)):
        said = _render(message, mark, message.causes[:causes], items)
        if len(said.html) <= MOST_CHARACTERS:
            return said
    return _render(message, mark, (), 0)


def title(message: HealthMessage) -> str:
    """The title of a status update."""
    return _harmless(telling.title(message))


def _render(message: HealthMessage, mark: str | None, causes: Iterable[Cause], items: int) -> Rendered:
    said = words(message.language)
    as_of = said.phrase("as_of_short", moment=said.moment(message.as_of))
    marker = " ".join([signature(message.node), as_of, *(["·", mark] if mark else [])])
    above = [line for line in (_headline(message), _one(telling.asked(message), "em"), _one(telling.lead(message))) if line]
    listed = [_cause(message, cause, items) for cause in causes]
    if listed:
        above.append([_Piece(said.phrase("causes"), "strong")])
    below = [*(_closing(line) for line in telling.closing(message)), _one(telling.basis(message), "em")]
    last = f"<em>{escape(marker)}</em>"
    bullets = [f"<ul>{''.join(f'<li>{_html(line)}</li>' for line in listed)}</ul>"] if listed else []
    html = "\n".join([*map(_html, above), *bullets, *map(_html, below), last])
    text = "\n".join([*map(_text, above), *(f"• {_text(line)}" for line in listed), *map(_text, below), marker])
    return Rendered(f"<body>{html}</body>", text, marker)


def _reminder(reminder: Reminder) -> Rendered:
    marker = f"{signature(reminder.known_by)} {reminding.footer(reminder)}"
    called = [_Piece(reminder.owner, "call"), _Piece(" ")] if reminder.owner else []
    lines = [_one(reminding.heading(reminder), "strong"), [*called, _Piece(reminding.opening(reminder))]]
    lines += [_closing(line) for line in reminding.details(reminder)]
    html = "\n".join([*map(_html, lines), f"<em>{escape(marker)}</em>"])
    return Rendered(f"<body>{html}</body>", "\n".join([*map(_text, lines), marker]), marker)


def _headline(message: HealthMessage) -> _Line:
    tail = telling.headline(message)
    return [_Piece(telling.title(message), "strong"), _Piece(f", {tail}" if tail else "")]


def _cause(message: HealthMessage, cause: Cause, most: int) -> _Line:
    said = words(message.language)
    what = said.phrase("of", name=telling.plain(cause.dimension), what=telling.plain(cause.reason))
    told = [_Piece(telling.points(message, cause), "strong"), _Piece(f" {what}")]
    for number, (name, url) in enumerate(cause.items[:most]):
        told.append(_Piece(", " if number else " – "))
        href, called = telling.address(url), telling.plain(name)
        told.append(_Piece(called if called.strip() else telling.plain(href or ""), "a", href))
    left = len(cause.items) - most
    if left > 0 and most:
        told.append(_Piece(f" {said.phrase('more', count=left)}"))
    return told


def _closing(line: telling.Line) -> _Line:
    told = [_Piece(line.label, "strong"), _Piece(" ")] if line.label else []
    told.append(_Piece(f"{line.text} · " if line.link and line.text else line.text))
    return [*told, _Piece(line.link[0], "own", line.link[1])] if line.link else told


def _one(said: str, tag: str = "") -> _Line:
    return [_Piece(said, tag)] if said else []


def _html(line: _Line) -> str:
    return "".join(_tagged(piece) for piece in line if _harmless(piece.words))


def _tagged(piece: _Piece) -> str:
    if piece.tag == "call":
        return f'<a data-asana-gid="{escape(piece.words)}"/>'
    told = escape(_harmless(piece.words), quote=False)
    if piece.tag in ("a", "own"):
        return f'<a href="{escape(piece.url)}">{told}</a>' if piece.url else told
    return f"<{piece.tag}>{told}</{piece.tag}>" if piece.tag else told


def _text(line: _Line) -> str:
    """Plain text. The address of our page is written out; those of items would drown the words."""
    return "".join(map(_bare, line))


def _bare(piece: _Piece) -> str:
    if piece.tag == "call":
        return f"https://app.asana.com/0/profile/{piece.words}"
    return f"{_harmless(piece.words)}: {piece.url}" if piece.tag == "own" else _harmless(piece.words)


def _harmless(said: str) -> str:
    """Words that mention nobody, that XML can hold, and that no message of ours is mistaken for."""
    return _ASANA_ADDRESS.sub(_NO_WIDTH, telling.plain(said, len(said))).replace(_SIGN, _BROKEN_SIGN)
