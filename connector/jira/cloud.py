"""Jira Cloud: REST v3, search by token, bulk reads by the thousand."""

from collections.abc import Iterator, Sequence
from typing import Any

from connector.jira import adf
from connector.jira.client import JiraClient, quoted
from connector.jira.site import Json, ProjectStanding
from connector.sdk.http import UnexpectedAnswerError
from connector.sdk.pagination import token_pages
from model.errors import ConnectionUnusableError, NotFoundError
from model.push import HealthMessage

ID_PAGE = 5000
BULK_ISSUES = 1000
BULK_ISSUES_WITH_LISTS = 100
CHANGELOG_PAGE = 10000
PROJECT_PAGE = 100
PROJECTS_BY_ID = 50
WORKLOG_PAGE = 5000
COMMENT_PAGE = 100


class CloudSite:
    """The ``Site`` of Jira Cloud."""

    def __init__(self, client: JiraClient, connection: str) -> None:
        self._client = client
        self._connection = connection

    # -- issues -------------------------------------------------------------------------------------------------------

    def search(
        self, jql: str, *, fields: Sequence[str] = ("id",), reconcile: Sequence[int] = ()
    ) -> Iterator[list[Json]]:
        def fetch(token: str | None) -> tuple[list[Json], str | None]:
            body: Json = {"jql": jql, "fields": list(fields), "maxResults": ID_PAGE}
            if reconcile:
                body["reconcileIssues"] = list(reconcile)
            if token:
                body["nextPageToken"] = token
            found = self._client.ask("api/search/jql", body)
            return list(found.get("issues") or ()), found.get("nextPageToken") or None

        for issues, _ in token_pages(fetch, where=f"{self._connection}: search"):
            yield issues

    def issues(self, ids: Sequence[int], fields: Sequence[str]) -> list[Json]:
        """By the thousand; in hundreds where the site does not take a thousand yet."""
        found: list[Json] = []
        for start in range(0, len(ids), BULK_ISSUES):
            part = ids[start:start + BULK_ISSUES]
            try:
                found += self._bulk(part, fields)
            except UnexpectedAnswerError as exc:
                if exc.answer.status != 400 or len(part) <= BULK_ISSUES_WITH_LISTS:
                    raise
                for first in range(0, len(part), BULK_ISSUES_WITH_LISTS):
                    found += self._bulk(part[first:first + BULK_ISSUES_WITH_LISTS], fields)
        return found

    def _bulk(self, ids: Sequence[int], fields: Sequence[str]) -> list[Json]:
        body = {"issueIdsOrKeys": [str(number) for number in ids], "fields": list(fields), "fieldsByKeys": False}
        issues: list[Json] = self._client.ask("api/issue/bulkfetch", body).get("issues") or []
        return sorted(issues, key=lambda issue: int(issue["id"]))

    def changelogs(self, ids: Sequence[int]) -> dict[int, list[Json]]:
        def fetch(token: str | None) -> tuple[list[Json], str | None]:
            body: Json = {"issueIdsOrKeys": [str(number) for number in ids], "maxResults": CHANGELOG_PAGE}
            if token:
                body["nextPageToken"] = token
            found = self._client.ask("api/changelog/bulkfetch", body)
            return list(found.get("issueChangeLogs") or ()), found.get("nextPageToken") or None

        histories: dict[int, list[Json]] = {number: [] for number in ids}
        for page, _ in token_pages(fetch, where=f"{self._connection}: changelogs"):
            for entry in page:
                histories.setdefault(int(entry["issueId"]), []).extend(entry.get("changeHistories") or ())
        for found in histories.values():
            found.sort(key=lambda history: int(history["id"]))
        return histories

    def worklogs(self, ids: Sequence[int]) -> dict[int, list[Json]]:
        """An issue shows its first twenty bookings; only where there are more they are listed by themselves."""
        found: dict[int, list[Json]] = {}
        for start in range(0, len(ids), BULK_ISSUES_WITH_LISTS):
            for issue in self._bulk(ids[start:start + BULK_ISSUES_WITH_LISTS], ("worklog",)):
                number, booked = int(issue["id"]), issue["fields"].get("worklog") or {}
                logs = booked.get("worklogs") or []
                found[number] = logs if booked.get("total", 0) <= len(logs) else self._all_worklogs(number)
        return found

    def _all_worklogs(self, issue_id: int) -> list[Json]:
        return list(self._client.offset_list(f"api/issue/{issue_id}/worklog", "worklogs", page=WORKLOG_PAGE))

    def is_gone(self, issue_id: int) -> bool:
        try:
            self._client.read(f"api/issue/{issue_id}", {"fields": "id"})
        except NotFoundError:
            return True
        return False

    # -- lists --------------------------------------------------------------------------------------------------------

    def projects(self) -> Iterator[Json]:
        return self._client.offset_list("api/project/search", "values", params={"expand": "lead"}, page=PROJECT_PAGE)

    def versions(self, project_key: str) -> Iterator[Json]:
        return self._client.offset_list(f"api/project/{quoted(project_key)}/version", "values")

    def standings(self, project_ids: Sequence[str]) -> dict[str, ProjectStanding]:
        raise NotImplementedError

    # -- the account --------------------------------------------------------------------------------------------------

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

    def comment_body(self, message: HealthMessage) -> Any:
        return adf.document(message)

    def comments(self, issue: str) -> Iterator[list[Json]]:
        start = 0
        while True:
            page = self._client.read(
                f"api/issue/{quoted(issue)}/comment", {"startAt": start, "maxResults": COMMENT_PAGE, "orderBy": "-created"}
            )
            ids = [int(comment["id"]) for comment in page.get("comments") or ()]
            if ids:
                found = self._client.ask("api/comment/list", {"ids": ids}, params={"expand": "properties"})
                yield list(found.get("values") or ())
            start += len(ids)
            if not ids or start >= page.get("total", 0):
                return
