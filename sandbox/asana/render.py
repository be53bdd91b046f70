"""Turns objects into the vendor's JSON, strictly by ``opt_fields``.

Without ``opt_fields`` a list shows the compact record and a single object its full one. With it an object shows its
gid and exactly what was asked for; an object asked for without a dot shows gid and resource_type only.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sandbox.asana.entities import resource_type
from sandbox.asana.errors import bad

Getter = Callable[[Any, Any], Any]
Tree = dict[str, Any]
PATH = re.compile(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*")
MISSING = object()


@dataclass(frozen=True)
class Shape:
    """How one type of object is shown: what each field reads, and which are in the compact and the full record.

    ``inline`` objects have no page of their own (enum options, field values) and are shown compact when nested.
    """

    getters: dict[str, Getter]
    compact: tuple[str, ...]
    full: tuple[str, ...]
    inline: bool = False


SHAPES: dict[type, Shape] = {}


@lru_cache(maxsize=512)
def parse_opt_fields(text: str) -> Tree:
    """``"name,assignee.name"`` as a tree; 400 when it is not a comma list of dotted paths."""
    tree: Tree = {}
    for part in text.split(","):
        path = part.strip()
        if not PATH.fullmatch(path):
            raise bad(f"opt_fields: Invalid field path: {part!r}")
        node = tree
        for name in path.split("."):
            node = node.setdefault(name, {})
    return tree


def compact(space: Any, thing: Any) -> dict[str, Any]:
    """The compact record."""
    return _all(space, thing, SHAPES[type(thing)].compact, _compact_leaf)


def full(space: Any, thing: Any) -> dict[str, Any]:
    """The full record; objects in it are compact."""
    return _all(space, thing, SHAPES[type(thing)].full, _compact_leaf)


def chosen(space: Any, thing: Any, tree: Tree) -> dict[str, Any]:
    """gid and what ``tree`` asks for; names the vendor does not know are passed over, as it does."""
    getters = SHAPES[type(thing)].getters
    out: dict[str, Any] = {"gid": thing.gid}
    for name, below in tree.items():
        getter = getters.get(name)
        if getter is None:
            continue
        value = getter(space, thing)
        if value is not MISSING:
            out[name] = _shaped(space, value, below, _reference_leaf)
    return out


def timestamp(at: datetime) -> str:
    """The vendor's form: UTC, milliseconds, Z."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def _all(space: Any, thing: Any, names: tuple[str, ...], leaf: Getter) -> dict[str, Any]:
    getters = SHAPES[type(thing)].getters
    out: dict[str, Any] = {"gid": thing.gid, "resource_type": resource_type(thing)}
    for name in names:
        value = getters[name](space, thing)
        if value is not MISSING:
            out[name] = _shaped(space, value, {}, leaf)
    return out


def _compact_leaf(space: Any, thing: Any) -> Any:
    return compact(space, thing)


def _reference_leaf(space: Any, thing: Any) -> Any:
    if SHAPES[type(thing)].inline:
        return _all(space, thing, SHAPES[type(thing)].compact, _reference_leaf)
    return {"gid": thing.gid, "resource_type": resource_type(thing)}


def _shaped(space: Any, value: Any, below: Tree, leaf: Getter) -> Any:
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, datetime):
        return timestamp(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [_shaped(space, each, below, leaf) for each in value]
    if isinstance(value, dict):
        names = [name for name in below if name in value] if below else list(value)
        return {name: _shaped(space, value[name], below.get(name, {}), leaf) for name in names}
    return chosen(space, value, below) if below else leaf(space, value)
