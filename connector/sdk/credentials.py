"""What is sent as ``Authorization``, asked for each request, so that a renewed token serves every thread at once."""

import base64
import hashlib
from datetime import date, datetime
from typing import Protocol

import requests
from requests.auth import AuthBase

from model.errors import UsageError
from model.sync import Problem

WARN_DAYS = 30


class Credential(Protocol):
    """One connection's credential. Safe to share between threads.

    ``owner``: a name for whom the tool counts it as, that shows nothing of it.
    """

    @property
    def owner(self) -> str: ...

    def header(self) -> str:
        """The value of ``Authorization`` now. Raises RetryableError, or ConnectionUnusableError when nobody is let in."""

    def refused(self, header: str) -> bool:
        """The tool answered 401 to this header: True when the request may be tried again, with what ``header`` gives now.

        Raises as ``header`` does.
        """


class FixedCredential:
    """A credential that does not change while we run. Its repr shows nothing."""

    def __init__(self, header: str) -> None:
        self._header = header

    @property
    def owner(self) -> str:
        return hashlib.sha256(self._header.encode()).hexdigest()[:12]

    def header(self) -> str:
        return self._header

    def refused(self, header: str) -> bool:
        """Another try would send the same."""
        del header
        return False


def basic(user: str, password: str) -> FixedCredential:
    """``Basic`` with a name and a password or token."""
    pair = f"{user}:{password}".encode()
    return FixedCredential(f"Basic {base64.b64encode(pair).decode()}")


def bearer(token: str) -> FixedCredential:
    """``Bearer`` with a token that lasts. Raises UsageError for one that can't stand in a header."""
    if not token.isascii() or any(char.isspace() for char in token):
        raise UsageError("The token holds a blank or a letter that no token has.", fix="Copy the token once more.")
    return FixedCredential(f"Bearer {token}")


class RequestsAuth(AuthBase):
    """A credential as ``requests`` takes it."""

    def __init__(self, credential: Credential) -> None:
        self._credential = credential

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._credential.header()
        return request


def expiry_problem(expires: date | None, now: datetime, *, fix: str) -> Problem | None:
    """What ``check`` says of a token whose last day is known; None while that is far off."""
    if expires is None:
        return None
    days = (expires - now.date()).days
    if days < 0:
        return Problem(what=f"The token expired on {expires}.", fix=fix)
    if days <= WARN_DAYS:
        return Problem(what=f"The token expires on {expires}, in {days} days.", fix=fix, fatal=False)
    return None
