"""What serves which goal: nodes that name goals, and goals that name their supporting work."""

from collections.abc import Mapping
from functools import cached_property

from model.ids import record_id
from model.tree import Node, NodeKind
from model.work import Goal
from rollup.outline import Outline
from rollup.world import View

_NONE = frozenset[str]()


class Ties:
    """The ties of one portfolio's open work to goals, by goal id. A goal that is named but was never read has no more."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._known: Mapping[str, Goal] = view.world.goals
        self._supported: dict[str, set[str]] = {}
        for goal in self._known.values():
            for support in goal.supported_by:
                self._supported.setdefault(support.subject_id, set()).add(goal.id)
        self._of_project: dict[str, frozenset[str]] = {}
        self._of_programs: dict[str, frozenset[str]] = {}

    @property
    def any(self) -> bool:
        """Whether any project or item of the portfolio is tied to a goal."""
        if not self._supported and not self._view.world.landscape.tree.naming_goals():
            return False
        return any(self.of_project(project) or self._items(project) for project in self._view.outlines)

    def of_project(self, project: Outline) -> frozenset[str]:
        """Goals that all work of a project serves: named by it or its programs, or naming one of them."""
        return self.of_all_work(project.node)

    def of_all_work(self, project: Node) -> frozenset[str]:
        """The same of a project's node."""
        key = project.id
        if key not in self._of_project:
            above = [self._of_program(parent.id) for parent in project.parents]
            mine = self._of_node(project)
            self._of_project[key] = above[0] if not mine and len(above) == 1 else mine.union(*above)
        return self._of_project[key]

    def of_item(self, project: Outline, item: str) -> bool:
        """Whether an open item of a project serves any goal."""
        return bool(self.of_project(project)) or item in self._items(project)

    def _items(self, project: Outline) -> Mapping[str, frozenset[str]]:
        """Leaves with the subjects that tie them to a goal that is known at this moment."""
        if not project.supporting:
            return {}
        return {
            leaf: subjects & self._supported.keys()
            for leaf, subjects in project.supporting.items()
            if not subjects.isdisjoint(self._supported)
        }

    def _of_program(self, parent: str) -> frozenset[str]:
        """What a parent names, if it is a program: counted once for all of its projects."""
        if parent not in self._of_programs:
            node = self._view.world.nodes[parent]
            self._of_programs[parent] = self._of_node(node) if node.kind is NodeKind.PROGRAM else _NONE
        return self._of_programs[parent]

    def _of_node(self, node: Node) -> frozenset[str]:
        if not node.goals and not self._supported:
            return _NONE
        found = {record_id(ref.connection, "goal", ref.goal) for ref in node.goals}
        if not self._supported:
            return frozenset(found)
        places = {f"{source.connection}:{source.kind}:{source.value}" for source in node.sources}
        places |= {target.label for target in node.publish if target.kind in ("project", "portfolio")}
        places |= set(self._view.world.landscape.containers.get(node.id, ()))
        for place in places:
            found |= self._supported.get(place, set())
        return frozenset(found)

    @cached_property
    def served(self) -> frozenset[str]:
        """Goals that some open work serves, with every goal above them."""
        found: set[str] = set()
        for project in self._view.outlines:
            if project.has_open:
                found |= self.of_project(project)
            items = self._items(project)
            open_ = {leaf.id for leaf in (*project.named, *project.common) if leaf.open} if items else set()
            for leaf, subjects in items.items():
                if leaf in open_:
                    found |= {goal for subject in subjects for goal in self._supported[subject]}
        queue = list(found)
        while queue:
            for above in self._supported.get(queue.pop(), ()):
                if above not in found:
                    found.add(above)
                    queue.append(above)
        return frozenset(found)

    def goals(self) -> dict[str, float]:
        """The portfolio's goals that have no goal under themselves, each with the share it contributes above it."""
        view = self._view
        below = (view.node, *view.world.landscape.tree.kept_below(view.node.id))
        named = {record_id(ref.connection, "goal", ref.goal) for node in below for ref in node.goals}
        named |= {goal for project in view.outlines for goal in self.of_project(project)}
        every, queue = set(named), list(named)
        while queue:
            for child in self._children(queue.pop()):
                if child not in every:
                    every.add(child)
                    queue.append(child)
        return {goal: self._weight(goal) for goal in sorted(every) if not self._children(goal)}

    def _children(self, goal: str) -> tuple[str, ...]:
        known = self._known.get(goal)
        return tuple(one.subject_id for one in known.supported_by if one.subject_id in self._known) if known else ()

    def _weight(self, goal: str) -> float:
        """The largest share with which it counts for a goal above it; 1 where there is none above."""
        shares = [
            support.weight
            for above in self._supported.get(goal, ())
            for support in self._known[above].supported_by
            if support.subject_id == goal
        ]
        return max(0.0, max(shares)) if shares else 1.0

    def name(self, goal: str) -> str:
        known = self._known.get(goal)
        return known.name if known else goal
