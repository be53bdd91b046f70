"""Changes the configuration as the pages do: on what somebody saw, merged with what others changed, checked, kept.

The file is the one document; each version that a page made or met is kept in the database with who, when and why.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml.error import YAMLError

from config.configuration import Configuration
from config.connection_rules import plain_secret_faults
from config.database import has_password
from config.faults import ConfigurationError, Fault, dotted
from config.merging import Conflict
from config.notify import ADDRESSES
from config.places import parse, parsed
from config.secrets import is_reference
from config.splice import become
from config.tree_merging import merged, refuse_unsound
from config.writer import write
from model.base import Instant
from model.errors import UsageError
from store.config_versions import ConfigVersion as ConfigVersion
from store.config_versions import digest_of
from store.database import Database

Refuses = Callable[[Mapping[str, Any], Mapping[str, Any]], Sequence[Fault]]

NOTHING = digest_of("")
"""The version of a file that is not there yet."""

BY_HAND = "by hand"
"""Who made a version that was found in the file."""


@dataclass(frozen=True)
class Held:
    """The document as it stands. ``closed``: why the pages can't change it; None: they can.

    ``secret``: a secret itself stands in it, so its text is neither shown nor kept as a version.
    """

    text: str
    digest: str
    document: dict[str, Any]
    closed: str | None
    secret: bool = False


@dataclass(frozen=True)
class Change:
    """What somebody wants the document to be, on top of the version ``base`` (a digest) that they saw.

    ``text``: the document as it is written, comments too; it stands like this where nobody changed anything meanwhile.
    """

    base: str
    document: Mapping[str, Any]
    by: str
    why: str
    text: str | None = None


@dataclass(frozen=True)
class Kept:
    """What came of a change. ``conflicts``: places that somebody else changed meanwhile; then nothing was written."""

    held: Held
    conflicts: tuple[Conflict, ...] = ()


def _nothing(_before: Mapping[str, Any], _after: Mapping[str, Any]) -> Sequence[Fault]:
    return ()


@lru_cache(maxsize=4)
def _plain_in(text: str, name: str) -> tuple[Fault, ...]:
    """One fault for each secret that stands in a text itself, the password of the database's address too."""
    document = parsed(text, name)[0] or {}
    found = plain_secret_faults(document, ())
    for number, entry in enumerate(document.get("notify") or []):
        for kind in ADDRESSES if isinstance(entry, Mapping) else ():
            if isinstance(url := entry.get(kind), str) and not is_reference(url):
                what = "The address of a channel stands in this file: whoever has it can write there."
                found.append(Fault(("notify", number, kind), what, f"Write {kind}: env:NAME."))
    written = document.get("database")
    if isinstance(written, str) and has_password(written):
        found.append(Fault(("database",), "The password itself stands in this file.", "Write database: env:NAME."))
    return tuple(found)


