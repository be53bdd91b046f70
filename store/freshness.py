"""``uow.freshness``: for each node, how long a change took from when we saw it until it was written."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from model.base import Instant, Record
from store.dialect import upsert_on
from store.operation_tables import node_freshness
from store.push_tables import push_due
from store.tables import dirty_nodes
from store.tallies import Tallies

BUCKETS_S = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 300.0, 900.0, 3600.0)
TALLY = "freshness"
"""Name of the sums ``count``, ``sum`` (seconds) and ``le``, by the label ``part``; together they are a histogram."""


class Fresh(Record):
    """``waiting_since``: the oldest change that is not written; ``last_s``: how long the last one took."""

    node: str
    waiting_since: Instant | None = None
    last_s: float | None = None


@cache
def _settled(*, pushes: bool) -> Any:
    """Built once: see ``store.dialect.among_listed``."""
    table = node_freshness
    done = table.c.waiting_since.is_not(None) & table.c.node.not_in(
        select(dirty_nodes.c.node).where(dirty_nodes.c.marks > 0)
    )
    if pushes:
        done &= table.c.node.not_in(select(push_due.c.node))
    written_at = bindparam("now", type_=table.c.written_at.type)
    statement = update(table).where(done).values(seen_at=table.c.waiting_since, written_at=written_at, waiting_since=None)
    return statement.returning(table.c.seen_at)


@cache
def _waits(dialect: str) -> Any:
    statement = upsert_on(dialect, node_freshness)
    earlier = func.coalesce(node_freshness.c.waiting_since, statement.excluded.waiting_since)
    return statement.on_conflict_do_update(index_elements=["node"], set_={"waiting_since": earlier})


class Freshness:
    """A change is written when its node is scored and nothing of it is to be pushed any more."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def seen(self, nodes: Iterable[str], *, at: Instant) -> None:
        """Changes of these nodes were seen; one that waits keeps its earlier moment."""
        rows = [{"node": node, "waiting_since": at} for node in sorted(set(nodes))]
        if rows:
            self._conn.execute(_waits(self._conn.dialect.name), rows)

    def settle(self, now: Instant, *, pushes: bool = True) -> int:
        """Note what is written by now; how many nodes that was. To be called where a score or a push was kept.

        ``pushes`` False: nothing is ever written into a tool, so a kept score is the end.
        """
        found = self._conn.execute(_settled(pushes=pushes), {"now": now}).scalars().all()
        took = [max(0.0, (now - seen_at).total_seconds()) for seen_at in found]
        parts = {"count": float(len(took)), "sum": sum(took)}
        parts |= {f"le {bucket:g}": float(sum(seconds <= bucket for seconds in took)) for bucket in BUCKETS_S}
        Tallies(self._conn).add_many({(TALLY, (("part", part),)): amount for part, amount in parts.items()})
        return len(took)

    def all(self) -> tuple[Fresh, ...]:
        """Every node that ever changed, by name."""
        rows = self._conn.execute(select(node_freshness).order_by(node_freshness.c.node))
        return tuple(Fresh(node=row.node, waiting_since=row.waiting_since, last_s=_seconds(row)) for row in rows)


def _seconds(row: object) -> float | None:
    seen_at, written_at = getattr(row, "seen_at", None), getattr(row, "written_at", None)
    return None if seen_at is None or written_at is None else max(0.0, (written_at - seen_at).total_seconds())
