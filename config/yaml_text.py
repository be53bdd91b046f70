"""Values as YAML text, in the style that this product writes."""

import re
from collections.abc import Mapping, Sequence
from typing import TypeGuard

Value = str | int | float | bool | Mapping[str, "Value"] | Sequence["Value"]

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./ -]*[A-Za-z0-9_]|[A-Za-z_]")
_MEANS_SOMETHING = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
STEP = 2
LINE = 88
"""Lists longer than this are written item by item."""


def scalar(value: str | int | float | bool) -> str:
    """A scalar; text is quoted where YAML could take it for something else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if _PLAIN.fullmatch(value) and value.lower() not in _MEANS_SOMETHING:
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(one if one.isprintable() else f"\\U{ord(one):08x}" for one in escaped) + '"'


def flow(value: Value) -> str:
    """A value on one line: {key: value}, [item, item]."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key)}: {flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, str | int | float | bool):
        return scalar(value)
    return "[" + ", ".join(flow(item) for item in value) + "]"


def block(value: Mapping[str, Value], indent: int) -> list[str]:
    """A mapping as lines (without line ends) that begin at column ``indent``; what is large inside it is a block too."""
    lines: list[str] = []
    for key, inner in value.items():
        start = f"{' ' * indent}{scalar(key)}:"
        if isinstance(inner, Mapping) and inner:
            lines += [start, *block(inner, indent + STEP)]
        elif is_long(inner):
            lines += [start, *(line for item in inner for line in block_item(item, indent + STEP))]
        else:
            lines.append(f"{start} {flow(inner)}")
    return lines


def block_item(value: Value, indent: int) -> list[str]:
    """An item of a list as lines, its dash at column ``indent``."""
    dash = f"{' ' * indent}- "
    if not isinstance(value, Mapping) or not (is_long([value]) or any(is_long(inner) for inner in value.values())):
        return [dash + flow(value)]
    first, *rest = block(value, indent + STEP)
    return [dash + first.lstrip(), *rest]


def is_long(value: Value) -> TypeGuard[Sequence[Value]]:
    """Whether a value is a list that is easier to read item by item."""
    return isinstance(value, Sequence) and not isinstance(value, str) and len(flow(value)) > LINE
