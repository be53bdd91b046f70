"""Texts in Jira's forms: documents as plain words, and words short enough for a field."""

import unicodedata
from typing import Any

LONGEST_TEXT = 255
_JOINER = "\u200d"
_VARIANTS = frozenset({"\ufe0e", "\ufe0f"})
_BLOCKS = frozenset({"doc", "bulletList", "orderedList", "panel", "blockquote", "table", "tableRow"})


def plain_text(body: Any) -> str:
    """The words of an Atlassian document, or of wiki markup, without what only shapes them."""
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


def shortened(text: str, most: int = LONGEST_TEXT) -> str:
    """A text of at most so many characters as Jira counts them (an emoji is two), never cut within one."""
    if _length(text) <= most:
        return text
    end, used = 0, 0
    while used + _length(text[end]) < most:  # one is left for the dots
        used += _length(text[end])
        end += 1
    while end and (_belongs_to_the_one_before(text[end]) or text[end - 1] == _JOINER):
        end -= 1
    return text[:end].rstrip() + "…"


def _length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _belongs_to_the_one_before(char: str) -> bool:
    return bool(unicodedata.combining(char)) or char == _JOINER or char in _VARIANTS
