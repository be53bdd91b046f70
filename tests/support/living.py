"""Five projects of one tool in a store, to which things happen, and the workers that remember them."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from model.health import Band, Override
from model.landscape import Teammate
from model.policy import DEFAULT_RULES, Policy, Predicate, Rule
from model.sync import Records
from model.tree import GoalRef, Node, NodeKind, Parent, ProjectState, Source, Target, Tree
from model.work import (
    Allocation,
    Budget,
    BudgetKind,
    Change,
    ChangeField,
    ContainerKind,
    Declared,
    DeclaredStatus,
    Goal,
    GoalSupport,
    ItemType,
    Iteration,
    IterationState,
    Link,
    LinkKind,
    Membership,
    Milestone,
    StatusCategory,
    ToolProject,
    WorkItem,
    Worklog,
)
from service import scoring
from service.memory import Memory
from service.pages import PageStore
from service.workspace import Workspace
from store.database import Database

BEGIN = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ACTS = (
    "status", "status", "due", "assign", "estimate", "new", "move", "gone", "link", "unlink", "goal", "plan", "override",
    "declare", "night", "policy", "people", "score", "score", "another worker",
    "untold", "book", "settled", "late", "regroup", "retract", "version", "sprint",
    "budget", "board",
)  # fmt: skip


RULES = (*DEFAULT_RULES, Rule(id="told", holds=Predicate.STATUS_UPDATED, within_days=9))
OUTSIDE = (5, 6)
"""Projects of the tool that feed nothing here, where health may be shown and items may come from and go to."""


class _Connector:
    """A tool's connector as far as counting needs it."""

    reference_kinds = frozenset[str]()

    def __init__(self, name: str) -> None:
        self.name = name

    def container_ids(self, source: Source, _reference: object) -> tuple[str, ...]:
        return (f"{self.name}:project:{source.value}",)

    def label_of_url(self, _url: str) -> None:
        return None


