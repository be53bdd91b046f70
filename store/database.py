"""The database: one engine, transactions, migrations, and the two ports that live in it."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from tenacity import Retrying, retry_if_exception, retry_if_exception_type, stop_after_delay, wait_random

from model.errors import FatalError, RetryableError, UsageError
from store import copies, space
from store.claim import Claim, lock_file
from store.dialect import is_free, try_lock, unlock
from store.failures import translated
from store.files import file_lock
from store.keys import KeyFile
from store.limits import SqlLimitLedger
from store.schema import is_current, newest_revision, refuse_newer, revision_of, upgrade
from store.secrets import Vault
from store.server import server_engine
from store.spool import Spool
from store.tokens import SqlTokenStore
from store.unit_of_work import UnitOfWork

_BUSY_TIMEOUT_S = 30
_WRITES = "bellwether_writes"


class Database:
    """SQLite (one process or a few on one machine) or PostgreSQL (many). Safe to share between threads.

    On SQLite a unit of work holds the one write lock: do no slow work in it, and don't use ``tokens`` or ``limits``
    inside it, they open transactions of their own and would wait for it.

    ``spool``: what deliveries go through on SQLite; a server needs none.
    """

    def __init__(self, url: str, *, secret_key: bytes | None = None, key_folder: Path | None = None) -> None:
        """``url``: ``sqlite:///path`` or ``postgresql://…``. Raises UsageError for another; connects only when used.

        ``key_folder``: where ``make_key`` keeps a key for a database on a server; beside a file of SQLite there is room.
        """
        self._url = _parse(url)
        self.key_file = _key_file(self._url, key_folder)
        vault = Vault(secret_key, self.key_file.read) if self.key_file else Vault(secret_key)
        self._vault = vault
        self._engine = _engine(self._url)
        self.tokens = SqlTokenStore(self, vault)
        self.limits = SqlLimitLedger(self)
        self.spool = Spool(_beside(self._url, "spool", _prepare_spool)) if self.is_sqlite else None

    def __repr__(self) -> str:
        return f"Database({self._url.render_as_string(hide_password=True)})"

    @property
    def is_sqlite(self) -> bool:
        return self._engine.dialect.name == "sqlite"

    def make_key(self) -> bool:
        """See to it that secrets can be kept: where no key was given, one is made in ``key_file``. Whether it was.

        Raises UsageError where it can't be.
        """
        return not self._vault.has_key and self.key_file is not None and self.key_file.make()

    def upgrade(self) -> None:
        """Migrate to the newest schema, under a lock; safe to call at every start.

        Raises UsageError when the database was written by a newer version.
        """
        with self.transaction() as conn:
            upgrade(conn)

    def is_current(self) -> bool:
        """Whether the schema is exactly this version's."""
        with self.transaction(write=False) as conn:
            return is_current(conn)

    def refuse_newer(self) -> None:
        """Raise UsageError when the schema is newer than this version knows."""
        with self.transaction(write=False) as conn:
            refuse_newer(conn)

    def revision(self) -> str | None:
        """The schema's revision; None where there are no tables of ours."""
        with self.transaction(write=False) as conn:
            return revision_of(conn)

    @staticmethod
    def newest_revision() -> str:
        """The schema that this version brings a database to."""
        return newest_revision()

    def backup(self, path: Path, *, environment: Mapping[str, str], force: bool = False) -> copies.Copy:
        """Copy everything to a file while others work; see ``store.copies``. ``environment`` says where programs are."""
        return copies.backup(self._url, path, environment=environment, force=force)

    def restore(self, path: Path, *, environment: Mapping[str, str], force: bool = False) -> copies.Copy:
        """Replace everything by a copy; see ``store.copies``."""
        full = self._holds_something()
        self.close()
        return copies.restore(self._url, path, environment=environment, full=full, force=force)

    def _holds_something(self) -> bool:
        try:
            return self.revision() is not None
        except FatalError as error:  # a damaged file is what copies are for
            if error.reason != "database_refused":
                raise
            return True

    def give_back(self) -> space.Space:
        """Give the space of what was taken away back to the disk, a little at a time; see ``store.space``."""
        return space.give_back(self._engine, self.transaction)

    def vacuum(self) -> space.Space:
        """Write the whole database anew, without gaps: everybody else waits meanwhile."""
        self.close()
        spool = self.spool.rewrite() if self.spool is not None else space.Space()
        main = space.rewrite(self._engine)
        return space.Space(bytes=spool.bytes + main.bytes, whole=spool.whole and main.whole)

    def ping(self) -> None:
        """Ask the database for a sign of life. Raises RetryableError when there is none."""
        try:
            with self._engine.connect() as conn:
                conn.execute(text("SELECT 1"))
        except SQLAlchemyError as exc:
            raise RetryableError(
                "The database does not answer.",
                where=self._url.render_as_string(hide_password=True),
                reason="database_unavailable",
            ) from exc

    @contextmanager
    def begin(self) -> Iterator[UnitOfWork]:
        """A unit of work: committed at the end, rolled back on an exception."""
        with self.transaction() as conn:
            yield UnitOfWork(conn, self._vault)

    @contextmanager
    def read(self) -> Iterator[UnitOfWork]:
        """A unit of work that only reads: it sees one moment throughout, waits for no writer and holds up none."""
        with self.transaction(write=False) as conn:
            yield UnitOfWork(conn, self._vault)

    @contextmanager
    def transaction(self, *, write: bool = True) -> Iterator[Connection]:
        """A bare transaction, for the store's own parts."""
        try:
            with self._engine.connect() as plain:
                conn = plain.execution_options(**self._options(write))
                with conn.begin(), _read_only(conn, self.is_sqlite and not write):
                    yield conn
        except DBAPIError as exc:
            raise translated(exc, self._url.render_as_string(hide_password=True)) from exc

    @contextmanager
    def alone(self, name: str) -> Iterator[bool]:
        """Be the only one of the deployment to do what ``name`` says; False while somebody else is at it.

        Held by the operating system or the server for as long as the process lives, so a killed one leaves nothing.
        """
        if self.is_sqlite:
            with file_lock(lock_file(self._engine, name)) as got:
                yield got
            return
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            got = try_lock(conn, name)
            try:
                yield got
            finally:
                if got:
                    unlock(conn, name)

    def is_free(self, name: str) -> bool:
        """Whether nobody is the only one to do what ``name`` says. Several may ask at once."""
        if self.is_sqlite:
            with file_lock(lock_file(self._engine, name), shared=True) as free:
                return free
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            return is_free(conn, name)

    def claim(self, name: str) -> Claim:
        """A name to be held for as long as this process lives."""
        return Claim(self._engine, name)

    def jobs_engine(self) -> Engine:
        """An engine of its own for the books of whatever runs our jobs: on SQLite a file beside ours, so that neither
        waits for the other's writes; on PostgreSQL the same database. What it holds can be lost without harm."""
        if not self.is_sqlite:
            return server_engine(self._url, max_overflow=10)
        return _beside(self._url, "jobs", _prepare_jobs)

    def close(self) -> None:
        """Close all connections. The database can be used again afterwards."""
        self._engine.dispose()
        if self.spool is not None:
            self.spool.close()

    def _options(self, write: bool) -> dict[str, Any]:
        if self.is_sqlite:
            return {_WRITES: write}
        return {} if write else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def _parse(url: str) -> URL:
    """The URL with the driver we ship. Its text is not repeated in errors: it may hold a password."""
    try:
        parsed = make_url(url)
    except ArgumentError as exc:
        raise UsageError("The database URL can't be read.", where="database", fix=_URL_FORMS) from exc
    kind = parsed.drivername.partition("+")[0]
    if kind in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if kind != "sqlite":
        raise UsageError(f"A database of kind {kind!r} is not supported.", where="database", fix=_URL_FORMS)
    if parsed.database in (None, "", ":memory:"):
        raise UsageError("A SQLite database needs a file.", where="database", fix=_URL_FORMS)
    return parsed


