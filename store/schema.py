"""Migrations: bringing a database to this version's schema."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from model.errors import UsageError
from store.dialect import lock

if TYPE_CHECKING:
    from alembic.config import Config

_FOLDER = Path(__file__).parent / "migrations"
_VERSIONS = "alembic_version"


def upgrade(conn: Connection) -> None:
    """Migrate to the newest schema inside the given transaction; others that try at the same time wait.

    Raises UsageError when the database was written by a newer version.
    """
    lock(conn, "schema")
    if is_current(conn):
        return
    refuse_newer(conn)
    # Only a database that is not current needs Alembic, which takes a while to load.
    from alembic import command

    command.upgrade(config_of(conn), "head")


def refuse_newer(conn: Connection) -> None:
    """Raise UsageError when the database has a schema that this version does not know."""
    strange = [revision for revision in _revisions(conn) if not is_known(revision)]
    if strange:
        raise UsageError(
            f"The database was written by a newer version of Bellwether: its schema is {strange[0]}, and this version knows "
            f"those up to {newest_revision()}.",
            where=conn.engine.url.render_as_string(hide_password=True),
            fix="Install that version again, or restore a copy made before it.",
            reason="database_newer",
        )


def is_current(conn: Connection) -> bool:
    """Whether the schema is exactly this version's."""
    return _revisions(conn) == (newest_revision(),)


def newest_revision() -> str:
    """The revision of the last migration; the files are numbered by it."""
    return max(_known())


def is_known(revision: str) -> bool:
    """Whether this version can bring a database of that revision up to date."""
    return revision in _known()


def revision_of(conn: Connection) -> str | None:
    """The revision of a database; None for one without our tables."""
    return next(iter(_revisions(conn)), None)


def _known() -> set[str]:
    return {path.name.partition("_")[0] for path in (_FOLDER / "versions").glob("[0-9]*.py")}


def config_of(conn: Connection) -> "Config":
    """What Alembic is told of a connection, in whose transaction it works."""
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
