"""Calls to one Jira: the official SDK over our session, every request through politeness.

Paths that begin with ``api/`` stand for the platform's REST API in the version that the deployment speaks.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

import requests
from atlassian.jira import JiraCloud

from connector.jira.options import JiraAccess
from connector.sdk.base import Surroundings
from connector.sdk.http import Answer, Call, Limit, requests_session, send_requests
from connector.sdk.politeness import Politeness
from model.sync import Traffic

AGILE_PAGE = 50
_API = "api/"
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
        full = self.full_path(path)
        return self._run("GET", path, lambda sdk: sdk.get(full, params=dict(params or {}), advanced_mode=True))

    def full_path(self, path: str) -> str:
        """A path with ``api/`` spelt out for this deployment."""
        return f"rest/api/{self._access.api_version}/{path.removeprefix(_API)}" if path.startswith(_API) else path

    def send(
        self, method: str, path: str, body: Any = None, *, params: Mapping[str, str] | None = None,
        issue: str | None = None,
    ) -> Answer:
        """A write to a path, charged to the endpoint and to the ``issue`` it touches."""
        full, given = self.full_path(path), dict(params or {})
        return self._run(
            method, path, lambda sdk: sdk.request(method, full, data=body, params=given, advanced_mode=True), issue=issue
        )

    def ask(self, path: str, body: Any, *, params: Mapping[str, str] | None = None) -> Any:
        """A POST that only reads (search, bulk fetch): repeated like a GET. Gives the parsed JSON."""
        full, given = self.full_path(path), dict(params or {})
        post = lambda sdk: sdk.request("POST", full, data=body, params=given, advanced_mode=True)  # noqa: E731
        return self._run("POST", path, post, reads=True).json()

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


def quoted(part: str) -> str:
    """A part of a path; the SDK itself quotes nothing."""
    return quote(part, safe="")
