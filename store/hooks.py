"""``uow.hooks``: webhook registrations with their secrets, and the inbox of deliveries."""

from datetime import timedelta

from pydantic import Field, TypeAdapter
from sqlalchemy import Connection, insert, select

from model.base import Instant, Record
from model.events import ChangeEvent, Delivery
from store.dialect import replace_row, upsert
from store.secrets import Vault
from store.tables import hook_deliveries, hook_registrations, hook_seen

SEEN_FOR = timedelta(hours=24)
"""How long a repeated delivery is recognised."""

_EVENTS = TypeAdapter(tuple[ChangeEvent, ...])


class HookRegistration(Record):
    """A webhook of ours in a tool. ``key`` is the last part of its URL; ``pending``: the handshake is not done yet."""

    connection: str
    key: str
    secret: str | None = Field(default=None, repr=False)
    pending: bool = False
    created_at: Instant


class HookRepository:
    """Secrets are encrypted where the deployment has a key."""

    def __init__(self, conn: Connection, vault: Vault) -> None:
        self._conn = conn
        self._vault = vault

    def registration(self, connection: str, key: str) -> HookRegistration | None:
        found = [held for held in self.registrations(connection) if held.key == key]
        return found[0] if found else None

    def registrations(self, connection: str) -> tuple[HookRegistration, ...]:
        """All of one connection, oldest first."""
        table = hook_registrations
        statement = select(table).where(table.c.connection == connection).order_by(table.c.created_at, table.c.key)
        return tuple(
            HookRegistration(
                connection=row.connection,
                key=row.key,
                secret=None if row.secret is None else self._vault.open(row.secret),
                pending=row.pending,
                created_at=row.created_at,
            )
            for row in self._conn.execute(statement)
        )

    def save(self, registration: HookRegistration) -> None:
        """Keep a registration; one with the same connection and key is replaced."""
        row = registration.model_dump(mode="python")
        if registration.secret is not None:
            row["secret"] = self._vault.seal_if_possible(registration.secret)
        self._conn.execute(replace_row(self._conn, hook_registrations), row)

    def remove(self, connection: str, key: str) -> None:
        table = hook_registrations
        self._conn.execute(table.delete().where(table.c.connection == connection, table.c.key == key))

    def store_delivery(self, connection: str, delivery: Delivery, *, at: Instant) -> bool:
        """Put a verified delivery into the inbox. False, and nothing stored, when it was seen within 24 hours.

        One statement decides, so two processes that get the same delivery can't both take it.
        """
        row = {"connection": connection, "dedupe_key": delivery.dedupe_key, "at": at}
        statement = upsert(self._conn, hook_seen).values(row)
        statement = statement.on_conflict_do_update(
            index_elements=["connection", "dedupe_key"],
            set_={"at": statement.excluded.at},
            where=hook_seen.c.at <= at - SEEN_FOR,
        )
        if self._conn.execute(statement.returning(hook_seen.c.at)).one_or_none() is None:
            return False
        if delivery.events:
            events = _EVENTS.dump_json(delivery.events).decode()
            self._conn.execute(insert(hook_deliveries), {"connection": connection, "events": events, "received_at": at})
        return True

    def prune(self, *, before: Instant) -> int:
        """Forget deliveries done before a moment; returns how many. Waiting ones stay, however old."""
        seen, table = hook_seen, hook_deliveries
        self._conn.execute(seen.delete().where(seen.c.at < before - SEEN_FOR))
        return self._conn.execute(table.delete().where(table.c.done_at < before)).rowcount