@dataclass
class Organisation:
    """Five projects of one tool, one of them closed and one under two programs, and two workers that remember.

    The second one holds the records of a single project.
    """

    db: Database
    other: Database
    tool: str
    rnd: random.Random
    now: datetime = BEGIN
    items: dict[str, WorkItem] = field(default_factory=dict)
    homes: dict[str, list[Membership]] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)
    second: Memory = field(default_factory=lambda: Memory(most_records=1))
    numbers: Any = field(default_factory=count)

    def __post_init__(self) -> None:
        self.connector = _Connector(self.tool)
        parts: dict[str, Any] = {
            "db": self.db, "tree": self.tree(), "policies": {"default": Policy(name="default", margin=30.0, rules=RULES)},
            "teammates": (),
            "timezone": "Europe/Berlin", "read_only": False, "public_url": None, "connections": (self.tool,),
            "connector": lambda _name: self.connector, "connector_with": None, "mapping_digest": lambda _name: "",
            "clock": lambda: self.now,
        }  # fmt: skip
        self.workspace = Workspace(**parts)
        made = [self.made() for _ in range(12)]
        everyone = tuple(self.items[key] for key in made)
        homes = tuple(home for key in made for home in self.homes[key])
        self.write(Records(items=everyone, complete_history_of=tuple(made), memberships=homes))

    def node(self, name: str) -> str:
        return f"{self.tool}-{name}"

    def tree(self, *, without: int | None = None) -> Tree:
        """``without``: the number of a project that is not in it."""

        def project(number: int, *parents: str, **more: Any) -> Node:
            source = Source(connection=self.tool, kind="project", value=str(number))
            values = {"start_on": date(2026, 6, 1), "target_on": date(2027, 3, 1), **more}
            above = tuple(Parent(id=self.node(parent), share=1 / len(parents)) for parent in parents)
            return Node(
                id=self.node(f"p{number}"), kind=NodeKind.PROJECT, name=f"P{number}", parents=above, sources=(source,), **values
            )

        port = self.node("port")
        goal = (GoalRef(connection=self.tool, goal="0"),)
        programs = [
            Node(id=self.node(key), kind=NodeKind.PROGRAM, name=key, parents=(Parent(id=port),), goals=goals)
            for key, goals in (("g0", ()), ("g1", goal))
        ]
        projects = [
            project(0, "g0", publish=(Target(connection=self.tool, kind="project", value="5"),)),
            project(1, "g0", "g1"), project(2, "g1", target_on=None),
            project(3, "g1", state=ProjectState.CLOSED), project(4, "g0", state=ProjectState.CANDIDATE),
        ]  # fmt: skip
        left = [node for number, node in enumerate(projects) if number != without]
        return Tree(nodes=(Node(id=port, kind=NodeKind.PORTFOLIO, name="Port"), *programs, *left))

    def write(self, records: Records, gone: tuple[str, ...] = ()) -> None:
        """What a sync does with a page, here or in another process."""
        workspace = replace(self.workspace, db=self.rnd.choice((self.db, self.other)))
        with workspace.db.begin() as uow:
            # Learned a little ago: what is learned at one moment is kept at later and later ones, and must not lie ahead.
            known_at = uow.sync.learning(self.tool, self.now - timedelta(minutes=1))
            saved = uow.records.save(records, known_at=known_at)
            left = uow.records.mark_gone(gone, at=self.now, known_at=known_at)
            ids = (*saved.created, *saved.updated, *left, *saved.subjects)
            PageStore(workspace, self.connector).mark_dirty(uow, ids, why="sync")  # type: ignore[arg-type]

    def let(self, act: str) -> None:
        """Let one thing happen, to whatever item."""
        if act in ("score", "another worker", "new", "settled"):
            getattr(self, act.replace(" ", "_"))()
        else:
            getattr(self, act)(self.rnd.choice(sorted(self.items)))

    # -- what can happen ---------------------------------------------------------------------------------------------

    def new(self) -> None:
        key = self.made()
        self.write(Records(items=(self.items[key],), complete_history_of=(key,), memberships=tuple(self.homes[key])))

    def made(self) -> str:
        number, ago = next(self.numbers), timedelta(days=self.rnd.randint(1, 200))
        key = f"{self.tool}:item:{number}"
        self.items[key] = WorkItem(
            id=key, connection=self.tool, vendor_id=str(number), key=f"{self.tool}-{number}", title=f"Item {number}",
            assignee_id=f"{self.tool}:user:{self.rnd.choice('aab')}",
            due_on=self.now.date() + timedelta(days=self.rnd.randint(1, 60)),
            type=self.rnd.choice((ItemType.STORY, ItemType.STORY, ItemType.DEFECT, ItemType.RISK, ItemType.BENEFIT)),
            original_type="x", status=StatusCategory.TODO, original_status="todo", created_at=self.now - ago,
            updated_at=self.now - ago, estimate_hours=self.rnd.choice((8.0, 16.0, 24.0, 40.0)), origin="x",
        )  # fmt: skip
        self.homes[key] = []
        self.put(key)
        return key

    def alter(self, key: str, change: ChangeField, attribute: str, new: Any) -> None:
        item = self.items[key]
        old = getattr(item, attribute)
        at = max(item.updated_at, self.now - timedelta(hours=self.rnd.randint(1, 200)))
        more = {"done_at": at if new is StatusCategory.DONE else None} if attribute == "status" else {}
        self.items[key] = item.model_copy(update={attribute: new, "updated_at": at, **more})
        told = Change(
            id=f"{key}|{next(self.numbers)}", connection=self.tool, item_id=key, field=change, at=at,
            old=None if old is None else str(old), new=None if new is None else str(new),
        )  # fmt: skip
        self.write(Records(items=(self.items[key],), changes=(told,)))

    def status(self, key: str) -> None:
        self.alter(key, ChangeField.STATUS, "status", self.rnd.choice(list(StatusCategory)))

    def due(self, key: str) -> None:
        day = self.rnd.choice((None, self.now.date() + timedelta(days=self.rnd.randint(-60, 90))))
        self.alter(key, ChangeField.DUE_ON, "due_on", day)

    def assign(self, key: str) -> None:
        who = self.rnd.choice((None, *(f"{self.tool}:user:{name}" for name in "abc")))
        self.alter(key, ChangeField.ASSIGNEE, "assignee_id", who)

    def estimate(self, key: str) -> None:
        self.alter(key, ChangeField.ESTIMATE_HOURS, "estimate_hours", self.rnd.choice((None, 0.3, 16.0, 60.0)))

    def late(self, key: str) -> None:
        """A change of long ago that is told only now, before others that are held."""
        ago = self.now - timedelta(days=self.rnd.randint(1, 30))
        told = Change(
            id=f"{key}|{next(self.numbers)}", connection=self.tool, item_id=key, field=ChangeField.ESTIMATE_HOURS, at=ago,
            old="80.0", new="8.0",
        )  # fmt: skip
        self.write(Records(items=(self.items[key],), changes=(told,)))

    def untold(self, key: str) -> None:
        """A value of which the tool tells no history."""
        attribute = self.rnd.choice(("estimate_hours", "spent_hours"))
        values = {attribute: self.rnd.choice((None, 4.0, 90.0)), "updated_at": self.now}
        self.items[key] = self.items[key].model_copy(update=values)
        self.write(Records(items=(self.items[key],)))

    def book(self, key: str) -> None:
        ago = self.now - timedelta(days=self.rnd.randint(0, 20))
        log = Worklog(
            id=f"{key}|log|{next(self.numbers)}", connection=self.tool, item_id=key, person_id=self.items[key].assignee_id,
            hours=self.rnd.choice((1.0, 30.0)), worked_at=ago, logged_at=ago,
        )  # fmt: skip
        self.write(Records(items=(self.items[key],), worklogs=(log,)))

    def move(self, key: str) -> None:
        self.put(key)
        self.write(Records(items=(self.items[key],), memberships=tuple(self.homes[key])))

    def put(self, key: str) -> None:
        """Into another project, out of those before or beside them."""
        begun = self.homes[key] if self.rnd.random() < 0.5 else [
            replace(one, to_at=one.to_at or self.now) for one in self.homes[key]
        ]  # fmt: skip
        place = f"{self.tool}:project:{self.rnd.randint(0, OUTSIDE[-1])}"
        since = self.items[key].created_at if not begun else self.now
        begun = [*begun, Membership(
            id=f"{key}|{place}|{next(self.numbers)}", connection=self.tool, item_id=key, container_id=place,
            container_kind=ContainerKind.PROJECT, from_at=since,
        )]  # fmt: skip
        self.homes[key] = begun

    def gone(self, key: str) -> None:
        self.write(Records(), (key,))

    def link(self, key: str) -> None:
        other = self.rnd.choice(sorted(self.items))
        made = Link(
            id=f"{key}|{other}", connection=self.tool, kind=LinkKind.BLOCKS, original_kind="blocks",
            source_id=key, target_id=other, from_at=self.now - timedelta(days=self.rnd.randint(0, 9)),
        )  # fmt: skip
        self.links[made.id] = made
        self.write(Records(items=(self.items[key],), links=(made,)))

    def unlink(self, key: str) -> None:
        for link in [one for one in self.links.values() if one.source_id == key]:
            self.links[link.id] = link.model_copy(update={"to_at": self.now})
            self.write(Records(items=(self.items[key],), links=(self.links[link.id],)))

    def retract(self, key: str) -> None:
        """A link that was never there after all: the whole history of the item that told of it names it no more."""
        for link in [one for one in self.links.values() if one.source_id == key]:
            del self.links[link.id]
        links = tuple(one for one in self.links.values() if key in (one.source_id, one.target_id))
        self.write(Records(
            items=(self.items[key],), complete_history_of=(key,), memberships=tuple(self.homes[key]), links=links,
        ))  # fmt: skip

    def version(self, key: str) -> None:
        """A date of a version moves that a project has, or that an item belongs to which may be in another."""
        version = f"{self.tool}:milestone:{self.rnd.randint(0, 2)}"
        if self.rnd.random() < 0.5:
            self.homes[key] = [*self.homes[key], Membership(
                id=f"{key}|{version}|{next(self.numbers)}", connection=self.tool, item_id=key, container_id=version,
                container_kind=ContainerKind.MILESTONE, from_at=self.items[key].created_at,
            )]  # fmt: skip
            self.write(Records(items=(self.items[key],), memberships=tuple(self.homes[key])))
        place = f"{self.tool}:project:{version[-1]}"
        day = self.now.date() + timedelta(days=self.rnd.randint(-60, 60))
        self.write(Records(milestones=(
            Milestone(id=version, connection=self.tool, project_id=place, name="V", due_on=day),
        )))  # fmt: skip

    def sprint(self, key: str) -> None:
        """A sprint begins or ends that an item of whatever project may be in."""
        sprint = f"{self.tool}:iteration:{self.rnd.randint(0, 1)}"
        if self.rnd.random() < 0.5:
            self.homes[key] = [*self.homes[key], Membership(
                id=f"{key}|{sprint}|{next(self.numbers)}", connection=self.tool, item_id=key, container_id=sprint,
                container_kind=ContainerKind.ITERATION, from_at=self.items[key].created_at,
            )]  # fmt: skip
            self.write(Records(items=(self.items[key],), memberships=tuple(self.homes[key])))
        ends = self.now + timedelta(days=self.rnd.randint(-14, 14))
        state = self.rnd.choice(list(IterationState))
        told = Iteration(id=sprint, connection=self.tool, name="S", state=state, start_at=ends - timedelta(14), end_at=ends)
        self.write(Records(iterations=(told,)))

    def _place(self) -> str:
        return f"{self.tool}:project:{self.rnd.randint(0, OUTSIDE[0])}"

    def budget(self, _key: str) -> None:
        place, how = self._place(), {"kind": BudgetKind.TIME, "planned": 60.0, "actual": self.rnd.choice((None, 10.0, 90.0))}
        self.write(Records(budgets=(Budget(id=f"{place}|time", connection=self.tool, project_id=place, **how),)))

    def board(self, _key: str) -> None:
        """A project's boards show other statuses."""
        place, shown = self._place(), self.rnd.choice(((), ("1",), ("1", "2")))
        number = place.rpartition(":")[2]
        told = ToolProject(id=place, connection=self.tool, vendor_id=number, key=number, name="P", shown_statuses=shown)
        self.write(Records(projects=(told,)))

    def goal(self, key: str) -> None:
        number = self.rnd.randint(0, 2)
        subject = self.rnd.choice((key, f"{self.tool}:project:{number}", f"{self.tool}:goal:{number}"))
        goal = Goal(
            id=f"{self.tool}:goal:{self.rnd.randint(0, 2)}", connection=self.tool, name="Goal", initial=0.0, target=10.0,
            current=self.rnd.choice((None, 4.0)), supported_by=(GoalSupport(subject_id=subject, weight=1.0),),
        )  # fmt: skip
        self.write(Records(goals=(goal,)))

    def plan(self, key: str) -> None:
        place = f"{self.tool}:project:{self.rnd.randint(0, OUTSIDE[-1])}"
        entry = Allocation(
            id=f"{self.tool}:allocation:{self.rnd.randint(0, 3)}", connection=self.tool, project_id=place,
            person_id=f"{self.tool}:user:{self.rnd.choice('abcd')}", percent=self.rnd.choice((20.0, 90.0)),
        )  # fmt: skip
        self.write(Records(allocations=(entry,)))

    def declare(self, key: str) -> None:
        subject = self.rnd.choice((key, self._place()))
        said = DeclaredStatus(
            id=f"{self.tool}:declared:{next(self.numbers)}", connection=self.tool, subject_id=subject, at=self.now,
            status=self.rnd.choice(list(Declared)), original_status="x",
        )  # fmt: skip
        self.write(Records(declared=(said,)))

    def override(self, _key: str) -> None:
        node = self.rnd.choice(self.workspace.tree.nodes).id
        with self.other.begin() as uow:
            uow.overrides.set(Override(
                node=node, band=self.rnd.choice((Band.ON_TRACK, Band.OFF_TRACK)), reason="because", by="me", at=self.now,
                until=self.now.date() + timedelta(days=1),
            ))  # fmt: skip
            uow.dirty.mark([node], why="override", at=self.now)

    def night(self, _key: str) -> None:
        self.now += timedelta(days=1)
        self.mark_all(scoring.MIDNIGHT)

    def policy(self, _key: str) -> None:
        margin, cap = self.rnd.choice((0.0, 3.0, 30.0)), self.rnd.choice((0.2, 0.9))
        rule = Policy(name="default", margin=margin, cap_share=cap, rules=RULES)
        self.workspace = replace(self.workspace, policies={"default": rule})
        self.mark_all("policy")

    def people(self, _key: str) -> None:
        accounts = tuple(f"{self.tool}:user:{name}" for name in self.rnd.sample("abcd", 2))
        self.workspace = replace(self.workspace, teammates=(Teammate(key="m", name="M", accounts=accounts),))
        self.mark_all("people")

    def regroup(self, _key: str) -> None:
        """A project leaves the tree, or comes back to it."""
        self.workspace = replace(self.workspace, tree=self.tree(without=self.rnd.choice((None, 0, 1, 2))))
        self.mark_all("tree")

    def mark_all(self, why: str) -> None:
        self._mark(why, *(node.id for node in self.workspace.tree.nodes))

    def look_again(self) -> None:
        """Have the next worker see what happened, though another may have scored all of it: the top alone is marked."""
        self._mark("end", self.node("port"))

    def _mark(self, why: str, *nodes: str) -> None:
        with self.other.begin() as uow:
            uow.dirty.mark(nodes, why=why, at=self.now)

    def score(self) -> None:
        scoring.score_dirty(self.workspace, self.memory)

    def settled(self) -> None:
        """What is still being changed is left for later."""
        scoring.score_dirty(self.workspace, self.memory, settled_at=self.now)

    def another_worker(self) -> None:
        scoring.score_dirty(replace(self.workspace, db=self.other), self.second)


_EXAMPLES = count()


@contextmanager
def organised(database_url: str, seed: int, **more: Any) -> Iterator[Organisation]:
    """A new organisation out of a number, in a database that others may be in, too."""
    database, other = Database(database_url), Database(database_url)
    database.upgrade()
    try:
        yield Organisation(database, other, f"t{next(_EXAMPLES)}", random.Random(seed), **more)
    finally:
        database.close()
        other.close()