def _key_file(url: URL, folder: Path | None) -> KeyFile | None:
    if url.get_backend_name() == "sqlite":
        return KeyFile(Path(str(url.database)).with_suffix(".key"))
    return KeyFile(folder / "bellwether.key") if folder is not None else None


_URL_FORMS = "Use sqlite:///path/to/file.db or postgresql://user:password@host/name."


def _engine(url: URL) -> Engine:
    """An engine whose errors and logs never show a parameter: parameters are people's data."""
    if url.get_backend_name() == "postgresql":
        return server_engine(url, max_overflow=20)
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_size=10,
        max_overflow=20,
        pool_use_lifo=True,  # so that those that are not needed keep their page caches small
        connect_args={"timeout": _BUSY_TIMEOUT_S},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _beside(url: URL, name: str, prepare: Callable[[Any, Any], None]) -> Engine:
    """An engine over another file of SQLite, which lies beside ours and has its name with another end."""
    engine = create_engine(
        url.set(database=f"{url.database}-{name}"), hide_parameters=True, pool_size=10, max_overflow=10, pool_use_lifo=True
    )
    event.listen(engine, "connect", prepare)
    return engine


def _prepare_sqlite(dbapi_connection: Any, _record: Any) -> None:
    """Readers beside one writer (WAL), and transactions begun by us instead of by the driver's guess."""
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    # Heard in a new file only, and in any other it would wait for whoever writes. So space can be given back without
    # writing everything anew.
    if cursor.execute("PRAGMA page_count").fetchone()[0] == 0:
        cursor.execute("PRAGMA auto_vacuum=INCREMENTAL")
    _write_ahead(cursor)
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA cache_size=-1024")  # KiB of each connection: the system keeps the file in memory, too
    cursor.close()


