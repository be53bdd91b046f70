"""Links by their ends, sorted once for all projects and moments that are counted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from model.work import Link, LinkKind


@dataclass(frozen=True, slots=True)
class LinkEnds:
    """The items that any link of the kind "blocks" touches, whenever it stood; and the links into each item."""

    ends: frozenset[str]
    into: Mapping[str, tuple[Link, ...]]


def link_ends(links: Iterable[Link]) -> LinkEnds:
    """Sort links by their ends; in the order in which they are given."""
    blocks = [link for link in links if link.kind is LinkKind.BLOCKS]
    into: dict[str, list[Link]] = {}
    for link in blocks:
        if link.source_id and link.target_id:
            into.setdefault(link.target_id, []).append(link)
    return LinkEnds(
        frozenset(end for link in blocks for end in (link.source_id, link.target_id) if end),
        {target: tuple(found) for target, found in into.items()},
    )


def standing(links: Iterable[Link], at: datetime) -> tuple[Link, ...]:
    """Links of the kind "blocks" that stand at a moment, with both ends known by id, each pair once, in a fixed order."""
    pairs: dict[tuple[str, str], Link] = {}
    for link in sorted(links, key=lambda link: link.id):
        if link.kind is not LinkKind.BLOCKS or not link.source_id or not link.target_id:
            continue
        if link.source_id == link.target_id:
            continue  # An item that waits for itself says nothing.
        begun = link.from_at is None or link.from_at <= at
        ended = link.to_at is not None and link.to_at <= at
        if begun and not ended:
            pairs.setdefault((link.source_id, link.target_id), link)
    return tuple(pairs[key] for key in sorted(pairs))
