"""``uow.hooks``: webhook registrations with their secrets, taking deliveries in, and what became of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from pydantic import Field, TypeAdapter
from sqlalchemy import Connection, func, literal, select, text, update

from model.base import Instant, Record
from model.events import ChangeEvent
from model.hooks import AuditReport
from store.dialect import among, replace_row, upsert
from store.hook_tables import hook_audits, hook_counts
from store.secrets import Vault
from store.tables import hook_registrations, hook_seen
from store.types import to_microseconds

SEEN_FOR = timedelta(hours=24)
"""How long a repeated delivery is recognised."""

_EVENTS = TypeAdapter(tuple[ChangeEvent, ...])


class HookRegistration(Record):
    """A webhook of ours in a tool. ``key`` is the last part of its URL; ``pending``: the handshake is not done yet.

    ``subject``: what it listens to, in the connector's words; ``vendor_id`` and ``url``: what it is in the tool, where
    we registered it; ``active_since``: from when on deliveries come; ``heard_at``: about when the last one came.
    """

    connection: str
    key: str
    secret: str | None = Field(default=None, repr=False)
    pending: bool = False
    created_at: Instant
    subject: str = ""
    vendor_id: str | None = None
    url: str | None = None
    active_since: Instant | None = None
    expires_at: Instant | None = None
    heard_at: Instant | None = None


@dataclass(frozen=True)
class Arrival:
    """One verified delivery. ``keys``: equal for repeated deliveries; it is a repetition when one of them is known.

    ``events``: as the inbox keeps them, a JSON list.
    """

    connection: str
    keys: tuple[str, ...]
    events: str
    at: datetime

    @classmethod
    def of(cls, connection: str, keys: tuple[str, ...], events: tuple[ChangeEvent, ...], at: datetime) -> "Arrival":
        """The arrival of a delivery with these events."""
        return cls(connection, keys, _EVENTS.dump_json(events).decode(), at)


@dataclass(frozen=True)
class Came:
    """What came through a webhook: a delivery, or only a sign of life. ``hook``: the webhook's key, where it is to be noted
    that it was heard of; ``arrival``: None for the sign of life alone."""

    connection: str
    at: datetime
    arrival: Arrival | None
    hook: str | None = None


class HookRepository:
    """Secrets are encrypted where the deployment has a key."""

    def __init__(self, conn: Connection, vault: Vault) -> None:
        self._conn = conn
        self._vault = vault

    # -- registrations ------------------------------------------------------------------------------------------------

    def registration(self, connection: str, key: str) -> HookRegistration | None:
        found = [held for held in self.registrations(connection) if held.key == key]
        return found[0] if found else None

    def registrations(self, connection: str | None = None) -> tuple[HookRegistration, ...]:
        """All of one connection, or of all, oldest first."""
        table = hook_registrations
        statement = select(table).order_by(table.c.connection, table.c.created_at, table.c.key)
        if connection is not None:
            statement = statement.where(table.c.connection == connection)
        return tuple(self._read(row._mapping) for row in self._conn.execute(statement))

    def _read(self, row: Mapping[Any, Any]) -> HookRegistration:
        secret = row["secret"]
        return HookRegistration(**{**row, "secret": None if secret is None else self._vault.open(secret)})

    def save(self, registration: HookRegistration) -> None:
        """Keep a registration; one with the same connection and key is replaced."""
        row = registration.model_dump(mode="python")
        if registration.secret is not None:
            row["secret"] = self._vault.seal_if_possible(registration.secret)
        self._conn.execute(replace_row(self._conn, hook_registrations), row)

    def remove(self, connection: str, key: str) -> None:
        table = hook_registrations
        self._conn.execute(table.delete().where(table.c.connection == connection, table.c.key == key))

    def shake(self, connection: str, key: str, secret: str, *, since: Instant, at: Instant) -> bool:
        """Keep the secret of a handshake. False, and nothing kept, unless one has been waited for since ``since``.

        One statement decides, so a secret is never replaced, whoever sends another one at the same moment.
        """
        table = hook_registrations
        statement = update(table).where(
            table.c.connection == connection, table.c.key == key, table.c.pending, table.c.secret.is_(None),
            table.c.created_at >= since,
        )
        values = {"secret": self._vault.seal_if_possible(secret), "pending": False, "active_since": at, "heard_at": at}
        return bool(self._conn.execute(statement.values(values)).rowcount)

    def heard(self, connection: str, key: str, *, at: Instant) -> None:
        """A delivery came through this registration."""
        table = hook_registrations
        statement = update(table).where(table.c.connection == connection, table.c.key == key)
        self._conn.execute(statement.values(heard_at=at, active_since=func.coalesce(table.c.active_since, literal(at, _AT))))

    # -- the inbox ----------------------------------------------------------------------------------------------------

    def store_deliveries(self, arrivals: Sequence[Arrival]) -> list[bool]:
        """Put verified deliveries into the inbox; for each whether it is new. One seen within 24 hours is not stored.

        One statement notes all keys, so two processes that get the same delivery can't both take it; in one order
        everywhere, so that two that get many can't wait for each other.
        """
        owners: dict[tuple[str, str], int] = {}
        for number, arrival in enumerate(arrivals):
            for key in arrival.keys:
                owners.setdefault((arrival.connection, key), number)
        if not owners:
            return []
        dialect = self._conn.dialect.name
        rows = [[connection, key, _stamp(arrivals[number].at, dialect)] for (connection, key), number in sorted(owners.items())]
        noted = self._conn.execute(_NOTE[dialect], {"rows": json.dumps(rows)})
        fresh = {(row[0], row[1]) for row in noted}
        new = [
            all((arrival.connection, key) in fresh and owners[arrival.connection, key] == number for key in arrival.keys)
            for number, arrival in enumerate(arrivals)
        ]
        kept = [
            [arrival.connection, arrival.events, _stamp(arrival.at, dialect)]
            for arrival, is_new in zip(arrivals, new, strict=True) if is_new
        ]  # fmt: skip
        if kept:
            self._conn.execute(_KEEP[dialect], {"rows": json.dumps(kept)})
        return new

    # -- counts and audits --------------------------------------------------------------------------------------------

    def count(self, counts: Mapping[tuple[str, str, str], int], *, day: date) -> None:
        """Add to the counts of a day: (connection, outcome, name) → how many."""
        if not counts:
            return
        statement = upsert(self._conn, hook_counts)
        statement = statement.on_conflict_do_update(
            index_elements=["connection", "day", "outcome", "name"],
            set_={"count": hook_counts.c.count + statement.excluded.count},
        )
        rows = [
            {"connection": key[0], "outcome": key[1], "name": key[2], "day": day, "count": number}
            for key, number in sorted(counts.items())
        ]
        self._conn.execute(statement, rows)

    def counts(self, *, since: date | None = None) -> dict[tuple[str, str, str], int]:
        """(connection, outcome, name) → how many deliveries, over all days or those from ``since`` on."""
        table = hook_counts
        total = func.sum(table.c.count)
        statement = select(table.c.connection, table.c.outcome, table.c.name, total).group_by(
            table.c.connection, table.c.outcome, table.c.name
        )
        if since is not None:
            statement = statement.where(table.c.day >= since)
        return {(row[0], row[1], row[2]): int(row[3]) for row in self._conn.execute(statement)}

    def forget_counts(self, *, before: date) -> None:
        self._conn.execute(hook_counts.delete().where(hook_counts.c.day < before))

    def save_audit(self, report: AuditReport) -> None:
        """Keep the newest audit of a connection."""
        row = {"connection": report.connection, "at": report.at, "body": report.model_dump_json()}
        self._conn.execute(replace_row(self._conn, hook_audits), row)

    def audit(self, connection: str) -> AuditReport | None:
        """The newest audit of a connection."""
        table = hook_audits
        body = self._conn.execute(select(table.c.body).where(table.c.connection == connection)).scalar_one_or_none()
        return None if body is None else AuditReport.model_validate_json(body)

    def forget_audits(self, keep: Sequence[str]) -> None:
        """Drop the audits of connections that are there no more."""
        table = hook_audits
        gone = [name for name in self._conn.execute(select(table.c.connection)).scalars() if name not in keep]
        self._conn.execute(table.delete().where(among(table.c.connection, gone)))


_AT = hook_seen.c.at.type
# The rows come as one JSON text: at hundreds of deliveries a second, putting a statement together for so many rows costs
# several times what running it does.
_ROWS = {
    "sqlite": "SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]')"
    " FROM json_each(:rows) WHERE true",
    "postgresql": "SELECT value ->> 0, value ->> 1, CAST(value ->> 2 AS timestamptz)"
    " FROM jsonb_array_elements(CAST(:rows AS jsonb))",
}
_AGO = {
    "sqlite": str(int(SEEN_FOR.total_seconds() * 1_000_000)),
    "postgresql": f"interval '{SEEN_FOR.total_seconds()} s'",
}
_NOTE = {
    dialect: text(
        f"INSERT INTO hook_seen (connection, dedupe_key, at) {rows} ON CONFLICT (connection, dedupe_key)"
        f" DO UPDATE SET at = excluded.at WHERE hook_seen.at <= excluded.at - {_AGO[dialect]}"
        " RETURNING connection, dedupe_key"
    )
    for dialect, rows in _ROWS.items()
}
_KEEP = {
    dialect: text(f"INSERT INTO hook_deliveries (connection, events, received_at) {rows}")
    for dialect, rows in _ROWS.items()
}


def _stamp(at: datetime, dialect: str) -> int | str:
    """A moment as the rows above carry it."""
    return to_microseconds(at) if dialect == "sqlite" else at.isoformat()
