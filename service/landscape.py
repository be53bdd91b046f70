"""What the roll-up reads beside the projects' own records: tree, rules, people, and what projects share."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any

from model.landscape import Landscape, ProjectRecords
from model.work import Link
from service import derived, plans
from service.workspace import Workspace, containers_by_node
from store.unit_of_work import UnitOfWork


def landscape_of(
    workspace: Workspace, uow: UnitOfWork, *, known_at: datetime | None, at: datetime | None = None
) -> Landscape:
    """The landscape as known at a moment (None: now). ``at``: whose memberships of derived nodes count."""
    tree = derived.tree_at(workspace, uow, at)
    containers = containers_by_node(workspace, uow, tree)
    standing = uow.forecasts.standing(known_at=known_at)
    return Landscape(
        tree=tree,
        policies=dict(workspace.policies),
        teammates=workspace.teammates,
        links=_resolved_links(workspace, uow, known_at),
        goals=uow.records.goals(known_at=known_at),
        goal_versions=uow.records.goal_versions(known_at=known_at),
        overrides=uow.overrides.all(known_at=known_at),
        declared=uow.records.declared(known_at=known_at),
        timezone=workspace.timezone,
        money=workspace.money,
        first_sync_at=uow.records.first_known_at(known_at=known_at),
        containers=containers,
        planned=plans.planned_time(uow, containers, known_at),
        planned_ever=plans.planned_ever(uow, containers),
        forecast_record=standing.record if standing else None,
    )


def renewed(workspace: Workspace, uow: UnitOfWork, before: Landscape, differing: Collection[str]) -> Landscape:
    """The landscape as known now, of which only the fields named by ``differing`` are read again, and overrides always.

    ``""`` among them: something was learned, so a link by address may lead to an item now that did not before.
    """
    found: dict[str, Any] = {"overrides": uow.overrides.all()}
    if "links" in differing or ("" in differing and uow.records.any_link_by_address()):
        found["links"] = _resolved_links(workspace, uow, None)
    if "goals" in differing:
        found |= {"goals": uow.records.goals(), "goal_versions": uow.records.goal_versions()}
    if "declared" in differing:
        found["declared"] = uow.records.declared()
    if "planned" in differing:
        found["planned"] = plans.planned_time(uow, before.containers, None)
        found["planned_ever"] = plans.planned_ever(uow, before.containers)
    if before.first_sync_at is None and differing:
        found["first_sync_at"] = uow.records.first_known_at()
    return before.model_copy(update=found)


def landscape_of_one(workspace: Workspace, uow: UnitOfWork, records: ProjectRecords) -> Landscape:
    """What counting a project by itself takes, as known now: of what projects share only the links at its items.

    Without goals, planned time and what people declared: the facts that are made of them stay empty.
    """
    return Landscape(
        tree=workspace.tree,
        policies=dict(workspace.policies),
        teammates=workspace.teammates,
        links=_resolved(workspace, uow, _links_at(workspace, uow, records)),
        timezone=workspace.timezone,
        money=workspace.money,
    )


def _links_at(workspace: Workspace, uow: UnitOfWork, records: ProjectRecords) -> tuple[Link, ...]:
    """The links that touch an item of a project, by its id or by its address."""
    items = [history.item for history in records.items]
    at_ids = uow.records.links_at([item.id for item in items])
    by_address = uow.records.links_by_address()
    labels = {(item.connection, label) for item in items for label in (item.key, item.id.rpartition(":")[2])}
    ours = [
        link for link in by_address
        if any(not labels.isdisjoint(_labels(workspace, url)) for url in (link.source_url, link.target_url))
    ]  # fmt: skip
    return tuple({link.id: link for link in (*at_ids, *ours)}.values())


def _resolved_links(workspace: Workspace, uow: UnitOfWork, known_at: datetime | None) -> tuple[Link, ...]:
    """All links with both ends as item ids."""
    return _resolved(workspace, uow, uow.records.links(known_at=known_at))


def _resolved(workspace: Workspace, uow: UnitOfWork, links: Iterable[Link]) -> tuple[Link, ...]:
    """Links with both ends as item ids; a URL that no connection of ours knows is left out."""
    resolved = []
    for link in links:
        source = link.source_id or item_behind(workspace, uow, link.source_url)
        target = link.target_id or item_behind(workspace, uow, link.target_url)
        if source and target:
            ends = {"source_id": source, "source_url": None, "target_id": target, "target_url": None}
            resolved.append(link.model_copy(update=ends))
    return tuple(resolved)


def item_behind(workspace: Workspace, uow: UnitOfWork, url: str | None) -> str | None:
    """The id of the item that an address shows; None where no connection of ours knows it."""
    for name, label in _labels(workspace, url):
        item = uow.records.item_by_label(name, label)
        if item is not None:
            return item.id
    return None


def _labels(workspace: Workspace, url: str | None) -> Iterator[tuple[str, str]]:
    """What an address names, with each connection to whose tool it leads."""
    for name in workspace.connections if url else ():
        label = workspace.connector(name).label_of_url(url or "")
        if label:
            yield name, label
