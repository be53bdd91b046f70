"""``uow.agenda``: what push-back has still to do, may not do, or has tried in vain."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, case, delete, func, select

from model.base import Instant, Record
from model.jobs import PUSH
from store.dialect import replace_row, upsert
from store.jobs import Jobs
from store.push_tables import push_due, push_holds, push_troubles, questions

_LOOKED = ""
"""In place of a comment's id: the last look itself."""

Place = tuple[str, str]
"""The channel of a target ("" the whole of it) is named by the target's label and the channel's word."""


class Trouble(Record):
    """A place that can't be written. ``channel`` "": the whole target. ``tries``: how often it was found so in a row."""

    connection: str
    target: str
    channel: str
    reason: str
    what: str
    since: Instant
    tries: int
    next_try_at: Instant


class Hold(Record):
    """A target that was undone, by which run: nothing is written there until somebody says so."""

    connection: str
    target: str
    run: str
    at: Instant


class Agenda:
    """Due nodes, troubles, holds, and the questions that were answered."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    # -- nodes to be written ----------------------------------------------------------------------------------------

    def note_due(self, nodes: Iterable[str], *, at: Instant, now: Instant) -> None:
        """Have these nodes written from a moment on.

        One that is to wait keeps the earlier moment that it has; one that is due now gets the newest, so that a push
        under way does not take it for what it has written.
        """
        rows = [{"node": node, "at": at} for node in sorted(set(nodes))]
        if not rows:
            return
        statement = upsert(self._conn, push_due)
        new, old = statement.excluded.at, push_due.c.at
        moment = new if at <= now else case((new < old, new), else_=old)
        self._conn.execute(statement.on_conflict_do_update(index_elements=["node"], set_={"at": moment}), rows)
        if at <= now:
            Jobs(self._conn).want(PUSH, at=now)

    def due(self, now: Instant) -> tuple[str, ...]:
        """The nodes whose time has come."""
        statement = select(push_due.c.node).where(push_due.c.at <= now).order_by(push_due.c.at, push_due.c.node)
        return tuple(self._conn.execute(statement).scalars())

    def next_due(self) -> Instant | None:
        """The first moment at which a node is to be written; None when none waits."""
        first: Instant | None = self._conn.execute(select(func.min(push_due.c.at))).scalar_one()
        return first

    def pushed(self, nodes: Iterable[str], *, began_at: Instant) -> None:
        """These nodes were looked at by a push that began then; what was noted since stays."""
        for node in nodes:
            self._conn.execute(delete(push_due).where(push_due.c.node == node, push_due.c.at <= began_at))

    # -- places that can't be written ---------------------------------------------------------------------------------

    def troubles(self, connection: str) -> Mapping[Place, Trouble]:
        """What can't be written in a connection, by target and channel."""
        statement = select(push_troubles).where(push_troubles.c.connection == connection)
        found = [Trouble(**row._mapping) for row in self._conn.execute(statement)]
        return {(one.target, one.channel): one for one in found}

    def note_trouble(self, trouble: Trouble) -> None:
        self._conn.execute(replace_row(self._conn, push_troubles), dict(trouble))

    def no_trouble(self, connection: str, target: str, channel: str) -> None:
        """A place was written, or has nothing to say any more."""
        table = push_troubles
        place = (table.c.connection == connection, table.c.target == target, table.c.channel == channel)
        self._conn.execute(delete(table).where(*place))

    # -- targets that were undone -------------------------------------------------------------------------------------

    def holds(self, connection: str) -> Mapping[str, Hold]:
        """The targets of a connection that are left alone, by label."""
        statement = select(push_holds).where(push_holds.c.connection == connection)
        return {row.target: Hold(**row._mapping) for row in self._conn.execute(statement)}

    def hold(self, hold: Hold) -> None:
        self._conn.execute(replace_row(self._conn, push_holds), dict(hold))

    def let_go(self, connection: str, target: str) -> None:
        """Write to a target again."""
        table = push_holds
        self._conn.execute(delete(table).where(table.c.connection == connection, table.c.target == target))

    # -- questions ------------------------------------------------------------------------------------------------------

    def looked(self, connection: str) -> Mapping[str, Instant]:
        """When the comments at each target were last looked through for questions."""
        statement = select(questions.c.target, questions.c.asked_at).where(
            questions.c.connection == connection, questions.c.id == _LOOKED
        )
        return {row.target: row.asked_at for row in self._conn.execute(statement)}

    def answered(self, connection: str, target: str) -> frozenset[str]:
        """The ids of the comments at a target that were answered."""
        statement = select(questions.c.id).where(questions.c.connection == connection, questions.c.target == target)
        return frozenset(self._conn.execute(statement).scalars()) - {_LOOKED}

    def note_looked(self, connection: str, target: str, answered: Iterable[str], *, at: Instant) -> None:
        """Keep that the comments at a target were looked through, and which of them are answered now."""
        place = {"connection": connection, "target": target, "asked_at": at}
        rows = [{**place, "id": id_} for id_ in (_LOOKED, *answered)]
        self._conn.execute(replace_row(self._conn, questions), rows)
