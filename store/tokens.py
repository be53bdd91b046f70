"""The ``TokenStore`` port: credentials that change while we run, encrypted at rest."""

import json
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from pydantic import SecretStr
from sqlalchemy import Connection, delete, select

from model.ports import StoredToken
from store.dialect import lock, replace_row
from store.leases import take_lease
from store.secrets import Vault
from store.tables import tokens
from store.types import EPOCH


class Transactions(Protocol):
    """Opens short transactions of its own."""

    def transaction(self, *, write: bool = True) -> AbstractContextManager[Connection]: ...


class SqlTokenStore:
    """Each call is a transaction of its own: a rotated refresh token must not be lost to somebody's rollback."""

    def __init__(self, transactions: Transactions, vault: Vault) -> None:
        self._transactions = transactions
        self._vault = vault

    def load(self, connection: str) -> StoredToken | None:
        """The token; None when none was saved. Raises FatalError when it can't be opened."""
        with self._transactions.transaction(write=False) as conn:
            return self._read(conn, connection)

    def save(self, connection: str, token: StoredToken) -> None:
        """Keep a token. Raises FatalError without a secret key."""
        row = self._sealed(connection, token)
        with self._transactions.transaction() as conn:
            conn.execute(replace_row(conn, tokens), row)

    def marks(self, names: Iterable[str]) -> dict[str, str]:
        """What tells one saving from the next, and nothing of what was saved; empty where nothing is kept under a name."""
        with self._transactions.transaction(write=False) as conn:
            return {name: self._mark(conn, name) for name in names}

    def save_over(self, seen: Mapping[str, str], wanted: Mapping[str, StoredToken]) -> bool:
        """Keep all of these where the savings that were ``seen`` still stand, by their marks; else False, and nothing done."""
        rows = [self._sealed(name, token) for name, token in sorted(wanted.items())]
        with self._transactions.transaction() as conn:
            for row in rows:
                lock(conn, f"token:{row['connection']}")
            if any(self._mark(conn, name) != seen[name] for name in wanted):
                return False
            for row in rows:
                conn.execute(replace_row(conn, tokens), row)
            return True

    def forget(self, connection: str) -> None:
        """Keep it no more; one that is not there is fine."""
        with self._transactions.transaction() as conn:
            conn.execute(delete(tokens).where(tokens.c.connection == connection))

    def names(self, prefix: str) -> tuple[str, ...]:
        """The names under which something is kept, those that begin so."""
        with self._transactions.transaction(write=False) as conn:
            every = conn.execute(select(tokens.c.connection)).scalars().all()
        return tuple(sorted(name for name in every if name.startswith(prefix)))

    def swap(self, connection: str, old: StoredToken | None, new: StoredToken) -> bool:
        """Replace ``old`` by ``new``; False, and nothing done, when another token stands there."""
        row = self._sealed(connection, new)
        with self._transactions.transaction() as conn:
            lock(conn, f"token:{connection}")
            if self._read(conn, connection) != old:
                return False
            conn.execute(replace_row(conn, tokens), row)
            return True

    def lease(self, connection: str, holder: str, *, now: datetime, until: datetime) -> bool:
        """Whether ``holder`` alone may renew the token until ``until``. Raises FatalError without a secret key."""
        # A renewed token that could not be kept would be lost, and with it the connection: better not to begin.
        self._vault.seal("")
        with self._transactions.transaction() as conn:
            return take_lease(conn, f"token:{connection}", holder, 1, capacity=1, now=now, until=until) == 1

    def release(self, connection: str, holder: str) -> None:
        """Give the lease back before its time."""
        beginning = EPOCH
        with self._transactions.transaction() as conn:
            take_lease(conn, f"token:{connection}", holder, 0, capacity=1, now=beginning, until=beginning)

    @staticmethod
    def _mark(conn: Connection, name: str) -> str:
        # Of what is sealed: the same credential is sealed otherwise each time, and nobody learns it from its digest.
        sealed = conn.execute(select(tokens.c.body).where(tokens.c.connection == name)).scalar_one_or_none()
        return "" if sealed is None else sha256(sealed.encode()).hexdigest()[:32]

    def _read(self, conn: Connection, connection: str) -> StoredToken | None:
        sealed = conn.execute(select(tokens.c.body).where(tokens.c.connection == connection)).scalar_one_or_none()
        return None if sealed is None else StoredToken.model_validate_json(self._vault.open(sealed))

    def _sealed(self, connection: str, token: StoredToken) -> dict[str, str]:
        content = token.model_dump(mode="json", exclude_none=True)
        content |= {name: value.get_secret_value() for name, value in token if isinstance(value, SecretStr)}
        return {"connection": connection, "body": self._vault.seal(json.dumps(content))}
