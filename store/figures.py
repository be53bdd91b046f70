"""``uow.figures``: how much of everything there is, for those who watch over a deployment."""

from collections.abc import Mapping

from sqlalchemy import Connection, Select, func, select

from model.base import Instant
from store.push_tables import push_due, write_intents
from store.tables import METADATA, dirty_nodes, hook_deliveries, notices


class Figures:
    """Counts; nothing of what is counted."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def waiting(self, now: Instant) -> Mapping[str, int]:
        """How many nodes, pushes, intents and notices wait."""
        pending_notice = (notices.c.sent_at.is_(None), notices.c.gone.is_(None))
        return {
            "nodes": self._count(select(func.count()).select_from(dirty_nodes).where(dirty_nodes.c.marks > 0)),
            "pushes": self._count(select(func.count()).select_from(push_due).where(push_due.c.at <= now)),
            "pushes_later": self._count(select(func.count()).select_from(push_due).where(push_due.c.at > now)),
            "intents": self._count(select(func.count()).select_from(write_intents)),
            "notices": self._count(select(func.count()).select_from(notices).where(*pending_notice)),
        }

    def deliveries_waiting(self) -> Mapping[str, int]:
        """Deliveries that were kept and are not worked off, by connection."""
        table = hook_deliveries
        statement = select(table.c.connection, func.count()).where(table.c.done_at.is_(None)).group_by(table.c.connection)
        return {row[0]: row[1] for row in self._conn.execute(statement)}

    def rows(self) -> Mapping[str, int]:
        """The number of rows of every table. Reads all of them: not for every minute."""
        return {name: self._count(select(func.count()).select_from(METADATA.tables[name])) for name in sorted(METADATA.tables)}

    def _count(self, statement: Select[int]) -> int:
        return int(self._conn.execute(statement).scalar_one())
