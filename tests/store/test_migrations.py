"""Migrations as processes of the version before meet them: these go on until they are replaced."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from store.database import Database
from store.schema import config_of

_Column = tuple[bool, bool]
"""Whether a value has to be given, as nothing stands there by itself; whether there may be none."""
Schema = dict[str, dict[str, _Column]]


def _schema(conn: Connection) -> Schema:
    seen = inspect(conn)
    return {
        table: {
            column["name"]: (
                not column["nullable"] and column["default"] is None,
                bool(column["nullable"]),
            )
            for column in seen.get_columns(table)
        }
        for table in seen.get_table_names()
    }


@pytest.fixture
def steps(tmp_path: Path) -> Iterator[list[tuple[str, Schema]]]:
    """The schema after each migration, in their order."""
    db = Database(f"sqlite:///{tmp_path / 'steps.db'}")
    found = []
    with db.transaction() as conn:
        revisions = [script.revision for script in ScriptDirectory.from_config(config_of(conn)).walk_revisions()]
    for revision in reversed(revisions):
        with db.transaction() as conn:
            command.upgrade(config_of(conn), revision)
            found.append((revision, _schema(conn)))
    yield found
    db.close()


def test_a_migration_takes_nothing_away_and_asks_for_nothing_that_the_version_before_does_not_give(
    steps: list[tuple[str, Schema]],
) -> None:
    assert len(steps) > 20
    problems = []
    for (_, before), (revision, after) in pairwise(steps):
        for table, columns in before.items():
            there = after.get(table, {})
            problems += [f"{revision} takes {table}.{name} away" for name in columns.keys() - there.keys()]
            problems += [f"{revision} wants {table}.{name}" for name in there.keys() - columns.keys() if there[name][0]]
            problems += [f"{revision} refuses NULL in {table}.{name}" for name in columns.keys() & there.keys()
                         if columns[name][1] and not there[name][1]]  # fmt: skip
    assert problems == []
