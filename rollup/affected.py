"""What a change touches: the nodes that have to be scored anew when some projects have changed."""

from collections.abc import Collection
from datetime import UTC, datetime

from model.landscape import Landscape
from rollup.world import FactsAt, World


def affected(landscape: Landscape, changed_projects: Collection[str], facts_at: FactsAt, as_of: datetime) -> set[str]:
    """Node ids whose score can differ after a change in ``changed_projects``.

    The projects themselves, those that share a person with them now or ever, those joined to them by links, and all
    that stand above any of these; and above whatever a chain of links reaches, as slips are carried along it. A change
    of tree, policy, people map, overrides or day needs a full roll-up instead.
    """
    world = World(landscape, facts_at, as_of.astimezone(UTC))
    known = [project for project in changed_projects if project in world.nodes]
    touched = set(known) | _by_people(world, known)
    neighbours = _neighbours(world)
    for project in known:
        touched |= neighbours.get(project, set())
    reached = _reach(neighbours, known)
    above = {ancestor for project in touched | reached for ancestor in _ancestors(world, project)}
    return touched | above


def _by_people(world: World, changed: Collection[str]) -> set[str]:
    def accounts(project: str) -> set[str]:
        ever = world.landscape.planned_ever.get(project, ())
        return {world.person(account) for account in (*world.outline(project).accounts, *ever)}

    people = {person for project in changed for person in accounts(project)}
    return {project for project in world.every_project if not people.isdisjoint(accounts(project))}


def _neighbours(world: World) -> dict[str, set[str]]:
    """Project → projects joined to it by a link, whichever way it points and whenever it stood."""
    places: dict[str, set[str]] = {}
    if world.landscape.links:
        for project in world.every_project:
            for item in world.outline(project).linked:
                places.setdefault(item, set()).add(project)
    found: dict[str, set[str]] = {}
    for link in world.landscape.links:
        ends = places.get(link.source_id or "", set()) | places.get(link.target_id or "", set())
        for project in ends:
            found.setdefault(project, set()).update(ends)
    return found


def _reach(neighbours: dict[str, set[str]], start: Collection[str]) -> set[str]:
    seen = set(start)
    queue = list(start)
    while queue:
        for project in neighbours.get(queue.pop(), ()):
            if project not in seen:
                seen.add(project)
                queue.append(project)
    return seen


def _ancestors(world: World, node_id: str) -> set[str]:
    found: set[str] = set()
    for parent in world.nodes[node_id].parents:
        found |= {parent.id} | _ancestors(world, parent.id)
    return found
