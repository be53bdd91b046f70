"""The tree: portfolios, programs, projects; what feeds a project, and where a node's health is published."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, time
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from model.base import Record
from model.case import Case


class NodeKind(StrEnum):
    PROJECT = "project"
    PROGRAM = "program"
    PORTFOLIO = "portfolio"


class ProjectState(StrEnum):
    CANDIDATE = "candidate"
    ACTIVE = "active"
    CLOSED = "closed"


SourceKind = Literal["project", "jql", "epic", "version", "section", "portfolio"]
TargetKind = Literal["issue", "project", "portfolio", "goal", "task"]
When = Literal["never", "on_band_change"]
HumanEdits = Literal["restore", "keep"]
Language = Literal["en", "de", "fr", "es"]


class Source(Record):
    """A part of a tool that feeds a project: ``kind`` and the tool's own ``value`` (key, gid, query, version name).

    ``project``: the key of the tool's project a version belongs to, where its name alone is not unique.
    """

    connection: str
    kind: SourceKind
    value: str
    project: str | None = None


class Quiet(Record):
    """When nobody is to be told anything: from ``start`` to ``end`` of every local day (over midnight where ``end`` is
    the earlier), and all day on ``days`` (0 = Monday). Silent writes are made all the same.
    """

    start: time | None = None
    end: time | None = None
    days: tuple[int, ...] = ()


class Audience(Record):
    """Who may read a comment: one group (by its id, where the tool has one) or one role; nobody else."""

    group: str | None = None
    role: str | None = None

    @model_validator(mode="after")
    def _one_of(self) -> "Audience":
        if (self.group is None) == (self.role is None):
            raise ValueError("an audience is either {group: …} or {role: …}")
        return self


class Courtesy(Record):
    """How a target is written to.

    ``human_edits``: a value that a person changed is put back, or kept. ``per_day``: the most writes that a channel of
    one target sees in a local day; a changed band is shown all the same, a message to people waits for the next day.
    """

    language: Language = "en"
    quiet: Quiet = Quiet()
    per_day: int = Field(default=24, ge=1)
    human_edits: HumanEdits = "restore"
    audience: Audience | None = None


class Target(Record):
    """A place in a tool that shows a node's health, what is written there, and how."""

    connection: str
    kind: TargetKind
    value: str
    receipt: bool = True
    fields: bool = True
    comment: When = "never"
    status_update: When = "never"
    courtesy: Courtesy = Courtesy()

    @property
    def label(self) -> str:
        """A readable name, e.g. ``acme-jira:issue:CRM-1``."""
        return f"{self.connection}:{self.kind}:{self.value}"

    @classmethod
    def of_label(cls, label: str) -> "Target":
        """The bare target of a label: where something was written once, whatever the configuration says today."""
        connection, kind, value = label.split(":", 2)
        return cls.model_validate({"connection": connection, "kind": kind, "value": value})


class GoalRef(Record):
    connection: str
    goal: str


class Budget(Record):
    """Hours, or an amount of money in one currency."""

    hours: float | None = Field(default=None, gt=0)
    amount: float | None = Field(default=None, gt=0)
    currency: str | None = None

    @model_validator(mode="after")
    def _one_of(self) -> "Budget":
        if (self.hours is None) == (self.amount is None):
            raise ValueError("a budget is either {hours: …} or {amount: …, currency: …}")
        if (self.amount is None) != (self.currency is None):
            raise ValueError("an amount needs a currency, and a currency an amount")
        return self


class Parent(Record):
    """A node's place under another: ``share`` of it counts there. Shares of one node sum to at most 1."""

    id: str
    share: float = Field(default=1.0, gt=0, le=1)


Tags = tuple[tuple[str, tuple[str, ...]], ...]
"""Words by what they are about, e.g. ``(("department", ("sales",)),)``."""


def as_tags(value: object) -> object:
    """Tags out of a mapping; anything else stays as it is."""
    if not isinstance(value, Mapping):
        return value
    return tuple((str(key), tuple(words)) for key, words in sorted(value.items()))


