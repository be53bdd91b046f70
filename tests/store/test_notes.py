"""Notes for the pages, and a key in a file."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from model.errors import FatalError, UsageError
from model.ports import StoredToken
from store.database import Database

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def test_a_newer_note_replaces_the_older(database: Database) -> None:
    with database.begin() as uow:
        uow.notes.put("a", {"done": 1}, at=NOW)
        uow.notes.put("a", {"done": 2}, at=NOW)
    with database.begin() as uow:
        found = uow.notes.get("a")
        assert found is not None
        assert (found.body, found.at) == ({"done": 2}, NOW)
        uow.notes.drop("a")
        assert uow.notes.get("a") is None


def test_a_key_that_another_process_made_opens_what_it_sealed(tmp_path: Path) -> None:
    first, second = (Database(f"sqlite:///{tmp_path}/bellwether.db") for _ in range(2))
    first.upgrade()
    with pytest.raises(FatalError, match="needs a secret key"):
        first.tokens.save("stored:x", StoredToken(access=SecretStr("s")))
    assert first.make_key()
    assert not second.make_key()
    first.tokens.save("stored:x", StoredToken(access=SecretStr("s")))
    kept = second.tokens.load("stored:x")
    assert kept is not None
    assert kept.access.get_secret_value() == "s"
    assert stat.S_IMODE((tmp_path / "bellwether.key").stat().st_mode) == 0o600
    assert first.tokens.names("stored:") == ("stored:x",)
    first.tokens.forget("stored:x")
    assert first.tokens.names("stored:") == ()
    for one in (first, second):
        one.close()


def test_a_key_that_was_given_counts_and_none_is_made(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/bellwether.db", secret_key=b"a key that only tests use")
    assert not database.make_key()
    assert not (tmp_path / "bellwether.key").exists()


def test_a_folder_that_takes_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="key file can't be written"):
        Database(f"sqlite:///{tmp_path}/nothing/bellwether.db").make_key()
