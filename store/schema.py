"""Migrations: bringing a database to this version's schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from model.errors import FatalError
from store.dialect import lock

_FOLDER = Path(__file__).parent / "migrations"


def upgrade(conn: Connection) -> None:
    """Migrate to the newest schema inside the given transaction; others that try at the same time wait.

    Raises FatalError when the database was written by a newer version.
    """
    lock(conn, "schema")
    config = _config(conn)
    scripts = ScriptDirectory.from_config(config)
    known = {revision.revision for revision in scripts.walk_revisions()}
    if not set(_revisions(conn)) <= known:
        raise FatalError(
            "The database was written by a newer version of Bellwether.",
            fix="Install that version again, or restore the copy made before.",
            reason="database_newer",
        )
    command.upgrade(config, "head")


def is_current(conn: Connection) -> bool:
    """Whether the schema is exactly this version's."""
    scripts = ScriptDirectory.from_config(_config(conn))
    return set(_revisions(conn)) == set(scripts.get_heads())


def _config(conn: Connection) -> Config:
    config = Config()
    # A path may hold a percent sign, which the configuration's own syntax would read.
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = conn
    return config


def _revisions(conn: Connection) -> tuple[str, ...]:
    return MigrationContext.configure(conn).get_current_heads()
