"""The database: its schema, copies of it."""

from pathlib import Path

import click

from app import bootstrap
from app.cli.frame import Frame, command
from app.clock import now
from service.retention import prune as take_away
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


@command("vacuum")
def vacuum(frame: Frame) -> None:
    """Write the database anew without gaps; everybody else waits meanwhile."""
    database = bootstrap.open_database(frame.configuration(), frame.settings)
    try:
        freed = database.vacuum()
    finally:
        database.close()
    frame.document({"bytes": freed.bytes, "whole": freed.whole})
    frame.out.print(f"{freed.bytes:,} bytes given back")
    if not freed.whole:
        frame.out.print("Somebody read meanwhile, so old pages are left in the log: stop serve and worker, and run it again.")


@command("prune")
@click.option("--dry-run", is_flag=True, help="Only count what would go.")
def prune(frame: Frame, dry_run: bool) -> None:
    """Take away what `retention:` does not keep, beside everything else that works (also done once a day)."""
    with bootstrap.workspace(frame.configuration(), frame.settings) as workspace:
        report = take_away(workspace, dry_run=dry_run)
    frame.document({"rows": report.rows, "bytes": report.bytes, "whole": report.whole, "dry_run": dry_run})
    word = "would go" if dry_run else "gone"
    for what, count in report.rows.items():
        frame.out.print(f"{what.replace('_', ' ')}: {count:,} {word}")
    if not dry_run:
        frame.out.print(f"{report.bytes:,} bytes given back")
    if not report.whole:
        frame.out.print("The file has free space that only `bellwether db vacuum` gives back.")


def _document(copy: Copy) -> dict[str, str | int]:
    return {"file": copy.path, "database": copy.kind, "schema": copy.revision, "bytes": copy.size_bytes}


for _command in (upgrade, backup, restore, prune, vacuum):
    db_group.add_command(_command)

COMMANDS = (db_group,)
