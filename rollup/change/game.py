"""The points lost at every line of a node's receipt, for any set of causes that have acted.

A line is a finding: of a project, or of a program or portfolio where the dimension lives there. Its points are its
effective weight times what its score lacks to 100; all lines of a receipt sum to 100 − score. Whether a line was measured
at all is an input of its own (``Cause.DATA``): what was measured then counts until that cause acts, what is measured now
counts from then on. So the score of a set of causes is always defined, and renormalising weights is never mistaken for work.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from model.health import Finding, Outcome
from model.policy import Policy
from model.tree import Node, NodeKind
from rollup.change.causes import Cause
from rollup.change.items import Causes
from rollup.change.scene import Scene
from rollup.dimensions import Dimension, all_dimensions
from rollup.facts import ProjectFacts
from rollup.forecast import Odds
from rollup.outline import Outline
from rollup.score import FLOW, SCHEDULE, no_children, safely, weight_of
from rollup.weights import ChildWeights, child_weights
from rollup.world import View, World

NONE: Causes = frozenset()

Line = tuple[str, str]
"""Node and dimension."""

T = TypeVar("T")


class Remembered:
    """Answers that depend on some causes only, found by just those: which they are shows when an answer is first made."""

    def __init__(self) -> None:
        self._held: dict[Any, dict[Causes, dict[Causes, Any]]] = {}

    def get(self, key: object, causes: Causes, make: Callable[[], tuple[T, Causes]]) -> T:
        """The answer for a key. ``make`` gives it with the causes whose inputs it read: the others cannot change it."""
        tables = self._held.setdefault(key, {})
        for read, answers in tables.items():
            if causes & read in answers:
                found: T = answers[causes & read]
                return found
        answer, read = make()
        tables.setdefault(read, {})[causes & read] = answer
        return answer


class Watched(World):
    """A world that notes which causes' inputs were read from it since ``read`` was last emptied."""

    def __init__(self, scene: Scene, causes: Causes, every: Causes, odds: dict[Any, Odds]) -> None:
        self._scene, self._every, self._known_odds = scene, every, odds
        super().__init__(scene.landscape(causes), lambda key, _: scene.facts(key, causes), scene.at(causes))
        self.read: set[Cause] = set()

    def __getattribute__(self, name: str) -> Any:
        """Any attribute that this class does not know may read everything."""
        if not name.startswith("_") and name not in _BY_PROJECT and name not in _SHARED:
            own = object.__getattribute__(self, "__dict__")
            own["read"] |= own["_every"]
        return super().__getattribute__(name)

    @cached_property
    def active_projects(self) -> tuple[str, ...]:
        return tuple(key for key in super().active_projects if key in self._scene.reached)

    def facts(self, project: str) -> ProjectFacts:
        self.read |= self._scene.project(project).causes | self._scene.shared
        return super().facts(project)

    def outline(self, project: str) -> Outline:
        self.read |= self._scene.project(project).causes | self._scene.shared
        return super().outline(project)

    def _odds_of(self, facts: ProjectFacts, remaining: float, ahead: int) -> Odds:
        key = facts.weekly_done, facts.weekly_arrivals, remaining, ahead
        if key not in self._known_odds:
            self._known_odds[key] = super()._odds_of(facts, remaining, ahead)
        return self._known_odds[key]


_BY_PROJECT = frozenset({"facts", "outline", "day", "odds", "read"})
_SHARED = frozenset(
    {"as_of", "today", "day_of", "nodes", "children", "leaves", "active_projects", "landscape", "record", "teammates", "person"}
    | {"blocking", "blockers"}
)
"""What is read of the landscape and the clock alone: what is shared is held to be read by everything anyway."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A dimension at a node: its weight there, the shares of the node's weight where it applies and is measured."""

    weight: float
    applicable: float
    measured: float
    lines: Mapping[Line, float]


