"""Everything a dimension may look at, at one moment: the node, its projects' facts, and what projects share."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import TypeVar, cast
from zoneinfo import ZoneInfo

from model.health import Calibration
from model.landscape import Landscape, PlannedTime, Teammate
from model.policy import Policy
from model.tree import Node, NodeKind, ProjectState
from model.work import Goal, Link, LinkKind, StatusCategory
from rollup.chains import Chains
from rollup.facts import LinkedItem, ProjectFacts
from rollup.forecast import Odds, odds_of_done

FactsAt = Callable[[str, datetime], ProjectFacts]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OpenWork:
    """One open leaf of somebody: where it is, its hours (None: not estimated), and by when it has to be done."""

    item: str
    project: str
    hours: float | None
    due_on: date | None


class World:
    """One landscape at one moment. Facts and forecasts are counted once, when first asked for."""

    def __init__(self, landscape: Landscape, facts_at: FactsAt, as_of: datetime) -> None:
        self.landscape = landscape
        self.as_of = as_of
        self.today = as_of.astimezone(ZoneInfo(landscape.timezone)).date()
        self._facts_at = facts_at
        self._facts: dict[str, ProjectFacts] = {}
        self._odds: dict[str, Odds] = {}
        self._once: dict[Hashable, object] = {}

    def once(self, key: Hashable, count: Callable[[], T]) -> T:
        """What ``count`` gives, counted once for this world. A key stands for one kind of thing."""
        if key not in self._once:
            self._once[key] = count()
        return cast(T, self._once[key])

    @cached_property
    def nodes(self) -> Mapping[str, Node]:
        return self.landscape.tree.by_id()

    @cached_property
    def children(self) -> Mapping[str, tuple[tuple[Node, float], ...]]:
        """Per node its children that count, with their shares: candidates and closed projects do not."""
        found: dict[str, list[tuple[Node, float]]] = {}
        for node in self.landscape.tree.nodes:
            if node.state is ProjectState.ACTIVE:
                for parent in node.parents:
                    found.setdefault(parent.id, []).append((node, parent.share))
        return {key: tuple(value) for key, value in found.items()}

    @cached_property
    def _kept(self) -> Mapping[str, tuple[Node, ...]]:
        """Per node its children that run or have run."""
        found: dict[str, list[Node]] = {}
        for node in self.landscape.tree.nodes:
            if node.state is not ProjectState.CANDIDATE:
                for parent in node.parents:
                    found.setdefault(parent.id, []).append(node)
        return {key: tuple(value) for key, value in found.items()}

    def kept_below(self, node_id: str) -> tuple[Node, ...]:
        """The distinct nodes below a node, closed projects too: what they promised is kept after they end."""
        found: dict[str, Node] = {}
        for child in self._kept.get(node_id, ()):
            found[child.id] = child
            found.update((node.id, node) for node in self.kept_below(child.id))
        return tuple(found.values())

    @cached_property
    def goals(self) -> Mapping[str, Goal]:
        """Goals by id as they were known at the moment; a goal has no history from before it was first read."""
        if not self.landscape.goal_versions:
            return {goal.id: goal for goal in self.landscape.goals}
        found = {}
        for version in sorted(self.landscape.goal_versions, key=lambda one: (one.goal.id, one.from_at)):
            if version.from_at <= self.as_of and (version.to_at is None or version.to_at > self.as_of):
                found[version.goal.id] = version.goal
        return found

    @cached_property
    def active_projects(self) -> tuple[str, ...]:
        return tuple(node.id for node in self.landscape.tree.projects() if node.state is ProjectState.ACTIVE)

    @cached_property
    def every_project(self) -> tuple[str, ...]:
        """Closed and candidate projects too: each has a score of its own."""
        return tuple(node.id for node in self.landscape.tree.projects())

    def facts(self, project: str) -> ProjectFacts:
        if project not in self._facts:
            self._facts[project] = self._facts_at(project, self.as_of)
        return self._facts[project]

    def odds(self, project: str) -> Odds:
        """The forecast of a project's open items."""
        if project not in self._odds:
            facts = self.facts(project)
            if facts.history_known:
                left = float(len(facts.open_leaves))
                self._odds[project] = odds_of_done(facts.weekly_done, facts.weekly_arrivals, left)
            else:
                self._odds[project] = Odds((), "the history is not read yet")
        return self._odds[project]

    def leaves(self, node_id: str) -> tuple[str, ...]:
        """The distinct projects at or below a node, in the tree's order."""
        if self.nodes[node_id].kind is NodeKind.PROJECT:
            return (node_id,)
        found: dict[str, None] = {}
        for child, _ in self.children.get(node_id, ()):
            found.update(dict.fromkeys(self.leaves(child.id)))
        return tuple(found)

    @cached_property
    def record(self) -> Calibration | None:
        """The organisation's own record of dates kept, where the landscape carries it."""
        return self.landscape.on_time_record

    @cached_property
    def teammates(self) -> Mapping[str, Teammate]:
        """Account id → person."""
        return {account: person for person in self.landscape.teammates for account in person.accounts}

    def person(self, account: str) -> str:
        """The key of the person behind an account; an account outside the people map stands alone."""
        mate = self.teammates.get(account)
        return mate.key if mate else account

    def mate(self, person: str) -> Teammate | None:
        """What the people map says of somebody, by the key of the map or by an account; None: nothing."""
        return self._mates.get(person) or self.teammates.get(person)

    @cached_property
    def _mates(self) -> Mapping[str, Teammate]:
        return {mate.key: mate for mate in self.landscape.teammates}

    @cached_property
    def planned(self) -> Mapping[str, tuple[PlannedTime, ...]]:
        """Person → what is reserved of their time. It has no history: before the first sync nothing is known of it."""
        since = self.landscape.first_sync_at
        if since is not None and self.as_of < since:
            return {}
        found: dict[str, dict[str, PlannedTime]] = {}
        for entry in self.landscape.planned:
            found.setdefault(self.person(entry.account), {})[entry.id] = entry
        return {person: tuple(entries[key] for key in sorted(entries)) for person, entries in found.items()}

    @cached_property
    def planned_for(self) -> Mapping[str, tuple[str, ...]]:
        """Project → the people of whose time something is reserved for it."""
        found: dict[str, dict[str, None]] = {}
        for person, entries in sorted(self.planned.items()):
            for entry in entries:
                for node in entry.nodes:
                    found.setdefault(node, {})[person] = None
        return {node: tuple(people) for node, people in found.items()}

    @cached_property
    def open_work(self) -> Mapping[str, tuple[OpenWork, ...]]:
        """Person → all open work of theirs, in every active project; an item in two projects once."""
        found: dict[str, dict[str, OpenWork]] = {}
        for project in self.active_projects:
            facts = self.facts(project)
            for leaf in facts.leaves:
                if leaf.open and leaf.assignee_id:
                    due = leaf.due_on or facts.node.target_on
                    held = found.setdefault(self.person(leaf.assignee_id), {})
                    held.setdefault(leaf.id, OpenWork(leaf.id, project, leaf.hours, due))
        return {person: tuple(items.values()) for person, items in found.items()}

    @cached_property
    def pace(self) -> Mapping[str, float]:
        """Person → leaves finished a week over the last twelve weeks, in all active projects."""
        found: dict[str, float] = {}
        for project in self.active_projects:
            for account, number in self.facts(project).finished_by.items():
                person = self.person(account)
                found[person] = found.get(person, 0.0) + number / 12
        return found

    @cached_property
    def blocking(self) -> tuple[Link, ...]:
        """Links that stand at the moment, with both ends known by id, each pair once, in a fixed order."""
        pairs: dict[tuple[str, str], Link] = {}
        for link in sorted(self.landscape.links, key=lambda link: link.id):
            if link.kind is not LinkKind.BLOCKS or not link.source_id or not link.target_id:
                continue
            if link.source_id == link.target_id:
                continue  # An item that waits for itself says nothing.
            begun = link.from_at is None or link.from_at <= self.as_of
            ended = link.to_at is not None and link.to_at <= self.as_of
            if begun and not ended:
                pairs.setdefault((link.source_id, link.target_id), link)
        return tuple(pairs[key] for key in sorted(pairs))

    @cached_property
    def linked(self) -> Mapping[str, tuple[str, LinkedItem]]:
        """Item id → (first project it is in, what is known of it), for every end of a link in them."""
        found: dict[str, tuple[str, LinkedItem]] = {}
        if any(link.kind is LinkKind.BLOCKS for link in self.landscape.links):
            for project in self.active_projects:
                for key, item in self.facts(project).linked.items():
                    found.setdefault(key, (project, item))
        return found

    @cached_property
    def chains(self) -> Chains:
        """The graph of open links, over all projects."""
        return Chains(self)

    def is_open(self, item_id: str) -> bool:
        """Whether a linked item is known and open."""
        entry = self.linked.get(item_id)
        return entry is not None and entry[1].status in (StatusCategory.TODO, StatusCategory.IN_PROGRESS)


@dataclass(frozen=True, slots=True)
class View:
    """What a dimension reads. ``projects``: the distinct projects below the node (a project: itself alone)."""

    node: Node
    policy: Policy
    world: World
    projects: tuple[ProjectFacts, ...]

    @property
    def facts(self) -> ProjectFacts:
        """The facts of a project node."""
        return self.projects[0]

    @property
    def today(self) -> date:
        return self.world.today

    @property
    def as_of(self) -> datetime:
        return self.world.as_of
