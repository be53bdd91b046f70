"""What the tools plan beside work items, tied to the tree: whose time is reserved for which project."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from model.landscape import PlannedTime
from store.unit_of_work import UnitOfWork

Containers = Mapping[str, Sequence[str]]


def planned_time(uow: UnitOfWork, containers: Containers, known_at: datetime | None) -> tuple[PlannedTime, ...]:
    """Every allocation that names a person, with the project nodes that its tool's project feeds."""
    nodes = nodes_by_container(containers)
    return tuple(
        PlannedTime(
            id=entry.id,
            account=entry.person_id,
            nodes=nodes.get(entry.project_id, ()),
            start_on=entry.start_on,
            end_on=entry.end_on,
            hours=entry.hours,
            percent=entry.percent,
        )
        for entry in uow.records.all_allocations(known_at=known_at)
        if entry.person_id is not None
    )


def planned_ever(uow: UnitOfWork, containers: Containers) -> dict[str, tuple[str, ...]]:
    """Per project node every account that was ever planned for it: whom a change there may concern elsewhere."""
    found: dict[str, set[str]] = {}
    nodes = nodes_by_container(containers)
    for project, accounts in uow.records.ever_allocated().items():
        for node in nodes.get(project, ()):
            found.setdefault(node, set()).update(accounts)
    return {node: tuple(sorted(accounts)) for node, accounts in sorted(found.items())}


def nodes_by_container(containers: Containers) -> dict[str, tuple[str, ...]]:
    """Container → the project nodes that it feeds."""
    found: dict[str, list[str]] = {}
    for node, ids in containers.items():
        for container in ids:
            found.setdefault(container, []).append(node)
    return {container: tuple(nodes) for container, nodes in found.items()}
