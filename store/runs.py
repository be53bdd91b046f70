"""``uow.runs``: a line for every sync, roll-up and push that was started."""

import json

from pydantic import JsonValue
from sqlalchemy import Connection, insert, select, update

from model.base import Instant, Record
from model.errors import NotFoundError
from store.tables import runs
from store.tallies import Tallies


class Run(Record):
    """``outcome`` None: still running, or cut off. ``summary``: the run's own numbers."""

    id: str
    kind: str
    started_at: Instant
    finished_at: Instant | None = None
    outcome: str | None = None
    summary: JsonValue = None


class RunRepository:
    """A run's id is its kind and a number that never repeats, e.g. ``push-17``."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def start(self, kind: str, *, at: Instant) -> str:
        """Note that a run starts; returns its id."""
        row = {"kind": kind, "started_at": at}
        number = self._conn.execute(insert(runs).returning(runs.c.id), row).scalar_one()
        return f"{kind}-{number}"

    def finish(self, run: str, *, at: Instant, outcome: str, summary: JsonValue = None) -> None:
        """Note how a run ended. Raises NotFoundError for an id that ``start`` never gave."""
        kind, _, number = run.rpartition("-")
        values = {"finished_at": at, "outcome": outcome, "summary": json.dumps(summary)}
        if number.isdigit():
            statement = update(runs).where(runs.c.id == int(number), runs.c.kind == kind).values(values)
            if self._conn.execute(statement).rowcount == 1:
                Tallies(self._conn).add("runs", kind=kind, outcome=outcome)
                return
        raise NotFoundError(f"There is no run {run!r}.", fix="Look at the list of runs.")

    def recent(self, limit: int) -> tuple[Run, ...]:
        """The newest runs, newest first."""
        statement = select(runs).order_by(runs.c.id.desc()).limit(limit)
        return tuple(
            Run(
                id=f"{row.kind}-{row.id}",
                kind=row.kind,
                started_at=row.started_at,
                finished_at=row.finished_at,
                outcome=row.outcome,
                summary=None if row.summary is None else json.loads(row.summary),
            )
            for row in self._conn.execute(statement)
        )
