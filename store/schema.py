"""Migrations: bringing a database to this version's schema."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from model.errors import FatalError
from store.dialect import lock

if TYPE_CHECKING:
    from alembic.config import Config

_FOLDER = Path(__file__).parent / "migrations"
_VERSIONS = "alembic_version"


def upgrade(conn: Connection) -> None:
    """Migrate to the newest schema inside the given transaction; others that try at the same time wait.

    Raises FatalError when the database was written by a newer version.
    """
    lock(conn, "schema")
    if is_current(conn):
        return
    # Only a database that is not current needs Alembic, which takes a while to load.
    from alembic import command
    from alembic.script import ScriptDirectory

    config = _config(conn)
    known = {revision.revision for revision in ScriptDirectory.from_config(config).walk_revisions()}
    if not set(_revisions(conn)) <= known:
        raise FatalError(
            "The database was written by a newer version of Bellwether.",
            fix="Install that version again, or restore the copy made before.",
            reason="database_newer",
        )
    command.upgrade(config, "head")


def is_current(conn: Connection) -> bool:
    """Whether the schema is exactly this version's."""
    return _revisions(conn) == (newest_revision(),)


def newest_revision() -> str:
    """The revision of the last migration; the files are numbered by it."""
    return max(path.name.partition("_")[0] for path in (_FOLDER / "versions").glob("[0-9]*.py"))


def _config(conn: Connection) -> "Config":
    from alembic.config import Config

    config = Config()
    # A path may hold a percent sign, which the configuration's own syntax would read.
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = conn
    return config


def _revisions(conn: Connection) -> tuple[str, ...]:
    if not inspect(conn).has_table(_VERSIONS):
        return ()
    return tuple(conn.execute(text(f"SELECT version_num FROM {_VERSIONS} ORDER BY 1")).scalars())  # noqa: S608
