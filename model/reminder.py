"""What the owner of a benefit is told at its own item: asked for what was achieved once it is due, until it is entered."""

import hashlib
import json
from datetime import date
from enum import StrEnum

from pydantic import JsonValue

from model.base import Record
from model.tree import Language

REMINDER = "reminder"
KNOWN_BY = "benefit.reminder"
"""By what the comment is known again in its tool; no node can be called so."""


class Says(StrEnum):
    """ASKED: for what was achieved. ENTERED: what of it was realised. MOVED: that it is due later now."""

    ASKED = "asked"
    ENTERED = "entered"
    MOVED = "moved"


class Reminder(Record):
    """What a person should read about a due benefit, free of any tool's markup, in one language. A connector renders it.

    Numbers are in the benefit's own ``unit``. ``field``: what the tool calls the field of the number achieved. ``url``: our
    own page of the node, ``node_name``. ``owner``: the tool's own word for whoever the item is assigned to, which the
    connector asks for when it writes, so that it is kept nowhere.
    """

    says: Says
    language: Language = "en"
    measure: str | None = None
    unit: str | None = None
    baseline: float | None = None
    target: float | None = None
    actual: float | None = None
    realised: float | None = None
    due_on: date
    field: str | None = None
    node_name: str = ""
    url: str | None = None
    owner: str | None = None

    @property
    def known_by(self) -> str:
        """By what the comment is known again: there is one at an item, whichever project holds it."""
        return KNOWN_BY

    def signature(self, owner_id: str | None) -> str:
        """What counts as a change to a reader, with whom it is for."""
        meaning = f"{self.model_dump_json(exclude={'owner', 'url', 'node_name'})} {owner_id}"
        return hashlib.sha256(meaning.encode()).hexdigest()[:16]


class Reminded(Record):
    """What is kept of the comment. ``asked_on``: when its owner was asked last; ``gone``: somebody deleted it since."""

    says: Says
    asked_on: date
    gone: bool = False

    @classmethod
    def of(cls, value: JsonValue) -> "Reminded | None":
        """What was kept; None for anything else."""
        return cls.model_validate_json(json.dumps(value)) if isinstance(value, dict) and "says" in value else None

    def kept(self) -> JsonValue:
        """As it is kept."""
        value: JsonValue = self.model_dump(mode="json", exclude_defaults=True)
        return value

    @property
    def words(self) -> str:
        """What the comment does, for whoever reads of it elsewhere."""
        return {
            Says.ASKED: f"asks what was achieved, since {self.asked_on}",
            Says.ENTERED: "says what was realised",
            Says.MOVED: "says that it is due later",
        }[self.says]
