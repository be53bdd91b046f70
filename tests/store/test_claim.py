"""A name that one process holds, on both databases; and on SQLite what becomes of it when its file is taken away."""

from pathlib import Path

import pytest

from store.claim import Claim
from store.database import Database
from store.files import FileLock


@pytest.fixture
def claims(database: Database) -> tuple[Claim, Claim]:
    return database.claim("worker:w1"), database.claim("worker:w1")


def test_one_holds_it_until_it_gives_it_back(claims: tuple[Claim, Claim]) -> None:
    first, second = claims
    assert (first.held(), second.held(), first.held()) == (True, False, True)
    first.release()
    assert (second.held(), first.held()) == (True, False)
    second.release()


def test_what_is_given_back_is_free_at_once(claims: tuple[Claim, Claim]) -> None:
    first, second = claims
    for _ in range(30):
        assert (first.held(), second.held()) == (True, False)  # who asked in vain has a session at hand
        first.release()
        assert second.held()
        second.release()


def test_a_lock_whose_file_was_taken_away_is_taken_anew(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "lock")
    assert lock.take()
    (tmp_path / "lock").unlink()
    assert lock.take()
    assert not FileLock(tmp_path / "lock").take()
    lock.release()


def test_who_took_it_after_its_file_was_taken_away_has_it_alone(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert first.take()
    (tmp_path / "lock").unlink()
    assert second.take()
    assert not first.take()
    second.release()
    assert first.take()
    first.release()