class Node(Record):
    """A project, a program or a portfolio of the organisation's own tree. ``tags``: what lenses group it by.

    ``case``: what a project is worth and takes; ``value_model``: what a portfolio weighs each part of a value with.
    """

    id: str = Field(pattern=r"^[a-z0-9-]{1,64}$")
    kind: NodeKind
    name: str
    parents: tuple[Parent, ...] = ()
    project_class: str = "standard"
    state: ProjectState = ProjectState.ACTIVE
    start_on: date | None = None
    target_on: date | None = None
    budget: Budget | None = None
    weight: float | None = Field(default=None, gt=0)
    policy: str | None = None
    sponsor: str | None = None
    goals: tuple[GoalRef, ...] = ()
    tags: Annotated[Tags, BeforeValidator(as_tags)] = ()
    sources: tuple[Source, ...] = ()
    publish: tuple[Target, ...] = ()
    case: Case | None = None
    value_model: tuple[tuple[str, float], ...] = ()

    @property
    def proposed(self) -> bool:
        """Whether it is a project that nobody has begun: its state says candidate, and its health counts nowhere."""
        return self.kind is NodeKind.PROJECT and self.state is ProjectState.CANDIDATE

    def tagged(self, key: str) -> tuple[str, ...]:
        """The words of one tag."""
        return dict(self.tags).get(key, ())


class _Ways:
    """Ways through some nodes, each found once: of thousands it takes milliseconds, and every page goes several."""

    def __init__(self, nodes: tuple[Node, ...]) -> None:
        self.nodes = nodes
        self._leaves: dict[str, tuple[str, ...]] = {}
        self._below: dict[str, frozenset[str]] = {}
        self._shares: dict[str, Mapping[str, float]] = {}
        self._kept_below: dict[str, tuple[Node, ...]] = {}
        self._ways_down: dict[str, int] = {}

    @cached_property
    def by_id(self) -> Mapping[str, Node]:
        return {node.id: node for node in self.nodes}

    @cached_property
    def projects(self) -> tuple[Node, ...]:
        return tuple(node for node in self.nodes if node.kind is NodeKind.PROJECT)

    @cached_property
    def children(self) -> Mapping[str, tuple[tuple[Node, float], ...]]:
        return self._children(lambda _: True)

    @cached_property
    def counting(self) -> Mapping[str, tuple[tuple[Node, float], ...]]:
        return self._children(lambda node: node.state is ProjectState.ACTIVE)

    @cached_property
    def naming_goals(self) -> tuple[Node, ...]:
        return tuple(node for node in self.nodes if node.goals)

    def _children(self, counts: Callable[[Node], bool]) -> Mapping[str, tuple[tuple[Node, float], ...]]:
        found: dict[str, list[tuple[Node, float]]] = {}
        for node in filter(counts, self.nodes):
            for parent in node.parents:
                found.setdefault(parent.id, []).append((node, parent.share))
        return {key: tuple(value) for key, value in found.items()}

    @cached_property
    def walked(self) -> tuple[tuple[Node, int, str | None], ...]:
        under: dict[str | None, list[Node]] = {}
        for node in self.nodes:
            under.setdefault(node.parents[0].id if node.parents else None, []).append(node)

        def below(parent_id: str | None, depth: int) -> Iterator[tuple[Node, int, str | None]]:
            for node in under.get(parent_id, ()):
                yield node, depth, parent_id
                yield from below(node.id, depth + 1)

        return tuple(below(None, 0))

    def leaves(self, node_id: str) -> tuple[str, ...]:
        if node_id not in self._leaves:
            found: dict[str, None] = {}
            for child, _ in self.counting.get(node_id, ()):
                found.update(dict.fromkeys((child.id,) if child.kind is NodeKind.PROJECT else self.leaves(child.id)))
            self._leaves[node_id] = (node_id,) if self.by_id[node_id].kind is NodeKind.PROJECT else tuple(found)
        return self._leaves[node_id]

    def ways(self, node_id: str) -> int:
        if node_id not in self._ways_down:
            below = (self.ways(child.id) for child, _ in self.counting.get(node_id, ()))
            self._ways_down[node_id] = 1 if self.by_id[node_id].kind is NodeKind.PROJECT else sum(below)
        return self._ways_down[node_id]

    @cached_property
    def single(self) -> frozenset[str]:
        found = set[str]()
        for node in self.nodes:  # parents stand before children
            if not node.parents or (len(node.parents) == 1 and node.parents[0].id in found):
                found.add(node.id)
        return frozenset(found)

    def kept_below(self, node_id: str) -> tuple[Node, ...]:
        if node_id not in self._kept_below:
            found: dict[str, Node] = {}
            for child, _ in self.children.get(node_id, ()):
                if child.state is not ProjectState.CANDIDATE:
                    found[child.id] = child
                    if child.kind is not NodeKind.PROJECT:
                        found.update((node.id, node) for node in self.kept_below(child.id))
            self._kept_below[node_id] = tuple(found.values())
        return self._kept_below[node_id]

    def shares(self, node_id: str) -> Mapping[str, float]:
        if node_id not in self._shares:
            found: dict[str, float] = {}
            for child, share in self.counting.get(node_id, ()):
                for project, inner in self.shares(child.id).items():
                    found[project] = found.get(project, 0.0) + share * inner
            self._shares[node_id] = {node_id: 1.0} if self.by_id[node_id].kind is NodeKind.PROJECT else found
        return self._shares[node_id]

    def below(self, node_id: str) -> frozenset[str]:
        if node_id not in self._below:
            found = {node_id}
            found.update(*(self.below(child.id) for child, _ in self.children.get(node_id, ())))
            self._below[node_id] = frozenset(found)
        return self._below[node_id]


