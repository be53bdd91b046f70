"""The state of one Asana workspace, in memory, behind one lock, and what people do in it by hand."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Literal, TypeVar

from sandbox.asana import changes, updates
from sandbox.asana.entities import (
    Allocation,
    Budget,
    Container,
    CustomField,
    CustomStatus,
    CustomType,
    EnumOption,
    Goal,
    GoalRelationship,
    Portfolio,
    Project,
    Section,
    StatusUpdate,
    Story,
    Task,
    Team,
    TimeEntry,
    User,
    Webhook,
    Workspace,
)  # fmt: skip
from sandbox.asana.errors import bad, not_found
from sandbox.asana.events import Change, Event, EventLog, roots_of
from sandbox.asana.faults import Faults
from sandbox.asana.hooks import Hooks, Post, post_over_http
from sandbox.asana.limits import Limiter

T = TypeVar("T")
WORKSPACE_GID = "1100"
BOT_TOKEN = "sandbox-asana-token"
GID_PREFIXES = {
    "user": "110", "team": "115", "project": "120", "section": "125", "portfolio": "130", "task": "135", "goal": "140",
    "custom_field": "145", "enum_option": "150", "setting": "155", "story": "160", "status_update": "165",
    "time_entry": "170", "webhook": "175", "goal_relationship": "180",
    "budget": "185", "allocation": "190", "custom_type": "195", "custom_status": "196",
}  # fmt: skip


class AsanaSpace:
    """One workspace.

    ``clock`` tells the time; ``tick`` counts seconds for the limits; ``post`` sends webhooks. ``plan`` is ``paid`` or
    ``free``; ``lacking`` names single features that the plan lacks (402) and ``forbidden`` those that the account may
    not use (403), in lower case; ``hidden`` holds gids of projects that the account may not see. ``tokens`` maps a bearer
    token to its user's gid; ``keys`` maps the world's keys to gids. ``bare_statuses``: a nested status update shows what
    is documented of it and no more. ``notifications`` counts who was told of something, ``mentions`` names the users
    who were mentioned.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        *,
        seed: int = 0,
        base_url: str = "",
        plan: Literal["paid", "free"] = "paid",
        tick: Callable[[], float] = time.monotonic,
        post: Post = post_over_http,
    ) -> None:
        self.lock = threading.RLock()
        self.clock, self.seed, self.base_url, self.plan = clock, seed, base_url, plan
        self.sleep: Callable[[float], None] = time.sleep
        self.offset_ttl_s = 900.0
        self.workspace = Workspace(WORKSPACE_GID, "Sandbox workspace")
        self.users: dict[str, User] = {}
        self.teams: dict[str, Team] = {}
        self.projects: dict[str, Project] = {}
        self.sections: dict[str, Section] = {}
        self.tasks: dict[str, Task] = {}
        self.stories: dict[str, Story] = {}
        self.portfolios: dict[str, Portfolio] = {}
        self.custom_fields: dict[str, CustomField] = {}
        self.status_updates: dict[str, StatusUpdate] = {}
        self.goals: dict[str, Goal] = {}
        self.relationships: dict[str, GoalRelationship] = {}
        self.time_entries: dict[str, TimeEntry] = {}
        self.budgets: dict[str, Budget] = {}
        self.allocations: dict[str, Allocation] = {}
        self.webhooks: dict[str, Webhook] = {}
        self.keys: dict[str, str] = {}
        self.notifications = 0
        self.mentions: list[str] = []
        self.bare_statuses = False
        self.stats: Counter[str] = Counter()
        self.faults, self.limiter, self.log = Faults(), Limiter(tick), EventLog(seed)
        self.hooks = Hooks(self, post)
        self._inside: dict[str, list[Portfolio]] = {}
        self._given: Counter[str] = Counter()
        self.bot = self.add_user("Bellwether bot", "bot@sandbox.example")
        self.tokens: dict[str, str] = {BOT_TOKEN: self.bot.gid}
        self.service_tokens: set[str] = set()
        self.lacking: set[str] = set()
        self.forbidden: set[str] = set()
        self.hidden: set[str] = set()

    @property
    def speed(self) -> float:
        """How many times faster than the vendor's the minutes of the limits pass."""
        return self.limiter.speed

    @speed.setter
    def speed(self, factor: float) -> None:
        self.limiter.speed = factor

    def now(self) -> datetime:
        """The time in this workspace."""
        return self.clock()

    def new_gid(self, kind: str) -> str:
        """The next gid of a kind: a number in text, the same for the same order of events."""
        self._given[kind] += 1
        return f"{GID_PREFIXES[kind]}{self._given[kind]:09d}"

    def get(self, table: Mapping[str, T], kind: str, gid: object) -> T:
        """The object of a table, or 404 in the vendor's words."""
        found = table.get(gid) if isinstance(gid, str) else None
        if found is None:
            raise not_found(kind, str(gid))
        return found

    def anything(self, gid: object) -> Any:
        """Whatever object of the workspace has this gid, or 404."""
        if gid == self.workspace.gid:
            return self.workspace
        tables: tuple[Mapping[str, Any], ...] = (self.tasks, self.projects, self.portfolios, self.goals, self.teams)
        for table in tables:
            if isinstance(gid, str) and gid in table:
                return table[gid]
        raise not_found("resource", str(gid))

    def container(self, gid: object) -> Container:
        """The project, portfolio or goal with this gid, or 404."""
        found = self.anything(gid)
        if not isinstance(found, Container):
            raise bad(f"parent: {gid} is not a project, portfolio or goal")
        return found

    def user(self, who: object) -> User:
        """A user by object, gid, world key or mail address, or 400."""
        if isinstance(who, User):
            return who
        gid = self.keys.get(who, who) if isinstance(who, str) else None
        found = self.users.get(gid or "") or next((each for each in self.users.values() if each.email == who), None)
        if found is None:
            raise bad(f"user: Not a user in this workspace: {who}")
        return found

    def task(self, which: str) -> Task:
        """A task by gid or world key, or 404."""
        return self.get(self.tasks, "task", self.keys.get(which, which))

    def project(self, which: str) -> Project:
        """A project by gid or world key, or 404."""
        return self.get(self.projects, "project", self.keys.get(which, which))

    def portfolios_with(self, thing: Project | Portfolio) -> list[Portfolio]:
        """The portfolios that hold a project or portfolio directly."""
        return self._inside.get(thing.gid, [])

    def emit(
        self, resource: Any, action: str, *, by: User | None, parent: Any = None, change: Change | None = None
    ) -> None:
        """Put an event into the log and offer it to the webhooks."""
        roots = roots_of(self, resource) | (roots_of(self, parent) if parent is not None else frozenset())
        event = Event(self.log.next_seq(), self.now(), by, action, resource, parent, change, roots)
        self.log.append(event)
        self.hooks.offer(event)

    # What fills a workspace: used by the loader, by tests and by the routes that create.

    def add_user(self, name: str, email: str) -> User:
        """A new member of the workspace."""
        user = User(self.new_gid("user"), name, email)
        self.users[user.gid] = user
        return user

    def add_project(
        self, name: str, owner: User, *, sections: tuple[str, ...] = (), at: datetime | None = None
    ) -> Project:
        """A new project with its sections; teamless, as the vendor makes them today."""
        at = at or self.now()
        project = Project(self.new_gid("project"), name, at, at, owner, followers=[owner])
        self.projects[project.gid] = project
        for each in sections or ("Untitled section",):
            self.add_section(project, each)
        return project

    def add_section(self, project: Project, name: str) -> Section:
        """A new section at the end of a project."""
        section = Section(self.new_gid("section"), name, project, project.created_at)
        project.sections.append(section)
        self.sections[section.gid] = section
        return section

    def add_portfolio(self, name: str, owner: User, *, at: datetime | None = None) -> Portfolio:
        """A new, empty portfolio."""
        at = at or self.now()
        portfolio = Portfolio(self.new_gid("portfolio"), name, at, at, owner, followers=[owner])
        self.portfolios[portfolio.gid] = portfolio
        return portfolio

    def add_item(self, portfolio: Portfolio, item: Project | Portfolio) -> None:
        """Put a project or portfolio into a portfolio, once; 400 when it would hold itself."""
        if item in portfolio.items:
            return
        if isinstance(item, Portfolio) and portfolio in set(self._below(item)):
            raise bad("item: A portfolio cannot contain itself")
        portfolio.items.append(item)
        self._inside.setdefault(item.gid, []).append(portfolio)

    def remove_item(self, portfolio: Portfolio, item: Project | Portfolio) -> None:
        """Take an item out of a portfolio; 400 when it is not in it."""
        if item not in portfolio.items:
            raise bad(f"item: {item.gid} is not in the portfolio")
        portfolio.items.remove(item)
        self._inside[item.gid].remove(portfolio)

    def _below(self, portfolio: Portfolio) -> Iterator[Portfolio]:
        yield portfolio
        for item in portfolio.items:
            if isinstance(item, Portfolio):
                yield from self._below(item)

    def add_custom_field(
        self, name: str, kind: str, *, options: tuple[str, ...] = (), precision: int = 0
    ) -> CustomField:
        """A new field of the workspace; ``options`` name the choices of an enum."""
        made = CustomField(self.new_gid("custom_field"), name, kind, self.bot, precision=precision)
        made.options = [self.new_option(each) for each in options]
        self.custom_fields[made.gid] = made
        return made

    def add_custom_type(self, name: str, options: tuple[str, ...]) -> CustomType:
        """A type of tasks with status options of its own."""
        made = CustomType(self.new_gid("custom_type"), name)
        made.options = [CustomStatus(self.new_gid("custom_status"), each) for each in options]
        return made

    def new_option(self, name: str, color: str = "none") -> EnumOption:
        """A choice that no field has yet."""
        return EnumOption(self.new_gid("enum_option"), name, color)

    def add_goal(self, name: str, owner: User, *, metric: dict[str, Any] | None = None) -> Goal:
        """A new goal, with the vendor's metric object or none."""
        now = self.now()
        goal = Goal(self.new_gid("goal"), name, now, now, owner, followers=[owner], metric=metric)
        self.goals[goal.gid] = goal
        return goal

    def support_goal(self, goal: Goal, supporting: Container, *, weight: float = 1.0) -> GoalRelationship:
        """Tie a goal to the work or subgoal that supports it."""
        subtype = "subgoal" if isinstance(supporting, Goal) else "supporting_work"
        made = GoalRelationship(self.new_gid("goal_relationship"), goal, supporting, subtype, weight)
        self.relationships[made.gid] = made
        return made

    def add_budget(self, project: str, *, total: float, actual: float = 0.0, currency: str | None = None) -> Budget:
        """A project's budget: minutes, or money where a currency is named."""
        kind, units = ("cost", currency) if currency else ("time", "minutes")
        made = Budget(self.new_gid("budget"), self.project(project), kind, units, total, None, actual)
        self.budgets[made.gid] = made
        return made

    def allocate(
        self, project: str, who: Any, *, percent: float, start: date | None = None, end: date | None = None
    ) -> Allocation:
        """Plan a person for a project."""
        effort = {"type": "percent", "value": percent}
        gid = self.new_gid("allocation")
        made = Allocation(gid, self.project(project), self.user(who), self.bot, start, end, effort)
        self.allocations[made.gid] = made
        return made

    def hides(self, thing: Any) -> bool:
        """Whether the account may not see an object: a hidden project, its sections, tasks that are nowhere else."""
        if isinstance(thing, Project):
            return thing.gid in self.hidden
        if isinstance(thing, Section):
            return thing.project.gid in self.hidden
        if isinstance(thing, Task):
            top, above = thing, {thing.gid}
            while top.parent is not None and top.parent.gid not in above:
                top = top.parent
                above.add(top.gid)
            places = {*thing.homes, *top.homes}
            return bool(places) and places <= self.hidden
        return False

    # What people do by hand. ``data`` is what a request's ``data`` would hold; ``by`` a user, gid, key or address.

    def create_task(self, project: str, name: str, *, by: Any, **data: Any) -> Task:
        """A person adds a task to a project."""
        with self.lock:
            wanted = {"name": name, "projects": [self.project(project).gid], **data}
            return changes.create_task(self, wanted, self.user(by), source="web")

    def edit_task(self, task: str, *, by: Any, **data: Any) -> Task:
        """A person changes fields of a task."""
        with self.lock:
            return changes.update_task(self, self.task(task), data, self.user(by), source="web")

    def complete_task(self, task: str, *, by: Any) -> Task:
        """A person ticks a task off."""
        return self.edit_task(task, by=by, completed=True)

    def delete_task(self, task: str, *, by: Any) -> None:
        """A person deletes a task; nothing is left of it but an event."""
        with self.lock:
            changes.delete_task(self, self.task(task), self.user(by))

    def remove_from_project(self, task: str, project: str, *, by: Any) -> None:
        """A person takes a task out of a project."""
        with self.lock:
            changes.remove_project(self, self.task(task), self.project(project), self.user(by))

    def create_subtask(self, parent: str, name: str, *, by: Any, **data: Any) -> Task:
        """A person adds a subtask."""
        with self.lock:
            wanted = {"name": name, "parent": self.task(parent).gid, **data}
            return changes.create_task(self, wanted, self.user(by), source="web")

    def rename_section(self, section: str, name: str, *, by: Any) -> None:
        """A person renames a section, by gid; its tasks are not touched."""
        with self.lock:
            found = self.get(self.sections, "section", section)
            found.name = name
            self.emit(found, "changed", by=self.user(by), change=Change("name"))

    def archive_project(self, project: str, *, by: Any, archived: bool = True) -> None:
        """A person archives a project, or takes it back."""
        with self.lock:
            found = self.project(project)
            found.archived, found.modified_at = archived, self.now()
            self.emit(found, "changed", by=self.user(by), change=Change("archived"))

    def delete_project(self, project: str, *, by: Any) -> None:
        """A person deletes a project; tasks that are nowhere else go with it."""
        with self.lock:
            found = self.project(project)
            for task in list(found.tasks.values()):
                if len(task.homes) > 1:
                    changes.remove_project(self, task, found, self.user(by))
                else:
                    changes.delete_task(self, task, self.user(by))
            self.emit(found, "deleted", by=self.user(by))
            for portfolio in list(self.portfolios_with(found)):
                self.remove_item(portfolio, found)
            for section in found.sections:
                del self.sections[section.gid]
            del self.projects[found.gid]

    def hide_project(self, project: str, *, hidden: bool = True) -> None:
        """The account loses sight of a project, or gets it back."""
        with self.lock:
            gid = self.project(project).gid
            (self.hidden.add if hidden else self.hidden.discard)(gid)

    def add_to_project(self, task: str, project: str, *, by: Any, section: str | None = None) -> None:
        """A person shows a task in a project, or moves it to a section (by name) there."""
        with self.lock:
            home = self.project(project)
            where = next((each for each in home.sections if each.name == section), None) if section else None
            changes.add_project(self, self.task(task), home, self.user(by), section=where)

    def comment(self, task: str, text: str, *, by: Any) -> Story:
        """A person comments on a task."""
        with self.lock:
            return changes.comment(self, self.task(task), self.user(by), text=text, source="web")

    def post_status_update(
        self, parent: str, status_type: str, *, author: Any, title: str = "", text: str = ""
    ) -> StatusUpdate:
        """A person declares how a project, portfolio or goal stands."""
        with self.lock:
            holder = self.container(self.keys.get(parent, parent))
            data = {"status_type": status_type, "title": title, "text": text}
            return updates.post(self, holder, data, self.user(author))
