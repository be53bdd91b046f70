"""A name that one process of a deployment holds for as long as it lives."""

from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from store.dialect import digest, try_lock, unlock
from store.files import FileLock


class Claim:
    """Held by the operating system (SQLite) or the server (PostgreSQL): no clock is asked, and a killed process leaves
    nothing behind. A server that restarted has forgotten it: ``held`` takes it again, if nobody else has."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self._name = name
        self._conn: Connection | None = None
        self._file = FileLock(lock_file(engine, name)) if engine.dialect.name == "sqlite" else None

    def held(self) -> bool:
        """Whether it is ours, now. Raises what the database raises while it is away."""
        if self._file is not None:
            return self._file.take()
        if self._conn is not None:
            try:
                self._conn.execute(text("SELECT 1"))
                return True
            except SQLAlchemyError:
                self.release()
        conn = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if try_lock(conn, self._name):
            self._conn = conn
            return True
        conn.close()
        return False

    def release(self) -> None:
        """Give it back."""
        if self._file is not None:
            self._file.release()
        if self._conn is not None:
            with suppress(SQLAlchemyError):  # a session that is broken has lost it
                unlock(self._conn, self._name)  # at once: of a session that ends the server may take it a moment later
            self._conn.invalidate()
            self._conn.close()
            self._conn = None


def lock_file(engine: Engine, name: str) -> Path:
    """The file that stands for a name beside a SQLite database."""
    return Path(f"{engine.url.database}.{digest(name.encode()).hex()[:8]}.lock")
