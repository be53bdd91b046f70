"""``uow.notices``: messages to people, each kept before it is sent, so that it is neither lost nor sent twice."""

from collections.abc import Mapping, Sequence

from pydantic import ValidationError
from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, update

from model.base import Instant, Record
from model.health import Band
from model.notices import Gone, Notice
from store.dialect import among, upsert
from store.tables import notices


class KeptNotice(Record):
    """A notice and what became of it. ``notice`` None: nothing to tell, only where a node's story begins.

    ``tries``: how often it was taken up to be sent. ``next_try_at``: not before; while it is being sent, until when that
    may last.
    """

    key: str
    notifier: str
    node: str
    band: Band
    score: float | None = None
    notice: Notice | None = None
    made_at: Instant
    sent_at: Instant | None = None
    tries: int = 0
    next_try_at: Instant | None = None
    gone: Gone | None = None

    @property
    def pending(self) -> bool:
        """Whether it still is to be sent."""
        return self.sent_at is None and self.gone is None


class _Body(Record):
    """What stands in the column ``body``."""

    band: Band
    score: float | None = None
    notice: Notice | None = None


class NoticeRepository:
    """One row a notice. Every change of state names the state it starts from: of two processes, one makes it."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def add(self, kept: KeptNotice) -> bool:
        """Keep a new notice; False when it is there already."""
        body = _Body(band=kept.band, score=kept.score, notice=kept.notice)
        row = kept.model_dump(include={"key", "notifier", "node", "made_at", "sent_at", "tries", "next_try_at"})
        values = {**row, "gone": kept.gone, "body": body.model_dump_json(exclude_defaults=True)}
        statement = upsert(self._conn, notices).values(values).on_conflict_do_nothing(index_elements=["key"])
        return self._conn.execute(statement.returning(notices.c.key)).first() is not None

    def has(self, key: str) -> bool:
        """Whether a notice was ever kept."""
        return self._conn.execute(select(notices.c.key).where(notices.c.key == key)).first() is not None

    def newest(self, notifier: str) -> Mapping[str, KeptNotice]:
        """A notifier's newest notice of each node, whatever became of it."""
        return self._newest(notices.c.notifier == notifier)

    def newest_told(self, notifier: str, *, given_up: bool) -> Mapping[str, KeptNotice]:
        """As ``newest``, of those that were sent or may have been, and where a story begins; ``given_up``: these too."""
        settled = [*_TOLD, Gone.GIVEN_UP.value] if given_up else _TOLD
        condition = or_(notices.c.sent_at.is_not(None), notices.c.gone.in_(settled))
        return self._newest(and_(notices.c.notifier == notifier, condition))

    def pending(self, notifiers: Sequence[str]) -> tuple[KeptNotice, ...]:
        """What is still to be sent by any of these, the oldest first."""
        condition = and_(among(notices.c.notifier, notifiers), _PENDING)
        return self._rows(condition)

    def abandoned(self, now: Instant) -> tuple[KeptNotice, ...]:
        """What somebody began to send and never said how it went."""
        return self._rows(and_(notices.c.gone == Gone.SENDING.value, notices.c.next_try_at <= now))

    def claim(self, key: str, *, now: Instant, until: Instant) -> bool:
        """Begin to send; False when it is not due, or somebody else's."""
        statement = update(notices).where(notices.c.key == key, _PENDING, _due(now))
        values = {"gone": Gone.SENDING.value, "tries": notices.c.tries + 1, "next_try_at": until}
        return self._conn.execute(statement.values(values)).rowcount > 0

    def sent(self, key: str, *, at: Instant) -> None:
        """It was sent."""
        self._settle(key, sent_at=at, gone=None, next_try_at=None)

    def again(self, key: str, *, at: Instant) -> None:
        """It was not sent, and is tried again at a moment."""
        self._settle(key, gone=None, next_try_at=at)

    def end(self, key: str, gone: Gone) -> None:
        """It was begun to be sent, and is not tried again."""
        self._settle(key, gone=gone.value, next_try_at=None)

    def drop(self, key: str, gone: Gone) -> bool:
        """It is not sent at all; False when somebody has begun to."""
        statement = update(notices).where(notices.c.key == key, _PENDING).values(gone=gone.value, next_try_at=None)
        return self._conn.execute(statement).rowcount > 0

    def postpone(self, notifier: str, *, until: Instant) -> None:
        """Everything else of a notifier waits, too: what can't be reached once is not asked for each notice."""
        statement = update(notices).where(notices.c.notifier == notifier, _PENDING, _due(until))
        self._conn.execute(statement.values(next_try_at=until))

    def _settle(self, key: str, **values: object) -> None:
        statement = update(notices).where(notices.c.key == key, notices.c.gone == Gone.SENDING.value)
        self._conn.execute(statement.values(values))

    def _newest(self, condition: ColumnElement[bool]) -> Mapping[str, KeptNotice]:
        order = (notices.c.made_at.desc(), notices.c.key)
        rank = func.row_number().over(partition_by=notices.c.node, order_by=order)
        ranked = select(notices.c.key, rank.label("place")).where(condition).subquery()
        keys = select(ranked.c.key).where(ranked.c.place == 1)
        return {kept.node: kept for kept in self._rows(notices.c.key.in_(keys))}

    def _rows(self, condition: ColumnElement[bool]) -> tuple[KeptNotice, ...]:
        statement = select(notices).where(condition).order_by(notices.c.made_at, notices.c.key)
        return tuple(_kept(row) for row in self._conn.execute(statement))


_PENDING = and_(notices.c.sent_at.is_(None), notices.c.gone.is_(None))
_TOLD = [Gone.FIRST.value, Gone.UNCLEAR.value, Gone.SENDING.value]


def _due(now: Instant) -> ColumnElement[bool]:
    return or_(notices.c.next_try_at.is_(None), notices.c.next_try_at <= now)


def _kept(row: Row[tuple[object, ...]]) -> KeptNotice:
    found = dict(row._mapping)
    body = _body(found.pop("body"))
    return KeptNotice(**found, band=body.band, score=body.score, notice=body.notice)


def _body(text: str) -> _Body:
    """What was kept. A notice of another version, whose shape we do not know, is as if there was nothing to send."""
    try:
        return _Body.model_validate_json(text)
    except ValidationError:
        return _Body(band=Band.NO_DATA)
