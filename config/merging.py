"""Brings together what two people made of one document. Pure: plain values in, plain values out."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from config.endpoints import SOURCE_KINDS, TARGET_KINDS
from config.faults import Path
from config.tree import slug

_NAMES = ("id", "ref", "name")
_NAMED = tuple(f"{one}=" for one in _NAMES)
_PLACES = (*SOURCE_KINDS, *(one for one in TARGET_KINDS if one not in SOURCE_KINDS))
ABSENT = object()
"""Stands where a document holds nothing."""


@dataclass(frozen=True)
class Conflict:
    """A place that both changed, each otherwise. ABSENT: it isn't there."""

    path: Path
    base: Any
    mine: Any
    theirs: Any


def identity(item: Any) -> str:
    """What tells an item of a list from the others: its id, else its name, else what it refers to, else all of it."""
    if isinstance(item, Mapping):
        for key in _NAMES:
            if isinstance(item.get(key), str):
                return f"{key}={item[key]}"
    return json.dumps(item, sort_keys=True, default=str)


def _told_apart(item: Any) -> str:
    """As ``identity``, but of what has no name: what it is made from, or which place of a tool it speaks of."""
    if isinstance(item, Mapping) and not any(isinstance(item.get(key), str) for key in _NAMES):
        if isinstance(item.get("from"), Mapping):
            return "from=" + " ".join(map(str, item["from"].values()))
        if place := [f"{key} {item[key]}" for key in _PLACES if key in item]:
            return f"at={item.get('connection')} {', '.join(place)}"
    return identity(item)


def merged(base: Any, mine: Any, theirs: Any) -> tuple[Any, tuple[Conflict, ...]]:
    """``theirs`` with what ``mine`` changed of ``base``; where both changed one place, theirs stands and it is told."""
    conflicts: list[Conflict] = []
    return _merged((), base, mine, theirs, conflicts), tuple(conflicts)


def _merged(path: Path, base: Any, mine: Any, theirs: Any, conflicts: list[Conflict]) -> Any:
    if mine in (theirs, base):
        return theirs
    if theirs == base:
        return mine
    if isinstance(mine, dict) and isinstance(theirs, dict):
        known = base if isinstance(base, dict) else {}
        return _keys(path, known, mine, theirs, conflicts)
    if _can_be_told_apart(mine) and _can_be_told_apart(theirs) and _can_be_told_apart(base):
        return _items(path, base, mine, theirs, conflicts)
    conflicts.append(Conflict(path, base, mine, theirs))
    return theirs


def _keys(path: Path, base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any], conflicts: list[Conflict]) -> Any:
    names = list(dict.fromkeys([*theirs, *mine]))
    found = {
        name: _merged(
            (*path, name), base.get(name, ABSENT), mine.get(name, ABSENT), theirs.get(name, ABSENT), conflicts
        )
        for name in names
    }
    return {name: value for name, value in found.items() if value is not ABSENT}


def _items(path: Path, base: list[Any], mine: list[Any], theirs: list[Any], conflicts: list[Conflict]) -> Any:
    """Lists as sets of items that can be told apart; the order is mine where I changed it, else theirs.

    Where both put something else in place of an item that has no name, they did not add two: it is told.
    """
    before, ours, others = ({_told_apart(one): one for one in items} for items in (base, mine, theirs))
    replaced = (before.keys() - ours.keys() - others.keys(), ours.keys() - before.keys(), others.keys() - before.keys())
    if all(replaced) and replaced[1] != replaced[2] and not any(one.startswith(_NAMED) for keys in replaced for one in keys):
        conflicts.append(Conflict(path, base, mine, theirs))
        return theirs
    found = _keys(path, before, ours, others, conflicts)
    order = _order(list(before), list(ours), list(others))
    return [found[name] for name in order if name in found]


def _order(before: Sequence[str], ours: Sequence[str], others: Sequence[str]) -> list[str]:
    leading, following = (others, ours) if [one for one in ours if one in before] == [
        one for one in before if one in ours
    ] else (ours, others)
    order = list(leading)
    for index, name in enumerate(following):
        if name not in order:
            above = next((one for one in reversed(following[:index]) if one in order), None)
            order.insert(order.index(above) + 1 if above is not None else 0, name)
    return order


def _can_be_told_apart(value: Any) -> bool:
    """Whether a value is a list of which no two items are the same one."""
    return isinstance(value, list) and len({_told_apart(one) for one in value}) == len(value)


def placed(document: Any, path: Path, value: Any) -> Any:
    """A document with ``value`` at a path as conflicts name it (items of lists by identity). ABSENT takes it away."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(document, list):
        known = {_told_apart(one): one for one in document}
        inner = placed(known.get(str(step), ABSENT), rest, value)
        return [one for one in (known | {str(step): inner}).values() if one is not ABSENT]
    known = dict(document) if isinstance(document, dict) else {}
    inner = placed(known.get(str(step), ABSENT), rest, value)
    return {key: one for key, one in (known | {str(step): inner}).items() if one is not ABSENT}


def decided(document: Any, conflict: Conflict, *, mine: bool) -> Any:
    """A merged document with one conflict settled: mine in place of theirs, or theirs as it stands there.

    A node that I renamed and they changed stands twice then, theirs under its old name: mine under the new one goes.
    """
    if mine:
        return placed(document, conflict.path, conflict.mine)
    if conflict.mine is not ABSENT or not isinstance(conflict.base, dict) or "id" in conflict.base:
        return document
    renamed = f"id={slug(str(conflict.base.get('name')), otherwise='')}"
    return placed(document, (*conflict.path[:-1], renamed), ABSENT)
