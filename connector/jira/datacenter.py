"""Jira Data Center: REST v2, search by ``startAt`` within a result window, people by key, texts in wiki markup."""

import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from connector.jira import server_shapes as shapes
from connector.jira import wiki
from connector.jira.client import JiraClient, quoted
from connector.jira.cloud import CloudSite
from connector.jira.documents import kept_history
from connector.jira.server_search import WINDOW, ServerSearch
from connector.jira.server_shapes import Names
from connector.jira.server_targets import ServerTargets, visibility
from connector.jira.site import Json, ProjectStanding, Standing
from model.errors import ConnectionUnusableError, NotFoundError, RefusedError
from model.push import Remark
from model.tree import Audience

HISTORIES_AT_ONCE = 100
NAMES_EVERY = timedelta(hours=1)


class DataCenterSite:
    """The ``Site`` of Jira Data Center (and Server). Every answer is given in Cloud's shapes.

    ``window``: how many results of one search the site shows at all.
    """

    def __init__(self, client: JiraClient, connection: str, *, window: int = WINDOW) -> None:
        self._client = client
        self._connection = connection
        self._same = CloudSite(client, connection)  # what both deployments do alike
        self._search = ServerSearch(client, connection, window)
        self._targets = ServerTargets(client, self._search.listed)
        self._lock = threading.RLock()
        self._known_names: tuple[Names, datetime | None] | None = None
        self._ids: dict[str, str] = {}

    # -- issues -------------------------------------------------------------------------------------------------------

    def search(
        self, jql: str, *, fields: Sequence[str] = ("id",), reconcile: Sequence[int] = ()
    ) -> Iterator[list[Json]]:
        """``reconcile`` means nothing here."""
        return self._search.pages(jql, fields)

    def count(self, jql: str) -> int:
        return int(self._search.page(jql, ["id"], start=0, size=0).get("total", 0))

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
        found = self._search.whole(ids, asked)
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
            for issue in self._search.whole(part, ("id",), expand="changelog"):
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
        for issue in self._search.whole(ids, ("worklog",)):
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

    def named(
        self, names: Sequence[str], fields: Sequence[str], *, noted: tuple[str, Collection[str]], alone: bool = True
    ) -> dict[str, Json]:
        return self._targets.named(names, fields, noted=noted, alone=alone)

    def booked_since(self, since_ms: int) -> tuple[dict[int, int], int]:
        return self._same.booked_since(since_ms)

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
        found = self._search.page(
            f"{shapes.jql_name(names.epic_name)} is not EMPTY", ("issuetype",), start=0, size=1, strict=False
        )
        types = (str(one["fields"]["issuetype"]["id"]) for one in found.get("issues") or ())
        return replace(names, epic_types=frozenset(types))

    def _ids_of(self, keys: Iterable[str]) -> dict[str, str]:
        """Issue ids by key, each asked for once. A moved issue answers under its new key, so it is asked for alone."""
        wanted = list(dict.fromkeys(keys))
        with self._lock:
            unknown = [key for key in wanted if key not in self._ids]
        found = {str(one["key"]): str(one["id"]) for one in self._search.listed("key", unknown, ("id",))}
        told = {key: found.pop(key) for key in unknown if key in found}
        for key in [one for one in unknown if one not in told] if found else ():
            moved = self._search.listed("key", [key], ("id",))
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

    def standings_by_key(self, keys: Sequence[str]) -> dict[str, Standing]:
        return self._targets.standings_by_key(keys)

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

    def comment_body(self, message: Remark) -> Any:
        return wiki.text(message)

    def visibility(self, audience: Audience) -> Json:
        return visibility(audience)

    @property
    def bulk_writes(self) -> bool:
        return False

    def comment(self, issue: str, comment_id: str) -> Json:
        return self._targets.comment(issue, comment_id)

    def comments(self, issue: str, *, by: str | None = None) -> Iterator[list[Json]]:
        return self._targets.comments(issue, by)
