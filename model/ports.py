"""What a connector needs from outside and can't own: tokens that change, and limits shared by all processes."""

from typing import Protocol

from pydantic import SecretStr

from model.base import Instant, Record


class StoredToken(Record):
    """A credential that changes while we run."""

    access: SecretStr
    refresh: SecretStr | None = None
    expires_at: Instant | None = None


class TokenStore(Protocol):
    """Keeps a connection's token, encrypted at rest."""

    def load(self, connection: str) -> StoredToken | None: ...

    def save(self, connection: str, token: StoredToken) -> None: ...


class LimitLedger(Protocol):
    """Hands out blocks of a limited budget to every thread and process of a deployment.

    ``take`` gives up to ``wanted`` units of ``scope`` for the window that began at ``window_start`` and holds
    ``capacity`` in all; 0 when it is spent. ``pause``/``paused_until`` share a vendor's "come back later".
    """

    def take(self, scope: str, window_start: Instant, capacity: int, wanted: int) -> int: ...

    def pause(self, scope: str, until: Instant) -> None: ...

    def paused_until(self, scope: str) -> Instant | None: ...
