"""``uow.prepared``: documents that somebody asked for and that take longer to make than an answer may.

They are made of what is kept: what is lost is asked for again. How one stands is said as of an errand.
"""

import json
from collections.abc import Mapping
from enum import StrEnum

from pydantic import JsonValue
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from model.base import Instant, Record
from store.errands import OPEN, ErrandState
from store.tables import METADATA, SERIAL
from store.types import UtcDateTime

prepared_documents = Table(
    "prepared_documents",
    METADATA,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("node", Text, nullable=False),
    Column("asked", Text, nullable=False),  # JSON with sorted keys, so that the same question is the same text
    Column("by", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("begun", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("error", Text),
    Column("media_type", Text),
    Column("body", LargeBinary),  # gzip
    sqlite_autoincrement=True,  # no number is given twice: a worker may still be at one that was forgotten
)
_TOLD = [column for column in prepared_documents.c if column.name != "body"]
_OPEN = prepared_documents.c.state.in_([state.value for state in OPEN])


class DocumentKind(StrEnum):
    """SPLIT: a movement for a page; CHANGE: the same for programs; REPORT: a report as a file; LENS: all scores of a lens."""

    SPLIT = "split"
    CHANGE = "change"
    REPORT = "report"
    LENS = "lens"


_PASSING = prepared_documents.c.kind != DocumentKind.LENS.value


class Document(Record):
    """``asked``: what exactly, in the words of its kind. ``begun``: how often it was begun. ``error``: why it was refused,
    or failed, in a sentence. ``media_type``: of what was made; None until it is."""

    id: int
    kind: DocumentKind
    node: str
    asked: dict[str, JsonValue]
    by: str
    state: ErrandState
    begun: int
    at: Instant
    started_at: Instant | None = None
    ended_at: Instant | None = None
    error: str | None = None
    media_type: str | None = None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


class PreparedDocuments:
    """Documents by number, each with what was asked, how it stands and, once it is done, what was made."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def ask(self, kind: DocumentKind, node: str, asked: Mapping[str, JsonValue], *, by: str, at: Instant) -> int:
        """Keep what is asked for. Returns its number."""
        row = {
            "kind": kind.value, "node": node, "asked": _text(asked), "by": by, "state": ErrandState.WAITING.value, "begun": 0,
            "at": at,
        }  # fmt: skip
        made = self._conn.execute(insert(prepared_documents).returning(prepared_documents.c.id), row)
        return int(made.scalar_one())

    def one(self, number: int) -> Document | None:
        return next(iter(self._read(prepared_documents.c.id == number)), None)

    def same(self, kind: DocumentKind, node: str, asked: Mapping[str, JsonValue]) -> tuple[Document, ...]:
        """Documents of exactly this question, whoever asked it, the newest first."""
        table = prepared_documents.c
        return self._read((table.kind == kind.value) & (table.node == node) & (table.asked == _text(asked)))

    def open(self) -> tuple[Document, ...]:
        """Documents that are not ended, the oldest first."""
        return self._read(_OPEN)[::-1]

    def begin(self, number: int, *, at: Instant) -> None:
        begun = prepared_documents.c.begun + 1
        self._set(number, state=ErrandState.RUNNING.value, started_at=at, begun=begun)

    def keep(self, number: int, media_type: str, packed: bytes, *, at: Instant) -> None:
        """What was made, as gzip. Nothing is kept of a document that was forgotten meanwhile."""
        self._set(number, state=ErrandState.DONE.value, ended_at=at, media_type=media_type, body=packed)

    def refuse(self, number: int, state: ErrandState, error: str, *, at: Instant) -> None:
        """It can't be made: refused or failed."""
        self._set(number, state=state.value, ended_at=at, error=error)

    def packed(self, number: int) -> bytes | None:
        """What was made, as gzip; None where nothing is."""
        statement = select(prepared_documents.c.body).where(prepared_documents.c.id == number)
        found: bytes | None = self._conn.execute(statement).scalar_one_or_none()
        return found

    def first_ended_at(self) -> Instant | None:
        """When the oldest one ended of those that are forgotten in time."""
        ended = select(func.min(prepared_documents.c.ended_at)).where(_PASSING)
        found: Instant | None = self._conn.execute(ended).scalar_one()
        return found

    def forget_before(self, moment: Instant) -> None:
        """Forget what ended before a moment; scores of a lens stay until there are newer ones."""
        self._conn.execute(delete(prepared_documents).where(_PASSING, prepared_documents.c.ended_at < moment))

    def forget_all_but(self, newest: int, *, by: str) -> None:
        """Keep the newest that somebody asked for, and those that are not ended."""
        table = prepared_documents
        kept = select(table.c.id).where(table.c.by == by).order_by(table.c.id.desc()).limit(newest)
        numbers = list(self._conn.execute(kept).scalars())
        self._conn.execute(delete(table).where(table.c.by == by, ~_OPEN, table.c.id.not_in(numbers)))

    def forget_all_but_done(self, *, by: str) -> None:
        """Keep the newest that was made, and those that are not ended."""
        table = prepared_documents
        made = select(func.max(table.c.id)).where(table.c.by == by, table.c.state == ErrandState.DONE.value)
        newest = self._conn.execute(made).scalar_one()
        self._conn.execute(delete(table).where(table.c.by == by, ~_OPEN, table.c.id != (newest or 0)))

    def forget_everything(self) -> None:
        """Also what a worker is at: it keeps nothing then."""
        self._conn.execute(delete(prepared_documents))

    def _set(self, number: int, **values: object) -> None:
        self._conn.execute(update(prepared_documents).where(prepared_documents.c.id == number).values(**values))

    def _read(self, condition: ColumnElement[bool]) -> tuple[Document, ...]:
        rows = self._conn.execute(select(*_TOLD).where(condition).order_by(prepared_documents.c.id.desc()))
        return tuple(Document.model_validate({**row._mapping, "asked": json.loads(row.asked)}) for row in rows)


def _text(asked: Mapping[str, JsonValue]) -> str:
    return json.dumps(dict(asked), sort_keys=True)
