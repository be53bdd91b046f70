"""Calls to Jira Cloud: the official SDK over our session, every request through politeness."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import requests
from atlassian.jira import JiraCloud

from connector.jira.options import JiraAccess
from connector.sdk.base import Surroundings
from connector.sdk.http import Answer, Call, Limit, requests_session, send_requests
from connector.sdk.pagination import token_pages
from connector.sdk.politeness import Politeness
from model.errors import NotFoundError
from model.sync import Traffic

ID_PAGE = 5000
BULK_ISSUES = 1000
BULK_ISSUES_WITH_LISTS = 100
CHANGELOG_PAGE = 10000
AGILE_PAGE = 50
PROJECT_PAGE = 100
WORKLOG_PAGE = 5000
# A site's burst bucket (100 reads, 50 writes a second and endpoint) is shared by every app on it: take a part of it.
READS_PER_SECOND = 50
WRITES_PER_SECOND = 20
# The vendor's own limits for writes on one issue.
ISSUE_WRITES = ((20, 2.0), (100, 30.0))
_BURST, _ONE_ISSUE = "jira-burst-based", "jira-per-issue-on-write"

# The SDK's generated methods carry no types.
Send = Callable[[Any], requests.Response]


class JiraClient:
    """One site, one account. Safe for several threads: each has its own session, all share the limits."""

    def __init__(self, access: JiraAccess, surroundings: Surroundings) -> None:
        # The SDK logs whole requests and answers at DEBUG: other people's data must not reach a log.
        logging.getLogger("atlassian").setLevel(logging.INFO)
        self._access = access
        self._polite = Politeness(surroundings, connection=access.name, pause_scope=self._pause_scope)
        self._local = threading.local()
        self._lock = threading.Lock()
        self._sdks: list[JiraCloud] = []

    def traffic(self) -> Traffic:
        return self._polite.traffic()

    def close(self) -> None:
        """Close every thread's session."""
        with self._lock:
            for sdk in self._sdks:
                sdk.close()
            self._sdks.clear()
        self._local = threading.local()

    # -- one request --------------------------------------------------------------------------------------------------

    def read(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """GET a path below the site's root and give the parsed JSON; values of ``params`` must be text or numbers."""
        return self.get(path, params).json()

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Answer:
        return self._run("GET", path, lambda sdk: sdk.get(path, params=dict(params or {}), advanced_mode=True))

    def ask(self, path: str, send: Send) -> Any:
        """A POST that only reads (search, bulk fetch): repeated like a GET."""
        return self._run("POST", path, send, reads=True).json()

    def write(self, method: str, path: str, send: Send, *, issue: str | None = None) -> Answer:
        """A write, charged to the endpoint and to the ``issue`` it touches."""
        return self._run(method, path, send, issue=issue)

    def _run(
        self, method: str, path: str, send: Send, *, reads: bool | None = None, issue: str | None = None
    ) -> Answer:
        writing = method != "GET" and not reads
        limits = [Limit(self._scope(method, path), WRITES_PER_SECOND if writing else READS_PER_SECOND, 1.0)]
        if issue is not None:
            limits += [
                Limit(f"{self._access.name}:issue:{issue}:{int(window_s)}s", capacity, window_s, block=1)
                for capacity, window_s in ISSUE_WRITES
            ]
        # Jira answers 409 to an edit that met another one: it passes by itself.
        also = frozenset({409}) if method == "PUT" else frozenset[int]()
        call = Call(method, path, reads, tuple(limits), also)
        return self._polite.run(call, lambda: send_requests(lambda: send(self._sdk())))

    def _scope(self, method: str, path: str) -> str:
        """Limits count per method and endpoint, so the ids in a path are taken out."""
        parts = ["{}" if any(char.isdigit() for char in part) and part not in ("1.0", "3") else part
                 for part in path.split("/")]
        return f"{self._access.name}:{method} {'/'.join(parts)}"

    def _pause_scope(self, call: Call, answer: Answer) -> str:
        reason = answer.headers.get("ratelimit-reason", "")
        if reason == _BURST:
            return call.limits[0].scope
        if reason == _ONE_ISSUE and len(call.limits) > 1:
            return call.limits[1].scope
        return self._access.name

    def _sdk(self) -> JiraCloud:
        sdk = getattr(self._local, "sdk", None)
        if sdk is None:
            session = requests_session()
            session.auth = (self._access.email, self._access.token.get_secret_value())
            sdk = JiraCloud(
                self._access.api_url, session=session, advanced_mode=True,
                retry_with_header=False, backoff_and_retry=False,
            )
            self._local.sdk = sdk
            with self._lock:
                self._sdks.append(sdk)
        return sdk

    # -- lists --------------------------------------------------------------------------------------------------------

    def search(self, jql: str, fields: Sequence[str] = ("id",), page: int = ID_PAGE) -> Iterator[list[dict[str, Any]]]:
        """Issues matching ``jql``, a page at a time, by token."""

        def fetch(token: str | None) -> tuple[list[dict[str, Any]], str | None]:
            body: dict[str, Any] = {"jql": jql, "fields": list(fields), "maxResults": page}
            if token:
                body["nextPageToken"] = token
            found = self.ask(
                "rest/api/3/search/jql", lambda sdk: sdk.search_and_reconsile_issues_using_jql_post(data=body)
            )
            return list(found.get("issues") or ()), found.get("nextPageToken") or None

        for issues, _ in token_pages(fetch, where=f"{self._access.name}: search"):
            yield issues

    def search_ids(self, jql: str) -> list[int]:
        """Ids of all issues matching ``jql``."""
        return [int(issue["id"]) for page in self.search(jql) for issue in page]

    def bulk_fetch(self, ids: Sequence[int], fields: Sequence[str]) -> list[dict[str, Any]]:
        """Issues by id, in order of id; what is gone or hidden is left out by Jira without a word."""
        body = {"issueIdsOrKeys": [str(number) for number in ids], "fields": list(fields), "fieldsByKeys": False}
        found = self.ask("rest/api/3/issue/bulkfetch", lambda sdk: sdk.bulk_fetch_issues(data=body))
        issues: list[dict[str, Any]] = found.get("issues") or []
        return sorted(issues, key=lambda issue: int(issue["id"]))

    def changelogs(self, ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
        """Every change of the issues, oldest first, by issue id."""

        def fetch(token: str | None) -> tuple[list[dict[str, Any]], str | None]:
            body: dict[str, Any] = {"issueIdsOrKeys": [str(number) for number in ids], "maxResults": CHANGELOG_PAGE}
            if token:
                body["nextPageToken"] = token
            found = self.ask("rest/api/3/changelog/bulkfetch", lambda sdk: sdk.get_bulk_changelogs(data=body))
            return list(found.get("issueChangeLogs") or ()), found.get("nextPageToken") or None

        histories: dict[int, list[dict[str, Any]]] = {number: [] for number in ids}
        for page, _ in token_pages(fetch, where=f"{self._access.name}: changelogs"):
            for entry in page:
                histories.setdefault(int(entry["issueId"]), []).extend(entry.get("changeHistories") or ())
        for found in histories.values():
            found.sort(key=lambda history: int(history["id"]))
        return histories

    def offset_list(self, path: str, key: str, *, params: Mapping[str, Any] | None = None,
                    page: int = AGILE_PAGE) -> Iterator[dict[str, Any]]:
        """A list paged by ``startAt``; ends at ``isLast``, at ``total``, or with an empty page."""
        start = 0
        while True:
            found = self.read(path, {**(params or {}), "startAt": start, "maxResults": page})
            entries = found.get(key) or []
            yield from entries
            start += len(entries)
            if not entries or found.get("isLast") is True or start >= found.get("total", start + 1):
                return

    def is_gone(self, issue_id: int) -> bool:
        """Whether Jira answers 404 for an issue: deleted, or not visible to this account."""
        try:
            self.read(f"rest/api/3/issue/{issue_id}", {"fields": "id"})
        except NotFoundError:
            return True
        return False

    def comments(self, ids: Sequence[int]) -> list[dict[str, Any]]:
        """Comments by id (at most a thousand), with their properties."""
        path, body = "rest/api/3/comment/list", {"ids": list(ids)}
        found = self.ask(
            path, lambda sdk: sdk.post(path, data=body, params={"expand": "properties"}, advanced_mode=True)
        )
        return list(found.get("values") or ())

    def worklogs(self, issue_id: int) -> list[dict[str, Any]]:
        """Every booking on one issue."""
        return list(self.offset_list(f"rest/api/3/issue/{issue_id}/worklog", "worklogs", page=WORKLOG_PAGE))


def quoted(part: str) -> str:
    """A part of a path; the SDK itself quotes nothing."""
    return quote(part, safe="")
