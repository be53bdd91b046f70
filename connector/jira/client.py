"""Calls to one Jira: the official SDK over our session, every request through politeness.

Paths that begin with ``api/`` stand for the platform's REST API in the version that the deployment speaks.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from io import BytesIO
from typing import Any
from urllib.parse import quote

import requests
from atlassian.jira import JiraCloud

from connector.jira.limits import JiraLimits, points_of, quota_spent_s
from connector.jira.options import JiraAccess
from connector.sdk.base import Surroundings
from connector.sdk.credentials import Credential, RequestsAuth
from connector.sdk.http import Answer, Call, requests_session, send_requests
from connector.sdk.oauth import OAuthCredential
from connector.sdk.politeness import Politeness
from connector.sdk.redaction import redact_url
from model.errors import ConnectionUnusableError
from model.sync import Traffic

AGILE_PAGE = 50
_API = "api/"
_RESOURCES = "oauth/token/accessible-resources"
_REPORT = "app/report-accounts/"
ACCOUNTS_A_REPORT = 90

# The SDK's generated methods carry no types.
Send = Callable[[Any], requests.Response]


class JiraClient:
    """One site, one account. Safe for several threads: each request has a session to itself, all share the limits."""

    def __init__(self, access: JiraAccess, surroundings: Surroundings) -> None:
        # The SDK logs whole requests and answers at DEBUG: other people's data must not reach a log.
        logging.getLogger("atlassian").setLevel(logging.INFO)
        self._access = access
        self._limits = JiraLimits(access)
        self.oauth = OAuthCredential(access.oauth, surroundings) if access.oauth is not None else None
        credential: Credential | None = self.oauth or access.fixed
        self._auth = RequestsAuth(credential) if credential is not None else None
        self._polite = Politeness(
            surroundings, connection=access.name, pause_scope=self._limits.silenced_by, credential=credential
        )
        self._api_url = access.api_url
        self._reach = surroundings.reach
        self._parsing = threading.Lock()
        self._free: list[JiraCloud] = []
        self._site_date: str | None = None

    @property
    def access(self) -> JiraAccess:
        """Where it calls, and how the account is known there."""
        return self._access

    def traffic(self) -> Traffic:
        return self._polite.traffic()

    def close(self) -> None:
        """Close every session, and give other processes what this one has leased."""
        while self._free:
            self._free.pop().close()
        self._polite.close()

    # -- one request --------------------------------------------------------------------------------------------------

    def read(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """GET a path below the site's root and give the parsed JSON; values of ``params`` must be text or numbers."""
        return self._charged(path, self.get(path, params).json())

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

    def begin(self, path: str, body: Any) -> str:
        """Start a long piece of writing; the id of the task that does it, "" where none is named.

        Jira answers 303 with the task's address. It is not followed: behind the gateway it names another host.
        """
        full = self.full_path(path)

        def post(sdk: Any) -> requests.Response:
            answer: requests.Response = sdk.request(
                "POST", full, data=body, advanced_mode=True, allow_redirects=False
            )
            return _taken_on(answer) if answer.status_code == 303 else answer

        answer = self._run("POST", path, post)
        return answer.headers.get("location", "").split("?", 1)[0].rstrip("/").rpartition("/")[2]

    def ask(
        self, path: str, body: Any, *, params: Mapping[str, str] | None = None,
        made_small: Callable[[Any], Any] | None = None,
    ) -> Any:
        """A POST that only reads (search, bulk fetch): repeated like a GET. Gives the parsed JSON.

        ``made_small`` keeps of a long answer what is needed. One answer is parsed at a time: several at once would
        take their memory together, and with one interpreter no less time.
        """
        full, given = self.full_path(path), dict(params or {})
        post = lambda sdk: sdk.request("POST", full, data=body, params=given, advanced_mode=True)  # noqa: E731
        answer = self._run("POST", path, post, reads=True)
        with self._parsing:
            found = self._charged(path, answer.json())
            return made_small(found) if made_small is not None else found

    def _run(
        self, method: str, path: str, send: Send, *, reads: bool | None = None, issue: str | None = None
    ) -> Answer:
        writing = method != "GET" and not reads
        limits = self._limits.of(method, path, writing=writing, issue=issue)
        # Jira answers 409 to an edit that met another one: it passes by itself.
        also = frozenset({409}) if method == "PUT" else frozenset[int]()
        call = Call(method, path, reads, limits, also)
        # An OAuth connection may have to ask first which site its login opens: a request of its own.
        self._base_url()
        answer = self._polite.run(call, partial(self._attempt, send))
        self._site_date = answer.headers.get("date") or self._site_date
        self._heed_quota(answer)
        return answer

    def _attempt(self, send: Send) -> Answer:
        """One try, with a session that nobody else uses meanwhile: the one that was free last, else a new one.

        Threads come and go with every read; sessions of their own would stay behind, with their connections.
        """
        try:
            sdk = self._free.pop()
        except IndexError:
            sdk = self._new_sdk()
        try:
            return send_requests(partial(send, sdk))
        finally:
            self._free.append(sdk)

    def _charged(self, path: str, document: Any) -> Any:
        """The document itself; its objects are charged to the app's points, which only the answer tells."""
        if self._limits.quota is not None:
            self._polite.spend(self._limits.quota, points_of(path, document))
        return document

    def _heed_quota(self, answer: Answer) -> None:
        """Rest before the hour's points are all gone: the vendor has no gradual slow-down."""
        quota = self._limits.quota
        spent_s = quota_spent_s(answer.headers) if quota is not None else None
        if quota is not None and spent_s is not None:
            for scope in (quota.scope, self._access.name):
                self._polite.pause(scope, spent_s)

    # -- where to call ------------------------------------------------------------------------------------------------

    def _base_url(self) -> str:
        """The root of every path. Raises ConnectionUnusableError when the login opens no such site."""
        if self._api_url is None and self.oauth is not None:
            place = self.oauth.token().place or self._ask_for_place(self.oauth)
            self._api_url = f"{self._access.gateway}/ex/jira/{place}"
        return self._api_url or self._access.site_url

    def _ask_for_place(self, oauth: OAuthCredential) -> str:
        url = f"{self._access.gateway}/{_RESOURCES}"
        limits = self._limits.of("GET", _RESOURCES, writing=False, issue=None)
        with requests_session(check=self._reach(url)) as session:
            session.auth = self._auth
            answer = self._polite.run(
                Call("GET", _RESOURCES, limits=limits), lambda: send_requests(lambda: session.get(url))
            )
        place = _cloud_id_of(answer.json(), self._access.site_url, where=self._access.name)
        oauth.remember_place(place)
        return place

    def erased_accounts(self, accounts: Mapping[str, datetime]) -> tuple[str, ...] | None:
        """The accounts that were closed, or whose owner changed what may be shown of them, as the vendor reports to apps.

        None without an OAuth app: only apps must ask, and may. Source: the vendor's "User privacy guide for app developers".
        """
        if self.oauth is None:
            return None
        found: list[str] = []
        limits = self._limits.of("POST", _REPORT, writing=False, issue=None)
        with requests_session(check=self._reach(self._access.gateway)) as session:
            session.auth = self._auth
            for chunk in _chunks(sorted(accounts.items()), ACCOUNTS_A_REPORT):
                told = {"accounts": [{"accountId": one, "updatedAt": at.isoformat()} for one, at in chunk]}
                ask = partial(session.post, f"{self._access.gateway}/{_REPORT}", json=told)
                call = Call("POST", _REPORT, limits=limits, repeatable=True)
                answer = self._polite.run(call, partial(send_requests, ask))
                said = answer.json()["accounts"] if answer.body else []  # no content: nothing to erase
                found += [str(one["accountId"]) for one in said]
        return tuple(found)

    def site_time(self) -> datetime | None:
        """The clock of the site, by the newest answer's Date header; None where there was none that can be read."""
        try:
            return parsedate_to_datetime(self._site_date).astimezone(UTC) if self._site_date else None
        except ValueError:
            return None

    def _new_sdk(self) -> JiraCloud:
        url = self._base_url()
        session = requests_session(check=self._reach(url))
        session.auth = self._auth
        return JiraCloud(url, session=session, advanced_mode=True, retry_with_header=False, backoff_and_retry=False)

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


