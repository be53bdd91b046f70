"""What the roll-up reads beside the projects' own records: tree, rules, people, and what projects share."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from model.landscape import Landscape
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


def _resolved_links(workspace: Workspace, uow: UnitOfWork, known_at: datetime | None) -> tuple[Link, ...]:
    """Links with both ends as item ids; a URL that no connection of ours knows is left out."""
    resolved = []
    for link in uow.records.links(known_at=known_at):
        source = link.source_id or item_behind(workspace, uow, link.source_url)
        target = link.target_id or item_behind(workspace, uow, link.target_url)
        if source and target:
            ends = {"source_id": source, "source_url": None, "target_id": target, "target_url": None}
            resolved.append(link.model_copy(update=ends))
    return tuple(resolved)


def item_behind(workspace: Workspace, uow: UnitOfWork, url: str | None) -> str | None:
    for name in workspace.connections if url else ():
        label = workspace.connector(name).label_of_url(url or "")
        item = uow.records.item_by_label(name, label) if label else None
        if item is not None:
            return item.id
    return None


