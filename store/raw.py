"""``uow.raw``: payloads as the tools sent them, the newest of each, compressed; for replay when a mapping changes."""

import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, and_, bindparam, or_, select

from model.sync import RawPayload
from store.dialect import among_listed, chunked, digest, listed, upsert_on, write_many
from store.tables import raw_payloads

LEVEL = 3  # Payloads are short: a higher level costs more time than it saves bytes.


# Built once: putting such a statement together takes longer than a page's few rows take to be read or written.
_THESE = (
    raw_payloads.c.connection == bindparam("of"),
    raw_payloads.c.kind == bindparam("kind"),
    among_listed(raw_payloads.c.vendor_id),
)
_HELD = select(raw_payloads).where(*_THESE)
_HELD_HASHES = select(raw_payloads.c.vendor_id, raw_payloads.c.hash).where(*_THESE)
_LAST_KIND: BindParameter[str] = bindparam("last_kind")
_LAST_ID: BindParameter[str] = bindparam("last_id")
_NEXT = (
    select(raw_payloads)
    .where(raw_payloads.c.connection == bindparam("of"), raw_payloads.c.kind.in_(bindparam("kinds", expanding=True)))
    .where(
        or_(
            raw_payloads.c.kind > _LAST_KIND,
            and_(raw_payloads.c.kind == _LAST_KIND, raw_payloads.c.vendor_id > _LAST_ID),
        )
    )
    .order_by(raw_payloads.c.kind, raw_payloads.c.vendor_id)
    .limit(bindparam("size"))
)
_HASHES = (
    select(raw_payloads.c.hash)
    .where(raw_payloads.c.connection == bindparam("of"), among_listed(raw_payloads.c.kind))
    .order_by(raw_payloads.c.kind, raw_payloads.c.vendor_id)
)


@cache
def _newest(dialect: str) -> Any:
    statement = upsert_on(dialect, raw_payloads)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["connection", "kind", "vendor_id"],
        set_={name: new[name] for name in ("hash", "body", "fetched_at", "via")},
        where=raw_payloads.c.hash != new.hash,
    )


class RawRepository:
    """Raw payloads by (connection, kind, vendor id)."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def save(self, payloads: Sequence[RawPayload]) -> None:
        """Keep the newest payload of each; equal content writes nothing.

        What comes later is newer, whatever the clocks said: there is one writer a connection.
        """
        newest: dict[tuple[str, str, str], RawPayload] = {}
        for payload in payloads:
            key = (payload.connection, payload.kind, payload.vendor_id)
            newest[key] = payload
        held = self._hashes(newest)
        rows = []
        for key, payload in newest.items():
            content_hash = digest(payload.body)
            if held.get(key) != content_hash:
                rows.append(_row(payload, content_hash))
        if rows:
            write_many(self._conn, _newest(self._conn.dialect.name), rows)

    def get(self, connection: str, kind: str, vendor_id: str) -> RawPayload | None:
        table = raw_payloads
        statement = select(table).where(
            table.c.connection == connection, table.c.kind == kind, table.c.vendor_id == vendor_id
        )
        row = self._conn.execute(statement).one_or_none()
        return None if row is None else _payload(row)

    def get_many(self, connection: str, wanted: Sequence[tuple[str, str]]) -> tuple[RawPayload, ...]:
        """The payloads held of ``wanted`` (kind, vendor id), grouped by kind; what is not held is left out."""
        by_kind: dict[str, list[str]] = defaultdict(list)
        for kind, vendor_id in wanted:
            by_kind[kind].append(vendor_id)
        found: list[RawPayload] = []
        for kind, vendor_ids in by_kind.items():
            for chunk in chunked(vendor_ids):
                given = {"of": connection, "kind": kind, **listed(chunk)}
                found.extend(_payload(row) for row in self._conn.execute(_HELD, given))
        return tuple(found)

    def of_kinds(self, connection: str, kinds: Sequence[str]) -> tuple[RawPayload, ...]:
        """All payloads of some kinds, ordered by kind and vendor id."""
        return tuple(payload for batch in self.batches(connection, kinds) for payload in batch)

    def hashes(self, connection: str, kinds: Sequence[str]) -> tuple[bytes, ...]:
        """The digests of all payloads of some kinds: other ones when any of them differs."""
        return tuple(self._conn.execute(_HASHES, {"of": connection, **listed(kinds)}).scalars()) if kinds else ()

    def batches(
        self, connection: str, kinds: Sequence[str], size: int = 500, *, after: RawPayload | None = None
    ) -> Iterator[tuple[RawPayload, ...]]:
        """The same in batches of ``size``, those behind ``after``; writing between two batches is allowed."""
        given: dict[str, Any] = {"of": connection, "size": size, "kinds": list(kinds), "last_kind": "", "last_id": ""}
        if after is not None:
            given |= {"last_kind": after.kind, "last_id": after.vendor_id}
        while True:
            batch = tuple(_payload(row) for row in self._conn.execute(_NEXT, given))
            if batch:
                yield batch
            if len(batch) < size:
                return
            given |= {"last_kind": batch[-1].kind, "last_id": batch[-1].vendor_id}

    def _hashes(self, keys: Iterable[tuple[str, str, str]]) -> dict[tuple[str, str, str], bytes]:
        """The digests of what is held. One kind at a time: SQLite finds a plain IN list faster than one of triples."""
        wanted: dict[tuple[str, str], list[str]] = defaultdict(list)
        for connection, kind, vendor_id in keys:
            wanted[connection, kind].append(vendor_id)
        found: dict[tuple[str, str, str], bytes] = {}
        for (connection, kind), vendor_ids in wanted.items():
            for chunk in chunked(vendor_ids):
                given = {"of": connection, "kind": kind, **listed(chunk)}
                for vendor_id, content_hash in self._conn.execute(_HELD_HASHES, given):
                    found[connection, kind, vendor_id] = content_hash
        return found


def _row(payload: RawPayload, content_hash: bytes) -> dict[str, Any]:
    return {
        "connection": payload.connection,
        "kind": payload.kind,
        "vendor_id": payload.vendor_id,
        "hash": content_hash,
        "body": zlib.compress(payload.body, LEVEL),
        "fetched_at": payload.fetched_at,
        "via": payload.via,
    }


def _payload(row: Row[Any]) -> RawPayload:
    return RawPayload(
        connection=row.connection,
        kind=row.kind,
        vendor_id=row.vendor_id,
        body=zlib.decompress(row.body),
        fetched_at=row.fetched_at,
        via=row.via,
    )
