"""The graph of open links over all tools: when each item likely finishes, and how much room every chain has.

The likely finish of an item is the latest of: its last known due date (else its project's target date); today plus what
work of its project usually still takes (the median cycle time where six were finished); and the likely finish of what it
waits for plus its own planned duration. It is carried along the longest path. Items in a cycle carry nothing on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from model.work import Link
from rollup.facts import LinkedItem

if TYPE_CHECKING:
    import networkx as nx

    from rollup.world import World


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


class Chains:
    """All open links of one world. Counted once, when first asked for."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._usual: dict[str, float] = {}

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Links whose two ends are known and open."""
        is_open = self._world.is_open
        return tuple(
            link
            for link in self._world.blocking
            if link.source_id and link.target_id and is_open(link.source_id) and is_open(link.target_id)
        )

    @cached_property
    def graph(self) -> "nx.DiGraph[str]":
        import networkx as nx  # It takes a tenth of a second, and many commands follow no link.

        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_edges_from((link.source_id or "", link.target_id or "") for link in self.links)
        return graph

    @cached_property
    def rings(self) -> Mapping[str, int]:
        """Item → the number of the cycle it is in."""
        import networkx as nx

        rings = enumerate(nx.strongly_connected_components(self.graph))
        return {node: number for number, ring in rings if len(ring) > 1 for node in ring}

    @cached_property
    def _straight(self) -> tuple["nx.DiGraph[str]", tuple[str, ...]]:
        import networkx as nx

        straight = self.graph.subgraph([node for node in self.graph if node not in self.rings])
        return straight, tuple(nx.lexicographical_topological_sort(straight))

    @cached_property
    def finish(self) -> Mapping[str, date | None]:
        """Likely finish per item; None where no date tells."""
        straight, ordered = self._straight
        found: dict[str, date | None] = {node: self.own_finish(node) for node in self.rings}
        for node in ordered:
            own, lasts = self.own_finish(node), self._duration(node)
            before = [day + lasts for blocker in straight.predecessors(node) if (day := found[blocker]) is not None]
            known = [own, *before] if own is not None else before
            found[node] = max(known) if known else None
        return found

    @cached_property
    def _latest(self) -> Mapping[str, date | None]:
        """The last day on which an item may finish without making anything behind it late."""
        straight, ordered = self._straight
        found: dict[str, date | None] = {node: self.due(node) for node in self.rings}
        for node in reversed(ordered):
            limits = [day for after in straight.successors(node) if (day := self._asked_by(after, found)) is not None]
            own = self.due(node)
            known = [own, *limits] if own is not None else limits
            found[node] = min(known) if known else None
        return found

    def _asked_by(self, item: str, latest: Mapping[str, date | None]) -> date | None:
        limit = latest.get(item)
        days = [self.needed(item), limit - self._duration(item) if limit is not None else None]
        return min((day for day in days if day is not None), default=None)

    def due(self, item: str) -> date | None:
        """The due date, else the project's target date."""
        project, entry = self._world.linked[item]
        node = self._world.nodes.get(project)
        return entry.due_on or (node.target_on if node else None)

    def needed(self, item: str) -> date | None:
        """By when everything before an item must be done: its start, else its due date. A start after its end is none."""
        entry = self._world.linked[item][1]
        due = self.due(item)
        if entry.start_on is not None and (due is None or entry.start_on <= due):
            return entry.start_on
        return due

    def own_finish(self, item: str) -> date | None:
        """The likely finish but for what it waits for; None without any date."""
        due = self.due(item)
        if due is None:
            return None
        project, entry = self._world.linked[item]
        begun = (self._world.as_of - entry.started_at) / timedelta(days=1) if entry.started_at else 0.0
        left = max(0.0, self._usually(project) - begun)
        return max(due, self._world.today + timedelta(days=int(left)))

    def _usually(self, project: str) -> float:
        """Days from start to finish of the middle one of a project's finished items; 0 where too few tell."""
        if project not in self._usual:
            self._usual[project] = self._world.outline(project).usual_days if project in self._world.nodes else 0.0
        return self._usual[project]

    def _duration(self, item: str) -> timedelta:
        """The planned duration that is still ahead, where both dates are given."""
        entry = self._world.linked[item][1]
        if entry.start_on is None or entry.due_on is None or entry.started_at is not None:
            return timedelta(0)
        return max(timedelta(0), entry.due_on - entry.start_on)

    def project_of(self, item: str) -> str:
        return self._world.linked[item][0]

    def entry(self, item: str) -> LinkedItem:
        return self._world.linked[item][1]

    def between(self, projects: set[str]) -> list[LinkState]:
        """Every open link into ``projects`` from another project, as it stands, in the order of item ids."""
        found = []
        for link in self.links:
            ends = self.project_of(link.source_id or ""), self.project_of(link.target_id or "")
            if ends[1] in projects and ends[0] != ends[1]:
                found.append(self._judge(link, *ends))
        return found

    def _judge(self, link: Link, source_project: str, target_project: str) -> LinkState:
        source, target = link.source_id or "", link.target_id or ""
        if source in self.rings and self.rings[source] == self.rings.get(target):
            return LinkState(link, source_project, target_project, "cycle")
        likely, needed, own = self.finish[source], self.needed(target), self.own_finish(source)
        if likely is None or needed is None:
            return LinkState(link, source_project, target_project, "undated", likely, needed)
        late = (likely - needed).days
        latest = self._asked_by(target, self._latest)
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
