"""Lenses: the organisation's projects, or parts of them, under another tree, scored by the same engine.

A lens is a partition of everything there is: what carries no value of it lies in its rest, so the top of a lens counts
exactly the items that the organisation counts, each once. An item carries the values of its own, else those of its
nearest ancestor that has any; with several it belongs to each of these groups, and its work is split between them, as
under several programs. A project with several tags or goals stands under each with an equal share.

The grouping is that of the moment of knowledge: labels, fields and tags have no history that the tools tell, so a past
day is seen through it as it is now. A part of a project has no budget and no weight of its own; a project that lies in
one group as a whole keeps both.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from model.ids import slug
from model.landscape import Landscape, ProjectRecords
from model.lens import Lens, LensGroup, LensKind
from model.tree import Node, NodeKind, Parent, ProjectState, Tree
from model.work import Goal, WorkItem

REST = "rest"
LONGEST_ID = 64

RecordsOf = Callable[[str], ProjectRecords]


class Part(NamedTuple):
    """What a project node of a lens stands for: the items of a project, or the whole of it (``items`` None)."""

    project: str
    items: frozenset[str] | None


@dataclass(frozen=True)
class Grouping:
    """A lens over one landscape. ``parts``: by the id of each project node. ``carried``/``of``: how many items (or
    projects, for a lens that groups these) carry a value, of how many.
    """

    lens: Lens
    tree: Tree
    parts: Mapping[str, Part]
    carried: int
    of: int

    @property
    def unit(self) -> str:
        return "items" if self.lens.kind.of_items else "projects"


def grouping(lens: Lens, landscape: Landscape, records: RecordsOf) -> Grouping:
    """The tree of a lens: its top, a program for each value, and the projects or parts of them below."""
    return _by_items(lens, landscape, records) if lens.kind.of_items else _by_projects(lens, landscape)


def part_of(part: Part, records: ProjectRecords, node: Node) -> ProjectRecords:
    """The records of one project node of a lens. Records that were never read carry no value: they lie in the rest."""
    items = part.items
    if items is None:
        return records.model_copy(update={"node": node.id})
    rest = node.parents[0].id.endswith(f"--{REST}")
    known = {history.item.id for history in records.items}
    unseen = {
        name: tuple(key for key in ids if key in items or (rest and key not in known))
        for name, ids in (("unreadable", records.unreadable), ("hidden", records.hidden))
    }
    unnamed = max(0, records.skipped - len(records.unreadable) - len(records.hidden)) if rest else 0
    return records.model_copy(
        update={
            "node": node.id,
            "part": items,
            "declared": (),
            "skipped": unnamed + sum(map(len, unseen.values())),
            **unseen,
        }
    )


def group_id(lens: Lens, value: str) -> str:
    """The id of a group: a function of its value alone, so that it never changes."""
    plain = value.strip().casefold()
    short = slug(plain)
    if short != plain or short == REST:
        short = f"{short}-{_digest(plain)}".strip("-")
    return _fit(f"{lens.name}--{short}")


def top_id(lens: Lens) -> str:
    return f"lens--{lens.name}"


def fixed_nodes(lens: Lens) -> tuple[Node, ...]:
    """The nodes that the configuration itself speaks of: the top, and the groups it names."""
    groups = (_group(lens, group.value, group.name or group.value, group, ProjectState.ACTIVE) for group in lens.groups)
    return (_top(lens), *groups)


def _top(lens: Lens) -> Node:
    name = lens.title or lens.name.replace("-", " ").capitalize()
    return Node(id=top_id(lens), kind=NodeKind.PORTFOLIO, name=name, publish=lens.publish)


def _group(lens: Lens, value: str, name: str, told: LensGroup | None, state: ProjectState) -> Node:
    return Node(
        id=group_id(lens, value),
        kind=NodeKind.PROGRAM,
        name=name,
        parents=(Parent(id=top_id(lens)),),
        weight=told.weight if told else None,
        publish=told.publish if told else (),
        state=state,
    )


def _rest(lens: Lens) -> Node:
    name = f"No {lens.name.replace('-', ' ')}"
    parents = (Parent(id=top_id(lens)),)
    return Node(id=f"{lens.name}--{REST}", kind=NodeKind.PROGRAM, name=name, parents=parents)


def _groups(lens: Lens, spelled: Mapping[str, str], *, rest: bool) -> list[Node]:
    """The top, a node for each value found or configured, and the rest. A configured group that nothing carries is
    shown and counts nowhere, as a candidate does.
    """
    told = {group.value.strip().casefold(): group for group in lens.groups}
    nodes = {}
    for value in sorted({*spelled, *told}):
        group = told.get(value)
        name = (group.name if group else None) or spelled.get(value) or (group.value if group else value)
        state = ProjectState.ACTIVE if value in spelled else ProjectState.CANDIDATE
        node = _group(lens, value, name, group, state)
        nodes[node.id] = node
    return [_top(lens), *nodes.values(), *([_rest(lens)] if rest else [])]


# -- whole projects ---------------------------------------------------------------------------------------------------


def _by_projects(lens: Lens, landscape: Landscape) -> Grouping:
    projects = landscape.tree.projects()
    goals = {goal.id: goal for goal in landscape.goals}
    values = {project.id: _values_of_project(lens, project) for project in projects}
    spelled = _spelled(value for mine in values.values() for value in mine)
    if lens.kind is LensKind.GOAL:
        spelled = {key: _goal_name(value, goals) for key, value in spelled.items()}
    placed = []
    for project in projects:
        groups = sorted({group_id(lens, value) for value in values[project.id]}) or [f"{lens.name}--{REST}"]
        parents = tuple(Parent(id=group, share=1 / len(groups)) for group in groups)
        placed.append(project.model_copy(update={"parents": parents}))
    carried = sum(1 for mine in values.values() if mine)
    top = _groups(lens, spelled, rest=carried < len(projects))
    parts = {project.id: Part(project.id, None) for project in projects}
    return Grouping(lens, Tree(nodes=(*top, *placed)), parts, carried, len(projects))


def _values_of_project(lens: Lens, project: Node) -> tuple[str, ...]:
    if lens.kind is LensKind.CLASS:
        return (project.project_class,)
    if lens.kind is LensKind.GOAL:
        return tuple(goal_value(goal.connection, goal.goal) for goal in project.goals)
    return project.tagged(lens.key)


def goal_value(connection: str, goal: str) -> str:
    """A goal as the value of a lens."""
    return f"{connection}-{goal}"


def _goal_name(value: str, goals: Mapping[str, Goal]) -> str:
    found = [goal.name for goal in goals.values() if goal_value(goal.connection, goal.id.split(":", 2)[2]) == value]
    return found[0] if found else value


# -- parts of projects ------------------------------------------------------------------------------------------------


def _by_items(lens: Lens, landscape: Landscape, records: RecordsOf) -> Grouping:
    held: dict[str, dict[str, set[str]]] = {}
    every: set[str] = set()
    carriers: set[str] = set()
    spelled: list[str] = []
    for project in landscape.tree.projects():
        known = records(project.id)
        found = _values_of_items(lens, [one.item for one in known.items])
        mine = held.setdefault(project.id, {})
        for item, values in found.items():
            every.add(item)
            carriers |= {item} if values else set()
            spelled.extend(values)
            for group in {group_id(lens, value) for value in values} or {f"{lens.name}--{REST}"}:
                mine.setdefault(group, set()).add(item)
        if not mine or known.skipped:
            mine.setdefault(f"{lens.name}--{REST}", set())
    rest = any(f"{lens.name}--{REST}" in mine for mine in held.values())
    top = _groups(lens, _spelled(spelled), rest=rest)
    nodes, parts = _parts(landscape, held, [node.id for node in top])
    return Grouping(lens, Tree(nodes=(*top, *nodes)), parts, len(carriers), len(every))


def _parts(
    landscape: Landscape, held: Mapping[str, Mapping[str, set[str]]], groups: Sequence[str]
) -> tuple[list[Node], dict[str, Part]]:
    nodes: list[Node] = []
    parts: dict[str, Part] = {}
    for project in landscape.tree.projects():
        mine = held[project.id]
        for group in (group for group in groups if group in mine):
            whole = len(mine) == 1
            node = project.model_copy(
                update={"id": _fit(f"{group}--{project.id}"), "parents": (Parent(id=group),)}
                | ({} if whole else {"budget": None, "weight": None, "sources": (), "publish": ()})
            )
            nodes.append(node)
            parts[node.id] = Part(project.id, None if whole else frozenset(mine[group]))
    return nodes, parts


def _values_of_items(lens: Lens, items: Sequence[WorkItem]) -> dict[str, tuple[str, ...]]:
    """What each item carries: values of its own, else those of its nearest ancestor here that has any."""
    by_id = {item.id: item for item in items}
    own = {item.id: _own_values(lens, item) for item in items}
    found: dict[str, tuple[str, ...]] = {}
    for item in items:
        at: WorkItem | None = item
        seen: set[str] = set()
        while at is not None and not own[at.id] and at.id not in seen:
            seen.add(at.id)
            at = by_id.get(at.parent_id or "")
        found[item.id] = own[at.id] if at is not None else ()
    return found


def _own_values(lens: Lens, item: WorkItem) -> tuple[str, ...]:
    if lens.kind is LensKind.FIELD:
        values = item.facets.get(lens.key, ())
    else:
        prefix = lens.key.casefold()
        values = tuple(label[len(prefix) :] for label in item.labels if label.casefold().startswith(prefix))
    return tuple(value for value in values if value.strip())


def _spelled(values: Iterable[str]) -> dict[str, str]:
    """Each value without regard to case, and how it is shown: its first spelling in the order of letters."""
    found: dict[str, str] = {}
    for value in values:
        shown = value.strip()
        key = shown.casefold()
        found[key] = min(found.get(key, shown), shown)
    return found


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _fit(id_: str) -> str:
    """An id of at most 64 signs: a longer one ends in a digest of the whole."""
    return id_ if len(id_) <= LONGEST_ID else f"{id_[: LONGEST_ID - 9].rstrip('-')}-{_digest(id_)}"
