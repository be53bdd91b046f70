"""``uow.dirty``: the outbox of nodes whose score has to be computed again. A mark asks for the roll-up with it."""

from collections.abc import Iterable
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, String, bindparam, case, cast, func, or_, select, type_coerce, update
from sqlalchemy.types import NullType

from model.base import Instant, Record
from model.jobs import LONGEST_WAIT, QUIET, ROLLUP
from store.dialect import AT, a_moment_after, upsert_on
from store.freshness import Freshness
from store.jobs import Jobs
from store.tables import dirty_nodes


class DirtyNode(Record):
    """``marks``: how often it was marked since it was last cleared, the first time at ``since``; ``why``: the newest reason."""

    node: str
    why: str
    marked_at: Instant
    marks: int
    since: Instant | None = None


# What every run of a worker executes is built once: see ``store.dialect.among_listed``.
_MARKED = dirty_nodes.c.marks > 0
_PENDING = select(dirty_nodes).where(_MARKED).order_by(dirty_nodes.c.marked_at, dirty_nodes.c.node)
_STAMPED = dirty_nodes.c.node + " " + cast(type_coerce(dirty_nodes.c.marked_at, NullType), String)
_STAMPS = select(func.aggregate_strings(_STAMPED, "|"))
_THIS = dirty_nodes.c.node == bindparam("of"), dirty_nodes.c.marked_at == AT, _MARKED
_CLEARED = update(dirty_nodes).where(*_THIS).values(marks=0)
_WAITS_ON = (
    update(dirty_nodes)
    .where(dirty_nodes.c.node == bindparam("of"), dirty_nodes.c.marked_at > AT, dirty_nodes.c.since < AT, _MARKED)
    .values(since=AT)
)


@cache
def _marked(dialect: str) -> Any:
    statement = upsert_on(dialect, dirty_nodes)
    new, old = statement.excluded, dirty_nodes.c
    later = case(
        (new.marked_at > old.marked_at, new.marked_at), else_=a_moment_after(dialect, "dirty_nodes.marked_at")
    )
    changes = {
        "why": new.why,
        "marked_at": later,
        "marks": old.marks + 1,
        "since": case((old.marks == 0, new.since), else_=old.since),
    }
    return statement.on_conflict_do_update(index_elements=["node"], set_=changes)


class DirtyNodes:
    """Marks survive until the very mark that was read is cleared."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def mark(self, nodes: Iterable[str], *, why: str, at: Instant) -> None:
        """Mark nodes. Each mark of a node gets a later ``marked_at`` than all before, even under a standing clock.

        Nodes are taken in order, so that two transactions that mark the same ones can't wait for each other.
        """
        rows = [{"node": node, "why": why, "marked_at": at, "marks": 1, "since": at} for node in sorted(set(nodes))]
        if not rows:
            return
        self._conn.execute(_marked(self._conn.dialect.name), rows)
        Freshness(self._conn).seen([str(row["node"]) for row in rows], at=at)
        Jobs(self._conn).want(ROLLUP, at=at, due_at=at + QUIET)

    def pending(self, *, settled_at: Instant | None = None, quiet: timedelta = QUIET) -> tuple[DirtyNode, ...]:
        """Marked nodes, longest waiting first. ``settled_at``: only those that were quiet, or waited long enough, by then.

        A mark of the future was made by a clock that has been set back since, and is not waited for.
        """
        table, statement = dirty_nodes, _PENDING
        if settled_at is not None:
            rested, waited = table.c.marked_at <= settled_at - quiet, table.c.since <= settled_at - LONGEST_WAIT
            statement = statement.where(or_(rested, waited, table.c.marked_at > settled_at + LONGEST_WAIT))
        return tuple(DirtyNode(**row._mapping) for row in self._conn.execute(statement))

    def stamps(self) -> dict[str, str]:
        """When each node was last marked, cleared or not: a node with the same stamp has not been touched since.

        As the database tells it, in one text: of thousands of nodes no row and no moment is made only to be compared.
        """
        told: str | None = self._conn.execute(_STAMPS).scalar()
        return dict(one.split(" ", 1) for one in told.split("|")) if told else {}  # neither is in the id of a node

    def clear(self, node: str, *, marked_at: Instant) -> bool:
        """Take the mark off that ``pending`` gave. False when the node was marked again since: it waits from this mark on."""
        mark = {"of": node, "at": marked_at}
        if self._conn.execute(_CLEARED, mark).rowcount == 1:
            return True
        self._conn.execute(_WAITS_ON, mark)
        return False
