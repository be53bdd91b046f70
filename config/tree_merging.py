"""Brings together what two people made of one document with a tree in it: a node that one of them moved is still that node."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from config.branches import Branches, Plain, moved, with_id
from config.merging import Conflict
from config.merging import decided as decided_plainly
from config.merging import merged as merged_plainly
from config.places import copied
from model.errors import CHANGED_MEANWHILE, UsageError

MOST_MOVES = 50
"""Beyond these a whole file was brought in: that is compared as it stands."""


@dataclass(frozen=True)
class Moved(Conflict):
    """A node that both moved, each elsewhere. ``base``, ``mine``, ``theirs``: the names of what it stands under."""

    node: str = ""
    into: str | None = None


def merged(base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> tuple[Plain, tuple[Conflict, ...]]:
    """As ``config.merging.merged``; what one side moved has what the other changed of it. Where both moved a node, each
    elsewhere, theirs stands and it is told."""
    if base in (mine, theirs) or mine == theirs:
        return merged_plainly(base, mine, theirs)
    sides: list[Plain] = [copied(one) for one in (base, mine, theirs)]
    conflicts: list[Conflict] = []
    parents = [_parents(one) for one in sides]
    moves = [key for key in parents[0] if all(key in one for one in parents) and len({one[key] for one in parents}) > 1]
    moves = moves if len(moves) <= MOST_MOVES else []
    _name(sides, moves)
    for key in moves:
        was, ours, others = (one[key] for one in parents)
        goes_to = ours if others == was else others
        if any(goes_to not in one for one in parents):
            continue
        if ours not in (was, others) and others != was:
            trees = [Branches(side).spots for side in sides]
            places = [tree[one[key] or ""].name for tree, one in zip(trees, parents, strict=True)]
            path = (f"place of {trees[2][key].name}", key)
            conflicts.append(Moved(path, base=places[0], mine=places[1], theirs=places[2], node=key, into=ours))
        sides = [
            side if one[key] == goes_to else moved(side, key, into=goes_to, before=None)
            for side, one in zip(sides, parents, strict=True)
        ]
    document, found = merged_plainly(*sides)
    return document, (*found, *conflicts)


def decided(document: Any, conflict: Conflict, *, mine: bool) -> Any:
    """A merged document with one conflict settled: mine in place of theirs, or theirs as it stands there."""
    if isinstance(conflict, Moved):
        return moved(document, conflict.node, into=conflict.into, before=None) if mine else document
    return decided_plainly(document, conflict, mine=mine)


def refuse_unsound(base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any], made: Any) -> None:
    """Raise UsageError where what was brought together lacks a node that all have, or has one twice that none has twice."""
    before = [_parents(one).keys() for one in (base, mine, theirs)]
    found = Branches(made).spots
    kept = before[0] & before[1] & before[2]
    lost, more = kept - _parents(made).keys(), _parents(made).keys() - (before[0] | before[1] | before[2])
    if lost or more:
        known = Branches(theirs).spots
        names = sorted({(known.get(key) or found[key]).name for key in (*lost, *more)})
        what = f"Somebody else changed the tree around {', '.join(names[:3])} meanwhile: that and this do not fit together."
        fix = "Look at the tree as it stands now, and do it again."
        raise UsageError(what, where="configuration", fix=fix, reason=CHANGED_MEANWHILE)


def _parents(document: Mapping[str, Any]) -> dict[str, str | None]:
    """What each node stands under."""
    return {spot.id: spot.parent for spot in Branches(document).spots.values() if spot.is_node}


def _name(sides: list[Plain], moves: list[str]) -> None:
    """Write the id of a node that was moved on all sides where one wrote it: it is the same node, under whatever name."""
    trees = [Branches(one) for one in sides]
    for key in moves:
        entries = [tree.spots[key].entry for tree in trees]
        if "id" not in entries[0] and any("id" in one for one in entries):
            for one in entries:
                if "id" not in one:
                    with_id(one, key)
