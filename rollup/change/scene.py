"""The organisation as it would be after some of the causes only: its landscape, and the facts of its projects."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

from model.landscape import ItemHistory, Landscape, ProjectRecords
from model.tree import Node, NodeKind, Tree
from model.work import Link
from rollup.change.causes import OF_LANDSCAPE, OF_NODE, OF_RECORDS, Cause
from rollup.change.items import LONG_AGO, Causes, ItemBetween, Span
from rollup.change.reach import Reach
from rollup.facts import ProjectFacts, count_facts
from rollup.facts.state import States, distinct

_NODE_FIELDS = [name for name in Node.model_fields if name not in ("id", "name", "publish")]
"""What may move a score; how a node is called and where it is shown does not."""
MOST_LEAVES = 200_000
"""Work items whose facts are held at once."""


@dataclass(frozen=True)
class Side:
    """One of the two moments: what was shared then, and the records of a project as known then.

    ``records(project, landscape_of_then)``: by the sources that the tree had then or has now. ``parts``: through a lens, the
    items of each project of its tree, where it is a part of one.
    """

    at: datetime
    landscape: Landscape
    records: Callable[[str, bool], ProjectRecords]
    parts: Mapping[str, frozenset[str] | None] = field(default_factory=dict)


class Scene:
    """Everything between two moments that reaches a node. Asked by sets of causes; each different answer is made once.

    Projects outside ``reached`` can't have a part in the node's score, then or now: they are not looked at.
    """

    def __init__(self, then: Side, now: Side, node: str) -> None:
        self.span = Span(then.at.astimezone(UTC), now.at.astimezone(UTC))
        self._sides = then, now
        self._projects: dict[str, ProjectBetween] = {}
        self._landscapes: dict[Causes, Landscape] = {}
        self._facts: OrderedDict[tuple[str, Causes], ProjectFacts] = OrderedDict()
        self._held = 0
        self.reached = self._reach(self.below(node))

    def _reach(self, projects: list[str]) -> frozenset[str]:
        reach = Reach(*(side.landscape for side in self._sides))
        for index, side in enumerate(self._sides):
            for node in side.landscape.tree.projects():
                reach.note(node.id, side.records(node.id, index == 0))
        return reach.of(projects)

    @cached_property
    def shared(self) -> Causes:
        """The causes that changed anything in what projects share."""
        one, other = self._sides[0].landscape, self._sides[1].landscape
        apart = [name for name in Landscape.model_fields if name not in ("tree", "links")]
        fields = {_landscape_cause(name) for name in apart if getattr(one, name) != getattr(other, name)}
        return frozenset(fields | self.tree_causes | self.link_causes | {Cause.TIME})

    @cached_property
    def tree_causes(self) -> Causes:
        """The causes that changed the tree."""
        one, other = (side.landscape.tree.by_id() for side in self._sides)
        found: set[Cause] = set()
        if list(one) != list(other):
            found.add(Cause.MEMBERSHIP)
        for key in one.keys() & other.keys():
            was, is_ = one[key], other[key]
            found |= {_node_cause(name) for name in _NODE_FIELDS if getattr(was, name) != getattr(is_, name)}
        return frozenset(found)

    @cached_property
    def _links(self) -> Mapping[str, tuple[Link | None, Link | None, Link | None]]:
        """Link id → as it stood then by what was known then, then by what is known now, and now."""
        one, other = ({link.id: link for link in side.landscape.links} for side in self._sides)
        then, now = self.span
        return {
            key: (_standing(one.get(key), then), _standing(other.get(key), then), _standing(other.get(key), now))
            for key in sorted(one.keys() | other.keys())
        }

    @cached_property
    def link_causes(self) -> Causes:
        found = {Cause.LINKS for _, late, now in self._links.values() if late != now}
        found |= {Cause.CORRECTION for then, late, _ in self._links.values() if then != late}
        return frozenset(found)

    def link_ends(self) -> Iterable[str]:
        """The items at the ends of links that came or went."""
        for _, late, now in self._links.values():
            if late != now:
                link = now or late
                yield from (end for end in ((link.source_id, link.target_id) if link else ()) if end)

    def causes(self) -> Causes:
        """Every cause that changed anything; any other leaves each coalition as it is, and so moves nothing."""
        return self.shared.union(*(self.project(key).causes for key in self.reached))

    def rarest_first(self, causes: Causes) -> list[Cause]:
        """The causes by how many projects they touched: sets that differ in the first ones share most of their facts."""
        touched = {cause: sum(cause in self.project(key).causes for key in self.reached) for cause in Cause}
        return [cause for cause in sorted(Cause, key=lambda cause: touched[cause]) if cause in causes]

    def below(self, key: str) -> list[str]:
        """The projects at or below a node, in either tree."""
        found: dict[str, None] = {}
        for side in self._sides:
            below = {key}
            for node in side.landscape.tree.nodes:  # parents stand before children
                if node.id in below or any(parent.id in below for parent in node.parents):
                    below.add(node.id)
                    found.update({node.id: None} if node.kind is NodeKind.PROJECT else {})
        return list(found)

    def project(self, key: str) -> "ProjectBetween":
        if key not in self._projects:
            self._projects[key] = ProjectBetween(key, self._sides, self.span)
        return self._projects[key]

    def landscape(self, causes: Causes) -> Landscape:
        kept = causes & self.shared
        if kept not in self._landscapes:
            self._landscapes[kept] = self._landscape(kept)
        return self._landscapes[kept]

    def _landscape(self, causes: Causes) -> Landscape:
        now = self._sides[1].landscape
        values = {
            name: getattr(self._side(_landscape_cause(name), causes).landscape, name) for name in Landscape.model_fields
        }
        links = self._links.values()
        values["links"] = tuple(link for each in links if (link := _link_under(each, causes)) is not None)
        values["tree"] = self._tree(causes)
        return now.model_copy(update=values)

    def _tree(self, causes: Causes) -> Tree:
        base = self._side(Cause.MEMBERSHIP, causes).landscape.tree
        one, other = (side.landscape.tree.by_id() for side in self._sides)
        nodes = []
        for node in base.nodes:
            if node.id in one and node.id in other and self.tree_causes:
                sides = {name: (one, other)[cause in causes][node.id] for name, cause in OF_NODE.items()}
                node = node.model_copy(update={name: getattr(side, name) for name, side in sides.items()})
            nodes.append(node)
        return Tree.model_construct(nodes=tuple(nodes))

    def _side(self, cause: Cause, causes: Causes) -> Side:
        return self._sides[cause in causes]

    def at(self, causes: Causes) -> datetime:
        return self.span[Cause.TIME in causes]

    def facts(self, key: str, causes: Causes) -> ProjectFacts:
        """The facts of a project when just these causes have acted."""
        node = self.landscape(causes).tree.by_id()[key]
        project = self.project(key)
        kept = causes & (project.causes | self.shared)
        if (key, kept) not in self._facts:
            records, states = project.under(kept), project.states
            made = count_facts(records, node, self.landscape(causes), self.at(causes), states=states)
            self._facts[key, kept] = made
            self._let_go(len(made.leaves))
        self._facts.move_to_end((key, kept))
        return self._facts[key, kept]

    def _let_go(self, more: int) -> None:
        """Forget the facts that were not asked for longest: they are counted again should they be asked for."""
        self._held += more
        while self._held > MOST_LEAVES and len(self._facts) > 1:
            _, gone = self._facts.popitem(last=False)
            self._held -= len(gone.leaves)


def _landscape_cause(name: str) -> Cause:
    """The cause of a field; of the tree and the links, which are taken apart, the one that takes what is left."""
    return Cause.MEMBERSHIP if name == "tree" else Cause.LINKS if name == "links" else OF_LANDSCAPE[name]


def _node_cause(name: str) -> Cause:
    return OF_NODE.get(name, Cause.MEMBERSHIP)


def _standing(link: Link | None, at: datetime) -> Link | None:
    """The link with times that say at any moment whether it stood at this one."""
    if link is None:
        return None
    stood = (link.from_at is None or link.from_at <= at) and (link.to_at is None or link.to_at > at)
    return link.model_copy(update={"from_at": None, "to_at": None if stood else LONG_AGO})


def _link_under(versions: tuple[Link | None, Link | None, Link | None], causes: Causes) -> Link | None:
    then, late, now = versions
    if Cause.LINKS in causes and now != late:
        return now
    return late if Cause.CORRECTION in causes else then


class ProjectBetween:
    """One project between the moments: its items by the sources of each tree."""

    def __init__(self, key: str, sides: tuple[Side, Side], span: Span) -> None:
        self.key = key
        self.states = States()
        nodes = [side.landscape.tree.by_id().get(key) for side in sides]
        moved = {side.parts.get(key) for side in sides}
        self._resourced = None not in nodes and (len(moved) > 1 or nodes[0].sources != nodes[1].sources)  # type: ignore[union-attr]
        only = [index for index, node in enumerate(nodes) if node is not None]
        trees = (0, 1) if self._resourced else (only[-1],)
        one, other = sides
        self._records = {tree: (one.records(key, tree == 0), other.records(key, tree == 0)) for tree in trees}
        self._items = {tree: _between(*self._records[tree], span) for tree in trees}
        self.causes = self._touched()

    def _touched(self) -> Causes:
        found: set[Cause] = {Cause.TIME}
        for tree, items in self._items.items():
            one, other = self._records[tree]
            found |= {cause for name, cause in OF_RECORDS.items() if getattr(one, name) != getattr(other, name)}
            found = found.union(*(item.causes for item in items.values()))
        return frozenset(found | ({Cause.MEMBERSHIP} if self._resourced else set()))

    def under(self, causes: Causes) -> ProjectRecords:
        tree = int(Cause.MEMBERSHIP in causes) if self._resourced else next(iter(self._items))
        one, other = self._records[tree]
        values = {name: getattr(other if cause in causes else one, name) for name, cause in OF_RECORDS.items()}
        items = (item.under(causes) for item in self._items[tree].values())
        return other.model_copy(update={**values, "items": tuple(item for item in items if item is not None)})

    def items_of(self, cause: Cause) -> set[str]:
        """The items in which a cause changed something."""
        found = {key for items in self._items.values() for key, item in items.items() if cause in item.causes}
        if cause is Cause.MEMBERSHIP and self._resourced:
            found |= self._items[0].keys() ^ self._items[1].keys()
        return found


def _between(one: ProjectRecords, other: ProjectRecords, span: Span) -> dict[str, ItemBetween]:
    before, after = _by_id(one.items), _by_id(other.items)
    return {key: ItemBetween(before.get(key), after.get(key), span) for key in sorted(before.keys() | after.keys())}


def _by_id(items: Iterable[ItemHistory]) -> dict[str, ItemHistory]:
    return {history.item.id: history for history in distinct(items)}
