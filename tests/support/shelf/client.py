"""The shelf's "server": the file ``boards.json`` beside this module. Each look at it counts as a request."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from model.errors import ConnectionUnusableError

Json = dict[str, Any]
STORE = Path(__file__).with_name("boards.json")
LOCK = threading.RLock()


class KilledError(BaseException):
    """Stands for a process that is killed between a write and the record of it."""


class ShelfClient:
    def __init__(self, name: str, token: str, *, allowed: bool = True) -> None:
        self.name = name
        self.allowed = allowed
        self._token = token
        self.requests = 0
        self.bytes = 0

    def look(self) -> Json:
        """Everything the shelf holds. Raises ConnectionUnusableError for a wrong key."""
        with LOCK:
            text = STORE.read_bytes()
        self.requests += 1
        self.bytes += len(text)
        document: Json = json.loads(text)
        if document["key"] != self._token:
            raise ConnectionUnusableError(
                "The shelf does not know this key.", where=self.name, fix="Name another key under auth.token."
            )
        return document

    def change(self, deed: Callable[[Json], object]) -> bool:
        """Do something to the shelf; whether its answer is lost (see ``writer``)."""
        with LOCK:
            document = self.look()
            if document.get("lose"):  # it does not arrive, and nobody can tell
                return True
            deed(document)
            document["writes"] = document.get("writes", 0) + 1
            lost = bool(document.get("break")) and document["writes"] % document["break"] == 0
            if not self.allowed:
                raise RuntimeError("somebody writes who may not")
            STORE.write_text(json.dumps(document))
        if document.get("die_after") == document["writes"]:
            raise KilledError("killed")
        return lost
