"""Opening, migrating and losing a database."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from model.errors import FatalError, RetryableError, UsageError
from store.database import Database
from store.tables import METADATA


def test_an_empty_database_becomes_current_by_an_upgrade(database_url: str) -> None:
    database = Database(database_url)
    assert not database.is_current()
    database.upgrade()
    assert database.is_current()
    database.close()


def test_the_migrations_make_exactly_the_tables_the_code_uses(database: Database) -> None:
    with database.transaction() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_a_second_upgrade_changes_nothing(database: Database) -> None:
    database.upgrade()
    assert database.is_current()


def test_a_database_of_a_newer_version_is_refused(database: Database) -> None:
    with database.transaction() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert not database.is_current()
    with pytest.raises(FatalError, match="newer version"):
        database.upgrade()


def test_a_failed_unit_of_work_leaves_nothing_behind(database: Database) -> None:
    def half_done() -> None:
        with database.begin() as uow:
            uow.sync.save_mapping_digest("acme", "d1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half_done()
    with database.read() as uow:
        assert uow.sync.state("acme").mapping_digest is None


def test_a_reading_unit_of_work_refuses_to_write(database: Database) -> None:
    with pytest.raises(FatalError, match="can't be written"), database.read() as uow:
        uow.sync.save_mapping_digest("acme", "d1")
    with database.begin() as uow:
        uow.sync.save_mapping_digest("acme", "d1")


def test_a_reader_sees_one_moment_while_a_writer_commits(database: Database) -> None:
    with database.read() as reader:
        assert reader.sync.state("acme").mapping_digest is None
        with database.begin() as writer:
            writer.sync.save_mapping_digest("acme", "d1")
        assert reader.sync.state("acme").mapping_digest is None
    with database.read() as reader:
        assert reader.sync.state("acme").mapping_digest == "d1"


def test_a_database_without_tables_says_how_to_mend_it(database_url: str) -> None:
    database = Database(database_url)
    with pytest.raises(FatalError, match="bellwether db upgrade"), database.read() as uow:
        uow.sync.state("acme")
    database.close()


def test_a_server_that_is_not_there_may_come_back() -> None:
    database = Database("postgresql://bot:hunter2@127.0.0.1:1/none")
    with pytest.raises(RetryableError) as caught:
        database.ping()
    assert "hunter2" not in f"{caught.value}{caught.value!r}{database!r}"
    with pytest.raises(RetryableError), database.begin():
        pass


def test_a_file_in_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'nowhere' / 'a.db'}")
    with pytest.raises(FatalError, match="folder exists"):
        database.upgrade()


@pytest.mark.parametrize("url", ["", "mysql://a:hunter2@b/c", "sqlite://", "sqlite:///:memory:", "not a url hunter2"])
def test_an_unusable_url_is_a_usage_error_that_shows_no_password(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        Database(url)
    assert "hunter2" not in str(caught.value)


def test_a_refused_statement_shows_no_parameter(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    statement = text("INSERT INTO tokens (connection, body) VALUES ('acme', :body)")
    with database.transaction() as conn:
        conn.execute(statement, {"body": "hunter2"})
    with pytest.raises(FatalError) as caught, database.transaction() as conn:
        conn.execute(statement, {"body": "hunter2"})
    assert "hunter2" not in f"{caught.value} {caught.value.__cause__} {caplog.text}"


def test_threads_that_wait_for_the_lock_do_not_disturb_each_other(
    database: Database, in_threads: Callable[..., list[object]]
) -> None:
    def write(_number: int) -> int:
        for _ in range(25):
            with database.transaction() as conn:
                conn.execute(text("SELECT 1"))
                time.sleep(0.001)  # so that the others have to wait
        return 25

    assert in_threads(write, 8) == [25] * 8


def test_two_upgrades_at_once_both_succeed(database_url: str, in_threads: Callable[..., list[object]]) -> None:
    def upgrade(_number: int) -> bool:
        database = Database(database_url)
        database.upgrade()
        current = database.is_current()
        database.close()
        return current

    assert in_threads(upgrade, 4) == [True] * 4
