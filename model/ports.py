"""What a connector needs from outside and can't own: tokens that change, and limits shared by all processes."""

from collections.abc import Mapping
from typing import Protocol

from pydantic import SecretStr

from model.base import Instant, Record


class StoredToken(Record):
    """A credential that changes while we run.

    ``granted_at``: when a person agreed, or typed it, and ``granted_by`` who typed it; ``renewed_at``: when the tool last
    gave a new one. ``place``: what it opens, where the tool says so (a Jira site's cloud id). ``seed``: a digest of the
    configured refresh token that it came from (or that it has outlived), so that a new one in the configuration is noticed.
    """

    access: SecretStr
    refresh: SecretStr | None = None
    expires_at: Instant | None = None
    granted_at: Instant | None = None
    granted_by: str | None = None
    renewed_at: Instant | None = None
    scopes: tuple[str, ...] = ()
    place: str | None = None
    seed: str | None = None


class TokenStore(Protocol):
    """Keeps a connection's token, encrypted at rest, for every thread and process of a deployment.

    ``swap`` replaces ``old`` (None: nothing) by ``new``, or changes nothing and gives False when something else stands
    there. ``lease`` makes ``holder`` the only one who may renew the token until ``until``; False while it is somebody
    else. It is taken again by the same holder at will, and raises FatalError where a token could not be kept.
    """

    def load(self, connection: str) -> StoredToken | None: ...

    def save(self, connection: str, token: StoredToken) -> None: ...

    def swap(self, connection: str, old: StoredToken | None, new: StoredToken) -> bool: ...

    def lease(self, connection: str, holder: str, *, now: Instant, until: Instant) -> bool: ...

    def release(self, connection: str, holder: str) -> None: ...


class Lesson(Record):
    """A limit that turned out smaller than thought: ``capacity`` until ``holds_until``, slowly more after it."""

    scope: str
    capacity: int
    holds_until: Instant


class LimitLedger(Protocol):
    """Hands out blocks of a limited budget to every thread and process of a deployment.

    ``take`` gives up to ``wanted`` units of ``scope`` for the window that began at ``window_start`` and holds
    ``capacity`` in all; 0 when it is spent. With ``since``, every window from then on shares the capacity. ``used`` is
    what was taken in the windows since a moment.

    ``lease`` lets ``holder`` have up to ``wanted`` of the ``capacity`` things that may be in use at once, until
    ``until`` or its next lease (0 gives all back); what a dead holder had is free again after its ``until``.

    ``pause`` shares a vendor's "come back later"; ``pauses`` are the scopes that rest beyond a moment, and until when.
    ``teach``/``lessons`` share what a vendor's refusals taught. ``announce`` says which limits there are, for those who
    look at the deployment from outside.
    """

    def take(
        self, scope: str, window_start: Instant, capacity: int, wanted: int, *, since: Instant | None = None
    ) -> int: ...

    def used(self, scope: str, since: Instant) -> int: ...

    def lease(
        self, scope: str, holder: str, wanted: int, *, capacity: int, now: Instant, until: Instant
    ) -> int: ...

    def pause(self, scope: str, until: Instant) -> None: ...

    def pauses(self, after: Instant) -> Mapping[str, Instant]: ...

    def teach(self, lesson: Lesson) -> None: ...

    def lessons(self) -> Mapping[str, Lesson]: ...

    def announce(self, scope: str, connection: str, *, capacity: int, window_s: float) -> None: ...
