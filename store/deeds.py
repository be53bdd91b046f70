"""``uow.deeds``: who changed what of the deployment, when, from what to what. Nothing here is ever changed."""

from sqlalchemy import Connection, insert, select

from model.base import Instant, Record
from store.account_tables import deeds


class Deed(Record):
    """One change. ``what`` a few words; ``place`` what was changed; ``before`` and ``after`` without secrets."""

    at: Instant
    who: str
    what: str
    place: str
    before: str | None = None
    after: str | None = None


class Deeds:
    """Kept in the order in which they were done."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def note(self, deed: Deed) -> None:
        self._conn.execute(insert(deeds), deed.model_dump())

    def newest(self, limit: int, *, skip: int = 0) -> tuple[Deed, ...]:
        """The newest first."""
        statement = select(deeds).order_by(deeds.c.id.desc()).limit(limit).offset(skip)
        return tuple(
            Deed(at=row.at, who=row.who, what=row.what, place=row.place, before=row.before, after=row.after)
            for row in self._conn.execute(statement)
        )
