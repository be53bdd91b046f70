"""Changes the configuration as the pages do: on what somebody saw, merged with what others changed, checked, kept.

The file is the one document; each version that a page made or met is kept in the database with who, when and why.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.configuration import Configuration
from config.connection_rules import plain_secret_faults
from config.faults import dotted
from config.merging import Conflict, merged
from config.places import parse
from config.splice import become
from config.writer import write
from model.base import Instant
from model.errors import UsageError
from store.config_versions import digest_of
from store.database import Database

BY_HAND = "by hand"
"""Who made a version that was found in the file."""


@dataclass(frozen=True)
class Held:
    """The document as it stands. ``closed``: why the pages can't change it; None: they can."""

    text: str
    digest: str
    document: dict[str, Any]
    closed: str | None


@dataclass(frozen=True)
class Change:
    """What somebody wants the document to be, on top of the version ``base`` (a digest) that they saw."""

    base: str
    document: Mapping[str, Any]
    by: str
    why: str


@dataclass(frozen=True)
class Kept:
    """What came of a change. ``conflicts``: places that somebody else changed meanwhile; then nothing was written."""

    held: Held
    conflicts: tuple[Conflict, ...] = ()


class Editor:
    """One configuration file and its versions. ``check``: reads a text as configuration, or raises with all faults."""

    def __init__(self, path: Path, db: Database, check: Callable[[str], Configuration]) -> None:
        self._path = path
        self._db = db
        self._check = check

    def held(self) -> Held:
        """What stands in the file now."""
        text = self._path.read_bytes().decode("utf-8-sig")
        document, _ = parse(text, str(self._path))
        return Held(text, digest_of(text), document or {}, self._closed(document or {}))

    def keep(self, change: Change, *, at: Instant) -> Kept:
        """Make the change, on top of what others changed since it was begun.

        Raises ConfigurationError with all faults where the result is no configuration, UsageError where the document can't
        be changed here or the version that was seen is not known any more. Nothing is written then.
        """
        with self._db.begin() as uow:
            uow.config_versions.lock()
            held = self.held()
            if held.closed is not None:
                raise UsageError(held.closed, where=str(self._path), fix="Change it where it comes from.", reason="closed")
            uow.config_versions.keep(held.text, by=BY_HAND, why="", at=at)
            base = held if change.base == held.digest else self._of(uow.config_versions.text(change.base))
            document, conflicts = merged(base.document, dict(change.document), held.document)
            if conflicts:
                return Kept(held, conflicts)
            text = self._written(held, document)
            if text != held.text:
                write(self._path, text)
                uow.config_versions.keep(text, by=change.by, why=change.why, at=at)
        return Kept(self.held())

    def restore(self, digest: str, *, by: str, at: Instant) -> Kept:
        """Put an earlier version back, whole."""
        with self._db.read() as uow:
            earlier = self._of(uow.config_versions.text(digest))
        held = self.held()
        return self.keep(Change(held.digest, earlier.document, by, f"version {digest[:8]} put back"), at=at)

    def _of(self, text: str | None) -> Held:
        if text is None:
            what = "The version that this change began from is not kept."
            fix = "Open the page again and repeat the change."
            raise UsageError(what, where=str(self._path), fix=fix, reason="unknown_version")
        document, _ = parse(text, str(self._path))
        return Held(text, digest_of(text), document or {}, None)

    def _written(self, held: Held, document: dict[str, Any]) -> str:
        """The text of the document, checked. What the file says beside values, as comments, stays."""
        try:
            text = become(held.text, document)
            found, _ = parse(text, str(self._path))
        except ValueError:
            found = None
        if found != document:
            what = "This can't be changed without touching other parts of the file (it may use anchors)."
            raise UsageError(what, where=str(self._path), fix="Edit the file by hand.", reason="not_editable")
        self._check(text)
        return text

    def _closed(self, document: dict[str, Any]) -> str | None:
        if not (os.access(self._path, os.W_OK) and os.access(self._path.resolve().parent, os.W_OK)):
            return "The configuration can be read but not written: it is managed elsewhere."
        plain = plain_secret_faults(document, ())
        if plain:
            return f"A secret itself stands in the configuration ({dotted(plain[0].path)}), and its versions would keep it."
        return None
