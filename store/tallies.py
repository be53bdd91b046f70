"""``uow.tallies``: what happened so far, counted in the transaction in which it happened, by all processes together."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, select

from model.base import Record
from store.dialect import upsert_on
from store.operation_tables import tallies


class Tally(Record):
    """A sum since the database was made. It never falls, whatever is pruned."""

    name: str
    labels: Mapping[str, str]
    value: float


@cache
def _added(dialect: str) -> Any:
    """Built once: see ``store.dialect.among_listed``."""
    statement = upsert_on(dialect, tallies)
    total = tallies.c.value + statement.excluded.value
    return statement.on_conflict_do_update(index_elements=["name", "labels"], set_={"value": total})


class Tallies:
    """Sums by name and labels. Names and labels are few and fixed: never an item, a person or a text of a tool."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def add(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add to one sum."""
        self.add_many({(name, tuple(sorted(labels.items()))): amount})

    def add_many(self, amounts: Mapping[tuple[str, tuple[tuple[str, str], ...]], float]) -> None:
        """Add to several sums, in order, so that two transactions can't wait for each other."""
        rows = [
            {"name": name, "labels": json.dumps(dict(labels), sort_keys=True), "value": float(amount)}
            for (name, labels), amount in sorted(amounts.items())
            if amount
        ]
        if rows:
            self._conn.execute(_added(self._conn.dialect.name), rows)

    def all(self) -> tuple[Tally, ...]:
        """Every sum, ordered by name and labels."""
        rows = self._conn.execute(select(tallies).order_by(tallies.c.name, tallies.c.labels))
        return tuple(Tally(name=row.name, labels=json.loads(row.labels), value=row.value) for row in rows)
