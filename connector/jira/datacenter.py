"""Jira Data Center: REST v2, search by ``startAt`` within a result window, people by key, texts in wiki markup.

Sources: the vendor's articles on ``maxResults``, on ``max_result_window`` and on inconsistent paging.
"""

import contextlib
import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from connector.jira import server_shapes as shapes
from connector.jira import wiki
from connector.jira.client import JiraClient, quoted
from connector.jira.cloud import CloudSite
from connector.jira.documents import kept_history
from connector.jira.scope import text
from connector.jira.server_shapes import Names
from connector.jira.site import Json, ProjectStanding, Standing
from connector.sdk.http import UnexpectedAnswerError
from model.errors import ConnectionUnusableError, FatalError, NotFoundError, RefusedError
from model.push import HealthMessage

PAGE = 1000
WINDOW = 10_000
ISSUES_AT_ONCE = 1000
HISTORIES_AT_ONCE = 100
NAMES_EVERY = timedelta(hours=1)
COMMENT_PAGE = 1000
_BY_CREATION = "created ASC, key ASC"
# A list of issue ids, which we made: some of them may be gone by now.
_OUR_IDS = re.compile(r"(?:\bid|\bparent|\bcf\[\d+\]) in \(\d")


class DataCenterSite:
    """The ``Site`` of Jira Data Center (and Server). Every answer is given in Cloud's shapes.

    ``window``: how many results of one search the site shows at all.
    """

    def __init__(self, client: JiraClient, connection: str, *, window: int = WINDOW) -> None:
        self._client = client
        self._connection = connection
        self._window = window
        self._same = CloudSite(client, connection)  # what both deployments do alike
        self._lock = threading.RLock()
        self._known_names: tuple[Names, datetime | None] | None = None
        self._ids: dict[str, str] = {}

    # -- issues -------------------------------------------------------------------------------------------------------

    def search(
        self, jql: str, *, fields: Sequence[str] = ("id",), reconcile: Sequence[int] = ()
    ) -> Iterator[list[Json]]:
        """In the query's own order as far as the window reaches, the rest by creation; ``reconcile`` means nothing here.

        Beyond the window the server answers 500, and pages by ``startAt`` shift while people work. So a query without
        an order is read along the moment of creation, which never changes: each page begins at the second that the
        last one ended in.
        """
        given: set[int] = set()
        bare, order = _parted(jql)
        strict = _OUR_IDS.search(jql) is None
        if order not in ("", _BY_CREATION):
            yield from self._ordered(f"{bare} ORDER BY {order}", fields, given, strict=strict)
            if len(given) < self._window:
                return
        yield from self._by_creation(bare, fields, given, strict=strict)

    def below(self, parents: Sequence[str]) -> str:
        """Sub-tasks, and what names one of them in Epic Link or Parent Link; both take ids as well as keys.

        Ids are searched leniently, so a parent that is not there is left in words, in front: then the site refuses it.
        """
        ids = self._ids_of(word.strip('"') for word in parents if not word.isdigit())
        words = sorted((ids.get(word.strip('"'), word) for word in parents), key=str.isdigit)
        listed = ", ".join(words)
        fields = ("parent", *(shapes.jql_name(field_id) for field_id in self._names().parents))
        return f"({' OR '.join(f'{name} in ({listed})' for name in fields)})"

    def issues(self, ids: Sequence[int], fields: Sequence[str]) -> list[Json]:
        """The parent of an issue is told as Cloud tells it, also where only Epic Link or Parent Link names it."""
        names = self._names()
        asked = list(dict.fromkeys((*fields, *names.parents))) if "parent" in fields else list(fields)
        found = self._whole(ids, asked)
        told = [shapes.value({"fields": {}, **one}, names) for one in sorted(found, key=lambda one: int(one["id"]))]
        above = {one["id"]: key for one in told if (key := shapes.parent_key(one["fields"], names))}
        parents = self._ids_of(above.values())
        for one in told:
            key = above.get(one["id"], "")
            if key in parents:
                one["fields"]["parent"] = {"id": parents[key], "key": key}
        return told

    def changelogs(self, ids: Sequence[int]) -> dict[int, list[bytes]]:
        names = self._names()
        raw: dict[int, list[Json]] = {number: [] for number in ids}
        for start in range(0, len(ids), HISTORIES_AT_ONCE):
            part = ids[start:start + HISTORIES_AT_ONCE]
            for issue in self._whole(part, ("id",), expand="changelog"):
                raw[int(issue["id"])] = self._histories(issue)
        keys = [key for histories in raw.values() for one in histories for key in shapes.keys_in(one, names)]
        issue_ids = self._ids_of(keys)
        return {
            number: [kept_history(shapes.history(one, names, issue_ids)) for one in histories]
            for number, histories in raw.items()
        }

    def _histories(self, issue: Json) -> list[Json]:
        """The changelog in a search, oldest first; where that shows only a part, the one of the issue itself."""
        changelog = issue.get("changelog") or {}
        found: list[Json] = changelog.get("histories") or []
        if changelog.get("total", 0) > len(found):
            whole = self._client.read(f"api/issue/{issue['id']}", {"fields": "id", "expand": "changelog"})
            found = (whole.get("changelog") or {}).get("histories") or []
        return sorted(found, key=lambda one: int(one["id"]))

    def worklogs(self, ids: Sequence[int]) -> dict[int, list[Json]]:
        """An issue in a search shows its first bookings; only where there are more they are listed by themselves."""
        names = self._names()
        found: dict[int, list[Json]] = {}
        for issue in self._whole(ids, ("worklog",)):
            booked = (issue.get("fields") or {}).get("worklog") or {}
            logs = booked.get("worklogs") or []
            if booked.get("total", 0) > len(logs):
                logs = self._client.read(f"api/issue/{issue['id']}/worklog").get("worklogs") or []
            found[int(issue["id"])] = shapes.value(logs, names)
        return found

    def is_gone(self, issue_id: int) -> bool:
        return self._same.is_gone(issue_id)

    def ids_by_key(self, keys: Sequence[str]) -> dict[str, int]:
        return {key: int(number) for key, number in self._ids_of(keys).items()}

    def booked_since(self, since_ms: int) -> tuple[dict[int, int], int]:
        return self._same.booked_since(since_ms)

    # -- pages of a search --------------------------------------------------------------------------------------------

    def _ordered(
        self, jql: str, fields: Sequence[str], given: set[int], *, strict: bool
    ) -> Iterator[list[Json]]:
        """Pages as far as the window reaches."""
        start = 0
        while start < self._window:
            found = self._page(jql, fields, start=start, size=min(PAGE, self._window - start), strict=strict)
            issues = found.get("issues") or []
            start += len(issues)
            fresh = _fresh(issues, given)
            if fresh:
                yield _asked_for(fresh, fields)
            if not issues or start >= found.get("total", 0):
                return

    def _by_creation(
        self, jql: str, fields: Sequence[str], given: set[int], *, strict: bool
    ) -> Iterator[list[Json]]:
        since_ms: int | None = None
        start = 0
        while True:
            part = jql if since_ms is None else f"({jql}) AND created >= {since_ms}"
            found = self._page(
                f"{part} ORDER BY {_BY_CREATION}", (*fields, "created"), start=start,
                size=min(PAGE, self._window - start), strict=strict,
            )
            issues = found.get("issues") or []
            fresh = _fresh(issues, given)
            if fresh:
                yield _asked_for(fresh, fields)
            if not issues or start + len(issues) >= found.get("total", 0):
                return
            last_ms = shapes.last_second_ms(issues)
            if last_ms is not None and (since_ms is None or last_ms > since_ms):
                since_ms, start = last_ms, 0
            else:
                start += len(issues)
            self._check_depth(start)

    def _check_depth(self, start: int) -> None:
        if start >= self._window:
            raise FatalError(
                f"More than {start} issues were created within one second: Jira's search shows no further.",
                where=self._connection, fix="Narrow the source, for instance by JQL.", reason="result_window",
            )

    def _page(
        self, jql: str, fields: Sequence[str], *, start: int, size: int, strict: bool = True,
        expand: Sequence[str] = (),
    ) -> Json:
        body: Json = {"jql": jql, "startAt": start, "maxResults": size, "fields": list(fields)}
        if not strict:
            body["validateQuery"] = False
        if expand:
            body["expand"] = list(expand)
        found: Json = self._client.ask("api/search", body)
        return found

    def _listed(
        self, clause: str, values: Sequence[str], fields: Sequence[str], *, expand: Sequence[str] = ()
    ) -> list[Json]:
        """The issues of some ids or keys, any number of them; those that are gone or hidden are left out."""
        found: dict[str, Json] = {}
        for start in range(0, len(values), ISSUES_AT_ONCE):
            for issue in self._part(clause, values[start:start + ISSUES_AT_ONCE], fields, expand):
                found[str(issue["id"])] = issue
        return list(found.values())

    def _part(self, clause: str, values: Sequence[str], fields: Sequence[str], expand: Sequence[str]) -> list[Json]:
        """One part of ``_listed``. Some versions refuse the whole query for one unknown id: it is found by halving."""
        listed = ", ".join(values if clause == "id" else (text(value) for value in values))
        jql = f"{clause} in ({listed}) ORDER BY key ASC"
        issues: list[Json] = []
        try:
            while True:
                page = self._page(jql, fields, start=len(issues), size=PAGE, strict=False, expand=expand)
                issues += page.get("issues") or []
                if not page.get("issues") or len(issues) >= page.get("total", 0):
                    return issues
        except UnexpectedAnswerError as exc:
            if exc.answer.status != 400:
                raise
            if len(values) == 1:
                with contextlib.suppress(NotFoundError):
                    self._client.read(f"api/issue/{quoted(values[0])}", {"fields": "id"})
                    raise  # it is there, so the refusal was about something else
                return []
        half = len(values) // 2
        return [
            *self._part(clause, values[:half], fields, expand), *self._part(clause, values[half:], fields, expand)
        ]

    def _whole(self, ids: Sequence[int], fields: Sequence[str], *, expand: str = "") -> list[Json]:
        """Issues by id. What a search does not show is asked for alone: archived issues are in no index, and new ones
        not at once in that of every node."""
        found = self._listed("id", [str(number) for number in ids], fields, expand=(expand,) if expand else ())
        shown = {int(issue["id"]) for issue in found}
        params = {"fields": ",".join(fields), **({"expand": expand} if expand else {})}
        for number in dict.fromkeys(ids):
            if number not in shown:
                with contextlib.suppress(NotFoundError):
                    found.append(self._client.read(f"api/issue/{number}", params))
        return found

    # -- what is known of the site ------------------------------------------------------------------------------------

    def _names(self) -> Names:
        """Fields and types, read again after an hour: a changelog names its fields by name only."""
        with self._lock:
            now = self.site_time()
            if self._known_names is not None:
                names, read_at = self._known_names
                if now is None or read_at is None or now - read_at < NAMES_EVERY:
                    return names
            names = shapes.read_names(self._client.read("api/field"), self._client.read("api/issuetype"))
            names = names if names.epic_types else self._with_epics(names)
            self._known_names = (names, self.site_time())
            return names

    def _with_epics(self, names: Names) -> Names:
        """The epic type of a site that calls it otherwise: the type of any issue that has an epic name."""
        if names.epic_name is None:
            return names
        found = self._page(
            f"{shapes.jql_name(names.epic_name)} is not EMPTY", ("issuetype",), start=0, size=1, strict=False
        )
        types = (str(one["fields"]["issuetype"]["id"]) for one in found.get("issues") or ())
        return replace(names, epic_types=frozenset(types))

    def _ids_of(self, keys: Iterable[str]) -> dict[str, str]:
        """Issue ids by key, each asked for once. A moved issue answers under its new key, so it is asked for alone."""
        wanted = list(dict.fromkeys(keys))
        with self._lock:
            unknown = [key for key in wanted if key not in self._ids]
        found = {str(one["key"]): str(one["id"]) for one in self._listed("key", unknown, ("id",))}
        told = {key: found.pop(key) for key in unknown if key in found}
        for key in [one for one in unknown if one not in told] if found else ():
            moved = self._listed("key", [key], ("id",))
            if moved:
                told[key] = str(moved[0]["id"])
        with self._lock:
            self._ids.update(told)
            return {key: self._ids[key] for key in wanted if key in self._ids}

    # -- lists --------------------------------------------------------------------------------------------------------

    def issue_types(self) -> Sequence[Json]:
        names = self._names()
        return [shapes.value(one, names) for one in self._client.read("api/issuetype")]

    def projects(self) -> Iterator[Json]:
        names = Names()
        for project in self._client.read("api/project", {"expand": "lead"}):
            if not project.get("archived"):
                yield shapes.value(project, names)

    def versions(self, project_key: str) -> Iterator[Json]:
        yield from self._client.read(f"api/project/{quoted(project_key)}/versions")

    def standings(self, project_ids: Sequence[str]) -> dict[str, ProjectStanding]:
        """One list tells live from archived; what is in neither was deleted only if an administrator can't find it.

        Here no call says for many projects whether some of their issues are secured: it takes one for each.
        """
        listed = {
            str(one["id"]): bool(one.get("archived"))
            for one in self._client.read("api/project", {"includeArchived": "true"})
        }
        found: dict[str, ProjectStanding] = {}
        for project_id in dict.fromkeys(project_ids):
            if project_id not in listed:
                found[project_id] = ProjectStanding(self._absent(project_id))
            elif listed[project_id]:
                found[project_id] = ProjectStanding(Standing.ARCHIVED)
            else:
                found[project_id] = ProjectStanding(Standing.LIVE, secured=self._secured(project_id))
        return found

    def _absent(self, project_id: str) -> Standing:
        try:
            project = self._client.read(f"api/project/{quoted(project_id)}")
        except NotFoundError:
            return Standing.DELETED if self._is_admin() else Standing.HIDDEN
        return Standing.ARCHIVED if project.get("archived") else Standing.LIVE

    def _secured(self, project_id: str) -> bool | None:
        try:
            self._client.read(f"api/project/{quoted(project_id)}/issuesecuritylevelscheme")
        except NotFoundError:
            return False  # the project is there, so it is the scheme that is not
        except RefusedError:
            return None
        return True

    def _is_admin(self) -> bool:
        """Administrators are shown every project, whether they may browse it or not."""
        found = self._client.read("api/mypermissions", {"permissions": "ADMINISTER"}).get("permissions") or {}
        return bool((found.get("ADMINISTER") or {}).get("havePermission"))

    # -- the account --------------------------------------------------------------------------------------------------

    def site_time(self) -> datetime | None:
        return self._same.site_time()

    def me(self) -> Json:
        found: Json = shapes.value(self._client.read("api/myself"), Names())
        if not found.get("accountId"):
            raise ConnectionUnusableError(
                "Jira takes us for an anonymous visitor.", where=self._connection,
                fix="Check the personal access token of the connection.", reason="anonymous",
            )
        return found

    # -- comments -----------------------------------------------------------------------------------------------------

    def comment_body(self, message: HealthMessage) -> Any:
        return wiki.text(message)

    def comments(self, issue: str) -> Iterator[list[Json]]:
        start = 0
        while True:
            page = self._client.read(
                f"api/issue/{quoted(issue)}/comment",
                {"startAt": start, "maxResults": COMMENT_PAGE, "orderBy": "-created", "expand": "properties"},
            )
            found = [shapes.value(one, Names()) for one in page.get("comments") or ()]
            if found:
                yield found
            start += len(found)
            if not found or start >= page.get("total", 0):
                return


def _parted(jql: str) -> tuple[str, str]:
    """A query and its order."""
    place = jql.lower().rfind("order by")
    return (jql[:place].strip(), jql[place + len("order by"):].strip()) if place > 0 else (jql.strip(), "")


def _fresh(issues: Sequence[Json], given: set[int]) -> list[Json]:
    """The issues that were not given yet, which they are from now on."""
    fresh = [issue for issue in issues if int(issue["id"]) not in given]
    given.update(int(issue["id"]) for issue in fresh)
    return fresh


def _asked_for(issues: Sequence[Json], fields: Sequence[str]) -> list[Json]:
    """Issues without what we asked for ourselves, to page on."""
    if "created" in fields or any(name.startswith("*") for name in fields):
        return list(issues)
    return [
        {**issue, "fields": {key: one for key, one in (issue.get("fields") or {}).items() if key != "created"}}
        for issue in issues
    ]
