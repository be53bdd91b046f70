"""Links by their ends, sorted once for all projects and moments that are counted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

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
