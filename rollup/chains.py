"""The graph of open links over all tools: when each item likely finishes, and how much room every chain has.

The likely finish of an item is the latest of: its last known due date (else its project's target date); today plus what
work of its project usually still takes (the median cycle time where six were finished); and the likely finish of what it
waits for plus its own planned duration. It is carried along the longest path. Items in a cycle carry nothing on.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from model.tree import Node, NodeKind
from model.work import Link
from rollup.facts import LinkedItem

if TYPE_CHECKING:
    from rollup.world import World

_NEVER = datetime.max.replace(tzinfo=UTC)
_ROUNDED = timedelta(seconds=1)
"""Beyond what is rounded in counting days."""


@dataclass(frozen=True, slots=True)
class LinkState:
    """One open link as it stands. ``late_days`` above 0: a conflict; ``kind`` names it as ``ConflictKind`` does, or "fits".

    ``slack_days``: room on the chain through the link until something is due too early; None where no date tells.
    """

    link: Link
    source: str
    target: str
    kind: str
    likely_on: date | None = None
    needed_on: date | None = None
    late_days: int | None = None
    carried_days: int = 0
    slack_days: int | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """The items that open links join, and by the item that waits how each link between two projects stands.

    It holds before ``until``, as long as no project that has any of the items differs.
    """

    items: Collection[str]
    states: Mapping[str, tuple[LinkState, ...]]
    until: datetime


@dataclass(frozen=True, slots=True)
class _Below:
    """How the open links into the projects below a node stand; it holds before ``until``."""

    states: Sequence[LinkState]
    until: datetime


def _ordered(states: Iterable[LinkState]) -> list[LinkState]:
    return sorted(states, key=lambda state: (state.link.source_id or "", state.link.target_id or ""))


class Chains:
    """The open links of one world. What is joined by links is counted together, once, when any of it is first asked for."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._kept = world.day.chains(world.landscape.links)
        self._usual: dict[str, float] = {}
        self._rings: dict[str, str] = {}
        self._finish: dict[str, date | None] = {}
        self._latest: dict[str, date | None] = {}

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """All links whose two ends are known and open."""
        return tuple(link for link in self._world.blocking if self._is_open(link))

    def _is_open(self, link: Link) -> bool:
        is_open = self._world.is_open
        return bool(link.source_id and link.target_id) and is_open(link.source_id or "") and is_open(link.target_id or "")

    def _into(self, item: str) -> list[Link]:
        links = self._world.links.standing_into(item, self._world.as_of)
        return [link for link in links if self._is_open(link)]

    def _near(self, item: str) -> Iterator[str]:
        """The items at the other ends of an item's open links."""
        for link in self._into(item):
            yield link.source_id or ""
        for link in self._world.links.standing_out_of(item, self._world.as_of):
            if self._is_open(link):
                yield link.target_id or ""

    def _look(self, items: Iterable[str]) -> None:
        """Count whatever chains of open links join to these items, unless it is counted already."""
        fresh: list[set[str]] = []
        seen: set[str] = set()
        for item in items:
            known = self._kept.get(item)
            if item not in seen and (known is None or known.until <= self._world.as_of):
                fresh.append(self._joined(item))
                seen |= fresh[-1]
        if seen:
            self._count(seen)
        for joined in fresh:
            states = {item: told for item in joined if (told := self._states_into(item))}
            self._kept.update(dict.fromkeys(joined, Chain(joined, states, self._until(joined))))

    def _joined(self, item: str) -> set[str]:
        found, queue = {item}, [item]
        while queue:
            more = set(self._near(queue.pop())) - found
            found |= more
            queue.extend(more)
        return found

    def _states_into(self, item: str) -> tuple[LinkState, ...]:
        """How the open links into an item from another project stand."""
        ends = [(link, self.project_of(link.source_id or ""), self.project_of(item)) for link in self._into(item)]
        return tuple(self._judge(link, source, target) for link, source, target in ends if source != target)

    def _until(self, items: Iterable[str]) -> datetime:
        """When the first link of these items begins or ends, or less time is left of one of them by a whole day."""
        links, now = self._world.links, self._world.as_of
        moments = [
            moment for item in items for link in (*links.into.get(item, ()), *links.out_of.get(item, ()))
            for moment in (link.from_at, link.to_at) if moment is not None and moment > now
        ]  # fmt: skip
        for item in items:
            found = self._world.linked(item)
            if found is not None and found[1].started_at is not None and (left := self._left(item)) > 0:
                moments.append(found[1].started_at + timedelta(days=self._usually(found[0]) - int(left)) - _ROUNDED)
        return min(moments, default=_NEVER)

    def _count(self, items: Collection[str]) -> None:
        import networkx as nx  # It takes a tenth of a second, and many commands follow no link.

        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_edges_from((link.source_id or "", item) for item in items for link in self._into(item))
        for ring in nx.strongly_connected_components(graph):
            if len(ring) > 1:
                self._rings.update(dict.fromkeys(ring, min(ring)))
        straight = graph.subgraph([item for item in graph if item not in self._rings])
        ordered = tuple(nx.topological_sort(straight))
        self._finish.update((item, self.own_finish(item)) for item in graph if item in self._rings)
        self._latest.update((item, self.due(item)) for item in graph if item in self._rings)
        for item in ordered:
            self._finish[item] = self._carried(item, straight.predecessors(item))
        for item in reversed(ordered):
            self._latest[item] = self._allowed(item, straight.successors(item))

    def _carried(self, item: str, before: Iterable[str]) -> date | None:
        """The likely finish of an item; None where no date tells."""
        own, lasts = self.own_finish(item), self._duration(item)
        known = [_shifted(day, lasts) for blocker in before if (day := self._finish[blocker]) is not None]
        return max(known if own is None else [own, *known], default=None)

    def _allowed(self, item: str, after: Iterable[str]) -> date | None:
        """The last day on which an item may finish without making anything behind it late."""
        own = self.due(item)
        known = [day for one in after if (day := self._asked_by(one)) is not None]
        return min(known if own is None else [own, *known], default=None)

    def _asked_by(self, item: str) -> date | None:
        limit = self._latest.get(item)
        days = [self.needed(item), _shifted(limit, -self._duration(item)) if limit is not None else None]
        return min((day for day in days if day is not None), default=None)

    def due(self, item: str) -> date | None:
        """The due date, else the project's target date."""
        project, entry = self._end(item)
        node = self._world.nodes.get(project)
        return entry.due_on or (node.target_on if node else None)

    def needed(self, item: str) -> date | None:
        """By when everything before an item must be done: its start, else its due date. A start after its end is none."""
        entry = self.entry(item)
        due = self.due(item)
        if entry.start_on is not None and (due is None or entry.start_on <= due):
            return entry.start_on
        return due

    def own_finish(self, item: str) -> date | None:
        """The likely finish but for what it waits for; None without any date."""
        due = self.due(item)
        if due is None:
            return None
        return max(due, _shifted(self._world.today, timedelta(days=int(self._left(item)))))

    def _left(self, item: str) -> float:
        """Days that work of its project usually still takes."""
        project, entry = self._end(item)
        begun = (self._world.as_of - entry.started_at) / timedelta(days=1) if entry.started_at else 0.0
        return max(0.0, self._usually(project) - begun)

    def _usually(self, project: str) -> float:
        """Days from start to finish of the middle one of a project's finished items; 0 where too few tell."""
        if project not in self._usual:
            self._usual[project] = self._world.outline(project).usual_days if project in self._world.nodes else 0.0
        return self._usual[project]

    def _duration(self, item: str) -> timedelta:
        """The planned duration that is still ahead, where both dates are given."""
        entry = self.entry(item)
        if entry.start_on is None or entry.due_on is None or entry.started_at is not None:
            return timedelta(0)
        return max(timedelta(0), entry.due_on - entry.start_on)

    def project_of(self, item: str) -> str:
        return self._end(item)[0]

    def entry(self, item: str) -> LinkedItem:
        return self._end(item)[1]

    def _end(self, item: str) -> tuple[str, LinkedItem]:
        """Of an end of an open link, which some active project holds."""
        found = self._world.linked(item)
        if found is None:
            raise KeyError(item)
        return found

    def between(self, projects: Collection[str]) -> list[LinkState]:
        """Every open link into ``projects`` from another project, as it stands, in the order of item ids."""
        return self._states(self._world.ends_in(projects), projects)

    def below(self, node_id: str) -> list[LinkState]:
        """The same of the projects below a node."""
        return list(self._below(node_id).states)

    def _below(self, node_id: str) -> "_Below":
        world = self._world
        children = [child for child, _ in world.children.get(node_id, ())]
        if world.landscape.tree.forked(node_id) or all(child.kind is NodeKind.PROJECT for child in children):
            items = world.ends_below(node_id)
            states = self._states(items, set(world.leaves(node_id)))
            return _Below(states, min((self._kept[item].until for item in items), default=_NEVER))
        parts = [self._kept_below(child) for child in children]
        return _Below(_ordered(state for part in parts for state in part.states), min(part.until for part in parts))

    def _kept_below(self, node: Node) -> "_Below":
        if node.kind is NodeKind.PROJECT:
            return self._below(node.id)
        return self._world.day.part(
            node.id, "links", lambda: self._below(node.id), stands=lambda known: known.until > self._world.as_of
        )

    def _states(self, items: Collection[str], projects: Collection[str]) -> list[LinkState]:
        self._look(items)
        return _ordered(
            state for item in items for state in self._kept[item].states.get(item, ()) if state.target in projects
        )

    def _judge(self, link: Link, source_project: str, target_project: str) -> LinkState:
        source, target = link.source_id or "", link.target_id or ""
        if source in self._rings and self._rings[source] == self._rings.get(target):
            return LinkState(link, source_project, target_project, "cycle")
        likely, needed, own = self._finish[source], self.needed(target), self.own_finish(source)
        if likely is None or needed is None:
            return LinkState(link, source_project, target_project, "undated", likely, needed)
        late = (likely - needed).days
        latest = self._asked_by(target)
        return LinkState(
            link,
            source_project,
            target_project,
            self._kind(source, needed, own, late),
            likely,
            needed,
            max(0, late),
            (likely - own).days if own is not None else 0,
            (latest - likely).days if latest is not None else None,
        )

    def _kind(self, source: str, needed: date, own: date | None, late: int) -> str:
        if late <= 0:
            return "fits"
        planned = self.entry(source).due_on
        if planned is not None and planned > needed:
            return "order"
        return "late" if own is not None and own > needed else "slip"


def _shifted(day: date, by: timedelta) -> date:
    """A day so much later; a date that can't be meant carries no further than the calendar goes."""
    try:
        return day + by
    except OverflowError:
        return date.max if by > timedelta(0) else date.min
