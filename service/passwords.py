"""Passwords: what a good one is, and argon2 over them."""

import threading
import unicodedata
from collections.abc import Callable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from model.errors import UsageError

LEAST, MOST = 12, 1000
_AT_ONCE = 2
"""Each hash takes 64 MiB for a moment: many logins at once wait for each other instead of for memory."""


class Passwords:
    """Hashes and checks. A check takes the same work whether or not there is anything to check against."""

    def __init__(self, hasher: PasswordHasher) -> None:
        self._hasher = hasher
        self._slots = threading.BoundedSemaphore(_AT_ONCE)
        self._nobody: str | None = None

    def hash(self, password: str) -> str:
        """The hash to keep."""
        with self._slots:
            return self._hasher.hash(_plain(password))

    def fits(self, password: str, kept: str | None) -> bool:
        """Whether this is the password of a hash. None, where nobody is called so, costs as much and never fits."""
        if self._nobody is None:
            self._nobody = self.hash("nobody")
        with self._slots:
            try:
                self._hasher.verify(kept or self._nobody, _plain(password))
            except (VerificationError, InvalidHashError):
                return False
        return kept is not None

    def is_weak(self, kept: str) -> bool:
        """Whether a hash was made with less work than is asked for today."""
        return self._hasher.check_needs_rehash(kept)


PASSWORDS = Passwords(PasswordHasher())


def check_new(password: str, name: str, *, again: str | None = None, where: str = "password") -> None:
    """Raise UsageError for a password that can't be taken. ``again``: the same, typed a second time."""
    faults: tuple[tuple[Callable[[], bool], str, str], ...] = (
        (lambda: len(password) < LEAST, f"A password has at least {LEAST} characters.", "A sentence is easy to remember."),
        (lambda: len(password) > MOST, f"A password has at most {MOST} characters.", "Take a shorter one."),
        (lambda: len(set(password)) < LEAST // 3, "This password is too simple.", "Take more different characters."),
        (lambda: name.casefold() in password.casefold(), "The password holds the name.", "Take one without it."),
        (lambda: again is not None and again != password, "The two passwords differ.", "Type the same one twice."),
    )
    for wrong, what, fix in faults:
        if wrong():
            raise UsageError(what, where=where, fix=fix, reason="weak_password")


def _plain(password: str) -> str:
    """The same bytes however a keyboard composes a character; beyond the most that is taken nothing is looked at."""
    return unicodedata.normalize("NFKC", password[: MOST + 1])
