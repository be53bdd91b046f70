"""A token store in memory, for tests of what renews tokens."""

import threading
from datetime import datetime

from model.errors import RetryableError
from model.ports import StoredToken


class MemoryTokens:
    """The ``TokenStore`` port. ``failing``: so many of the next swaps find no database. ``busy_until``: another's lease."""

    def __init__(self) -> None:
        self.kept: dict[str, StoredToken] = {}
        self.failing = 0
        self.busy_until: datetime | None = None
        self._lock = threading.Lock()
        self._holder: str | None = None

    def load(self, connection: str) -> StoredToken | None:
        return self.kept.get(connection)

    def save(self, connection: str, token: StoredToken) -> None:
        self.kept[connection] = token

    def swap(self, connection: str, old: StoredToken | None, new: StoredToken) -> bool:
        with self._lock:
            if self.failing:
                self.failing -= 1
                raise RetryableError("The database does not answer.", reason="database_unavailable")
            if self.kept.get(connection) != old:
                return False
            self.kept[connection] = new
            return True

    def lease(self, connection: str, holder: str, *, now: datetime, until: datetime) -> bool:
        with self._lock:
            if self.busy_until is not None and now < self.busy_until:
                return False
            if self._holder not in (None, holder):
                return False
            self._holder = holder
            return True

    def release(self, connection: str, holder: str) -> None:
        with self._lock:
            self._holder = None if self._holder == holder else self._holder
