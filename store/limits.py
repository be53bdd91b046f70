"""The ``LimitLedger`` port: budgets shared by every thread and process of a deployment."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, update

from store.dialect import upsert
from store.tables import limit_pauses, limit_windows
from store.tokens import Transactions

_KEPT_FOR = timedelta(days=2)
"""How long a window can still be drawn from after a newer one of its scope began."""


class SqlLimitLedger:
    """Each call is a transaction of its own, so a block once handed out stays spent."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def take(self, scope: str, window_start: datetime, capacity: int, wanted: int) -> int:
        """Up to ``wanted`` units of a window that holds ``capacity`` in all; 0 when it is spent."""
        if wanted <= 0 or capacity <= 0:
            return 0
        table = limit_windows
        with self._transactions.transaction() as conn:
            if _is_over(conn, scope, window_start):
                return 0
            row = {"scope": scope, "window_start": window_start, "taken": 0}
            conn.execute(upsert(conn, table).values(row).on_conflict_do_nothing())
            here = (table.c.scope == scope) & (table.c.window_start == window_start)
            # The row stays locked until the commit; SQLite has no such clause and holds its one write lock instead.
            taken: int = conn.execute(select(table.c.taken).where(here).with_for_update()).scalar_one()
            granted = max(0, min(wanted, capacity - taken))
            if granted:
                conn.execute(update(table).where(here).values(taken=taken + granted))
            return granted

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

    def paused_until(self, scope: str) -> datetime | None:
        """The end of the scope's last pause, which may have passed; None when there never was one."""
        with self._transactions.transaction(write=False) as conn:
            statement = select(limit_pauses.c.until).where(limit_pauses.c.scope == scope)
            return conn.execute(statement).scalar_one_or_none()


def _is_over(conn: Connection, scope: str, window_start: datetime) -> bool:
    """Whether a window was dropped as long past; drops those that are, by the newest window of the scope."""
    table = limit_windows
    newest = conn.execute(select(func.max(table.c.window_start)).where(table.c.scope == scope)).scalar_one()
    if newest is None or newest < window_start:
        conn.execute(table.delete().where(table.c.scope == scope, table.c.window_start < window_start - _KEPT_FOR))
        return False
    return bool(window_start < newest - _KEPT_FOR)