def _prepare_jobs(dbapi_connection: Any, _record: Any) -> None:
    """Writers take the lock at once and wait for each other; a lost last moment is made up for from our own table."""
    dbapi_connection.isolation_level = "IMMEDIATE"
    _prepare_beside(dbapi_connection, "foreign_keys=ON")


def _prepare_spool(dbapi_connection: Any, _record: Any) -> None:
    """Each statement is a transaction, and none writes the log into the file at its end: ``Spool.tidy`` does."""
    dbapi_connection.isolation_level = None
    _prepare_beside(dbapi_connection, "wal_autocheckpoint=0")


def _prepare_beside(dbapi_connection: Any, pragma: str) -> None:
    cursor = dbapi_connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_S * 1000}")
    _write_ahead(cursor)
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _write_ahead(cursor: Any) -> None:
    """Turn WAL on. Tried again: SQLite's own waiting does not cover two processes that both open a new file."""
    _OPENING(cursor.execute, "PRAGMA journal_mode=WAL")


_OPENING = Retrying(
    retry=retry_if_exception_type(sqlite3.OperationalError),
    wait=wait_random(0.01, 0.1),
    stop=stop_after_delay(_BUSY_TIMEOUT_S),
    reraise=True,
)


def _begin_sqlite(conn: Connection) -> None:
    """A writer takes the lock at once: one that reads first and then writes would be refused instead of waiting."""
    if not conn.get_execution_options().get(_WRITES, False):
        conn.exec_driver_sql("BEGIN")
        return
    driver: Any = conn.connection.dbapi_connection
    driver.execute("PRAGMA busy_timeout=0")
    try:
        _LOCKING(conn.exec_driver_sql, "BEGIN IMMEDIATE")
    finally:
        driver.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_S * 1000}")


def _is_locked(exc: BaseException) -> bool:
    return isinstance(exc, DBAPIError) and getattr(exc.orig, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


# An object, no decorator: what that notes of its tries is one dictionary for all threads, which one of them clears while
# another counts.
_LOCKING = Retrying(
    retry=retry_if_exception(_is_locked),
    wait=wait_random(0.003, 0.006),
    stop=stop_after_delay(_BUSY_TIMEOUT_S),
    reraise=True,
)
"""Looks for the write lock every few milliseconds. SQLite's own waiting rests longer and longer, up to a tenth of a second,
so who came late would often be served first."""


@contextmanager
def _read_only(conn: Connection, enforce: bool) -> Iterator[None]:
    """Make SQLite refuse writes, as PostgreSQL does in a read-only transaction."""
    if not enforce:
        yield
        return
    conn.exec_driver_sql("PRAGMA query_only=ON")
    try:
        yield
    finally:
        conn.exec_driver_sql("PRAGMA query_only=OFF")
