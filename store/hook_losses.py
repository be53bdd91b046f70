"""``uow.losses``: changes that were found by asking, whether a delivery named them, and when we could be reached."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Table, bindparam, func, select, update

from model.base import Instant, Record
from model.hooks import Find, LossDay, Verdict
from store import tables
from store.dialect import among, chunked, replace_row, upsert
from store.hook_tables import hook_finds, hook_polls, hook_spans


class Poll(Record):
    """When a connection was asked for changes, and a digest of the sources it was asked about."""

    began_at: Instant
    sources: bytes


_JUDGED = (
    update(hook_finds)
    .where(
        hook_finds.c.connection == bindparam("of"), hook_finds.c.item_id == bindparam("item"),
        hook_finds.c.changed_at == bindparam("moment", type_=hook_finds.c.changed_at.type), hook_finds.c.verdict.is_(None),
    )
    .values(verdict=bindparam("said"), day=bindparam("on"))
)  # fmt: skip


class HookLosses:
    """Counts, no judgement: that is made in ``service.losses``."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def poll(self, connection: str) -> Poll | None:
        """The last time a connection was asked."""
        table = hook_polls
        row = self._conn.execute(select(table).where(table.c.connection == connection)).one_or_none()
        return None if row is None else Poll(began_at=row.began_at, sources=row.sources)

    def note_poll(self, connection: str, poll: Poll) -> None:
        row = {"connection": connection, "began_at": poll.began_at, "sources": poll.sources}
        self._conn.execute(replace_row(self._conn, hook_polls), row)

    # -- finds --------------------------------------------------------------------------------------------------------

    def note(self, finds: Sequence[Find], day: date) -> None:
        """Keep changes that were found; one that is known already stays as it is. ``day``: of those that are judged."""
        if not finds:
            return
        rows = [
            {**find.model_dump(), "verdict": find.verdict and find.verdict.value, "day": day if find.verdict else None}
            for find in finds
        ]
        self._conn.execute(upsert(self._conn, hook_finds).on_conflict_do_nothing(), rows)

    def open(self, *, until: datetime, most: int) -> tuple[Find, ...]:
        """So many finds without a verdict whose change was made by a moment, oldest first."""
        table = hook_finds
        past = (table.c.verdict.is_(None), table.c.until_at <= until)
        statement = select(table).where(*past).order_by(table.c.until_at).limit(most)
        return tuple(
            Find(**{name: value for name, value in row._mapping.items() if name != "day"})
            for row in self._conn.execute(statement)
        )

    def oldest_open(self) -> datetime | None:
        """The earliest change among the finds without a verdict."""
        table = hook_finds
        found: datetime | None = self._conn.execute(
            select(func.min(table.c.changed_at)).where(table.c.verdict.is_(None))
        ).scalar_one()
        return found

    def judge(self, verdicts: Iterable[tuple[Find, Verdict, date]]) -> None:
        """Say what became of finds, each with its day; one that is judged already stays so."""
        rows = [
            {"of": find.connection, "item": find.item_id, "moment": find.changed_at, "said": verdict.value, "on": day}
            for find, verdict, day in verdicts
        ]
        if rows:
            self._conn.execute(_JUDGED, rows)

    def days(self, *, since: date) -> tuple[LossDay, ...]:
        """Judged finds by connection and day, oldest first."""
        table = hook_finds
        statement = (
            select(table.c.connection, table.c.day, table.c.verdict, func.count())
            .where(table.c.verdict.is_not(None), table.c.day >= since)
            .group_by(table.c.connection, table.c.day, table.c.verdict)
        )
        found: dict[tuple[date, str], dict[str, int]] = {}
        for connection, day, verdict, number in self._conn.execute(statement):
            found.setdefault((day, connection), {})[verdict] = number
        return tuple(
            LossDay.model_validate({"connection": connection, "day": day, **numbers})
            for (day, connection), numbers in sorted(found.items())
        )

    # -- what an item is ----------------------------------------------------------------------------------------------

    def updated_at(self, ids: Sequence[str]) -> dict[str, datetime]:
        """When the tool last touched items, by their ids."""
        table, found = tables.items, dict[str, datetime]()
        for chunk in chunked(ids):
            statement = select(table.c.id, table.c.updated_at).where(among(table.c.id, chunk), table.c.known_to.is_(None))
            found.update((id_, at) for id_, at in self._conn.execute(statement))
        return found

    def containers(self, ids: Sequence[str]) -> dict[str, set[str]]:
        """What items belong to now, by their ids."""
        table = tables.memberships
        found: dict[str, set[str]] = {}
        for chunk in chunked(ids):
            statement = select(table.c.item_id, table.c.container_id).where(
                among(table.c.item_id, chunk), table.c.known_to.is_(None), table.c.to_at.is_(None)
            )
            for item, container in self._conn.execute(statement):
                found.setdefault(item, set()).add(container)
        return found

    def known_before(self, ids: Sequence[str], moment: datetime) -> set[str]:
        """Those of the items that were held before a moment."""
        return self._with(tables.items, "id", ids, tables.items.c.known_from < moment)

    def changed_since(self, ids: Sequence[str], moment: datetime, *, kind: str) -> set[str]:
        """Those of the items of which something was learned since a moment: ``changes``, ``links`` or ``worklogs``."""
        table = tables.METADATA.tables[kind]
        if kind != "links":
            return self._with(table, "item_id", ids, table.c.known_from >= moment)
        ends = ("source_id", "target_id")
        return {one for end in ends for one in self._with(table, end, ids, table.c.known_from >= moment)}

    def _with(self, table: Table, column: str, ids: Sequence[str], condition: object) -> set[str]:
        found: set[str] = set()
        for chunk in chunked(ids):
            statement = select(table.c[column]).where(among(table.c[column], chunk), condition).distinct()  # type: ignore[arg-type]
            found.update(self._conn.execute(statement).scalars())
        return found

    # -- when we could be reached -------------------------------------------------------------------------------------

    def extend_span(self, process: str, from_at: datetime, to_at: datetime) -> None:
        """A web process has answered from one moment to another."""
        row = {"process": process, "from_at": from_at, "to_at": to_at}
        self._conn.execute(replace_row(self._conn, hook_spans), row)

    def spans(self, since: datetime, until: datetime) -> tuple[tuple[datetime, datetime], ...]:
        """The times in which some web process answered, joined where they touch, within two moments."""
        table = hook_spans
        statement = select(table.c.from_at, table.c.to_at).where(table.c.to_at >= since, table.c.from_at <= until)
        return _joined(((row[0], row[1]) for row in self._conn.execute(statement)), since, until)

    def first_span(self) -> datetime | None:
        """When any web process first answered."""
        found: datetime | None = self._conn.execute(select(func.min(hook_spans.c.from_at))).scalar_one()
        return found

    def prune(self, *, before: datetime) -> None:
        """Forget what was judged, and spans that ended, before a moment."""
        finds, spans = hook_finds, hook_spans
        self._conn.execute(finds.delete().where(finds.c.verdict.is_not(None), finds.c.found_at < before))
        self._conn.execute(spans.delete().where(spans.c.to_at < before))


def _joined(
    spans: Iterable[tuple[datetime, datetime]], since: datetime, until: datetime
) -> tuple[tuple[datetime, datetime], ...]:
    result: list[tuple[datetime, datetime]] = []
    for start, end in sorted((max(start, since), min(end, until)) for start, end in spans):
        if result and start - result[-1][1] <= timedelta(0):
            result[-1] = (result[-1][0], max(result[-1][1], end))
        else:
            result.append((start, end))
    return tuple(result)
