"""The ``LimitLedger`` port: budgets shared by every thread and process of a deployment."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, func, or_, select, update

from model.ports import Lesson
from store.dialect import lock, replace_row, upsert
from store.leases import take_lease
from store.operation_tables import limit_scopes
from store.tables import limit_lessons, limit_pauses, limit_windows
from store.tokens import Transactions

_KEPT_FOR = timedelta(days=2)
"""How long a window is remembered after a newer one of its scope began."""
_KEPT_BESIDE = timedelta(hours=1)
"""The same for windows that count together with those before them, of which there are many."""
_CLOCKS_DIFFER = timedelta(minutes=30)
"""No two machines of a deployment are further apart than this."""


class LimitLeft(NamedTuple):
    """A limit of ``capacity`` units in each ``window_s``, of which ``left`` may still be used."""

    connection: str
    scope: str
    capacity: int
    left: int
    window_s: float


class SqlLimitLedger:
    """Each call is a transaction of its own, so a block once handed out stays spent."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def take(
        self, scope: str, window_start: datetime, capacity: int, wanted: int, *, since: datetime | None = None
    ) -> int:
        """Up to ``wanted`` units of a window that holds ``capacity`` in all; 0 when it is spent.

        With ``since``, what was taken from every window from then on counts.
        """
        if wanted <= 0 or capacity <= 0:
            return 0
        table = limit_windows
        with self._transactions.transaction() as conn:
            # Two processes may be in different windows that share the capacity, so the scope is locked, not a row.
            lock(conn, f"limit:{scope}")
            kept = _KEPT_FOR if since is None else _KEPT_BESIDE + (window_start - since)
            _forget_others(conn, scope, window_start, kept)
            here = (table.c.scope == scope) & (table.c.window_start == window_start)
            taken = _taken(conn, scope, since) if since else _of(conn, scope, window_start)
            granted = max(0, min(wanted, capacity - taken))
            if granted:
                row = {"scope": scope, "window_start": window_start, "taken": 0}
                conn.execute(upsert(conn, table).values(row).on_conflict_do_nothing())
                conn.execute(update(table).where(here).values(taken=table.c.taken + granted))
            return granted

    def used(self, scope: str, since: datetime) -> int:
        """What was taken in the windows that began at ``since`` or later."""
        with self._transactions.transaction(write=False) as conn:
            return _taken(conn, scope, since)

    def lease(
        self, scope: str, holder: str, wanted: int, *, capacity: int, now: datetime, until: datetime
    ) -> int:
        """How many of ``capacity`` things ``holder`` may use until ``until``; 0 wanted gives back what it had."""
        with self._transactions.transaction() as conn:
            return take_lease(conn, f"slots:{scope}", holder, wanted, capacity=capacity, now=now, until=until)

    def pause(self, scope: str, until: datetime) -> None:
        """Nobody calls ``scope`` before ``until``; a longer pause that stands is not shortened."""
        with self._transactions.transaction() as conn:
            statement = upsert(conn, limit_pauses).values(scope=scope, until=until)
            conn.execute(
                statement.on_conflict_do_update(
                    index_elements=["scope"],
                    set_={"until": statement.excluded.until},
                    where=limit_pauses.c.until < statement.excluded.until,
                )
            )

    def pauses(self, after: datetime) -> Mapping[str, datetime]:
        """Every scope that rests beyond ``after``, and until when."""
        table = limit_pauses
        with self._transactions.transaction(write=False) as conn:
            rows = conn.execute(select(table).where(table.c.until > after).order_by(table.c.scope)).mappings()
            return {str(row["scope"]): row["until"] for row in rows}

    def teach(self, lesson: Lesson) -> None:
        """Remember what a limit really is, in place of what was learned before."""
        with self._transactions.transaction() as conn:
            conn.execute(replace_row(conn, limit_lessons), lesson.model_dump())

    def announce(self, scope: str, connection: str, *, capacity: int, window_s: float) -> None:
        """Keep which limit a connection's requests are charged to."""
        row = {"scope": scope, "connection": connection, "capacity": capacity, "window_s": window_s}
        with self._transactions.transaction() as conn:
            conn.execute(replace_row(conn, limit_scopes), row)

    def left(self, now: datetime) -> tuple[LimitLeft, ...]:
        """What every announced limit has left now. Units that were handed out and are not used yet count as used."""
        with self._transactions.transaction(write=False) as conn:
            rows = conn.execute(select(limit_scopes).order_by(limit_scopes.c.connection, limit_scopes.c.scope)).all()
            used = {row.scope: _taken_after(conn, row.scope, now - timedelta(seconds=row.window_s)) for row in rows}
        lessons = self.lessons()
        learned = {scope: one.capacity for scope, one in lessons.items() if one.holds_until > now}
        found = []
        for row in rows:
            capacity = min(row.capacity, learned.get(row.scope, row.capacity))
            left = max(0, capacity - used[row.scope])
            found.append(LimitLeft(row.connection, row.scope, capacity, left, row.window_s))
        return tuple(found)

    def lessons(self) -> Mapping[str, Lesson]:
        """What was learned of each scope, also where it no longer holds."""
        with self._transactions.transaction(write=False) as conn:
            rows = conn.execute(select(limit_lessons)).mappings()
            return {str(row["scope"]): Lesson.model_validate(dict(row)) for row in rows}


def _of(conn: Connection, scope: str, window_start: datetime) -> int:
    table = limit_windows
    here = (table.c.scope == scope) & (table.c.window_start == window_start)
    return int(conn.execute(select(table.c.taken).where(here)).scalar_one_or_none() or 0)


def _taken(conn: Connection, scope: str, since: datetime) -> int:
    table = limit_windows
    here = (table.c.scope == scope) & (table.c.window_start >= since)
    return int(conn.execute(select(func.coalesce(func.sum(table.c.taken), 0)).where(here)).scalar_one())


def _taken_after(conn: Connection, scope: str, moment: datetime) -> int:
    table = limit_windows
    here = (table.c.scope == scope) & (table.c.window_start > moment)
    return int(conn.execute(select(func.coalesce(func.sum(table.c.taken), 0)).where(here)).scalar_one())


def _forget_others(conn: Connection, scope: str, window_start: datetime, kept: timedelta) -> None:
    """Drop windows that are long past, and those of a future that only a clock which was set back can have counted."""
    table = limit_windows
    past, future = table.c.window_start < window_start - kept, table.c.window_start > window_start + _CLOCKS_DIFFER
    conn.execute(table.delete().where(table.c.scope == scope, or_(past, future)))
