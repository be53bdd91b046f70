"""What a site is made of: plain records, and the error that every refused request ends in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = dict[str, Any]


class ApiError(Exception):
    """A request the vendor would refuse: a status code and the vendor's error body."""

    def __init__(
        self, status: int, *messages: str, errors: dict[str, str] | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__("; ".join(messages))
        self.status = status
        self.body: Json = {"errorMessages": list(messages), "errors": errors or {}}
        self.headers = headers or {}


@dataclass(frozen=True)
class FieldContext:
    """Where one set of options and defaults of a custom field applies. No projects means every project."""

    id: str
    name: str
    project_ids: tuple[str, ...] = ()
    type_ids: tuple[str, ...] = ()


@dataclass
class Field:
    """A field of the site. ``kind`` is the part of the type after the last colon: select, float, textfield, url ..."""

    id: str
    name: str
    schema: Json
    kind: str = "system"
    description: str = ""
    searcher: str | None = None
    scope_project_id: str | None = None
    contexts: list[FieldContext] = field(default_factory=list)
    options: dict[str, list[Json]] = field(default_factory=dict)  # by context id; each option is {id, value}
    project_ids: set[str] = field(default_factory=set)  # projects the field is associated with
    everywhere: bool = False  # made before 2026: associated with every project, also with those made later

    @property
    def custom(self) -> bool:
        return self.id.startswith("customfield_")


@dataclass
class Tab:
    id: int
    name: str
    field_ids: list[str] = field(default_factory=list)


@dataclass
class Screen:
    id: int
    name: str
    description: str
    tabs: list[Tab]

    def has(self, field_id: str) -> bool:
        return any(field_id in tab.field_ids for tab in self.tabs)


@dataclass
class FieldScheme:
    """Which fields the projects of the newer model show. ``locked``: nobody may change it at present."""

    id: int
    name: str
    project_ids: set[str]
    field_ids: set[str]
    locked: bool = False


@dataclass
class Project:
    """A project; ``ref`` is the small object that issues carry, shared by all of them.

    ``edit_screens``: by issue type, where its issues are edited on another screen than ``screen_id``.
    ``configured_with``: the field configuration scheme it shares with others; None: one of its own.
    """

    id: str
    key: str
    name: str
    lead_id: str | None
    team_managed: bool
    screen_id: int
    type_ids: list[str]
    status_ids: list[str]
    category: Json | None = None
    archived: bool = False
    deleted: bool = False  # in the trash, from which it can still be restored
    kind: str = "software"  # projectTypeKey: software, business, service_desk
    next_number: int = 1
    ref: Json = field(default_factory=dict)
    edit_screens: dict[str, int] = field(default_factory=dict)
    configured_with: int | None = None


@dataclass
class Issue:
    """An issue: v3 field values without links to itself; people, statuses, versions are shared objects of the site."""

    id: str
    key: str
    project_id: str
    fields: Json
    updated_at: datetime
    created_at: datetime
    touched_at: datetime  # when this fake last wrote it; drives the search index lag
    indexed_at: datetime  # the ``updated`` value that a lagging search still sees
    parent_id: str | None = None
    histories: list[Json] = field(default_factory=list)  # oldest first
    comments: list[Json] = field(default_factory=list)
    worklogs: list[Json] = field(default_factory=list)
    properties: Json = field(default_factory=dict)
    links: list["IssueLink"] = field(default_factory=list)
    born_at: datetime | None = None  # set for issues made while the fake runs


@dataclass(frozen=True)
class IssueLink:
    """``outward`` blocks ``inward`` for the type whose outward words are "blocks"."""

    id: str
    type_id: str
    outward_id: str
    inward_id: str


@dataclass(frozen=True)
class Written:
    """One write by anybody: what of which issue, by whom, and whether its watchers were sent a mail.

    ``what``: field, property, comment_new, comment_edit, comment_delete.
    """

    at: datetime
    what: str
    key: str
    by: str | None
    mail: bool


@dataclass
class Board:
    """``estimates_by``: a field's id (None: the one named Story Points). ``unshown_status_ids``: those without a column."""

    id: int
    name: str
    project_id: str
    kind: str = "scrum"
    sprint_ids: list[int] = field(default_factory=list)
    estimates_by: str | None = None
    unshown_status_ids: set[str] = field(default_factory=set)


@dataclass
class Webhook:
    id: int
    name: str
    url: str
    events: list[str]
    jql: str
    secret: str | None
    exclude_body: bool
    enabled: bool = True
    reshape: Callable[[Json], Json] | None = None  # how a server words an event; Cloud's hooks have none
    of_app: bool = False  # an OAuth app's: it carries a token instead of a signature, and lives 30 days
    expires_at: datetime | None = None
