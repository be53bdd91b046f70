"""Lets the document grow from the pages: a connection more or less, the tree, whether anything is written.

Plain values in, plain values out; how they come into the file is ``config.editing``'s.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from config.writer import NewConnection, first_document

Plain = dict[str, Any]
_STILL = "# true: nothing is written into the tools; the page's first steps set it to false when you say go"


def first_text(name: str, options: Mapping[str, Any]) -> str:
    """The text of a first document: one connection, and nothing is written into any tool."""
    tool = str(options["tool"])
    first = NewConnection(name=name, tool=tool, options={key: value for key, value in options.items() if key != "tool"})
    begun, _, _ = first_document([first], []).partition("portfolios:\n")
    zone = next(line for line in begun.splitlines(keepends=True) if line.startswith("timezone:"))
    return begun.replace(zone, f"{zone}read_only: true    {_STILL}\n", 1) + "portfolios: []\n"


def with_connection(document: Plain, name: str, options: Mapping[str, Any]) -> Plain:
    """The document with a connection more, or with other options for one."""
    return {**document, "connections": {**(document.get("connections") or {}), name: dict(options)}}


def without_connection(document: Plain, name: str) -> Plain:
    """The document without a connection and its mapping."""
    changed = dict(document)
    for key in ("connections", "mapping"):
        if name in (document.get(key) or {}):
            changed[key] = {other: value for other, value in document[key].items() if other != name}
    return changed


def portfolios_of(document: Plain) -> list[Plain]:
    """The tree as it stands in the document."""
    return [dict(one) for one in document.get("portfolios") or [] if isinstance(one, dict)]


def with_portfolios(document: Plain, portfolios: Sequence[Mapping[str, Any]]) -> Plain:
    """The document with another tree."""
    return {**document, "portfolios": list(portfolios)}


def with_writing(document: Plain) -> Plain:
    """The document of a deployment that writes into its tools."""
    return {**document, "read_only": False}
