"""What passes between a connector and the store: raw payloads, normalised records, progress, reports."""

from enum import StrEnum

from pydantic import Field

from model.base import Instant, Record
from model.work import (
    Allocation,
    Budget,
    Change,
    DeclaredStatus,
    Goal,
    ItemType,
    Iteration,
    Link,
    Membership,
    Milestone,
    Person,
    StatusCategory,
    ToolProject,
    WorkItem,
    Worklog,
)


class RawPayload(Record):
    """One payload as the tool sent it. ``kind`` and ``vendor_id`` name it; a newer one replaces it for replay.

    ``body`` is the JSON text of this one record (not of the page it came in). ``via`` is how it came: "sync",
    "refetch". ``kind`` is the connector's own word; the store does not read it.
    """

    connection: str
    kind: str
    vendor_id: str
    body: bytes
    fetched_at: Instant
    via: str = "sync"


class Departure(StrEnum):
    """Why an item is no longer counted. ``HIDDEN``: no longer shown, and nothing proves that it was deleted."""

    DELETED = "deleted"
    ARCHIVED = "archived"
    HIDDEN = "gone_or_hidden"


class Skipped(Record):
    """An item that was left out, and why, in a sentence.

    ``item_id``: the id it has, or would have had; ``containers``: ids of the containers it would have counted in, as
    far as they could be read. Both stay inside: they say which projects can't be seen whole.
    """

    item: str
    why: str
    item_id: str | None = Field(default=None, exclude=True)
    containers: tuple[str, ...] = Field(default=(), exclude=True)


