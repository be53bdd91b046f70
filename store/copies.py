"""Copies of the whole database: one file a copy, taken while others work, put back whole or not at all.

A file is read by SQLite's own online copying; a server is asked through its own programs, ``pg_dump`` and ``pg_restore``.
"""

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy.engine import URL

from model.base import Record
from model.errors import FatalError, RetryableError, UsageError
from store import server_copies
from store.schema import is_known, newest_revision

_HEADERS = {b"SQLite format 3\x00": "sqlite", server_copies.HEADER: "postgresql"}
_WAIT_S = 60.0
_PAGES_AT_ONCE = 4096


class Copy(Record):
    """A copy that was made or put back. ``revision``: the schema it holds."""

    path: str
    kind: str
    revision: str
    size_bytes: int


def backup(url: URL, path: Path, *, environment: Mapping[str, str], force: bool = False) -> Copy:
    """Copy the database as it is at one moment to a file that only its owner may read; writers go on meanwhile.

    Raises UsageError when the file is there and ``force`` is not said, FatalError where the copy can't be made.
    """
    if path.exists() and not force:
        raise UsageError("There is a file already.", where=str(path), fix="Choose another name, or use --force.")
    with _whole(path) as beside:
        if url.get_backend_name() == "sqlite":
            _copy_file(Path(url.database or ""), beside)
        else:
            server_copies.dump(url, beside, environment)
        made = look_at(beside, environment=environment)
    return made.model_copy(update={"path": str(path)})


def restore(url: URL, path: Path, *, environment: Mapping[str, str], full: bool, force: bool) -> Copy:
    """Replace what the database holds by a copy. ``full``: it holds something now, which only ``force`` replaces.

    Processes that have a SQLite file open go on with the new content. Raises UsageError for a copy of a newer version, of
    the other kind of database, or that is damaged; then nothing was changed.
    """
    found = look_at(path, environment=environment)
    kind = url.get_backend_name()
    if found.kind != kind:
        raise UsageError(f"This is a copy of a {found.kind} database, and yours is {kind}.", where=str(path), fix=_OTHER_KIND)
    if not is_known(found.revision):
        raise UsageError(
            f"The copy has schema {found.revision}, which this version does not know.",
            where=str(path),
            fix=f"Use the version of Bellwether it was made with; this one reads schemas up to {newest_revision()}.",
            reason="database_newer",
        )
    if full and not force:
        raise UsageError(
            "The database holds something already.", where=url.render_as_string(hide_password=True), fix="Use --force."
        )
    if kind == "sqlite":
        _put_back(path, Path(url.database or ""))
    else:
        server_copies.put_back(url, path, environment)
    return found


_OTHER_KIND = "Point `database:` (or $BELLWETHER_DATABASE_URL) at a database of the copy's kind."


def look_at(path: Path, *, environment: Mapping[str, str]) -> Copy:
    """What a file is a copy of. Raises UsageError when it is none, or a damaged one."""
    try:
        with path.open("rb") as file:
            start = file.read(16)
        size = path.stat().st_size
    except OSError as exc:
        what = f"The copy can't be read: {(exc.strerror or 'unknown reason').lower()}."
        raise UsageError(what, where=str(path), fix="Name a file made by `bellwether db backup`.") from exc
    kind = next((kind for header, kind in _HEADERS.items() if start.startswith(header)), None)
    if kind is None:
        raise _no_copy(path)
    revision = _revision_of_file(path) if kind == "sqlite" else server_copies.revision(path, environment)
    if revision is None:
        raise _no_copy(path)
    return Copy(path=str(path), kind=kind, revision=revision, size_bytes=size)


def _no_copy(path: Path) -> UsageError:
    fix = "Name a file made by `bellwether db backup`."
    return UsageError("This is no copy of a Bellwether database.", where=str(path), fix=fix)


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A name beside the path; what was written there takes its place at the end, or leaves nothing."""
    beside = path.with_name(f".{path.name}.{uuid4().hex[:8]}")
    try:
        os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield beside
        with beside.open("rb") as written:
            os.fsync(written.fileno())
        beside.replace(path)
    except OSError as exc:
        what = f"The copy can't be written: {(exc.strerror or 'unknown reason').lower()}."
        fix = "Check the folder, its rights and the space."
        raise FatalError(what, where=str(path), fix=fix, reason="copy_unwritable") from exc
    finally:
        for leftover in (beside, Path(f"{beside}-wal"), Path(f"{beside}-shm"), Path(f"{beside}-journal")):
            leftover.unlink(missing_ok=True)


def _copy_file(source: Path, target: Path) -> None:
    """One read of the file as it is at one moment: with a write-ahead log that holds up no writer."""
    if not source.is_file():
        raise UsageError("There is no database yet.", where=str(source), fix="Run any command that makes it: bellwether sync.")
    try:
        with closing(_reading(source)) as live, closing(sqlite3.connect(target)) as copy:
            live.backup(copy)
            # The copy is to be one file, also while somebody looks into it.
            copy.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as exc:
        what = f"SQLite could not copy the database ({type(exc).__name__})."
        fix = "Check the space, and the file with `sqlite3 FILE 'PRAGMA integrity_check'`."
        raise FatalError(what, where=str(source), fix=fix, reason="copy_failed") from exc


def _revision_of_file(path: Path) -> str | None:
    """The schema in a SQLite file; None when it is not ours. Raises UsageError when it is damaged."""
    try:
        with closing(_reading(path, "&immutable=1")) as copy:
            sound = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
            there = copy.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
            rows = copy.execute("SELECT version_num FROM alembic_version").fetchall() if there else []
    except sqlite3.DatabaseError:
        sound, rows = "damaged", []
    if sound != "ok":
        raise UsageError("The copy is damaged.", where=str(path), fix="Use another copy.", reason="copy_damaged")
    return rows[0][0] if len(rows) == 1 else None


def _reading(path: Path, more: str = "") -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro{more}", uri=True)


def _put_back(copy: Path, target: Path) -> None:
    """Write the copy over the database in one transaction of SQLite's own."""
    begun = time.monotonic()

    def patient(status: int, _remaining: int, _total: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() - begun > _WAIT_S:
            what = "Somebody keeps writing into the database."
            raise RetryableError(what, where=str(target), fix="Stop serve and worker first.")

    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with closing(_reading(copy, "&immutable=1")) as source, closing(sqlite3.connect(target, timeout=_WAIT_S)) as live:
            source.backup(live, pages=_PAGES_AT_ONCE, progress=patient)
    except (sqlite3.Error, OSError) as exc:
        what = f"The database could not be replaced ({type(exc).__name__})."
        fix = "Stop serve and worker, move a damaged file away, check rights and space, and try again."
        raise FatalError(what, where=str(target), fix=fix, reason="restore_failed") from exc
