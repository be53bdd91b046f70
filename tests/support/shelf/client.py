"""The shelf's "server": the file ``boards.json`` beside this module. Each look at it counts as a request."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from model.errors import ConnectionUnusableError

Json = dict[str, Any]
STORE = Path(__file__).with_name("boards.json")


class ShelfClient:
    def __init__(self, name: str, token: str) -> None:
        self.name = name
        self._token = token
        self.requests = 0
        self.bytes = 0

    def look(self) -> Json:
        """Everything the shelf holds. Raises ConnectionUnusableError for a wrong key."""
        text = STORE.read_bytes()
        self.requests += 1
        self.bytes += len(text)
        document: Json = json.loads(text)
        if document["key"] != self._token:
            raise ConnectionUnusableError(
                "The shelf does not know this key.", where=self.name, fix="Name another key under auth.token."
            )
        return document

    def change(self, deed: Callable[[Json], None]) -> None:
        document = self.look()
        deed(document)
        STORE.write_text(json.dumps(document))
