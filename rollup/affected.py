"""What a change touches: the nodes that have to be scored anew when some projects have changed."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime

from model.landscape import Landscape
from model.tree import Node, ProjectState
from rollup.facts.links import LinkEnds
from rollup.recall import Recall
from rollup.world import FactsAt, World


def affected(
    landscape: Landscape,
    changed_projects: Collection[str],
    facts_at: FactsAt,
    as_of: datetime,
    *,
    recall: Recall | None = None,
) -> set[str]:
    """Node ids whose score can differ after a change in ``changed_projects``.

    The projects themselves, those that share a person with them now or ever, those joined to them by links, and all
    that stand above any of these; and above whatever a chain of links reaches, as slips are carried along it. What
    people do in a project that is closed or a candidate is no load, so it touches nobody else through them, but for
    the time that is reserved for it. A change of tree, policy, people map, overrides or day needs a full roll-up instead.
    """
    recall = recall or Recall()
    world = World(landscape, facts_at, as_of.astimezone(UTC), recall.present)
    known = [project for project in changed_projects if project in world.nodes]
    for project in world.every_project if not recall.complete else known:
        world.outline(project)
        world.release(project)
    touched = set(known) | _by_people(world, recall, known)
    links = recall.link_ends(landscape.links)
    for project in known:
        touched |= _beside(recall, links, project)
    reached = _holding(recall, links.joined(item for project in known for item in recall.ends.get(project, ())))
    recall.reached = frozenset(reached)
    return touched | (with_ancestors(world.nodes, touched | reached) - reached)


def with_ancestors(nodes: Mapping[str, Node], start: Iterable[str]) -> set[str]:
    """Nodes with everything that stands above any of them."""
    found: set[str] = set()
    queue = list(start)
    while queue:
        key = queue.pop()
        if key not in found:
            found.add(key)
            queue.extend(parent.id for parent in nodes[key].parents)
    return found


def _by_people(world: World, recall: Recall, changed: Collection[str]) -> set[str]:
    """The projects of everybody who ever had anything in a changed one, or had time reserved for it."""
    ever = world.landscape.planned_ever
    people: set[str] = set()
    for project in changed:
        counts = world.nodes[project].state is ProjectState.ACTIVE
        at_work = recall.accounts.get(project, ()) if counts else ()
        people.update(world.person(account) for account in (*at_work, *ever.get(project, ())))
    accounts = {account for person in people for account in world.accounts(person)}
    found = {project for account in accounts for project in recall.people.get(account, ())}
    reserved = {project for project, planned in ever.items() if not accounts.isdisjoint(planned)}
    return found | reserved.intersection(world.every_project)


def _beside(recall: Recall, links: LinkEnds, project: str) -> set[str]:
    """The projects that hold an end of a link of which this one holds an end."""
    mine = recall.ends.get(project, ())
    return _holding(recall, {other for item in mine for other in links.beside(item)}.union(mine))


def _holding(recall: Recall, items: Iterable[str]) -> set[str]:
    """The projects that hold any of these ends of links, or ever held one."""
    return {project for item in items for project in recall.places.get(item, ())}
