"""Asana's rich text: strict XML in ``<body>`` with few tags; anything else is refused with 400."""

from html import escape
from xml.etree import ElementTree as ET

from sandbox.asana.errors import bad

COMMON_TAGS = frozenset({"body", "strong", "em", "u", "s", "code", "ol", "ul", "li", "a"})
TASK_TAGS = COMMON_TAGS | {"h1", "h2"}
LINK_ATTRIBUTES = frozenset({"href", "data-asana-gid", "data-asana-dynamic", "data-asana-type"})


def check(html: object, *, field: str, tags: frozenset[str] = COMMON_TAGS) -> str:
    """The rich text, when the vendor would take it; 400 otherwise, naming ``field``."""
    if not isinstance(html, str):
        raise bad(f"{field}: Value is not a string")
    if "<!" in html:
        raise bad(f"{field}: XML is invalid: declarations and comments are not supported")
    try:
        root = ET.fromstring(html)  # noqa: S314 - a document type, the way to entity bombs, is refused above
    except ET.ParseError as problem:
        raise bad(f"{field}: XML is invalid: {problem}") from problem
    if root.tag != "body":
        raise bad(f"{field}: XML is invalid: it must be wrapped in a <body> tag")
    for element in root.iter():
        if element.tag not in tags:
            raise bad(f"{field}: XML is invalid: unsupported tag <{element.tag}>")
        allowed = LINK_ATTRIBUTES if element.tag == "a" else frozenset()
        for name in element.attrib:
            if name not in allowed:
                raise bad(f"{field}: XML is invalid: unsupported attribute {name} on <{element.tag}>")
    return html


def to_text(html: str) -> str:
    """Plain text of checked rich text; list items and headings end their lines."""
    parts: list[str] = []
    _collect(ET.fromstring(html), parts)  # noqa: S314 - checked before
    return "".join(parts).strip()


def _collect(element: ET.Element, parts: list[str]) -> None:
    if element.tag == "li":
        parts.append("• ")
    parts.append(element.text or "")
    for child in element:
        _collect(child, parts)
        if child.tag in ("li", "h1", "h2"):
            parts.append("\n")
        parts.append(child.tail or "")


def from_text(text: str) -> str:
    """Plain text as rich text."""
    return f"<body>{escape(text, quote=False)}</body>"
