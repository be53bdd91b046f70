"""The ``TokenStore`` port: credentials that change while we run, encrypted at rest."""

import json
from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection, select

from model.ports import StoredToken
from store.dialect import replace_row
from store.secrets import Vault
from store.tables import tokens


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
            sealed = conn.execute(select(tokens.c.body).where(tokens.c.connection == connection)).scalar_one_or_none()
        return None if sealed is None else StoredToken.model_validate_json(self._vault.open(sealed))

    def save(self, connection: str, token: StoredToken) -> None:
        """Keep a token. Raises FatalError without a secret key."""
        content = {
            "access": token.access.get_secret_value(),
            "refresh": None if token.refresh is None else token.refresh.get_secret_value(),
            "expires_at": None if token.expires_at is None else token.expires_at.isoformat(),
        }
        row = {"connection": connection, "body": self._vault.seal(json.dumps(content))}
        with self._transactions.transaction() as conn:
            conn.execute(replace_row(conn, tokens), row)
