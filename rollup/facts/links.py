"""Links of the kind "blocks" by their ends, sorted once for all projects and moments that are counted."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from model.work import Link, LinkKind


@dataclass(frozen=True, slots=True)
class LinkEnds:
    """The items that any link touches, whenever it stood; and the links into and out of each item, both ends known."""

    ends: frozenset[str]
    into: Mapping[str, tuple[Link, ...]]
    out_of: Mapping[str, tuple[Link, ...]]

    def beside(self, item: str) -> Iterator[str]:
        """The items at the other ends of an item's links, whichever way they point and whenever they stood."""
        for link in self.into.get(item, ()):
            yield link.source_id or ""
        for link in self.out_of.get(item, ()):
            yield link.target_id or ""

    def joined(self, items: Iterable[str]) -> set[str]:
        """Items with all that is joined to them by chains of links of any length."""
        found = set(items)
        queue = list(found)
        while queue:
            fresh = set(self.beside(queue.pop())) - found
            found |= fresh
            queue.extend(fresh)
        return found

    def standing_into(self, item: str, at: datetime) -> tuple[Link, ...]:
        """The links into an item that stand at a moment: see ``standing``."""
        return standing(self.into.get(item, ()), at)

    def standing_out_of(self, item: str, at: datetime) -> tuple[Link, ...]:
        """The links out of an item that stand at a moment: see ``standing``."""
        return standing(self.out_of.get(item, ()), at)


def link_ends(links: Iterable[Link]) -> LinkEnds:
    """Sort links by their ends; in the order in which they are given."""
    blocks = [link for link in links if link.kind is LinkKind.BLOCKS]
    into: dict[str, list[Link]] = {}
    out_of: dict[str, list[Link]] = {}
    for link in blocks:
        if link.source_id and link.target_id:
            into.setdefault(link.target_id, []).append(link)
            out_of.setdefault(link.source_id, []).append(link)
    return LinkEnds(
        frozenset(end for link in blocks for end in (link.source_id, link.target_id) if end),
        {target: tuple(found) for target, found in into.items()},
        {source: tuple(found) for source, found in out_of.items()},
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
