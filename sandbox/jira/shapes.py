"""The vendor's ways of writing text and time: ADF documents, wiki text, time stamps with offsets."""

import re
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from sandbox.jira.records import Json


def stamp(moment: datetime, zone: tzinfo) -> str:
    """A moment as Jira writes it: milliseconds, offset without a colon, in the account's zone."""
    local = moment.astimezone(zone)
    return local.strftime("%Y-%m-%dT%H:%M:%S.") + f"{local.microsecond // 1000:03d}" + local.strftime("%z")


def parse_stamp(text: str) -> datetime:
    """The UTC moment of a Jira time stamp of any offset. Raises ValueError for anything else."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} is not a time stamp with an offset")
    return moment.astimezone(UTC)


def utc_stamp(moment: datetime) -> str:
    """A moment as the agile API writes it: ``2026-01-31T12:00:00.000Z``."""
    at = moment.astimezone(UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def millis(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def date_words(value: date | None) -> str | None:
    """How a changelog words a date: with a midnight behind it."""
    return None if value is None else f"{value.isoformat()} 00:00:00.0"


def adf(text: str) -> Json:
    """Plain or wiki text as an Atlassian document: a paragraph a line block, code blocks and bullet lists kept."""
    content: list[Json] = []
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip("\n")):
        if block.strip():
            content.append(_block(block))
    return {"type": "doc", "version": 1, "content": content}


def _block(block: str) -> Json:
    code = re.fullmatch(r"\s*\{(?:code|noformat)[^}]*\}\n?(.*?)\n?\{(?:code|noformat)\}\s*", block, re.DOTALL)
    if code:
        return {"type": "codeBlock", "content": _text(code.group(1))}
    heading = re.fullmatch(r"\s*h([1-6])\.\s+(.+)", block)
    if heading:
        return {"type": "heading", "attrs": {"level": int(heading.group(1))}, "content": _text(heading.group(2))}
    lines = block.split("\n")
    if all(re.match(r"\s*[*-]\s+\S", line) for line in lines):
        return {"type": "bulletList", "content": [_bullet(line) for line in lines]}
    return {"type": "paragraph", "content": _lines(lines)}


def _bullet(line: str) -> Json:
    words = re.sub(r"^\s*[*-]\s+", "", line)
    return {"type": "listItem", "content": [{"type": "paragraph", "content": _text(words)}]}


def _lines(lines: list[str]) -> list[Json]:
    content: list[Json] = []
    for number, line in enumerate(lines):
        if number:
            content.append({"type": "hardBreak"})
        content.extend(_text(line))
    return content


def _text(words: str) -> list[Json]:
    return [{"type": "text", "text": words}] if words else []


def plain(node: Any) -> str:
    """The words of an ADF document, a paragraph a line: what the v2 shapes carry."""
    if not isinstance(node, dict):
        return "" if node is None else str(node)
    if node.get("type") == "text":
        return str(node.get("text", ""))
    if node.get("type") == "hardBreak":
        return "\n"
    inner = [plain(child) for child in node.get("content", [])]
    blocks = node.get("type") in {"doc", "bulletList", "orderedList", "panel", "blockquote", "table"}
    return ("\n" if blocks else "").join(inner)


def is_adf(value: Any) -> bool:
    """Whether a value is a document Jira would accept: a version 1 doc whose nodes all have a type."""
    if not isinstance(value, dict) or value.get("type") != "doc" or value.get("version") != 1:
        return False
    return isinstance(value.get("content"), list) and all(_is_node(child) for child in value["content"])


def _is_node(node: Any) -> bool:
    if not isinstance(node, dict) or not isinstance(node.get("type"), str):
        return False
    if node["type"] == "text" and not (isinstance(node.get("text"), str) and node["text"]):
        return False
    children = node.get("content", [])
    return isinstance(children, list) and all(_is_node(child) for child in children)


def duration(seconds: int) -> str:
    """Seconds as Jira words them, eight hours to a day: ``1d 2h 30m``."""
    minutes = seconds // 60
    days, rest = divmod(minutes, 8 * 60)
    hours, left = divmod(rest, 60)
    parts = [f"{days}d" if days else "", f"{hours}h" if hours else "", f"{left}m" if left else ""]
    return " ".join(part for part in parts if part) or "0m"
