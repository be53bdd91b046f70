"""``uow.status``: what is wrong right now, in one query, because every page asks."""

from sqlalchemy import Connection, Float, Select, Text, cast, func, literal, null, select, union_all

from model.base import Instant, Record
from store.job_tables import job_pauses, jobs
from store.operation_tables import limit_scopes
from store.tables import hook_deliveries, limit_pauses, sync_states
from store.types import UtcDateTime


class Sign(Record):
    """Something that may be wrong. ``kind``: "rest" (a tool asked to come back later, ``at``: until when, ``number``: the
    seconds of the limit's window, where it is known), "paused" (a lane, by hand, by ``text``), "failing" (a job, ``text``:
    why), "given_up" (``number`` deliveries), "synced" (a connection, ``at``: when it last was).
    """

    kind: str
    subject: str
    text: str | None = None
    number: float | None = None
    at: Instant | None = None


class Status:
    """Every sign of trouble there is, for the reader to judge."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def signs(self, now: Instant) -> tuple[Sign, ...]:
        """Read at one moment, in one statement."""
        rows = self._conn.execute(union_all(*_parts(now)))
        return tuple(Sign.model_validate(dict(row._mapping)) for row in rows)


def _parts(now: Instant) -> list[Select[tuple[object, ...]]]:
    scopes, rests = limit_scopes, limit_pauses
    whose = func.coalesce(scopes.c.connection, rests.c.scope)
    joined = rests.outerjoin(scopes, scopes.c.scope == rests.c.scope)
    lost = select(func.count()).where(hook_deliveries.c.done_at.is_(None), hook_deliveries.c.given_up_at.is_not(None))
    count = cast(lost.scalar_subquery(), Float)
    return [
        _part("rest", whose, number=scopes.c.window_s, at=rests.c.until).select_from(joined).where(rests.c.until > now),
        _part("paused", job_pauses.c.lane, text=job_pauses.c.by, at=job_pauses.c.at),
        _part("failing", jobs.c.name, text=jobs.c.error, number=cast(jobs.c.tries, Float), at=jobs.c.ended_at)
        .where(jobs.c.tries > 0, jobs.c.reason.is_not(None)),
        _part("given_up", literal(""), number=count),
        _part("synced", sync_states.c.connection, at=sync_states.c.last_finished_at),
    ]  # fmt: skip


def _part(kind: str, subject: object, **values: object) -> Select[tuple[object, ...]]:
    nothing = {"text": cast(null(), Text), "number": cast(null(), Float), "at": cast(null(), UtcDateTime)}
    columns = {"kind": literal(kind, Text), "subject": subject, **nothing, **values}
    return select(*(column.label(name) for name, column in columns.items()))  # type: ignore[attr-defined]
