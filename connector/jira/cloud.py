"""Jira Cloud: REST v3, search by token, bulk reads by the thousand."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from connector.jira import adf
from connector.jira.client import JiraClient, quoted
from connector.jira.documents import kept_history, kept_issue
from connector.jira.issues_by_name import ask_alone, by_name
from connector.jira.site import Json, ProjectStanding, Standing
from connector.jira.standings import read_standings, standings_by_key
from connector.sdk.http import UnexpectedAnswerError
from connector.sdk.pagination import token_pages
from model.errors import ConnectionUnusableError, NotFoundError
from model.push import Remark
from model.tree import Audience

ID_PAGE = 5000
BULK_ISSUES = 1000
BULK_ISSUES_WITH_LISTS = 100
CHANGELOG_PAGE = 10000
PROJECT_PAGE = 100
WORKLOG_PAGE = 5000
WORKLOGS_BY_ID = 1000
COMMENT_PAGE = 100
T = TypeVar("T")
Fetch = Callable[[str | None], tuple[list[T], str | None]]
Entries = tuple[int, dict[str, bytes]]
"""An issue's id and the entries of its changelog by their ids, as they are kept."""


class CloudSite:
    """The ``Site`` of Jira Cloud."""

    def __init__(self, client: JiraClient, connection: str) -> None:
        self._client = client
        self._connection = connection
        self._at_once = BULK_ISSUES  # until the site refuses as many

    # -- issues -------------------------------------------------------------------------------------------------------

    def search(
        self, jql: str, *, fields: Sequence[str] = ("id",), reconcile: Sequence[int] = ()
    ) -> Iterator[list[Json]]:
        """Pages of a search. Where a page token was given up by the site, the search begins again, once: then what
        came before comes a second time."""

        def fetch(token: str | None) -> tuple[list[Json], str | None]:
            body: Json = {"jql": jql, "fields": list(fields), "maxResults": ID_PAGE}
            if reconcile:
                body["reconcileIssues"] = list(reconcile)
            if token:
                body["nextPageToken"] = token
            found = self._client.ask("api/search/jql", body)
            return list(found.get("issues") or ()), found.get("nextPageToken") or None

        yield from self._pages(fetch, "search")

    def count(self, jql: str) -> int:
        """The site's own estimate: what changed in the last moments may be missing in it."""
        return int(self._client.ask("api/search/approximate-count", {"jql": jql})["count"])

    def _pages(self, fetch: Fetch[T], what: str) -> Iterator[list[T]]:
        """Pages by token; from the beginning, once, after a token had expired."""
        held: str | None = None

        def noting(token: str | None) -> tuple[list[T], str | None]:
            nonlocal held
            held = token
            return fetch(token)

        for attempt in (0, 1):
            try:
                for page, _ in token_pages(noting, where=f"{self._connection}: {what}"):
                    yield page
                return
            except UnexpectedAnswerError as exc:
                if exc.answer.status != 400 or held is None or attempt:
                    raise

    def below(self, parents: Sequence[str]) -> str:
        return f"parent in ({', '.join(parents)})"

    def issues(self, ids: Sequence[int], fields: Sequence[str]) -> list[Json]:
        """By the thousand; in hundreds where the site does not take a thousand yet."""
        found = self._bulk_all([str(number) for number in ids], fields)
        return sorted((issue for issue in found if str(issue.get("id")).isdigit()), key=lambda issue: int(issue["id"]))

    def _bulk_all(
        self, ids_or_keys: Sequence[str], fields: Sequence[str], *, noted: str | None = None
    ) -> list[Json]:
        found: list[Json] = []
        start = 0
        while start < len(ids_or_keys):
            part = ids_or_keys[start:start + self._at_once]
            try:
                found += self._bulk(part, fields, noted=noted)
            except UnexpectedAnswerError as exc:
                if exc.answer.status != 400 or len(part) <= BULK_ISSUES_WITH_LISTS:
                    raise
                self._at_once = BULK_ISSUES_WITH_LISTS
                continue
            start += len(part)
        return found

    def _bulk(
        self, ids_or_keys: Sequence[str], fields: Sequence[str], *, noted: str | None = None
    ) -> list[Json]:
        """Issues made small; with the property ``noted`` as they come."""
        body: Json = {"issueIdsOrKeys": list(ids_or_keys), "fields": list(fields), "fieldsByKeys": False}
        small = _small_issues
        if noted is not None:
            body["properties"], small = [noted], _issues
        found: list[Json] = self._client.ask("api/issue/bulkfetch", body, made_small=small)
        return found

    def named(
        self, names: Sequence[str], fields: Sequence[str], *, noted: tuple[str, Collection[str]], alone: bool = True
    ) -> dict[str, Json]:
        """By the thousand; only what is left out there costs a request of its own."""
        key = noted[0]
        found = self._bulk_all(list(dict.fromkeys(names)), fields, noted=key)
        told = by_name(names, found, lambda name: ask_alone(self._client, name, fields, [key]) if alone else None)
        return {name: {**issue, "properties": issue.get("properties") or {}} for name, issue in told.items()}

    def ids_by_key(self, keys: Sequence[str]) -> dict[str, int]:
        """By the thousand; a moved issue answers under its new key, so what is left over is asked for one by one."""
        wanted = list(dict.fromkeys(keys))
        found = {str(one["key"]): int(one["id"]) for one in self._bulk_all(wanted, ("summary",))} if wanted else {}
        told = {key: found.pop(key) for key in wanted if key in found}
        for key in [one for one in wanted if one not in told] if found else ():
            for one in self._bulk([key], ("summary",)):
                told[key] = int(one["id"])
        return told

    def changelogs(self, ids: Sequence[int]) -> dict[int, list[bytes]]:
        def fetch(token: str | None) -> tuple[list[Entries], str | None]:
            body: Json = {"issueIdsOrKeys": [str(number) for number in ids], "maxResults": CHANGELOG_PAGE}
            if token:
                body["nextPageToken"] = token
            found: tuple[list[Entries], str | None] = self._client.ask(
                "api/changelog/bulkfetch", body, made_small=_small_changelogs
            )
            return found

        histories: dict[int, dict[str, bytes]] = {number: {} for number in ids}
        for page in self._pages(fetch, "changelogs"):
            for number, entries in page:
                histories.setdefault(number, {}).update(entries)
        return {number: [found[id_] for id_ in sorted(found, key=_in_time)] for number, found in histories.items()}

    def worklogs(self, ids: Sequence[int]) -> dict[int, list[Json]]:
        """An issue shows its first twenty bookings; only where there are more they are listed by themselves."""
        found: dict[int, list[Json]] = {}
        for start in range(0, len(ids), BULK_ISSUES_WITH_LISTS):
            part = [str(number) for number in ids[start:start + BULK_ISSUES_WITH_LISTS]]
            for issue in self._bulk(part, ("worklog",)):
                number, booked = int(issue["id"]), (issue.get("fields") or {}).get("worklog") or {}
                logs = booked.get("worklogs") or []
                found[number] = logs if booked.get("total", 0) <= len(logs) else self._all_worklogs(number)
        return found

    def _all_worklogs(self, issue_id: int) -> list[Json]:
        return list(self._client.offset_list(f"api/issue/{issue_id}/worklog", "worklogs", page=WORKLOG_PAGE))

    def booked_since(self, since_ms: int) -> tuple[dict[int, int], int]:
        """From the feed of changed bookings, which names no issues, to the issues they belong to."""
        moments: dict[int, int] = {}
        until, last = since_ms, False
        while not last:
            page = self._client.read("api/worklog/updated", {"since": until})
            entries = page.get("values") or []
            moments.update({int(one["worklogId"]): int(one.get("updatedTime") or 0) for one in entries})
            # The feed's own end of a page; one that does not move on would be read for ever.
            last = bool(page.get("lastPage", True)) or int(page.get("until") or 0) <= until
            until = max(until, int(page.get("until") or 0))
        booked: defaultdict[int, int] = defaultdict(int)
        ids = sorted(moments)
        for start in range(0, len(ids), WORKLOGS_BY_ID):
            for log in self._client.ask("api/worklog/list", {"ids": ids[start:start + WORKLOGS_BY_ID]}):
                issue_id = int(log["issueId"])
                booked[issue_id] = max(booked[issue_id], moments.get(int(log["id"]), 0))
        return dict(booked), until

    def is_gone(self, issue_id: int) -> bool:
        try:
            self._client.read(f"api/issue/{issue_id}", {"fields": "id"})
        except NotFoundError:
            return True
        return False

    # -- lists --------------------------------------------------------------------------------------------------------

    def issue_types(self) -> Sequence[Json]:
        return list(self._client.read("api/issuetype"))

    def projects(self) -> Iterator[Json]:
        return self._client.offset_list("api/project/search", "values", params={"expand": "lead"}, page=PROJECT_PAGE)

    def versions(self, project_key: str) -> Iterator[Json]:
        return self._client.offset_list(f"api/project/{quoted(project_key)}/version", "values")

    def standings(self, project_ids: Sequence[str]) -> dict[str, ProjectStanding]:
        return read_standings(self._client, project_ids)

    def standings_by_key(self, keys: Sequence[str]) -> dict[str, Standing]:
        return standings_by_key(self._client, keys)

    # -- the account --------------------------------------------------------------------------------------------------

    def site_time(self) -> datetime | None:
        return self._client.site_time()

    def me(self) -> Json:
        found: Json = self._client.read("api/myself")
        if not found.get("accountId"):
            # Many reads answer 200 to nobody in particular, with nothing in them.
            raise ConnectionUnusableError(
                "Jira takes us for an anonymous visitor.", where=self._connection,
                fix="Check email and token of the connection.", reason="anonymous",
            )
        return found

    # -- comments -----------------------------------------------------------------------------------------------------

    def comment_body(self, message: Remark) -> Any:
        return adf.document(message)

    def visibility(self, audience: Audience) -> Json:
        """Groups by their id, which a new name does not change."""
        if audience.group is not None:
            return {"type": "group", "identifier": audience.group}
        return {"type": "role", "value": audience.role}

    @property
    def bulk_writes(self) -> bool:
        return True

    def comment(self, issue: str, comment_id: str) -> Json:
        found: Json = self._client.read(f"api/issue/{quoted(issue)}/comment/{quoted(comment_id)}")
        return found

    def comments(self, issue: str, *, by: str | None = None) -> Iterator[list[Json]]:
        start = 0
        while True:
            page = self._client.read(
                f"api/issue/{quoted(issue)}/comment", {"startAt": start, "maxResults": COMMENT_PAGE, "orderBy": "-created"}
            )
            found: list[Json] = page.get("comments") or []
            shown = self._with_properties(found, by) if by is not None else found
            if shown:
                yield shown
            start += len(found)
            if not found or start >= page.get("total", 0):
                return

    def _with_properties(self, comments: Sequence[Json], by: str) -> list[Json]:
        """Those of one account, in their order; a list of comments tells no properties."""
        ids = [int(one["id"]) for one in comments if (one.get("author") or {}).get("accountId") == by]
        if not ids:
            return []
        told = self._client.ask("api/comment/list", {"ids": ids}, params={"expand": "properties"}).get("values") or ()
        found: dict[int, Json] = {int(one["id"]): one for one in told}
        return [found[number] for number in ids if number in found]


def _small_issues(found: Json) -> list[Json]:
    return [kept_issue(issue, ()) if "fields" in issue else issue for issue in found.get("issues") or ()]


def _issues(found: Json) -> list[Json]:
    return list(found.get("issues") or ())


def _small_changelogs(found: Json) -> tuple[list[Entries], str | None]:
    """The entries of a page and the token of the next one. An entry without an id is kept: who reads it names it."""
    told = [
        (int(one["issueId"]), {str(entry.get("id")): kept_history(entry) for entry in one.get("changeHistories") or ()})
        for one in found.get("issueChangeLogs") or ()
    ]
    return told, found.get("nextPageToken") or None


def _in_time(history_id: str) -> int:
    return int(history_id) if history_id.isdigit() else 0