class Game:
    """The receipt of one node under any set of causes."""

    def __init__(self, scene: Scene, node: str) -> None:
        self._scene = scene
        self._node = node
        self._odds: dict[Any, Odds] = {}
        self._remembered = Remembered()
        self._ends: dict[Line, dict[bool, Finding]] = {}
        self.causes = scene.causes() | {Cause.DATA}
        self.ends = tuple(self._end(now) for now in (False, True))
        if not any(_outcome(found, False) is not _outcome(found, True) for found in self._ends.values()):
            self.causes = scene.causes()

    def _end(self, now: bool) -> dict[Line, float] | None:
        """The receipt at one of the moments; None where the node has no score there."""
        causes = self.causes if now else NONE
        world = self._world(causes)
        if self._node not in world.nodes:
            return None
        for line in self._lines(world, self._node):
            self._ends.setdefault(line, {})[now] = self._finding(line, causes, world)
        return self._lost(causes, world)

    def lost(self, causes: Causes) -> dict[Line, float]:
        """Points lost by line. Where nothing that weighs is measured under a set of causes: half of each moment's."""
        found = self._lost(causes, self._world(causes))
        if found is not None:
            return found
        one, other = (end or {} for end in self.ends)
        return {line: (one.get(line, 0.0) + other.get(line, 0.0)) / 2 for line in one.keys() | other.keys()}

    def finding(self, line: Line) -> Finding:
        """What a line says now; of one that is there no more, what it said."""
        return self._ends[line].get(True) or self._ends[line][False]

    def _world(self, causes: Causes) -> Watched:
        return Watched(self._scene, causes, self.causes, self._odds)

    def _lines(self, world: Watched, key: str) -> list[Line]:
        """Every line at or below a node."""
        found = {(key, one.name): None for one in all_dimensions() if _lives_at(one, world.nodes[key])}
        for child, _ in world.children.get(key, ()) if world.nodes[key].kind is not NodeKind.PROJECT else ():
            found.update(dict.fromkeys(self._lines(world, child.id)))
        return list(found)

    def _lost(self, causes: Causes, world: Watched) -> dict[Line, float] | None:
        node = world.nodes.get(self._node)
        if node is None:
            return None
        places = self._places(node, causes, world, {})
        total = sum(place.weight for place in places.values() if place.measured > 0)
        if not total:
            return None
        found: dict[Line, float] = {}
        for place in places.values():
            for line, share in place.lines.items() if place.weight > 0 else ():
                lost = place.weight / total * share * (100 - self._score(line, causes, world))
                found[line] = found.get(line, 0.0) + lost
        return found

    def _places(
        self, node: Node, causes: Causes, world: Watched, done: dict[str, dict[str, _Place]]
    ) -> dict[str, _Place]:
        if node.id not in done:
            policy = world.landscape.policy_for(node.project_class, node.policy)
            if node.kind is NodeKind.PROJECT:
                own = [one for one in all_dimensions() if one.level == "project"]
                done[node.id] = {one.name: self._own(node, one, policy, causes) for one in own}
            else:
                done[node.id] = self._parent(node, policy, causes, world, done)
        return done[node.id]

    def _parent(
        self, node: Node, policy: Policy, causes: Causes, world: Watched, done: dict[str, dict[str, _Place]]
    ) -> dict[str, _Place]:
        weights = self._weights(node, causes, world).of
        below = {key: self._places(world.nodes[key], causes, world, done) for key in weights}
        found = {}
        for one in all_dimensions():
            if one.level == "project":
                found[one.name] = _from_children(one.name, weights, below, weight_of(policy, one.name))
            elif _lives_at(one, node):
                found[one.name] = self._own(node, one, policy, causes)
        return found

    def _own(self, node: Node, dimension: Dimension, policy: Policy, causes: Causes) -> _Place:
        line = (node.id, dimension.name)
        outcome = _outcome(self._ends.get(line, {}), Cause.DATA in causes)
        measured = outcome is Outcome.MEASURED
        lines = {line: 1.0} if measured else {}
        applicable = float(outcome not in (Outcome.NOT_APPLICABLE, None))
        return _Place(weight_of(policy, dimension.name), applicable, float(measured), lines)

    def _score(self, line: Line, causes: Causes, world: Watched) -> float:
        """The score of a line; where these causes leave it unmeasured, the mean of the moments that measured it."""
        score = self._finding(line, causes, world).score
        if score is not None:
            return score
        known = [end.score for end in self._ends[line].values() if end.score is not None]
        return sum(known) / len(known)

    def _finding(self, line: Line, causes: Causes, world: Watched) -> Finding:
        def make() -> tuple[Finding, Causes]:
            key, name = line
            world.read = set()
            node = world.nodes[key]
            facts = tuple(world.facts(project) for project in world.leaves(key))
            policy = world.landscape.policy_for(node.project_class, node.policy)
            world.read = {cause for project in facts for cause in self._scene.project(project.node.id).causes}
            world.read |= self._scene.shared
            dimension = next(one for one in all_dimensions() if one.name == name)
            measured = bool(facts) or dimension.outlives
            finding = safely(dimension, View(node, policy, world, facts)) if measured else no_children(dimension)
            return finding, frozenset(world.read)

        return self._remembered.get(line, causes, make)

    def _weights(self, node: Node, causes: Causes, world: Watched) -> ChildWeights:
        def make() -> tuple[ChildWeights, Causes]:
            world.read = set()
            found = child_weights(world, node.id)
            return found, frozenset(world.read | self._scene.shared)

        return self._remembered.get(node.id, causes, make)


def _lives_at(dimension: Dimension, node: Node) -> bool:
    if dimension.level == "project" or node.kind is NodeKind.PROJECT:
        return dimension.level == "project" and node.kind is NodeKind.PROJECT
    return dimension.level == "program" or node.kind is NodeKind.PORTFOLIO


def _outcome(ends: Mapping[bool, Finding], now: bool) -> Outcome | None:
    """Whether a line counts: as it was, or as it is; of one that stands at one of the moments only, as it was there."""
    found = ends.get(now) or ends.get(not now)
    return found.outcome if found else None


def _from_children(
    name: str, weights: Mapping[str, float], below: Mapping[str, Mapping[str, _Place]], weight: float
) -> _Place:
    """The same mean as the score's own (``rollup.score``), kept as shares of lines."""
    each = [(share, below[key][name]) for key, share in weights.items()]
    applicable = sum(share * place.applicable for share, place in each)
    counted = [(share, place) for share, place in each if place.lines]
    total = sum(share for share, _ in counted)
    lines: dict[Line, float] = {}
    for share, place in counted:
        for line, part in place.lines.items():
            lines[line] = lines.get(line, 0.0) + share / total * part
    if name in (SCHEDULE, FLOW):
        weight *= applicable  # dated and continuous children share one place
    return _Place(weight, applicable, sum(share * place.measured for share, place in each), lines)
