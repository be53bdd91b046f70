"""One Jira Cloud site in memory: what exists, and how it is looked up."""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import count
from threading import RLock
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.jira import catalog
from sandbox.jira.departures import Departures
from sandbox.jira.faults import JiraFaults
from sandbox.jira.hindrances import Hindrances
from sandbox.jira.hooks import HookSender
from sandbox.jira.human import Human
from sandbox.jira.limits import Limits
from sandbox.jira.records import (
    ApiError,
    Board,
    Field,
    FieldContext,
    FieldScheme,
    Issue,
    IssueLink,
    Json,
    Project,
    Screen,
    Tab,
    Webhook,
    Written,
)
from sandbox.jira.shapes import parse_stamp, stamp

NO_ISSUE = "Issue does not exist or you do not have permission to see it."
ADMIN_ID = "5b10a2844c20165700ede21a"
MOST_WRITTEN = 100_000


class JiraSite(Human, Departures, Hindrances):
    """The state of a site. Take ``lock`` around anything that reads or changes more than one record.

    ``clock`` gives the site's present (aware); ``monotonic`` drives the rate limits; ``time_zone`` is the zone in
    the profile of the account behind the token, which JQL dates are read in. ``base_url`` overrides the root that
    a request came in by.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        *,
        monotonic: Callable[[], float] = time.monotonic,
        time_zone: str = "UTC",
        base_url: str | None = None,
    ) -> None:
        self.clock = clock
        self.lock = RLock()
        self.base_url = base_url.rstrip("/") if base_url else None
        self.time_zone = time_zone
        self.zone = ZoneInfo(time_zone)
        self.faults = JiraFaults()
        self.limits = Limits(monotonic, clock)
        self.hooks = HookSender(monotonic)
        self.stats: Counter[tuple[str, str]] = Counter()
        self.mails = 0  # changes that would have sent e-mail to watchers
        self.written: deque[Written] = deque(maxlen=MOST_WRITTEN)
        self._ids: dict[str, Iterator[int]] = {}
        self._start_tables()
        self._start_fields()
        self._start_people()

    def _start_tables(self) -> None:
        self.issues: dict[str, Issue] = {}
        self.ids_by_key: dict[str, str] = {}  # old keys stay
        self.children: dict[str, list[str]] = {}
        self.projects: dict[str, Project] = {}
        self.statuses: dict[str, Json] = {}
        self.types: dict[str, Json] = {}
        self.versions: dict[str, Json] = {}
        self.sprints: dict[int, Json] = {}
        self.boards: dict[int, Board] = {}
        self.field_schemes: dict[int, FieldScheme] = {}
        self.webhooks: dict[int, Webhook] = {}
        self.searches: dict[str, Any] = {}
        self.tasks: dict[str, Json] = {}
        self.bulk_jobs: dict[str, Json] = {}
        self.comment_owner: dict[str, str] = {}
        self.comment_properties: dict[str, Json] = {}
        self.worklog_owner: dict[str, str] = {}
        self.deleted_worklogs: list[tuple[str, datetime]] = []
        self.hidden_project_ids: set[str] = set()
        self.hidden_issue_ids: set[str] = set()
        self.archived_issue_ids: set[str] = set()
        self.secured_project_ids: set[str] = set()  # those with an issue security scheme
        self.locked_issue_ids: set[str] = set()  # their workflow step lets nobody edit them
        self.groups: dict[str, str] = {}  # name of each group by its id; the account is in all of them
        self.roles: set[str] = {"Administrators", "Developers"}
        self.denied: set[str] = set()  # permission keys the account does not have
        self.priorities: dict[str, Json] = {i: {"id": i, "name": name} for i, name in catalog.PRIORITIES}
        self.resolutions: dict[str, Json] = {i: {"id": i, "name": name} for i, name in catalog.RESOLUTIONS}
        self.link_types: dict[str, Json] = {
            i: {"id": i, "name": name, "inward": inward, "outward": outward}
            for i, name, inward, outward in catalog.LINK_TYPES
        }

    def _start_fields(self) -> None:
        self.fields: dict[str, Field] = catalog.system_fields()
        system = [field_id for field_id in self.fields if field_id in catalog.EDITABLE]
        tab = Tab(10000, "Field Tab", system)
        self.screens: dict[int, Screen] = {
            1: Screen(1, "Default Screen", "Allows to update all system fields.", [tab])
        }

    def _start_people(self) -> None:
        self.users: dict[str, Json] = {}
        self.credentials: dict[str, str] = {}  # "email:token" or a bare bearer token -> account id
        self.add_user(ADMIN_ID, "Bellwether Bot", "bot@acme.example")

    # -- ids and time ------------------------------------------------------------------------------------------

    def next_id(self, kind: str, start: int = 10000) -> int:
        """The next vendor id of a kind; stable by order of asking."""
        if kind not in self._ids:
            self._ids[kind] = count(start)
        return next(self._ids[kind])

    def reserve_ids(self, kind: str, highest: int) -> None:
        """Let new ids of a kind start above those that were loaded."""
        self._ids[kind] = count(highest + 1)

    def stamp(self, moment: datetime) -> str:
        return stamp(moment, self.zone)

    @property
    def speed(self) -> float:
        """How many times faster than the vendor's limits this site may be used, and its webhooks retried."""
        return self.limits.speed

    @speed.setter
    def speed(self, factor: float) -> None:
        self.limits.speed = factor
        self.hooks.speed = factor

    def note(self, what: str, issue: Issue, *, by: str | None, mail: bool) -> None:
        """Remember a write, and count the mail that watchers would have got."""
        self.mails += mail
        self.written.append(Written(self.clock(), what, issue.key, by, mail))

    # -- people --------------------------------------------------------------------------------------------------

    def add_user(self, account_id: str, name: str, email: str | None = None) -> Json:
        """Add a person; a hidden e-mail address is simply not there, as the vendor leaves it out."""
        user: Json = {
            "accountId": account_id,
            "accountType": "atlassian",
            "active": True,
            "displayName": name,
            "timeZone": self.time_zone,
        }
        if email:
            user["emailAddress"] = email
        self.users[account_id] = user
        return user

    def add_credential(self, email: str, token: str, account_id: str = ADMIN_ID) -> None:
        """Accept Basic ``email:token`` and Bearer ``token`` for an account."""
        self.credentials[f"{email}:{token}"] = account_id
        self.credentials[token] = account_id

    def set_time_zone(self, name: str) -> None:
        """Change the zone in the account's profile. Time stamps already written keep their offsets."""
        self.time_zone, self.zone = name, ZoneInfo(name)
        for user in self.users.values():
            user["timeZone"] = name

    # -- set-up of a site -----------------------------------------------------------------------------------------

    def add_status(self, name: str, category: str, *, status_id: str | None = None, **extra: Any) -> Json:
        """Add a status; ``category`` is new, indeterminate or done."""
        number = status_id or str(self.next_id("status"))
        kept = {"id": number, "name": name, "description": "", "statusCategory": catalog.CATEGORIES[category]}
        self.statuses[number] = kept | extra
        return self.statuses[number]

    def add_type(self, name: str, level: int, *, type_id: str | None = None, **extra: Any) -> Json:
        number = type_id or str(self.next_id("issuetype"))
        kept = {"id": number, "name": name, "description": "", "subtask": level < 0, "hierarchyLevel": level}
        self.types[number] = kept | extra
        return self.types[number]

    def add_project(self, project: Project) -> Project:
        """Register a project and make the small object its issues carry."""
        project.ref = {
            "id": project.id,
            "key": project.key,
            "name": project.name,
            "projectTypeKey": project.kind,
            "simplified": project.team_managed,
        }
        if project.category:
            project.ref["projectCategory"] = project.category
        self.projects[project.id] = project
        return project

    def add_screen(self, name: str) -> Screen:
        """A screen with the system fields and every custom field that existed before."""
        fields = [f.id for f in self.fields.values() if f.id in catalog.EDITABLE or (f.custom and f.everywhere)]
        number = self.next_id("screen")
        screen = Screen(number, name, "", [Tab(self.next_id("tab", 10001), "Field Tab", fields)])
        self.screens[number] = screen
        return screen

    def add_custom_field(self, field: Field, options: tuple[str, ...] = ()) -> Field:
        """A field that was always there: one global context, associated everywhere, on every screen."""
        context = FieldContext(str(self.next_id("context")), f"Default Configuration Scheme for {field.name}")
        field.contexts = [context]
        field.options[context.id] = [{"id": str(self.next_id("option")), "value": value} for value in options]
        field.everywhere = True
        self.fields[field.id] = field
        for screen in self.screens.values():
            if not screen.has(field.id):
                screen.tabs[0].field_ids.append(field.id)
        return field

    def add_issue(self, issue: Issue) -> Issue:
        self.issues[issue.id] = issue
        self.ids_by_key[issue.key] = issue.id
        if issue.parent_id:
            self.children.setdefault(issue.parent_id, []).append(issue.id)
        return issue

    def add_link(self, link: IssueLink) -> None:
        for end in dict.fromkeys((link.outward_id, link.inward_id)):
            if end in self.issues:
                self.issues[end].links.append(link)

    # -- look-ups -------------------------------------------------------------------------------------------------

    def visible(self, issue: Issue) -> bool:
        hidden = issue.project_id in self.hidden_project_ids or issue.id in self.hidden_issue_ids
        project = self.projects[issue.project_id]
        return not hidden and not project.archived and not project.deleted

    def find_issue(self, id_or_key: str) -> Issue | None:
        """The visible issue of an id, a key (any case) or a key it had before it was moved."""
        issue_id = id_or_key if id_or_key in self.issues else self.ids_by_key.get(id_or_key.upper(), "")
        issue = self.issues.get(issue_id)
        return issue if issue is not None and self.visible(issue) else None

    def issue(self, id_or_key: str) -> Issue:
        """As ``find_issue``; raises ApiError 404 with the vendor's sentence."""
        issue = self.find_issue(id_or_key)
        if issue is None:
            raise ApiError(404, NO_ISSUE)
        return issue

    def find_project(self, id_or_key: str) -> Project | None:
        for project in self.projects.values():
            if id_or_key in (project.id, project.key) or id_or_key.upper() == project.key:
                return None if project.id in self.hidden_project_ids or project.deleted else project
        return None

    def project(self, id_or_key: str) -> Project:
        project = self.find_project(id_or_key)
        if project is None:
            raise ApiError(404, f"No project could be found with key '{id_or_key}'.")
        return project

    def project_versions(self, project_id: str) -> list[Json]:
        return [version for version in self.versions.values() if str(version["projectId"]) == project_id]

    def field(self, field_id: str) -> Field:
        field = self.fields.get(field_id)
        if field is None:
            raise ApiError(404, f"The custom field with id '{field_id}' was not found.")
        return field

    def editable(self, field: Field, issue: Issue) -> bool:
        """Whether the issue's edit screen offers the field.

        Company-managed: associated with the project, on its screen, and a context covers project and type; for a project
        with a field scheme, on its screen and in the scheme.
        Team-managed: an admin of that project has added it by hand (``add_field_by_hand``).
        """
        if issue.id in self.locked_issue_ids:
            return False
        if not field.custom:
            return field.id in catalog.EDITABLE
        project = self.projects[issue.project_id]
        screen = self.screens[project.edit_screens.get(issue.fields["issuetype"]["id"], project.screen_id)]
        scheme = next((one for one in self.field_schemes.values() if project.id in one.project_ids), None)
        if scheme is not None:
            return field.id in scheme.field_ids and screen.has(field.id)
        if not field.everywhere and project.id not in field.project_ids:
            return False
        if not project.team_managed and not screen.has(field.id):
            return False
        return self.context_of(field, issue) is not None

    def context_of(self, field: Field, issue: Issue) -> FieldContext | None:
        """The context of a field that applies to an issue: the project's own before the global one."""
        return self.context_for(field, issue.project_id, issue.fields["issuetype"]["id"])

    def context_for(self, field: Field, project_id: str, type_id: str) -> FieldContext | None:
        """As ``context_of``, for a project and an issue type."""
        own = [one for one in field.contexts if project_id in one.project_ids]
        for context in own or [one for one in field.contexts if not one.project_ids]:
            if not context.type_ids or type_id in context.type_ids:
                return context
        return None

    def add_field_by_hand(self, project_key: str, field_id: str) -> None:
        """What the admin of a team-managed project does in the project's settings."""
        with self.lock:
            self.field(field_id).project_ids.add(self.project(project_key).id)

    def moment(self, issue: Issue, field_id: str) -> datetime | None:
        """A date-time field as a moment, None when empty."""
        text = issue.fields.get(field_id)
        return None if text is None else parse_stamp(text)
