"""Writes configuration files: a first one for ``init``, one connection's mapping for the web page, a person's new name."""

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from config.parts import as_texts_where_whole
from config.places import parse
from config.splice import set_in
from config.yaml_text import Value, block, flow, scalar
from model.errors import UsageError
from model.mapping import Mapping

_HEAD = """\
# Bellwether's configuration. `bellwether config validate` checks it, `bellwether config schema` prints its JSON Schema.
"""
_PEOPLE = """\
# The same person in several tools (a person in one tool only needs no entry):
# people:
#   - {name: Ada, ids: ["CONNECTION:ACCOUNT", "OTHER:ACCOUNT"], hours_per_week: 40}
"""
_MAPPING = """\
# How each tool's own words are read; `bellwether discover` suggests values, the web page edits them.
"""
_TREE = """\
# What rolls up into what. Health is written only where `publish:` says so, for instance
#   publish: [{connection: NAME, project: "KEY or gid"}]
# A project without target_date is continuous: its flow is scored instead of its schedule.
"""
_FIX = "Edit the file by hand."


@dataclass(frozen=True)
class NewConnection:
    """A connection to write down. ``options`` is the tool's own part; secrets in it are references (env:NAME)."""

    name: str
    tool: str
    options: dict[str, Value]
    mapping: Mapping = field(default_factory=Mapping)


@dataclass(frozen=True)
class NewProject:
    """A project node to write down, with one source: ``selector`` is its YAML form, e.g. {"project": "CRM"}."""

    name: str
    connection: str
    selector: dict[str, str]


def first_document(
    connections: Sequence[NewConnection],
    projects: Sequence[NewProject],
    *,
    portfolio: str = "Portfolio",
    program: str = "Program",
    timezone: str = "UTC",
) -> str:
    """A commented YAML document with these connections, and one portfolio and program that hold the projects."""
    parts = [_HEAD, f"timezone: {scalar(timezone)}    # days begin and end here\n", "\nconnections:\n"]
    for connection in connections:
        options: dict[str, Value] = {"tool": connection.tool, **connection.options}
        parts += [f"  {scalar(connection.name)}:\n"]
        parts += [f"    {scalar(key)}: {flow(value)}\n" for key, value in options.items()]
    mappings: dict[str, Value] = {
        one.name: mapping_values(one.mapping) for one in connections if one.mapping != Mapping()
    }
    parts += ["\n", _PEOPLE, "\n", _MAPPING]
    parts += [f"{line}\n" for line in block({"mapping": mappings}, 0)] if mappings else []
    parts += ["\n", _TREE, "portfolios:\n", f"  - name: {scalar(portfolio)}\n    programs:\n"]
    parts += [f"      - name: {scalar(program)}\n", "        projects:\n" if projects else "        projects: []\n"]
    for project in projects:
        source: dict[str, Value] = {"connection": project.connection, **project.selector}
        parts += [f"          - name: {scalar(project.name)}\n", "            # target_date: YYYY-MM-DD\n"]
        parts += [f"            sources: [{flow(source)}]\n"]
    return "".join(parts)


def write_new(path: Path, text: str, *, overwrite: bool = False) -> None:
    """Write a document to a file, whole or not at all. Raises UsageError when the file is there or can't be made."""
    if path.exists() and not overwrite:
        fix = "Name another file with --config, or move this one away."
        raise UsageError("There is a configuration already.", where=str(path), fix=fix, reason="exists")
    write(path, text)


def mapping_values(mapping: Mapping) -> dict[str, Value]:
    """A mapping as the document holds it: only what differs from the defaults."""
    values: dict[str, Value] = mapping.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
    return values


def mapping_text(mappings: dict[str, Mapping]) -> str:
    """Connections' mappings as they stand in a configuration, to be pasted into one."""
    values: dict[str, Value] = {name: mapping_values(one) for name, one in mappings.items()}
    return "".join(f"{line}\n" for line in block({"mapping": values}, 0))


def replace_mapping(path: Path, connection: str, mapping: Mapping) -> None:
    """Put ``mapping`` in place of the one of ``connection``; everything else, comments too, stays as it is.

    The file is replaced at once. Raises UsageError, the file untouched, when it can't be edited safely.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = (error.strerror or "unknown reason").lower() if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(f"The configuration can't be read: {why}.", where=str(path), fix=_FIX) from None
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    text = text.removeprefix(mark)
    before, places = parse(text, str(path))
    if not isinstance(before, dict) or connection not in (before.get("connections") or {}):
        raise UsageError(f"There is no connection {connection!r}.", where=places.where(("connections",)), fix=_FIX)
    values = mapping_values(mapping)
    mappings = as_texts_where_whole(before.get("mapping") or {})
    if not isinstance(mappings, dict):
        raise _not_editable(path)
    if mappings.get(connection, {}) == values:
        return
    after = _edited(text, connection, values, path)
    expected = {**before, "mapping": {**mappings, connection: values}}
    found = parse(after, str(path))[0]
    if {**found, "mapping": as_texts_where_whole(found.get("mapping"))} != expected:
        raise _not_editable(path)
    write(path, mark + after)


def addresses(path: Path | None) -> dict[str, str]:
    """The mail addresses that a configuration gives its people, by name."""
    document = parse(path.read_bytes().decode("utf-8"), str(path))[0] if path is not None else None
    people = document.get("people") if isinstance(document, dict) else None
    return {str(one["name"]): str(one["email"]) for one in people or [] if isinstance(one, dict) and one.get("email")}


def rewrite(path: Path, change: Callable[[str], str], *, apply: bool) -> bool:
    """Put the whole text of a configuration through ``change``; whether it differs. ``apply`` False: only look.

    Connections stay as they are: raises UsageError, and changes nothing, where one of them would differ.
    """
    text = path.read_bytes().decode("utf-8")
    new = change(text)
    if new == text:
        return False
    before, places = parse(text, str(path))
    after, _ = parse(new, str(path))
    if not isinstance(before, dict) or not isinstance(after, dict) or before.get("connections") != after.get("connections"):
        what = "A connection's own credential would be changed."
        fix = "Give the connection another account first, then run this again."
        raise UsageError(what, where=places.where(("connections",)), fix=fix)
    if apply:
        write(path, new)
    return True


def _edited(text: str, connection: str, values: dict[str, Value], path: Path) -> str:
    try:
        after = set_in(text, ("mapping", connection), values)
        parse(after, str(path))
    except (ValueError, UsageError):
        raise _not_editable(path) from None
    return after


def _not_editable(path: Path) -> UsageError:
    what = "The mapping can't be replaced without touching other parts of the file (it may use anchors)."
    return UsageError(what, where=str(path), fix=_FIX, reason="not_editable")


def write(path: Path, text: str) -> None:
    """Temporary file, then rename: a reader sees the old text or the new one."""
    target = path.resolve()
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, target.stat().st_mode & 0o777 if target.exists() else 0o600)
        os.replace(temporary, target)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        why = (error.strerror or "unknown reason").lower()
        fix = "Make the folder writable, or name another file with --config."
        raise UsageError(f"The configuration can't be written: {why}.", where=str(path), fix=fix) from None
