"""Lets the configuration grow from the pages: a connection more or less, the tree, whether anything is written.

Everything works on the text, so that what people wrote elsewhere in the file stays, comments too.
"""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from config.places import parse
from config.splice import section, set_in, set_section
from config.writer import NewConnection, first_document, mapping_values, write_new
from config.yaml_text import STEP, Value, flow, scalar
from model.errors import UsageError
from model.mapping import Mapping as FieldMapping

NEVER_SEEN = ""
_STILL = "# true: nothing is written into the tools; the page's first steps set it to false when you say go"


def text_of(path: Path | None) -> str:
    """The file as it is; empty where there is none yet."""
    with suppress(FileNotFoundError):
        return path.read_bytes().decode("utf-8") if path is not None else ""
    return ""


def digest(text: str) -> str:
    """What a page keeps, to see later whether somebody has changed the file meanwhile."""
    return hashlib.sha256(text.encode()).hexdigest()[:16] if text else NEVER_SEEN


def replace(path: Path | None, text: str, *, seen: str) -> None:
    """Put ``text`` into the file, whole or not at all.

    Raises UsageError with the reason ``changed_meanwhile`` where the file is not the one with the digest ``seen`` any
    more, and where it can't be written.
    """
    if path is None:
        raise UsageError("This configuration came from no file.", fix="Start with --config FILE.", reason="no_file")
    if digest(text_of(path)) != seen:
        what = "Somebody has changed the configuration meanwhile."
        fix = "What you entered is still here, beside what holds now. Look at it once more, and save again."
        raise UsageError(what, where=str(path), fix=fix, reason="changed_meanwhile")
    write_new(path, text, overwrite=True)


def with_connection(text: str, name: str, options: Mapping[str, Any]) -> str:
    """The text with a connection more, or with other options for one; an empty text becomes a first document."""
    if not text:
        tool = str(options["tool"])
        first = NewConnection(name=name, tool=tool, options={k: v for k, v in options.items() if k != "tool"})
        begun = set_section(first_document([first], []), "portfolios", ["portfolios: []"])
        zone = next(line for line in begun.splitlines(keepends=True) if line.startswith("timezone:"))
        return begun.replace(zone, f"{zone}read_only: true    {_STILL}\n", 1)
    return set_in(text, ("connections", name), dict(options))


def without_connection(text: str, name: str) -> str:
    """The text without a connection and its mapping."""
    document, _ = parse(text, "configuration")
    left = {key: value for key, value in document["connections"].items() if key != name}
    text = set_in(text, ("connections",), left)
    mappings = document.get("mapping") or {}
    if name in mappings:
        text = set_in(text, ("mapping",), {key: value for key, value in mappings.items() if key != name})
    return text


def portfolios_of(text: str) -> list[dict[str, Any]]:
    """The tree as it stands in the text."""
    document, _ = parse(text, "configuration") if text else ({}, None)
    found = document.get("portfolios") if isinstance(document, dict) else None
    return [dict(one) for one in found or [] if isinstance(one, dict)]


def with_portfolios(text: str, portfolios: Sequence[Mapping[str, Value]]) -> str:
    """The text with another tree. Raises UsageError where that would lose what people noted inside the old one."""
    if "#" in section(text, "portfolios") and portfolios_of(text) != list(portfolios):
        what = "The tree in the file holds comments (or a #), which this page would lose."
        fix = "Change it in the tree editor or in the file itself."
        raise UsageError(what, where="portfolios", fix=fix, reason="not_editable")
    return set_section(text, "portfolios", _deep({"portfolios": list(portfolios)}, 0))


def with_mapping(text: str, connection: str, mapping: FieldMapping) -> str:
    """The text with another mapping of one connection."""
    return set_in(text, ("mapping", connection), mapping_values(mapping))


def with_writing(text: str) -> str:
    """The text of a deployment that writes into its tools."""
    return set_section(text, "read_only", ["read_only: false"])


def _deep(value: Mapping[str, Value], indent: int) -> list[str]:
    """A mapping as lines; lists of nodes are blocks, an item below the other, everything else stands on one line."""
    lines: list[str] = []
    for key, inner in value.items():
        start = f"{' ' * indent}{scalar(key)}:"
        if _is_rows(inner):
            lines.append(start)
            for row in inner:  # type: ignore[union-attr]
                first, *more = _deep(row, indent + 2 * STEP)  # type: ignore[arg-type]
                lines += [f"{' ' * (indent + STEP)}- {first.lstrip()}", *more]
        else:
            lines.append(f"{start} {flow(inner)}")
    return lines


def _is_rows(value: Value) -> bool:
    """Whether a list holds nodes: mappings with a name, or with lists of their own."""
    rows = value if isinstance(value, list | tuple) else ()
    return bool(rows) and all(isinstance(row, Mapping) and {"name", "from", "ref"} & set(row) for row in rows)
