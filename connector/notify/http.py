"""One POST to a receiver whose address may be the secret itself: no error and no log shows it."""

import json
import re
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx

from connector.sdk.base import Surroundings
from connector.sdk.http import Answer, TransportError, is_html, retry_after_s
from connector.sdk.httpx_transport import httpx_client, send_httpx
from model.errors import (
    AmbiguousWriteError,
    AppError,
    FatalError,
    NotFoundError,
    RefusedError,
    RetryableError,
    UsageError,
)

READ_TIMEOUT_S = 15.0
NOT_NOW = frozenset({425, 429, 503})
PERHAPS = frozenset({408, 502, 504})  # who answers is not who does it: a gateway, or one that waited in vain
_CODE = re.compile(r"[A-Za-z][A-Za-z_]{2,59}")


class Poster:
    """Posts to one receiver. ``where``: its place in the configuration, which names it in errors."""

    def __init__(self, surroundings: Surroundings, where: str, transport: httpx.BaseTransport | None = None) -> None:
        self.where = where
        self._around = surroundings
        self._transport = transport

    def address(self, reference: str) -> str:
        """The address behind a reference. Raises UsageError for one that must not be called, without showing it."""
        url = reference if reference.startswith(("http://", "https://")) else self._around.read_secret(reference)
        url = url.strip()
        try:
            parts = urlsplit(url)
            parts.port  # noqa: B018 - the property raises for a port that is no number
        except ValueError:
            raise self._bad("is no web address", "Set it to the address in full: https://…") from None
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
            raise self._bad("is no web address", "Set it to the address in full: https://…")
        if parts.scheme == "http" and not _is_loopback(parts.hostname):
            raise self._bad("is plain http: the message and the address would travel readable", "Use https://.")
        return url

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Send once. Raises as ``Notifier.send`` says."""
        if self._around.read_only:
            raise RefusedError("Nothing is sent: this deployment is read-only.", where=self.where)
        try:
            check = self._around.reach(url)
            with httpx_client(read_s=READ_TIMEOUT_S, transport=self._transport, check=check) as client:
                answer = send_httpx(
                    lambda: client.post(url, content=body, headers={"Content-Type": "application/json", **headers})
                )
        except TransportError as failure:
            raise self._unanswered(failure) from None
        except (httpx.InvalidURL, UnicodeError):
            raise self._bad("is no web address", "Set it to the address in full: https://…") from None
        error = self._error_of(answer)
        if error is not None:
            raise error

    def _bad(self, what: str, fix: str) -> UsageError:
        return UsageError(f"The address of this receiver {what}.", where=self.where, fix=fix, reason="bad_address")

    def _unanswered(self, failure: TransportError) -> AppError:
        if failure.sent:
            return AmbiguousWriteError(
                f"The receiver did not answer ({failure.what}); the message may have arrived.", where=self.where, fix=""
            )
        return RetryableError(f"The receiver was not reached ({failure.what}).", where=self.where, reason="unreachable")

    def _error_of(self, answer: Answer) -> AppError | None:
        status, code = answer.status, _code(answer.body)
        said = f"{status} {code}" if code else str(status)
        if status in NOT_NOW:
            wait_s = retry_after_s(answer.headers, self._around.now())
            what = f"The receiver asked to come back later ({said})."
            return RetryableError(what, where=self.where, reason="rate_limited", retry_after_s=wait_s)
        if status in PERHAPS:
            what = f"The receiver failed ({said}); the message may have arrived."
            return AmbiguousWriteError(what, where=self.where, fix="")
        if status >= 500:
            return RetryableError(f"The receiver failed ({said}).", where=self.where, reason=f"http_{status}")
        fix = "Check the address: it may be mistyped or revoked, or its channel archived."
        if status == 410:
            return NotFoundError(f"The receiver is gone for good ({said}).", where=self.where, fix=fix, reason="gone")
        if 300 <= status < 400 or (status < 300 and is_html(answer)):
            what = f"A web page answered instead of the receiver ({status}; a login or a proxy?)."
            return FatalError(what, where=self.where, fix=fix, reason="not_a_receiver")
        if status >= 400:
            what = f"The receiver refused the message ({said})."
            return FatalError(what, where=self.where, fix=fix, reason=f"http_{status}")
        return None


def _code(body: bytes) -> str:
    """The short code by which chat tools name what is wrong; nothing longer: a text could repeat the address."""
    text = body[:2000].decode(errors="replace").strip()
    try:
        document = json.loads(text)
        text = str(document["error"]["code"])
    except (ValueError, TypeError, LookupError):
        pass
    return text if _CODE.fullmatch(text) else ""


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