def _taken_on(answer: requests.Response) -> requests.Response:
    """An answer that leads to a task as one that says so: a redirect and its page would be errors."""
    taken = requests.Response()
    taken.status_code, taken.headers, taken.raw = 202, answer.headers, BytesIO()
    return taken


def _chunks(accounts: Sequence[tuple[str, datetime]], size: int) -> Iterator[Sequence[tuple[str, datetime]]]:
    return (accounts[start : start + size] for start in range(0, len(accounts), size))


def quoted(part: str) -> str:
    """A part of a path; the SDK itself quotes nothing."""
    return quote(part, safe="")


def _cloud_id_of(resources: Any, site_url: str, *, where: str) -> str:
    """The cloud id of a site in the gateway's list of accessible resources.

    Raises ConnectionUnusableError naming the sites that the login does open.
    """
    sites = {str(one.get("url", "")).rstrip("/").lower(): str(one["id"]) for one in resources if one.get("id")}
    found = sites.get(site_url.rstrip("/").lower())
    if found is not None:
        return found
    known = ", ".join(redact_url(url) for url in sites) or "none"
    raise ConnectionUnusableError(
        f"The login does not open {redact_url(site_url)}.", where=where, reason="site_not_granted",
        fix=f"Log in again and choose it (bellwether login {where}), or set url to one that it opens: {known}.",
    )
