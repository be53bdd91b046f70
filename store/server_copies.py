"""Copies of a PostgreSQL database by its own programs, of a version that the server accepts."""

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy.engine import URL

from model.errors import FatalError, RetryableError, UsageError
from store.server import OURS

HEADER = b"PGDMP"
_DEBIAN = Path("/usr/lib/postgresql")
_MAJOR = re.compile(r"\(PostgreSQL\) (\d+)")
_TABLE = re.compile(r"^\d+; \d+ \d+ TABLE (\S+) (\S+) ", re.MULTILINE)


def dump(url: URL, path: Path, environment: Mapping[str, str]) -> None:
    """The whole database as it is at one moment, in PostgreSQL's own packed form."""
    program = _program("pg_dump", _server_major(url), environment)
    _run([program, "--format=custom", "--no-owner", "--no-privileges", f"--file={path}"], url, environment)


def put_back(url: URL, path: Path, environment: Mapping[str, str]) -> None:
    """Replace the tables of the copy in one transaction, then take away those that the copy does not have."""
    import psycopg  # Where SQLite is used, no command needs it.

    program = _program("pg_restore", _server_major(url), environment)
    told = ["--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"]
    _run([program, *told, str(path)], url, environment)
    kept = {(schema, name) for schema, name in _TABLE.findall(_listed(path, environment))}
    with psycopg.connect(_conninfo(url), password=url.password) as conn:
        schemas = sorted({schema for schema, _ in kept})
        statement = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY(%s)"
        for schema, name in conn.execute(statement, [schemas]).fetchall():
            if (schema, name) not in kept:
                conn.execute(psycopg.sql.SQL("DROP TABLE {} CASCADE").format(psycopg.sql.Identifier(schema, name)))


def revision(path: Path, environment: Mapping[str, str]) -> str | None:
    """The schema in a copy; None when it is not ours."""
    program = _program("pg_restore", 0, environment)
    said = _output([program, "--data-only", "--table=alembic_version", "--file=-", str(path)], environment)
    found = re.search(r"^COPY \S*alembic_version .*?\n(.*?)^\\\.", said, re.MULTILINE | re.DOTALL)
    rows = found.group(1).split() if found else []
    return rows[0] if len(rows) == 1 else None


def _listed(path: Path, environment: Mapping[str, str]) -> str:
    return _output([_program("pg_restore", 0, environment), "--list", str(path)], environment)


def _server_major(url: URL) -> int:
    import psycopg

    try:
        with psycopg.connect(_conninfo(url), password=url.password) as conn:
            return conn.info.server_version // 10000
    except psycopg.OperationalError as exc:
        where = url.render_as_string(hide_password=True)
        raise RetryableError("The database does not answer.", where=where, reason="database_unavailable") from exc


def _program(name: str, least: int, environment: Mapping[str, str]) -> str:
    """The newest of a program that is installed. Raises UsageError when there is none for the server's version."""
    folders = environment.get("PATH", "").split(":")
    folders += [str(folder) for folder in sorted(_DEBIAN.glob("*/bin"))]
    found = {path: _major(path, environment) for folder in folders if (path := shutil.which(name, path=folder))}
    best = max(found, key=lambda path: found[path], default=None)
    if best is not None and found[best] >= least:
        return best
    have = f"{name} here is of version {found[best]}" if best else f"{name} is not installed here"
    wanted = f" {least} or newer" if least else ""
    raise UsageError(
        f"Copying a PostgreSQL database needs {name}{wanted}, and {have}.",
        where=name,
        fix=f"Install PostgreSQL's client programs{wanted} (Debian: postgresql-client), or run {name} where the server runs.",
        reason="program_missing",
    )


def _major(program: str, environment: Mapping[str, str]) -> int:
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, env=dict(environment), check=False)  # noqa: S603
    except OSError:
        return 0
    found = _MAJOR.search(said.stdout)
    return int(found.group(1)) if found else 0


def _conninfo(url: URL) -> str:
    """The address for libpq, without the password: command lines can be seen by everybody on a machine.

    A server that is gone without a word is noticed, as by any other connection.
    """
    ours = {name: str(value) for name, value in OURS.items()}
    plain = url.set(drivername="postgresql", password=None, query={**ours, **url.query})
    return plain.render_as_string(hide_password=False)


def _run(command: Sequence[str], url: URL, environment: Mapping[str, str]) -> None:
    with_password = {**environment, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    _output([command[0], f"--dbname={_conninfo(url)}", *command[1:]], with_password)


def _output(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """What a program said. Raises FatalError naming the program alone: what it says of a failure may hold rows."""
    said = subprocess.run(command, capture_output=True, env=dict(environment), check=False)  # noqa: S603 our own arguments
    if said.returncode:
        name = Path(command[0]).name
        raise FatalError(
            f"{name} failed (exit code {said.returncode}).",
            where=name,
            fix=f"Check the rights of the database's user, the space and that the file is whole, or run {name} by hand.",
            reason="copy_failed",
        )
    return said.stdout.decode(errors="replace")
