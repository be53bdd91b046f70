"""``uow.jobs``: what background work was asked for and how it stands. The engine that runs it keeps its own books.

Asking stands in the transaction of the change it follows from, so the two are kept together or not at all.
"""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from pydantic import JsonValue
from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, delete, literal, select, update

from model.base import Instant
from model.jobs import Job, lane_of
from store.dialect import among, replace_row, upsert_on
from store.job_tables import job_pauses, jobs


class Jobs:
    """Jobs by name. A job that is asked for many times before it begins runs once."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    # -- asking -------------------------------------------------------------------------------------------------------

    def want(self, name: str, *, at: Instant, due_at: Instant | None = None) -> None:
        """Ask for a job, to be run not before ``due_at`` (None: at once). One that waits keeps its earlier moment.

        A run that has begun does not count as an answer: it may have looked before what is asked for was there. While
        this transaction lasts no run of the job begins.
        """
        due = due_at or at
        if self._conn.execute(_WAITS_FOR_IT, {"of": name, "due": due}).first() is not None:
            return
        row = {
            "name": name, "lane": lane_of(name), "wanted": 1, "begun": 0, "answered": 0, "wanted_at": at,
            "due_at": due, "run": 0, "tries": 0,
        }  # fmt: skip
        self._conn.execute(_wanted(self._conn.dialect.name), row)

    def wake(self, now: Instant) -> None:
        """Ask for every job whose own time has come."""
        mine = and_(jobs.c.again_at <= now, jobs.c.again_at.is_not(None))
        values = {
            "wanted": jobs.c.wanted + 1,
            "wanted_at": case((_WAITING, jobs.c.wanted_at), else_=jobs.c.again_at),
            "again_at": None,
        }
        self._conn.execute(update(jobs).where(mine).values(values))

    def no_later(self, name: str, moment: Instant) -> None:
        """Have a job ask for itself, and where it did not fail be run, at that moment at the latest."""
        latest = literal(moment, jobs.c.due_at.type)
        values = {
            "again_at": case((jobs.c.again_at > moment, latest), else_=jobs.c.again_at),
            "due_at": case((and_(jobs.c.tries == 0, jobs.c.due_at > moment), latest), else_=jobs.c.due_at),
        }
        self._conn.execute(update(jobs).where(jobs.c.name == name).values(values))

    def known(self, names: Iterable[str]) -> frozenset[str]:
        """Those of the names that were ever asked for."""
        statement = select(jobs.c.name).where(among(jobs.c.name, list(names)))
        return frozenset(self._conn.execute(statement).scalars())

    # -- running ------------------------------------------------------------------------------------------------------

    def ready(self, now: Instant) -> Mapping[str, int]:
        """The jobs that may begin now, longest waiting first, each with the number of its next run."""
        paused = select(job_pauses.c.lane)
        statement = select(jobs.c.name, jobs.c.run).where(_WAITING, jobs.c.due_at <= now, jobs.c.lane.not_in(paused))
        rows = self._conn.execute(statement.order_by(jobs.c.wanted_at, jobs.c.name))
        return {row.name: row.run + 1 for row in rows}

    def sleeping(self, now: Instant) -> bool:
        """Whether no job asks for itself now."""
        statement = select(jobs.c.name).where(jobs.c.again_at.is_not(None), jobs.c.again_at <= now).limit(1)
        return self._conn.execute(statement).first() is None

    def begin(self, name: str, run: int, *, at: Instant) -> Job | None:
        """Begin a run, or begin it once more after a crash: a try without a reason. None when it is not that run's turn."""
        row = self._conn.execute(select(jobs).where(jobs.c.name == name).with_for_update()).one_or_none()
        if row is None or run not in (row.run, row.run + 1):
            return None
        again = run == row.run
        if again and row.begun == row.answered:
            return None  # it ended; only the engine did not hear of it
        turn = again or (row.wanted > row.begun and row.due_at <= at and not self._is_paused(row.lane))
        values: dict[str, object] = {"run": run}
        if turn:
            values |= {"begun": row.wanted, "started_at": at}
        if turn and again:
            values |= {"tries": row.tries + 1, "reason": None, "error": None}
        self._conn.execute(update(jobs).where(jobs.c.name == name).values(values))
        return self.one(name) if turn else None

    def pass_over(self, name: str, run: int) -> None:
        """A run was spent before it began; the next one has the next number. Nothing where it did begin."""
        mine = and_(jobs.c.name == name, jobs.c.run == run - 1)
        self._conn.execute(update(jobs).where(mine).values(run=run))

    def finish(self, name: str, run: int, *, at: Instant, again_at: Instant | None, told: JsonValue) -> None:
        """A run did what was asked for when it began. ``again_at``: when the job asks for itself."""
        values = {
            "answered": jobs.c.begun, "tries": 0, "reason": None, "error": None, "ended_at": at, "told": json.dumps(told),
            "again_at": again_at, "wanted_at": case((_WAITING, jobs.c.started_at), else_=jobs.c.wanted_at),
        }  # fmt: skip
        self._conn.execute(update(jobs).where(jobs.c.name == name, jobs.c.run == run).values(values))

    def put_off(
        self, name: str, run: int, *, at: Instant, due_at: Instant, failed: tuple[str, str] | None = None
    ) -> None:
        """A run did not do it and is due again then. ``failed``: slug and sentence; None: it had only to wait."""
        values: dict[str, object] = {"begun": jobs.c.answered, "due_at": due_at, "ended_at": at}
        if failed is not None:
            values |= {"tries": jobs.c.tries + 1, "reason": failed[0], "error": failed[1]}
        self._conn.execute(update(jobs).where(jobs.c.name == name, jobs.c.run == run).values(values))

    # -- looking, pausing, mending ------------------------------------------------------------------------------------

    def one(self, name: str) -> Job | None:
        return next((job for job in self.all() if job.name == name), None)

    def all(self) -> tuple[Job, ...]:
        """Every job, by name."""
        paused = self.paused()
        rows = self._conn.execute(select(jobs).order_by(jobs.c.name))
        return tuple(
            Job(
                name=row.name, lane=row.lane, waiting=row.wanted > row.begun, running=row.begun > row.answered,
                wanted_at=row.wanted_at, due_at=row.due_at, again_at=row.again_at, run=row.run, tries=row.tries,
                reason=row.reason, error=row.error, started_at=row.started_at, ended_at=row.ended_at,
                told=None if row.told is None else json.loads(row.told), paused=row.lane in paused,
            )
            for row in rows
        )  # fmt: skip

    def retry(self, name: str, *, at: Instant) -> bool:
        """Let a job begin now, also one that waits because it failed. False when there is no such job."""
        mine = jobs.c.name == name
        values = {"wanted": case((_WAITING, jobs.c.wanted), else_=jobs.c.wanted + 1), "due_at": at, "tries": 0}
        return self._conn.execute(update(jobs).where(mine).values(values)).rowcount == 1

    def drop(self, name: str) -> bool:
        """Forget what was asked for; the next change or its own time asks anew. False when there is no such job."""
        values = {"begun": jobs.c.wanted, "answered": jobs.c.wanted, "tries": 0, "reason": None, "error": None}
        return self._conn.execute(update(jobs).where(jobs.c.name == name).values(values)).rowcount == 1

    def remove(self, name: str) -> None:
        """Forget a job whose subject is gone."""
        self._conn.execute(delete(jobs).where(jobs.c.name == name))

    def pause(self, lane: str, *, by: str, at: Instant) -> None:
        """Begin nothing more in a lane; what runs ends."""
        self._conn.execute(replace_row(self._conn, job_pauses), {"lane": lane, "by": by, "at": at})

    def resume(self, lane: str) -> bool:
        """Go on in a lane. False when it was not paused."""
        return self._conn.execute(delete(job_pauses).where(job_pauses.c.lane == lane)).rowcount == 1

    def paused(self) -> Mapping[str, tuple[str, Instant]]:
        """The paused lanes, each with who paused it and when."""
        return {row.lane: (row.by, row.at) for row in self._conn.execute(select(job_pauses))}

    def _is_paused(self, lane: str) -> bool:
        return lane in self.paused()


_WAITING: ColumnElement[bool] = jobs.c.wanted > jobs.c.begun
# What every webhook and every page of a sync executes is built once.
_WAITS_FOR_IT = select(jobs.c.name).where(
    jobs.c.name == bindparam("of"), _WAITING, jobs.c.due_at <= bindparam("due", type_=jobs.c.due_at.type)
).with_for_update(read=True)  # fmt: skip


@cache
def _wanted(dialect: str) -> Any:
    statement = upsert_on(dialect, jobs)
    new, failing = statement.excluded, jobs.c.tries > 0
    sooner = case((and_(_WAITING, jobs.c.due_at < new.due_at), jobs.c.due_at), else_=new.due_at)
    changes = {
        "wanted": jobs.c.wanted + 1,
        "wanted_at": case((_WAITING, jobs.c.wanted_at), else_=new.wanted_at),
        "due_at": case((and_(failing, jobs.c.due_at > new.due_at), jobs.c.due_at), else_=sooner),
    }
    return statement.on_conflict_do_update(index_elements=["name"], set_=changes)