class Records(Record):
    """Normalised records of any number of raw payloads.

    ``complete_history_of``: item ids whose changes, memberships, links and worklogs are all here: what the store holds
    beyond these for the same items is retracted. ``complete_budgets_of`` and ``complete_allocations_of`` are ids of the
    tool's projects, and mean the same for their budgets and allocations. Of other items in the batch, memberships and
    links say only what is true now.
    """

    people: tuple[Person, ...] = ()
    projects: tuple[ToolProject, ...] = ()
    items: tuple[WorkItem, ...] = ()
    changes: tuple[Change, ...] = ()
    memberships: tuple[Membership, ...] = ()
    links: tuple[Link, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    iterations: tuple[Iteration, ...] = ()
    worklogs: tuple[Worklog, ...] = ()
    declared: tuple[DeclaredStatus, ...] = ()
    goals: tuple[Goal, ...] = ()
    budgets: tuple[Budget, ...] = ()
    allocations: tuple[Allocation, ...] = ()
    complete_budgets_of: tuple[str, ...] = ()
    complete_allocations_of: tuple[str, ...] = ()
    complete_history_of: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()


class Stage(StrEnum):
    """The order of a pull: a first score does not wait for history."""

    REFERENCE = "reference"
    ITEMS = "items"
    HISTORY = "history"


class Page(Record):
    """One step of a pull: what came, and where to go on if the process dies after it was stored.

    ``checkpoint`` is the connector's own text, valid until the pull is done; None on the last page of the pull.
    ``cursor`` is set on the last page only: where the next incremental pull starts.
    ``gone``: item ids that left for certain. ``unread``: ids of items that something happened to, and whose histories are
    not here: they are to be read later, whatever the items themselves show. ``done``/``total`` count items for the progress
    bar; total None: unknown.
    """

    stage: Stage
    raw: tuple[RawPayload, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    gone: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    checkpoint: str | None = None
    cursor: str | None = None
    done: int = 0
    total: int | None = None


class Traffic(Record):
    """What a connector has spent since it was made: requests, bytes received, seconds for which limits made it wait."""

    requests: int = 0
    bytes: int = 0
    waited_s: float = 0.0


class SyncReport(Record):
    """What one sync of one connection did; counts are of work items.

    ``histories``: how many were read apart from their items; ``histories_left``: how many are still to be read.
    """

    name: str
    mode: str
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    skipped: tuple[Skipped, ...] = ()
    histories: int = 0
    histories_left: int = 0
    requests: int = 0
    bytes: int = 0
    seconds: float = 0.0
    changed_ids: tuple[str, ...] = Field(default=(), exclude=True)


class KnownItem(Record):
    """What a census must know of an item the store holds.

    ``containers``: ids of the containers it belongs to now. ``restricted``: it was shown to few only when it was last
    read. ``gone``: the store believes that it left.
    """

    id: str
    vendor_id: str
    key: str
    updated_at: Instant
    parent_id: str | None = None
    containers: tuple[str, ...] = ()
    restricted: bool = False
    gone: bool = False


class Census(Record):
    """What left a tool, told apart as far as evidence goes. The lists hold item ids, each item in one of them at most.

    ``checked``: items compared. ``moved``: still there, but outside of what the sources take. ``archived``: with its
    project or by itself. ``gone_or_hidden``: no longer shown, and nothing proves that it was deleted. ``back``: held as
    gone, or not held at all, and there. ``page``: present payloads of whatever was read again on the way.
    """

    checked: int = 0
    deleted: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    archived: tuple[str, ...] = ()
    gone_or_hidden: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    page: Page = Page(stage=Stage.HISTORY)


class Counted(Record):
    """An item in a census report."""

    id: str
    ref: str


class CensusReport(Record):
    """What one census of one connection found."""

    name: str
    checked: int
    requests: int
    deleted: tuple[Counted, ...] = ()
    moved: tuple[Counted, ...] = ()
    archived: tuple[Counted, ...] = ()
    gone_or_hidden: tuple[Counted, ...] = ()
    back: tuple[Counted, ...] = ()

    def found(self) -> tuple[tuple[Counted, ...], ...]:
        """What left and what came back, list by list."""
        return (self.deleted, self.moved, self.archived, self.gone_or_hidden, self.back)


class Problem(Record):
    """Something wrong with a connection, and how to mend it."""

    what: str
    fix: str
    fatal: bool = Field(default=True, exclude=True)


class CheckReport(Record):
    """What ``check`` says of one connection. ``who``: the account in the tool; ``webhooks``: how they fare."""

    name: str
    ok: bool
    who: str | None = None
    webhooks: str | None = None
    problems: tuple[Problem, ...] = ()


class FieldFound(Record):
    """A field of the tool: its id, name, type; the share of sampled items that fill it, and up to five examples."""

    id: str
    name: str
    type: str
    fill_rate: float | None = None
    examples: tuple[str, ...] = ()


class StatusFound(Record):
    """A status of the tool and the category the tool gives it; ``contradiction`` says what looks wrong.

    ``only``: of which items its name alone would not tell; ``items``: how many of the sample have it.
    """

    id: str
    name: str
    category: str
    only: str | None = None
    items: int | None = None
    contradiction: str | None = None


class SourceFound(Record):
    """Something a project node can be made from: a project, a portfolio. ``selector`` is its YAML form."""

    kind: str
    label: str
    name: str
    selector: dict[str, str]
    items: int | None = None


class Discovery(Record):
    """What a connection offers, and the mapping it suggests."""

    name: str
    sources: tuple[SourceFound, ...] = ()
    fields: tuple[FieldFound, ...] = ()
    statuses: tuple[StatusFound, ...] = ()
    types: tuple[str, ...] = ()
    suggested_mapping: dict[str, object] = Field(default_factory=dict)


class StatusRead(Record):
    """A status of the tool: how it is read (``means``), and how without a mapping (``itself``).

    ``category``: what the tool itself says of it, in its own words; ``contradiction``: where these do not fit its name.
    """

    id: str
    name: str
    category: str
    means: StatusCategory
    itself: StatusCategory
    contradiction: str | None = None


class BoardRead(Record):
    """Whose story points count for the issues of a board, by project: ``points``, of which the first that is filled counts.

    ``estimates_with``: the field that the board itself names; None: it names none.
    """

    name: str
    project: str
    estimates_with: str | None = None
    points: tuple[str, ...] = ()


class Reading(Record):
    """How a tool's own words are read. ``types``: by name; ``parts``: dotted key of a mapping → the fields that play it.

    Of several fields the first that is filled counts. ``points``: where story points have several, their order by project id.
    ``boards``: where the tool has boards that estimate.
    """

    statuses: tuple[StatusRead, ...] = ()
    types: dict[str, ItemType] = Field(default_factory=dict)
    parts: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    points: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    boards: tuple[BoardRead, ...] = ()

    def differs(self, before: "Reading") -> bool:
        """Whether items that were read as it was ``before`` would be others now; a word that is new was in none of them."""
        statuses = {one.id: one.means for one in before.statuses}
        return (
            any(statuses.get(one.id, one.means) is not one.means for one in self.statuses)
            or any(before.types.get(name, type_) is not type_ for name, type_ in self.types.items())
            or any(before.points.get(project, order) != order for project, order in self.points.items())
            or self.parts != before.parts
        )
