"""The database: its schema, copies of it."""

from pathlib import Path

import click

from app import bootstrap
from app.cli.frame import Frame, command
from app.clock import now
from store.copies import Copy

_STAMP = "%Y%m%dT%H%M%SZ"


@click.group("db")
def db_group() -> None:
    """The database: bring it to the newest schema, copy it, put a copy back."""


@command("upgrade")
def upgrade(frame: Frame) -> None:
    """Bring the database to the newest schema (also done at every start, under a lock)."""
    database = bootstrap.open_database(frame.configuration(), frame.settings)
    database.close()
    frame.document({"current": True})
    frame.out.print("the database has the newest schema")


@command("backup")
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def backup(frame: Frame, file: Path | None, force: bool) -> None:
    """Copy the whole database to FILE, as it is at one moment, while everything goes on."""
    database = bootstrap.bare_database(frame.configuration(), frame.settings)
    name = f"bellwether-{now().strftime(_STAMP)}.{'db' if database.is_sqlite else 'dump'}"
    try:
        made = database.backup(file or Path(name), environment=bootstrap.environment(), force=force)
    finally:
        database.close()
    frame.document(_document(made))
    frame.out.print(f"{made.path}: {made.size_bytes:,} bytes, schema {made.revision}")


@command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace what the database holds now.")
def restore(frame: Frame, file: Path, force: bool) -> None:
    """Put the copy FILE in place of the database, then bring it to the newest schema."""
    database = bootstrap.bare_database(frame.configuration(), frame.settings)
    try:
        found = database.restore(file, environment=bootstrap.environment(), force=force)
        database.upgrade()
    finally:
        database.close()
    frame.document(_document(found))
    frame.out.print(f"{found.path}: put back (it had schema {found.revision})")
    frame.out.print("What the tools hold now comes with the next sync; what we wrote is looked at before it is written again.")


def _document(copy: Copy) -> dict[str, str | int]:
    return {"file": copy.path, "database": copy.kind, "schema": copy.revision, "bytes": copy.size_bytes}


for _command in (upgrade, backup, restore):
    db_group.add_command(_command)

COMMANDS = (db_group,)