class Tree(Record):
    """All nodes, parents before children. Refuses unknown parents, cycles and shares beyond 1."""

    nodes: tuple[Node, ...]

    @model_validator(mode="after")
    def _sound(self) -> "Tree":
        seen: set[str] = set()
        for node in self.nodes:
            if node.id in seen:
                raise ValueError(f"node {node.id!r} stands twice in the tree")
            for parent in node.parents:
                if parent.id not in seen:
                    raise ValueError(f"node {node.id!r} stands under {parent.id!r}, which is not above it")
            if sum(parent.share for parent in node.parents) > 1 + 1e-9:
                raise ValueError(f"the shares of node {node.id!r} sum to more than 1")
            seen.add(node.id)
        return self

    @cached_property
    def _found(self) -> _Ways:
        return _Ways(self.nodes)

    @property
    def _ways(self) -> _Ways:
        """Of these nodes: a copy with others has brought those of the first along."""
        if self._found.nodes is not self.nodes:
            self.__dict__["_found"] = _Ways(self.nodes)
        return self._found

    def by_id(self) -> Mapping[str, Node]:
        return self._ways.by_id

    def projects(self) -> tuple[Node, ...]:
        return self._ways.projects

    def naming_goals(self) -> tuple[Node, ...]:
        """The nodes that name goals themselves."""
        return self._ways.naming_goals

    def children(self, node_id: str) -> tuple[tuple[Node, float], ...]:
        """Direct children with the share of each that counts here, in the tree's order."""
        return self._ways.children.get(node_id, ())

    def counting(self) -> Mapping[str, tuple[tuple[Node, float], ...]]:
        """Per node its children that count, with their shares: candidates and closed projects do not."""
        return self._ways.counting

    def leaves(self, node_id: str) -> tuple[str, ...]:
        """The distinct projects that count at or below a node, in the tree's order."""
        return self._ways.leaves(node_id)

    def forked(self, node_id: str) -> bool:
        """Whether any project that counts at or below a node is reached by several ways."""
        return self._ways.ways(node_id) > len(self._ways.leaves(node_id))

    def single(self) -> frozenset[str]:
        """The nodes to which one way leads from the top: they count nowhere but in what stands above them."""
        return self._ways.single

    def kept_below(self, node_id: str) -> tuple[Node, ...]:
        """The distinct nodes below a node, closed projects too: what they promised is kept after they end."""
        return self._ways.kept_below(node_id)

    def shares(self, node_id: str) -> Mapping[str, float]:
        """How much of each project at or below a node counts there, by whatever ways it is reached."""
        return self._ways.shares(node_id)

    def below(self, node_id: str) -> frozenset[str]:
        """A node and everything under it."""
        return self._ways.below(node_id)

    def walk(self) -> Iterator[tuple[Node, int, str | None]]:
        """Every node by depth under its first parent: node, depth, parent id."""
        return iter(self._ways.walked)
