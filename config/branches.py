"""The tree as it stands in the document, and changes of it: plain values in, plain values out.

No change ever gives another node another id: one that would (an id made from a name that stood twice, say) is written down.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from config.faults import Path
from config.places import copied
from config.tree import free_slug
from model.tree import NodeKind

Entry = dict[str, Any]
Plain = dict[str, Any]
Sort = Literal["portfolio", "program", "project", "ref", "derived"]
BELOW = {NodeKind.PORTFOLIO: "programs", NodeKind.PROGRAM: "projects"}
TOP = "portfolios"
MARK = "~"
"""Stands in the name of an entry that is no node: its parent's id, this, its place among the parent's entries."""


@dataclass(frozen=True)
class Spot:
    """An entry of the tree. ``id``: the node's, or for what is no node (ref, derived) the parent's and its place there.

    ``level``: what the entry is, or stands for.
    """

    id: str
    sort: Sort
    level: NodeKind
    path: Path
    entry: Entry
    parent: str | None

    @property
    def is_node(self) -> bool:
        return self.sort not in ("ref", "derived")

    @property
    def name(self) -> str:
        """What it is called; an entry that is no node by what it stands for."""
        if self.sort == "ref":
            return str(self.entry.get("ref") or "")
        if self.sort == "derived":
            origin = self.entry.get("from") or {}
            return " ".join(str(value) for value in origin.values()) if isinstance(origin, dict) else ""
        return str(self.entry.get("name") or "")


class Branches:
    """The entries of a document by id, in its order, and below each its own. What is no tree at all is left out."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        raw = list(_entries(document))
        ids = _ids(raw)
        self.spots: dict[str, Spot] = {}
        self._below: dict[str | None, list[Spot]] = {}
        names: dict[Path, str] = {}
        for path, sort, level, entry in raw:
            above = path[:-2] or None
            parent = names[above] if above else None
            id_ = ids[path] if path in ids else f"{parent}{MARK}{path[-1]}"
            names[path] = id_
            spot = Spot(id_, sort, level, path, entry, parent)
            self.spots[id_] = spot
            self._below.setdefault(parent, []).append(spot)

    def get(self, id_: str) -> Spot | None:
        return self.spots.get(id_)

    def below(self, id_: str | None) -> list[Spot]:
        """What stands right below a node (None: the portfolios), in the document's order."""
        return self._below.get(id_, [])

    def all_below(self, id_: str) -> Iterator[Spot]:
        """Everything at any depth below a node."""
        for spot in self.below(id_):
            yield spot
            yield from self.all_below(spot.id)

    def above(self, spot: Spot) -> list[Spot]:
        """The nodes above, outermost first."""
        found: list[Spot] = []
        while spot.parent is not None:
            spot = self.spots[spot.parent]
            found.insert(0, spot)
        return found

    def parents(self, level: NodeKind) -> list[Spot]:
        """The nodes that may hold entries of a level."""
        wanted = {NodeKind.PROGRAM: "portfolio", NodeKind.PROJECT: "program"}.get(level)
        return [spot for spot in self.spots.values() if spot.sort == wanted]

    def references(self, ids: set[str]) -> list[Spot]:
        """The entries that show one of these projects under a second parent."""
        return [spot for spot in self.spots.values() if spot.sort == "ref" and spot.name in ids]

    def goes_with(self, spot: Spot) -> list[Spot]:
        """What goes when a node is taken out: all below it, and where projects of it stand a second time."""
        inside = list(self.all_below(spot.id))
        here = {spot.id, *(one.id for one in inside)}
        gone = {one.id for one in (spot, *inside) if one.sort == "project"}
        return [*inside, *(one for one in self.references(gone) if one.id not in here)]


def _entries(document: Mapping[str, Any]) -> Iterator[tuple[Path, Sort, NodeKind, Entry]]:
    """Portfolios, then programs, then projects, as ids are given out."""
    portfolios = list(_listed(document, (), TOP))
    yield from ((path, "portfolio", NodeKind.PORTFOLIO, entry) for path, entry in portfolios)
    programs = [one for path, entry in portfolios for one in _listed(entry, path, "programs")]
    sorted_programs: list[tuple[Path, Sort, NodeKind, Entry]] = [
        (path, "derived" if _stands_for_many(entry) else "program", NodeKind.PROGRAM, entry) for path, entry in programs
    ]
    yield from sorted_programs
    for path, sort, _, entry in sorted_programs:
        for below, inner in _listed(entry, path, "projects") if sort == "program" else ():
            found: Sort = "ref" if "ref" in inner else "derived" if _stands_for_many(inner) else "project"
            yield below, found, NodeKind.PROJECT, inner


