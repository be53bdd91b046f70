"""What answers and failures of every tool mean, said once; and ``requests`` as a transport under an SDK."""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from connector.sdk.bounds import LARGEST_ANSWER, bounded
from connector.sdk.json_text import read_json
from connector.sdk.reach import Check, anywhere, pools
from connector.sdk.redaction import redact, redact_url
from model.errors import (
    BY_ITSELF,
    AmbiguousWriteError,
    AppError,
    ConnectionUnusableError,
    FatalError,
    NotFoundError,
    RefusedError,
    RetryableError,
    UsageError,
)

CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 60.0
LONGEST_PAUSE_S = 86_400.0
USER_AGENT = "Bellwether"
RETRYABLE_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
_REPEATABLE_METHODS = frozenset({"GET", "HEAD", "PUT", "DELETE"})
_LONGEST_MESSAGE = 300
_SCOPE_WORDS = re.compile(r"scopes? (?:does|do) not match|insufficient.scope|required scopes?|missing scopes?", re.IGNORECASE)
_SCOPE_NAME = re.compile(r"\b[a-z_.-]+:[a-z_.:-]*[a-z]\b")


@dataclass(frozen=True)
class Limit:
    """``capacity`` requests per ``window_s`` for everything that shares ``scope``; taken from the ledger in blocks.

    ``slices``: above 1, the capacity is never passed in *any* ``window_s``, counted in so many parts of it.
    ``shared_by``: instead of counting every window in the ledger, each process holds a part of the capacity for a
    while, and all that name the same ``shared_by`` share it: for limits of a second, where counting costs too much.
    ``plans``: smaller capacities that this limit may turn out to have; a refusal then teaches, too, to slow down.
    """

    scope: str
    capacity: int
    window_s: float
    block: int = 10
    slices: int = 1
    shared_by: str | None = None
    plans: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Call:
    """What politeness must know of a request.

    ``path`` is shown in errors: no host, no query. ``repeatable``: None means by the method (GET, PUT and DELETE are);
    True marks a POST that only reads. ``also_retry``: further statuses that pass by themselves (409 on a Jira edit).
    """

    method: str
    path: str
    repeatable: bool | None = None
    limits: tuple[Limit, ...] = ()
    also_retry: frozenset[int] = frozenset()

    @property
    def reads(self) -> bool:
        """Whether it only reads, a POST included."""
        return self.method.upper() in ("GET", "HEAD") or self.repeatable is True

    @property
    def may_repeat(self) -> bool:
        return self.method.upper() in _REPEATABLE_METHODS if self.repeatable is None else self.repeatable

    @property
    def words(self) -> str:
        """The request as an error names it."""
        return f"{self.method.upper()} {redact(self.path)}"


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, whatever client brought it. Header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        """The parsed body. Raises ConnectionUnusableError when it is no JSON."""
        try:
            return read_json(self.body)
        except ValueError as exc:
            raise ConnectionUnusableError(
                "The tool answered with something that is not JSON.",
                fix="Check the URL of the connection.", reason="not_json",
            ) from exc


class TransportError(Exception):
    """No answer came. ``sent``: the request may have reached the tool."""

    def __init__(self, what: str, *, sent: bool) -> None:
        super().__init__(what)
        self.what = what
        self.sent = sent


