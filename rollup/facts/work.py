"""Leaves, containers, and the unit in which a project's work is counted."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from model.work import NOT_WORK, ItemType, StatusCategory
from rollup.facts.records import Unit
from rollup.facts.state import ItemAt

UNIT_SHARE = 0.8
"""Story points (else hours) are the unit of work from this share of estimated leaves on."""

MOST = {"points": 1_000.0, "hours": 10_000.0}
"""More than this on one item is a slip of the hand (ten thousand hours are five years of a person)."""
LEAST = 1e-4
"""Less than this, but for 0, is no estimate (a third of a second): a share of it is no number any more."""


def split_leaves(items: Iterable[ItemAt]) -> tuple[list[ItemAt], list[ItemAt]]:
    """Work items that count, and their containers. What is no output of a team is in neither.

    An item below which everything was dropped stands for itself again: it is still to be done, or was done.
    """
    work = [item for item in items if item.type not in NOT_WORK]
    parents = {item.parent_id for item in work}
    if any(item.status is StatusCategory.DROPPED for item in work):
        parents -= _left_alone(work, parents)
    leaves = [item for item in work if item.id not in parents]
    return leaves, [item for item in work if item.id in parents]


def _left_alone(work: Sequence[ItemAt], parents: Collection[str | None]) -> set[str | None]:
    """Ids of parents that were not dropped while everything below them was."""
    above = {item.id: item.parent_id for item in work}
    kept = [item for item in work if item.status is not StatusCategory.DROPPED]
    holding = {key for item in kept for key in ancestors(item.id, above)}
    return {item.id for item in kept if item.id in parents and item.id not in holding}


def believable(value: float | None, field: str) -> bool:
    """Whether an estimate (of "points" or "hours") can be meant: a number, not below 0, not absurdly large or small."""
    # None of these holds of what is not a number.
    return value is not None and (value == 0 or LEAST <= value <= MOST[field])


def estimates(leaves: Sequence[ItemAt], containers: Sequence[ItemAt], field: str) -> dict[str, float]:
    """Estimate per leaf, of ``field`` ("points" or "hours"). A container's own counts only if no item below has one.

    It is then shared out equally over the leaves below that were not dropped. A number that can't be meant is none.
    """
    found = {leaf.id: value for leaf in leaves if believable(value := getattr(leaf, field), field)}
    held = [container for container in containers if believable(getattr(container, field), field)]
    if not held:
        return found
    above = {item.id: item.parent_id for item in (*leaves, *containers)}
    own = {container.id: getattr(container, field) for container in held}
    below: dict[str, list[ItemAt]] = {}
    blocked: set[str] = set()
    for leaf in leaves:
        chain = ancestors(leaf.id, above)
        for above_it in chain:
            below.setdefault(above_it, []).append(leaf)
        if leaf.id in found:
            blocked.update(chain)
    for container in held:
        blocked.update(ancestors(container.id, above))
    for key in sorted(own):
        heirs = [leaf for leaf in below.get(key, ()) if leaf.status is not StatusCategory.DROPPED]
        if key not in blocked and heirs:
            found.update({leaf.id: own[key] / len(heirs) for leaf in heirs})
    return found


def ancestors(item_id: str, above: Mapping[str, str | None]) -> list[str]:
    """The containers above an item, nearest first; a loop of parents ends where it closes."""
    chain: list[str] = []
    parent = above.get(item_id)
    while parent is not None and parent in above and parent not in chain:
        chain.append(parent)
        parent = above[parent]
    return chain


def unit_of(leaves: Sequence[ItemAt], points: dict[str, float], hours: dict[str, float]) -> Unit:
    """Points where at least 80 % of the leaves have them, else hours, else items."""
    counted = [leaf.id for leaf in leaves if leaf.status is not StatusCategory.DROPPED]
    for unit, found in ((Unit.POINTS, points), (Unit.HOURS, hours)):
        with_it = sum(1 for key in counted if found.get(key) is not None)
        if counted and with_it >= UNIT_SHARE * len(counted) and any(found.get(key) for key in counted):
            return unit
    return Unit.ITEMS


def work_of(leaves: Sequence[ItemAt], unit: Unit, found: dict[str, float]) -> dict[str, float]:
    """Work per leaf in the unit; a leaf without an estimate counts as the average of those that have one."""
    if unit is Unit.ITEMS:
        return {leaf.id: 1.0 for leaf in leaves}
    known = [found[leaf.id] for leaf in leaves if leaf.id in found]
    usual = sum(known) / len(known) if known else 1.0
    return {leaf.id: found.get(leaf.id, usual) for leaf in leaves}


def is_defect(item: ItemAt) -> bool:
    return item.type is ItemType.DEFECT