class Editor:
    """One configuration file and its versions. ``check``: reads a text as configuration, or raises with all faults.

    ``refuses``: what of a changed document (the present one, and it) goes beyond whoever changes it.
    """

    def __init__(
        self, path: Path, db: Database, check: Callable[[str], Configuration], *, refuses: Refuses = _nothing
    ) -> None:
        self._path = path
        self._db = db
        self._check = check
        self._refuses = refuses

    def held(self) -> Held:
        """What stands in the file now; an empty document where there is none yet."""
        text = self._text()
        document, _ = parse(text, str(self._path))
        plain = _plain_in(text, str(self._path))
        closed = self._closed(dotted(plain[0].path) if plain else None)
        return Held(text, digest_of(text), document or {}, closed, bool(plain))

    def begun(self, *, at: Instant) -> Held:
        """What stands in the file now, kept as a version: whoever changes it later is told apart from who came between."""
        held = self.held()
        if held.closed is None and held.text:
            with self._db.read() as uow:
                newest = uow.config_versions.newest(limit=1)
            if not newest or newest[0].digest != held.digest:
                with self._db.begin() as uow:
                    uow.config_versions.lock()
                    uow.config_versions.keep(held.text, by=BY_HAND, why="", at=at)
        return held

    def versions(self, *, limit: int, before: int | None = None) -> tuple[ConfigVersion, ...]:
        """The newest versions, newest first; ``before``: only those with a smaller number."""
        with self._db.read() as uow:
            return uow.config_versions.newest(limit=limit, before=before)

    def version(self, digest: str) -> Held | None:
        """A version that is kept, or stands in the file; None: there is none of this digest."""
        held = self.held()
        if digest == held.digest:
            return held
        if digest == NOTHING:
            return self._of("")
        with self._db.read() as uow:
            text = uow.config_versions.text(digest)
        return None if text is None else self._of(text)

    def read(self, text: str) -> dict[str, Any]:
        """The document that a text holds. Raises ConfigurationError with all faults, also for a secret itself in it."""
        document, places = parsed(text, str(self._path))
        present = parsed(self._text(), str(self._path))[0]
        if isinstance(document, dict) and (beyond := self._refuses(present or {}, document)):
            raise places.error(list(beyond))
        self._check(text)
        if plain := _plain_in(text, str(self._path)):
            raise places.error(list(plain))
        return parse(text, str(self._path))[0]  # type: ignore[no-any-return]

    def tried(self, document: Mapping[str, Any], text: str | None = None) -> str:
        """The text that the file would have with a document, checked and not written; ``text``: as it is to be written."""
        return self._whole(text) if text is not None else self._written(self.held(), dict(document))

    def keep(self, change: Change, *, at: Instant) -> Kept:
        """Make the change, on top of what others changed since it was begun.

        Raises ConfigurationError with all faults where the result is no configuration, UsageError where the document can't
        be changed here or the version that was seen is not known any more. Nothing is written then.
        """
        while True:
            held = self.begun(at=at)
            if held.closed is not None:
                raise UsageError(held.closed, where=str(self._path), fix="Change it where it comes from.", reason="closed")
            base = self.version(change.base)
            if base is None:
                what = "The version that this change began from is not kept."
                fix = "Open the page again and repeat the change."
                raise UsageError(what, where=str(self._path), fix=fix, reason="unknown_version")
            document, conflicts = merged(base.document, dict(change.document), held.document)
            if conflicts:
                return Kept(held, conflicts)
            refuse_unsound(base.document, change.document, held.document, document)
            whole = change.text is not None and base.digest == held.digest
            text = self._whole(change.text or "") if whole else self._written(held, document)
            if text == held.text or self._put(text, held, change, at):
                return Kept(self.held())
            # Somebody was quicker: their version is what this one comes on top of.

    def _put(self, text: str, held: Held, change: Change, at: Instant) -> bool:
        """Write the text in place of ``held`` and keep it as a version; False, and nothing done, where that is gone."""
        with self._db.begin() as uow:
            uow.config_versions.lock()
            if self._text() != held.text:
                return False
            write(self._path, text)
            uow.config_versions.keep(text, by=change.by, why=change.why, at=at)
        return True

    def restore(self, digest: str, *, by: str, at: Instant) -> Kept:
        """Put an earlier version back, whole; what it names was let in when it was kept."""
        with self._db.read() as uow:
            earlier = self._of(uow.config_versions.text(digest) or "")
        held, why = self.held(), f"version {digest[:8]} put back"
        plain = Editor(self._path, self._db, self._check)
        return plain.keep(Change(held.digest, earlier.document, by, why, earlier.text), at=at)

    def _whole(self, text: str) -> str:
        self.read(text)
        return text

    def _of(self, text: str) -> Held:
        document, _ = parse(text, str(self._path))
        return Held(text, digest_of(text), document or {}, None, bool(_plain_in(text, str(self._path))))

    def _written(self, held: Held, document: dict[str, Any]) -> str:
        """The text of the document, checked. What the file says beside values, as comments, stays."""
        try:
            text = become(held.text, document, name=str(self._path))
            found, _ = parsed(text, str(self._path))
        except ConfigurationError as error:
            if any(fault.path for fault in error.faults):  # a value that nothing after us can hold
                raise
            text, found = "", None
        except (ValueError, YAMLError, UsageError):  # the text is ours: an anchor may have gone that others point at
            text, found = "", None
        if found != document:
            what = "This can't be changed without touching other parts of the file (it may use anchors)."
            raise UsageError(what, where=str(self._path), fix="Edit the file by hand.", reason="not_editable")
        self.read(text)
        return text

    def _text(self) -> str:
        try:
            return self._path.read_bytes().decode("utf-8-sig")
        except FileNotFoundError:
            return ""

    def _closed(self, secret: str | None) -> str | None:
        there = os.access(self._path, os.W_OK) or not self._path.exists()
        if not (there and os.access(self._path.resolve().parent, os.W_OK)):
            return "The configuration can be read but not written: it is managed elsewhere."
        if secret is not None:
            return f"A secret itself stands in the configuration ({secret}), and its versions would keep it."
        return None
