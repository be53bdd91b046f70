"""What the roll-up reads: per project its items with their whole history, and what is shared between projects."""

from model.base import Instant, Record
from model.baseline import Baseline
from model.health import Calibration, Override
from model.money import Money
from model.policy import Policy
from model.tree import Tree
from model.work import Budget, Change, DeclaredStatus, Goal, Iteration, Link, Membership, Milestone, WorkItem, Worklog


class ItemHistory(Record):
    """An item, its changes oldest first, its memberships in the project's own sources, and its bookings.

    ``deleted_at``: when it left the tool for certain; it counts before that moment and not after.
    ``history_known``: False until its full history was read; then only the present is certain.
    """

    item: WorkItem
    changes: tuple[Change, ...] = ()
    memberships: tuple[Membership, ...] = ()
    worklogs: tuple[Worklog, ...] = ()
    deleted_at: Instant | None = None
    history_known: bool = True


class SeenBudget(Record):
    """A budget that a tool keeps, as we saw it from one moment until another (None: still); tools tell no history of it."""

    budget: Budget
    from_at: Instant
    to_at: Instant | None = None


class ProjectRecords(Record):
    """Everything known of one project node. ``first_known_at``: when its first item was learned (None: no item).

    ``skipped``: how many of its records can't be seen; they lower trust. Those known by id: ``unreadable`` ones, and
    ``hidden`` ones, which are no longer shown to us. ``baselines``: every one that was ever
    set.
    """

    node: str
    items: tuple[ItemHistory, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    iterations: tuple[Iteration, ...] = ()
    declared: tuple[DeclaredStatus, ...] = ()
    first_known_at: Instant | None = None
    skipped: int = 0
    unreadable: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    baselines: tuple[Baseline, ...] = ()
    budgets: tuple[SeenBudget, ...] = ()


class Teammate(Record):
    """A person of the organisation: one or more accounts, hours a week, skills. Accounts not in the map stand alone."""

    key: str
    name: str
    accounts: tuple[str, ...]
    hours_per_week: float = 40.0
    skills: tuple[str, ...] = ()
    role: str | None = None


class LinkedEnd(Record):
    """What a link's end outside the projects at hand needs to be: enough to say whether it is late."""

    item: WorkItem
    project: str | None = None  # node id


class Landscape(Record):
    """What is shared between projects. ``links`` have both ends resolved to item ids where we know the item."""

    tree: Tree
    policies: dict[str, Policy]  # by project class, plus "default"
    teammates: tuple[Teammate, ...] = ()
    links: tuple[Link, ...] = ()
    goals: tuple[Goal, ...] = ()
    overrides: tuple[Override, ...] = ()
    declared: tuple[DeclaredStatus, ...] = ()
    timezone: str = "UTC"
    first_sync_at: Instant | None = None
    ends: tuple[LinkedEnd, ...] = ()  # ends of links outside every project of the tree, where we know the item
    money: Money = Money()
    on_time_record: Calibration | None = None  # share of due dates kept in the organisation: rollup.record

    def policy_for(self, project_class: str, named: str | None = None) -> Policy:
        """The policy of a node: named by it, else of its class, else the default."""
        for name in (named, project_class):
            if name and name in self.policies:
                return self.policies[name]
        return self.policies["default"]