class UnexpectedAnswerError(FatalError):
    """The tool refused this very request (400, 402, 409, 412, 413, 422 …); ``answer`` holds what it said."""

    default_reason = "refused_request"

    def __init__(self, what: str, *, answer: Answer, where: str | None = None, fix: str = "") -> None:
        super().__init__(what, where=where, fix=fix, reason=f"http_{answer.status}")
        self.answer = answer


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that ``Retry-After`` asks for, given as a number or as a date; None without a readable one.

    At most a day: what asks for more is a mistake of a proxy, and is asked again then. Without it the moment in
    ``X-RateLimit-Reset`` counts.
    """
    text = headers.get("retry-after", "").strip()
    if not text:
        return _reset_s(headers.get("x-ratelimit-reset", ""), now)
    try:
        asked_s = float(text)
    except ValueError:
        try:
            asked_s = _seconds_to(parsedate_to_datetime(text), now)
        except (ValueError, OverflowError):
            return None
    return None if math.isnan(asked_s) else min(max(0.0, asked_s), LONGEST_PAUSE_S)


def _reset_s(text: str, now: datetime) -> float | None:
    """Seconds to an ISO moment, which Jira writes with or without seconds."""
    try:
        return min(max(0.0, _seconds_to(datetime.fromisoformat(text), now)), LONGEST_PAUSE_S)
    except ValueError:
        return None


def _seconds_to(moment: datetime, now: datetime) -> float:
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()


def is_html(answer: Answer) -> bool:
    """Whether an answer is a web page, such as a login form of a single sign-on in front of the tool."""
    start = answer.body[:200].lstrip().lower()
    return answer.headers.get("content-type", "").lower().startswith("text/html") or start.startswith(
        (b"<!doctype html", b"<html")
    )


def json_messages(body: bytes) -> str:
    """What a JSON error body says for people, in the shapes of Jira and Asana; "" when it says nothing."""
    try:
        document = json.loads(body)
    except ValueError:
        return ""
    if not isinstance(document, dict):
        return ""
    said = [str(text) for text in document.get("errorMessages") or []]
    errors = document.get("errors")
    if isinstance(errors, dict):
        said += [f"{name}: {text}" for name, text in errors.items()]
    elif isinstance(errors, list):
        said += [str(entry.get("message", "")) for entry in errors if isinstance(entry, dict)]
    if isinstance(document.get("message"), str):
        said.append(document["message"])
    return redact(" ".join(text for text in said if text))[:_LONGEST_MESSAGE]


def error_of(call: Call, answer: Answer, *, where: str, now: datetime) -> AppError | None:
    """The error an answer stands for, or None when it is good. ``where`` names the connection."""
    status = answer.status
    if status < 300:
        return _html_error(where) if answer.body and is_html(answer) else None
    said = json_messages(answer.body)
    tail = f": {said}" if said else "."
    if status in RETRYABLE_STATUSES or status in call.also_retry:
        return _retryable(call, answer, where=where, now=now)
    if status in (401, 403) and (scopes := missing_scopes(answer)) is not None:
        return _scope_error(call, status, scopes, where)
    if status == 401:
        return ConnectionUnusableError(
            "The tool refused the credential (401).", where=where,
            fix="Check the token: it may be mistyped, expired or revoked, or belong to another account.",
            reason="credential_refused",
        )
    if status == 403:
        return RefusedError(
            f"The account may not do this (403 on {call.words}){tail}", where=where,
            fix="Give the account the right, or use another account.", reason="forbidden",
        )
    if status == 404:
        return NotFoundError(
            f"{call.words} is not there, or not visible to this account{tail}", where=where, reason="not_found"
        )
    if status == 410:
        return ConnectionUnusableError(
            f"The tool has removed this call (410 on {call.words}){tail}", where=where,
            fix="Update Bellwether.", reason="call_removed",
        )
    if status < 400:
        return ConnectionUnusableError(
            f"The tool redirected {call.words} elsewhere ({status}).", where=where,
            fix="Put the final address of the tool into the connection's url.", reason="redirected",
        )
    return UnexpectedAnswerError(f"The tool answered {status} to {call.words}{tail}", answer=answer, where=where)


def missing_scopes(answer: Answer) -> tuple[str, ...] | None:
    """The scopes whose lack a 401 or 403 tells of, () when it names none; None when it is about something else."""
    told = answer.headers.get("www-authenticate", "")
    if "insufficient_scope" in told:
        named = re.search(r'scope="([^"]*)"', told)
        return tuple(named.group(1).split()) if named else ()
    said = json_messages(answer.body)
    if not _SCOPE_WORDS.search(said):
        return None
    return tuple(dict.fromkeys(_SCOPE_NAME.findall(said)))


def _scope_error(call: Call, status: int, scopes: tuple[str, ...], where: str) -> AppError:
    """A credential without the scope: for a 401 nothing of the kind works, for a 403 this request does not."""
    named = f" {' '.join(scopes)}" if scopes else ""
    kind = ConnectionUnusableError if status == 401 else RefusedError
    return kind(
        f"The credential lacks the scope{named} for {call.words} ({status}).", where=where,
        fix=f"Make a token with the scope{named or ' that `bellwether check` names'}, or log in again with it.",
        reason="missing_scope",
    )


def _html_error(where: str) -> ConnectionUnusableError:
    return ConnectionUnusableError(
        "The tool answered with an HTML page instead of JSON (login?).", where=where,
        fix="Check the connection's url, and that no single sign-on page or proxy stands in front of it.",
        reason="html_answer",
    )


def _retryable(call: Call, answer: Answer, *, where: str, now: datetime) -> RetryableError:
    wait_s = retry_after_s(answer.headers, now)
    # A 429 was refused before anything was done, so even a write can be repeated; a 5xx may come after the deed.
    if call.may_repeat or answer.status == 429:
        reason = "rate_limited" if answer.status == 429 else f"http_{answer.status}"
        return RetryableError(
            f"The tool answered {answer.status} to {call.words}.", where=where, reason=reason, retry_after_s=wait_s
        )
    return AmbiguousWriteError(
        f"The tool answered {answer.status} to {call.words}; it may or may not have been done.",
        where=where, fix="What stands there is read before it is tried again.", retry_after_s=wait_s,
    )


def error_of_failure(call: Call, failure: TransportError, *, where: str) -> AppError:
    """The error for a request that got no answer: unreachable for what may be repeated, ambiguous for a write."""
    if failure.sent and not call.may_repeat:
        return AmbiguousWriteError(
            f"{call.words} got no answer ({failure.what}); it may or may not have been done.",
            where=where, fix="What stands there is read before it is tried again.",
        )
    # A write whose answer was lost says little about the tool: reads that get none say that it is away.
    reason = "no_answer" if failure.sent and not call.reads else "unreachable"
    return RetryableError(f"{call.words} got no answer ({failure.what}).", where=where, reason=reason)


def mending(error: AppError) -> str:
    """What helps where somebody looks whether a connection works: nothing tries that again by itself."""
    return "Try again in a few minutes." if error.fix in ("", BY_ITSELF) else error.fix


def checked_url(url: str, *, allow_insecure: bool, where: str) -> str:
    """A base URL without a trailing slash. Raises UsageError for plain http beyond this machine, or for no URL."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"{redact_url(url)!r} is no http(s) address.", where=where, fix="Write it as https://…")
    if parts.username or parts.password:
        raise UsageError("The url holds a credential.", where=where, fix="Move it to auth.")
    if parts.scheme == "http" and not allow_insecure and not _is_loopback(parts.hostname):
        raise UsageError(
            f"{redact_url(url)} is plain http: the credential would travel readable.", where=where,
            fix="Use https://, or set allow_insecure: true for this connection.", reason="insecure_url",
        )
    return url.rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class TimedAdapter(HTTPAdapter):
    """Sends with separate connect and read time-outs, whatever the SDK asks for (it knows only one integer).

    ``check``: asked about every connection that it opens. ``most_bytes``: of an answer, unpacked.
    """

    def __init__(
        self, connect_s: float = CONNECT_TIMEOUT_S, read_s: float = READ_TIMEOUT_S, pool: int = 10, *,
        check: Check = anywhere, most_bytes: int = LARGEST_ANSWER,
    ) -> None:  # fmt: skip
        self._timeouts, self._most_bytes = (connect_s, read_s), most_bytes
        super().__init__(pool_connections=pool, pool_maxsize=pool, max_retries=0)
        self.poolmanager.pool_classes_by_scheme = pools(check)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs["timeout"] = self._timeouts
        response = super().send(request, *args, **kwargs)
        _bound(response.raw, self._most_bytes)
        return response