def _listed(holder: Mapping[str, Any], path: Path, key: str) -> Iterator[tuple[Path, Entry]]:
    found = holder.get(key)
    for index, entry in enumerate(found if isinstance(found, list) else ()):
        if isinstance(entry, dict):
            yield (*path, key, index), entry


def _stands_for_many(entry: Entry) -> bool:
    return "from" in entry and "name" not in entry


def _ids(raw: list[tuple[Path, Sort, NodeKind, Entry]]) -> dict[Path, str]:
    """The ids of nodes, exactly as ``config.tree`` gives them."""
    nodes = [(path, level, entry) for path, sort, level, entry in raw if sort not in ("ref", "derived")]
    ids = {path: str(entry["id"]) for path, _, entry in nodes if entry.get("id") is not None}
    taken = set(ids.values())
    for path, level, entry in nodes:
        if path not in ids:
            ids[path] = free_slug(str(entry.get("name") or ""), otherwise=level.value, taken=taken)
            taken.add(ids[path])
    return ids


# -- changes --------------------------------------------------------------------------------------------------------------


def added(document: Plain, parent: str | None, entry: Entry) -> Plain:
    """The document with another entry at the end of a node's own (None: another portfolio)."""
    return _changed(document, lambda tree, whole: _list(tree, whole, parent).append(entry))


def replaced(document: Plain, id_: str, entry: Entry) -> Plain:
    """The document with an entry being another. What is below it stays, and so does its id."""

    def change(tree: Branches, whole: Plain) -> None:
        spot = tree.spots[id_]
        kept = {key: value for key, value in spot.entry.items() if key in BELOW.values()}
        spot.entry.clear()
        spot.entry.update({**entry, **kept})

    return _changed(document, change)


def moved(document: Plain, id_: str, *, into: str | None, before: str | None) -> Plain:
    """The document with an entry below another node, in front of one of that node's own (None: at the end)."""

    def change(tree: Branches, whole: Plain) -> None:
        spot = tree.spots[id_]
        _drop(tree, whole, spot)
        target = _list(tree, whole, into)
        follower = tree.get(before) if before else None
        places = [index for index, one in enumerate(target) if follower is not None and one is follower.entry]
        target.insert(places[0] if places else len(target), spot.entry)

    return _changed(document, change)


def stepped(document: Plain, id_: str, by: int) -> Plain:
    """The document with an entry one place further up (-1) or down (1)."""

    def change(tree: Branches, whole: Plain) -> None:
        spot = tree.spots[id_]
        siblings = _list(tree, whole, spot.parent)
        at = next(index for index, one in enumerate(siblings) if one is spot.entry)
        to = min(max(at + by, 0), len(siblings) - 1)
        siblings.insert(to, siblings.pop(at))

    return _changed(document, change)


def taken_out(document: Plain, id_: str) -> Plain:
    """The document without an entry, all below it, and the places where its projects stand a second time."""

    def change(tree: Branches, whole: Plain) -> None:
        spot = tree.spots[id_]
        outside = [one for one in tree.goes_with(spot) if one.sort == "ref"]
        for one in (*outside, spot):
            _drop(tree, whole, one)

    return _changed(document, change)


def _list(tree: Branches, whole: Plain, id_: str | None) -> list[Any]:
    """The entries right below a node, made where there are none."""
    if id_ is None:
        holder, key = whole, TOP
    else:
        spot = tree.spots[id_]
        holder, key = spot.entry, BELOW[spot.level]
    if not isinstance(holder.get(key), list):
        holder[key] = []
    found: list[Any] = holder[key]
    return found


def _drop(tree: Branches, whole: Plain, spot: Spot) -> None:
    """Take an entry out of its list, and the list out where nothing is left in it."""
    holder = whole if spot.parent is None else tree.spots[spot.parent].entry
    key = TOP if spot.parent is None else BELOW[tree.spots[spot.parent].level]
    holder[key] = [entry for entry in holder[key] if entry is not spot.entry]
    if not holder[key]:
        del holder[key]


def _changed(document: Plain, change: Callable[[Branches, Plain], None]) -> Plain:
    """A copy that was changed, in which every node that is still there has the id that it had."""
    whole: Plain = copied(document)
    before = Branches(whole)
    ids = {id(spot.entry): spot.id for spot in before.spots.values() if spot.is_node}
    change(before, whole)
    for _ in ids:
        others = [
            spot for spot in Branches(whole).spots.values() if spot.is_node and ids.get(id(spot.entry), spot.id) != spot.id
        ]
        for spot in others:
            with_id(spot.entry, ids[id(spot.entry)])
        if not others:
            break
    return whole


def with_id(entry: Entry, id_: str) -> None:
    """Write an id down, right behind the name."""
    rest = {key: value for key, value in entry.items() if key not in ("name", "id")}
    name = {"name": entry["name"]} if "name" in entry else {}
    entry.clear()
    entry.update({**name, "id": id_, **rest})
