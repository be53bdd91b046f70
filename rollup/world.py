"""Everything a dimension may look at, at one moment: the node, its projects' facts, and what projects share."""

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import TypeVar, cast
from zoneinfo import ZoneInfo

from model.health import Calibration
from model.landscape import Landscape, PlannedTime, Teammate
from model.policy import Policy
from model.tree import Node, NodeKind, ProjectState
from model.work import CLOSED, Goal, Link, StatusCategory
from rollup.chains import Chains
from rollup.facts import Leaf, LinkedItem, ProjectFacts
from rollup.facts.fold import brief
from rollup.facts.links import LinkEnds, standing
from rollup.forecast import Odds, by_record, odds_of_done, weeks_until
from rollup.outline import Outline, outline
from rollup.recall import Day
from rollup.tally import Tally, tally_of, together

FactsAt = Callable[[str, datetime], ProjectFacts]
T = TypeVar("T")
_NEAR = 64
"""Projects whose open work is held sorted by account at once."""


@dataclass(frozen=True, slots=True)
class OpenWork:
    """One open leaf of somebody: where it is, its hours (None: not estimated), and by when it has to be done."""

    item: str
    project: str
    hours: float | None
    due_on: date | None


class World:
    """One landscape at one moment. Facts and forecasts are counted once, when first asked for.

    ``day``: what is remembered of this moment; without it everything is counted anew. ``later``: the same at a later
    moment, which tells where any link ever was: whoever asks for one link need not look into every project.
    """

    def __init__(
        self,
        landscape: Landscape,
        facts_at: FactsAt,
        as_of: datetime,
        day: Day | None = None,
        *,
        later: "World | None" = None,
    ) -> None:
        self.landscape = landscape
        self._later = later
        self.as_of = as_of
        self.today = self.day_of(as_of)
        self._facts_at = facts_at
        self.day = day or Day()
        self._facts: dict[str, ProjectFacts] = {}
        self._odds: dict[str, Odds] = {}
        self._near: OrderedDict[str, Mapping[str, tuple[Leaf, ...]]] = OrderedDict()
        self._once: dict[Hashable, object] = {}

    def day_of(self, moment: datetime) -> date:
        """The organisation's day that a moment falls on."""
        return moment.astimezone(ZoneInfo(self.landscape.timezone)).date()

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
        return self.landscape.tree.counting()

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

    def at_hand(self, project: str) -> bool:
        """Whether a project's facts are held now."""
        return project in self._facts

    def unfold(self, project: str) -> None:
        """Hold a project's facts spread out until they are let go of."""
        self._facts[project] = self.facts(project).whole()

    def release(self, project: str) -> None:
        """Let go of a project's facts: what others read of it stays."""
        if project in self._facts:
            self.outline(project)
            del self._facts[project]

    def outline(self, project: str) -> Outline:
        """What others read of a project."""
        found = self.day.outline(project)
        if found is None:
            like = (self.day.like(project) or self._later.day.outline(project)) if self._later is not None else None
            found = outline(self.facts(project), self.day.common(project), like)
            self.day.keep(found)
        return found

    def outlines(self, node_id: str) -> tuple[Outline, ...]:
        """What others read of the distinct projects at or below a node."""
        return self.once(("outlines", node_id), lambda: tuple(map(self.outline, self.leaves(node_id))))

    def tally(self, node_id: str) -> Tally:
        """The distinct projects at or below a node put together."""
        return self.once(("tally", node_id), lambda: self._tally(node_id))

    def _tally(self, node_id: str) -> Tally:
        children = [child for child, _ in self.children.get(node_id, ())]
        if self.landscape.tree.forked(node_id) or all(child.kind is NodeKind.PROJECT for child in children):
            return tally_of(self.outlines(node_id))
        return together([self._kept_tally(child) for child in children])

    def _kept_tally(self, node: Node) -> Tally:
        if node.kind is NodeKind.PROJECT:
            return self.tally(node.id)
        return self.day.part(node.id, "tally", lambda: self.tally(node.id))

    def odds(self, project: str) -> Odds:
        """The forecast of a project's open items."""
        if project not in self._odds:
            facts = self.facts(project)
            if facts.history_known:
                left = float(sum(status not in CLOSED for status in brief(facts.leaves).status))
                odds = self._odds_of(facts, left, weeks_until(self.today, facts.node.target_on))
                self._odds[project] = by_record(odds, self.landscape.forecast_record)
            else:
                self._odds[project] = Odds((), "the history is not read yet", "forecast_no_history")
        return self._odds[project]

    def _odds_of(self, facts: ProjectFacts, remaining: float, ahead: int) -> Odds:
        return odds_of_done(facts.weekly_done, facts.weekly_arrivals, remaining, ahead=ahead)

    def leaves(self, node_id: str) -> tuple[str, ...]:
        """The distinct projects at or below a node, in the tree's order."""
        return self.landscape.tree.leaves(node_id)

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

    def accounts(self, person: str) -> tuple[str, ...]:
        """The accounts of a person."""
        return self._accounts.get(person, (person,))

    @cached_property
    def _accounts(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for account, mate in self.teammates.items():
            found.setdefault(mate.key, []).append(account)
        return {person: tuple(accounts) for person, accounts in found.items()}

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

    def open_work_of(self, person: str) -> tuple[OpenWork, ...]:
        """All open work of somebody, in every active project; an item in two projects once."""
        projects = self._worked_on_by(person)
        if projects is None:
            return self.open_work.get(person, ())
        accounts = set(self.accounts(person))
        held: dict[str, OpenWork] = {}
        for project in projects:
            leaves = self._held_in(project)
            for account in leaves:
                if account in accounts:
                    _add(held, self.outline(project), leaves[account])
        return tuple(held.values())

    def _held_in(self, project: str) -> Mapping[str, tuple[Leaf, ...]]:
        """The open leaves of a project by account. Those who share projects are mostly asked for one after another."""
        if project not in self._near:
            self._near[project] = self.outline(project).held
            if len(self._near) > _NEAR:
                self._near.popitem(last=False)
        self._near.move_to_end(project)
        return self._near[project]

    def pace_of(self, person: str) -> float:
        """Leaves that somebody finished a week over the last twelve weeks, in all active projects."""
        projects = self._worked_on_by(person)
        if projects is None:
            return self._pace.get(person, 0.0)
        return sum((pace for project in projects for who, pace in self._pace_in(project) if who == person), 0.0)

    def _worked_on_by(self, person: str) -> Sequence[str] | None:
        """The active projects in which somebody ever had anything, in the tree's order; None where that isn't known."""
        found = self.day.projects_of(self.accounts(person))
        return None if found is None else sorted(found & self._places.keys(), key=lambda project: self._places[project])

    @cached_property
    def _places(self) -> Mapping[str, int]:
        """Active project → its place in the tree."""
        return {project: place for place, project in enumerate(self.active_projects)}

    def _pace_in(self, project: str) -> list[tuple[str, float]]:
        finished = self.outline(project).finished_by
        return [(self.person(account), number / 12) for account, number in finished.items()]

    @cached_property
    def open_work(self) -> Mapping[str, tuple[OpenWork, ...]]:
        """Person → all open work of theirs, in every active project; an item in two projects once."""
        found: dict[str, dict[str, OpenWork]] = {}
        for project in self.active_projects:
            outline = self.outline(project)
            for account, leaves in self._held_in(project).items():
                _add(found.setdefault(self.person(account), {}), outline, leaves)
        return {person: tuple(works.values()) for person, works in found.items()}

    @cached_property
    def _pace(self) -> Mapping[str, float]:
        found: dict[str, float] = {}
        for project in self.active_projects:
            for person, pace in self._pace_in(project):
                found[person] = found.get(person, 0.0) + pace
        return found

    @cached_property
    def links(self) -> LinkEnds:
        """The landscape's links by their ends, whenever they stand."""
        return self.day.link_ends(self.landscape.links)

    @cached_property
    def blocking(self) -> tuple[Link, ...]:
        """All links that stand at the moment: see ``standing``."""
        return standing(self.landscape.links, self.as_of)

    def blockers(self, item: str) -> tuple[str, ...]:
        """What blocks an item at the moment."""
        return tuple(link.source_id for link in self.links.standing_into(item, self.as_of) if link.source_id)

    def holding(self, item: str) -> Sequence[str]:
        """The active projects that an end of a link is or ever was in, in the tree's order."""
        found = self.day.projects_with(item)
        if found is None:
            return self._held_at.get(item, ())
        return sorted(self._places.keys() & found, key=self._places.__getitem__)

    @cached_property
    def _held_at(self) -> Mapping[str, tuple[str, ...]]:
        if self._later is not None:
            return self._later._held_at
        found: dict[str, list[str]] = {}
        for project in self.active_projects:
            for key in self.outline(project).ever_linked:
                found.setdefault(key, []).append(project)
        return {key: tuple(projects) for key, projects in found.items()}

    def ends_in(self, projects: Collection[str]) -> set[str]:
        """The ends of links that the active ones of some projects hold."""
        return {item for project in self._places.keys() & projects for item in self.outline(project).linked}

    def ends_below(self, node_id: str) -> Collection[str]:
        """The ends of links that the active projects at or below a node hold."""
        if self.nodes[node_id].kind is NodeKind.PROJECT:
            return self.outline(node_id).linked
        return self.day.part(node_id, "ends", lambda: self._ends_below(node_id))

    def _ends_below(self, node_id: str) -> frozenset[str]:
        return frozenset().union(*(self.ends_below(child.id) for child, _ in self.children.get(node_id, ())))

    def linked(self, item: str) -> tuple[str, LinkedItem] | None:
        """The first project that an end of a link is in, with what is known of it; None where no active one has it."""
        return self.once(("linked", item), lambda: self._linked(item))

    def _linked(self, item: str) -> tuple[str, LinkedItem] | None:
        for project in self.holding(item):
            found = self.outline(project).linked.get(item)
            if found is not None:
                return project, found
        return None

    @cached_property
    def chains(self) -> Chains:
        """The graph of open links, over all projects."""
        return Chains(self)

    def is_open(self, item_id: str) -> bool:
        """Whether a linked item is known and open."""
        found = self.linked(item_id)
        return found is not None and found[1].status in (StatusCategory.TODO, StatusCategory.IN_PROGRESS)


def _add(held: dict[str, OpenWork], outline: Outline, leaves: Sequence[Leaf]) -> None:
    """Add leaves that somebody holds in a project; what is held already stays where it is."""
    target = outline.node.target_on
    for leaf in leaves:
        if leaf.id not in held:
            held[leaf.id] = OpenWork(leaf.id, outline.node.id, leaf.hours, leaf.due_on or target)


@dataclass(frozen=True, slots=True)
class View:
    """What a dimension reads. ``projects``: the distinct projects below the node (a project: itself alone).

    Above the projects ``outlines`` are enough for nearly everything, and cost much less.
    """

    node: Node
    policy: Policy
    world: World
    projects: Sequence[ProjectFacts]

    @property
    def outlines(self) -> tuple[Outline, ...]:
        """What is read of the distinct projects below the node from above."""
        return self.world.outlines(self.node.id)

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