def _bound(raw: Any, most: int) -> None:
    """Have an answer read as far as one may be."""
    stream: Callable[..., Iterator[bytes]] = raw.stream

    def parts(*sizes: Any, **how: Any) -> Iterator[bytes]:
        try:
            yield from bounded(stream(*sizes, **how), most)
        except ConnectionUnusableError:
            raw.close()
            raise

    raw.stream = parts


def requests_session(
    *, connect_s: float = CONNECT_TIMEOUT_S, read_s: float = READ_TIMEOUT_S, check: Check = anywhere,
    most_bytes: int = LARGEST_ANSWER,
) -> requests.Session:  # fmt: skip
    """A ``requests`` session for one request at a time: our time-outs, no retries, gzip. ``check``: of its connections."""
    session = requests.Session()
    session.headers["User-Agent"] = USER_AGENT
    session.max_redirects = 3
    for scheme in ("https://", "http://"):
        session.mount(scheme, TimedAdapter(connect_s, read_s, check=check, most_bytes=most_bytes))
    return session


def send_requests(send: Callable[[], requests.Response]) -> Answer:
    """Run a call that ends in ``requests`` and give its answer. Raises TransportError when none came."""
    try:
        response = send()
        return Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, response.content)
    except requests.exceptions.ConnectTimeout as exc:
        raise TransportError("connecting took too long", sent=False) from exc
    except requests.exceptions.Timeout as exc:
        raise TransportError("the answer took too long", sent=True) from exc
    except requests.exceptions.SSLError as exc:
        raise TransportError("the TLS certificate was not accepted", sent=False) from exc
    except requests.exceptions.ConnectionError as exc:
        refused = any(word in str(exc) for word in ("NewConnectionError", "NameResolutionError", "ProxyError"))
        what = "no connection to the host" if refused else "the connection broke"
        raise TransportError(what, sent=not refused) from exc
    except requests.exceptions.RequestException as exc:
        raise TransportError(type(exc).__name__, sent=True) from exc
