"""Memberships and links that say only what is true now, beside intervals that a full history told.

An item's present state often comes before its history. What history told is never replaced by a present state that
knows less; what only a present state told is given up when a later one no longer names it.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from model.work import Link, Membership
from store.kinds import Current


def fit_memberships(memberships: Mapping[str, Membership], current: Mapping[str, Current]) -> dict[str, Membership]:
    """The present memberships that add to what history tells, with ids and starts that do not collide with it.

    Where history has an open interval in the container, nothing is added. Where all its intervals ended, the item came
    back after the last end: a further interval is opened then or later.
    """
    told: dict[tuple[str, str], dict[str, Current]] = defaultdict(dict)
    for id_, row in current.items():
        if row.row["from_history"]:
            told[row.row["item_id"], row.row["container_id"]][id_] = row
    fitted = {}
    for membership in memberships.values():
        intervals = told.get((membership.item_id, membership.container_id), {})
        if any(row.row["to_at"] is None for row in intervals.values()):
            continue
        placed = _after(membership, intervals) if intervals else membership
        fitted[placed.id] = placed
    return fitted


def _after(membership: Membership, intervals: Mapping[str, Current]) -> Membership:
    ends: list[datetime] = [row.row["to_at"] for row in intervals.values()]
    number = max(_number(id_) for id_ in intervals) + 1
    return replace(
        membership,
        id=f"{membership.item_id}|{membership.container_id}|{number}",
        from_at=max(membership.from_at, *ends),
    )


def _number(membership_id: str) -> int:
    last = membership_id.rpartition("|")[2]
    return int(last) if last.isdigit() else 0


def left_containers(memberships: Mapping[str, Membership], current: Mapping[str, Current]) -> dict[str, Current]:
    """Rows that only a present state told, of containers which the new present state of the item no longer names."""
    named: dict[str, set[str]] = defaultdict(set)
    for membership in memberships.values():
        named[membership.item_id].add(membership.container_id)
    return {
        id_: row
        for id_, row in current.items()
        if not row.row["from_history"]
        and row.row["item_id"] in named
        and row.row["container_id"] not in named[row.row["item_id"]]
    }


def fit_links(links: Mapping[str, Link], current: Mapping[str, Current]) -> dict[str, Link]:
    """The present links that add to what history tells: those history does not hold open."""

    def told(id_: str) -> bool:
        return id_ in current and current[id_].row["from_history"] and current[id_].row["to_at"] is None

    return {id_: link for id_, link in links.items() if not told(id_)}


def dropped_links(
    links: Mapping[str, Link], current: Mapping[str, Current], items: frozenset[str]
) -> dict[str, Current]:
    """Rows that only a present state told, of ``items`` that have links in the batch, which it no longer names."""
    speaking = {end for link in links.values() for end in (link.source_id, link.target_id)} & items
    return {
        id_: row
        for id_, row in current.items()
        if id_ not in links
        and not row.row["from_history"]
        and (row.row["source_id"] in speaking or row.row["target_id"] in speaking)
    }
