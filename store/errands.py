"""``uow.errands``: what people asked for that takes longer than an answer may: plans, pushes, undoing."""

import json
from collections.abc import Collection, Sequence
from enum import StrEnum

from pydantic import JsonValue
from sqlalchemy import Connection, delete, func, insert, select, update

from model.base import Instant, Record
from model.push import Write, WriteResult
from store.dialect import chunked, lock
from store.errand_tables import errand_writes, errands


class ErrandKind(StrEnum):
    """PLAN and UNDO_PLAN only look; PUSH and UNDO write into the tools."""

    PLAN = "plan"
    PUSH = "push"
    UNDO_PLAN = "undo_plan"
    UNDO = "undo"


class ErrandState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


OPEN = (ErrandState.WAITING, ErrandState.RUNNING)


class Errand(Record):
    """``asked``: what exactly, in the words of its kind. ``error``: why it was refused, or failed, in a sentence."""

    id: int
    kind: ErrandKind
    asked: dict[str, JsonValue]
    by: str
    state: ErrandState
    at: Instant
    started_at: Instant | None = None
    ended_at: Instant | None = None
    error: str | None = None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


class Errands:
    """An errand is asked for, begun, and ended once; what it is about or did stands beside it as writes."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def alone(self) -> None:
        """Let nobody else ask for anything until this transaction ends."""
        lock(self._conn, "errands")

    def ask(self, kind: ErrandKind, asked: dict[str, JsonValue], *, by: str, at: Instant) -> int:
        """Keep a new errand; its id."""
        row = {"kind": kind.value, "asked": json.dumps(asked), "by": by, "state": ErrandState.WAITING.value, "at": at}
        return int(self._conn.execute(insert(errands).returning(errands.c.id), row).scalar_one())

    def one(self, errand: int) -> Errand | None:
        found = self._read(errands.c.id == errand, limit=1)
        return found[0] if found else None

    def newest(self, kinds: Collection[ErrandKind], *, limit: int = 1) -> tuple[Errand, ...]:
        """The newest errands of some kinds, newest first."""
        return self._read(errands.c.kind.in_([kind.value for kind in kinds]), limit=limit)

    def open(self) -> tuple[Errand, ...]:
        """Errands that are not ended, the oldest first."""
        return self._read(errands.c.state.in_([state.value for state in OPEN]))[::-1]

    def begin(self, errand: int, *, at: Instant) -> None:
        self._set(errand, state=ErrandState.RUNNING.value, started_at=at)

    def end(self, errand: int, state: ErrandState, *, at: Instant, error: str | None = None) -> None:
        self._set(errand, state=state.value, ended_at=at, error=error)

    def keep_writes(self, errand: int, writes: Sequence[Write]) -> None:
        """Keep the writes that an errand planned or made, in place of those that it had."""
        table = errand_writes
        self._conn.execute(delete(table).where(table.c.errand == errand))
        rows = [
            {
                "errand": errand, "number": number, "connection": write.connection, "result": write.result.value,
                "body": write.model_dump_json(exclude_defaults=True),
            }
            for number, write in enumerate(writes, start=1)
        ]  # fmt: skip
        for chunk in chunked(rows, 500):
            self._conn.execute(insert(table), chunk)

    def writes(
        self, errand: int, *, results: Collection[WriteResult] = (), after: int = 0, limit: int | None = None
    ) -> tuple[tuple[int, Write], ...]:
        """The writes of an errand in their order, each with its number: with one of ``results`` (none: all)."""
        table = errand_writes
        statement = select(table.c.number, table.c.body).where(table.c.errand == errand, table.c.number > after)
        if results:
            statement = statement.where(table.c.result.in_([result.value for result in results]))
        rows = self._conn.execute(statement.order_by(table.c.number).limit(limit))
        return tuple((row.number, Write.model_validate_json(row.body)) for row in rows)

    def counts(self, errand: int) -> dict[WriteResult, int]:
        """How many writes of an errand have which result."""
        table = errand_writes
        counted = select(table.c.result, func.count()).where(table.c.errand == errand).group_by(table.c.result)
        found = {WriteResult(result): int(count) for result, count in self._conn.execute(counted)}
        return {result: found[result] for result in WriteResult if result in found}

    def forget_all_but(self, newest: int) -> None:
        """Keep the newest errands and those that are not ended: every write that was made stands in the log of writes."""
        kept = select(errands.c.id).order_by(errands.c.id.desc()).limit(newest)
        ended = errands.c.state.not_in([state.value for state in OPEN])
        ids = list(self._conn.execute(select(errands.c.id).where(ended, errands.c.id.not_in(kept))).scalars())
        for chunk in chunked(ids, 500):
            self._conn.execute(delete(errand_writes).where(errand_writes.c.errand.in_(chunk)))
            self._conn.execute(delete(errands).where(errands.c.id.in_(chunk)))

    def _set(self, errand: int, **values: object) -> None:
        self._conn.execute(update(errands).where(errands.c.id == errand).values(**values))

    def _read(self, condition: object, *, limit: int | None = None) -> tuple[Errand, ...]:
        rows = self._conn.execute(select(errands).where(condition).order_by(errands.c.id.desc()).limit(limit))  # type: ignore[arg-type]
        return tuple(Errand.model_validate({**row._mapping, "asked": json.loads(row.asked)}) for row in rows)
