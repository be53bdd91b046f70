"""``uow.accounts``: who can log in, and with which rights."""

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, delete, insert, select, update

from model.access import Account, Right, Role
from model.base import Instant
from store.account_tables import account_rights, accounts
from store.dialect import lock


class Credential(NamedTuple):
    """An account with the hash of its password; None: it has none, somebody else asks for it."""

    account: Account
    password: str | None


def folded(name: str) -> str:
    """A name as it is compared: two that differ in case only are one."""
    return " ".join(name.split()).casefold()


class Accounts:
    """Accounts are disabled, never taken away: what they did names them."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def alone(self) -> None:
        """Let nobody else change accounts until this transaction ends."""
        lock(self._conn, "accounts")

    def any(self) -> bool:
        """Whether there is an account, disabled ones too."""
        return self._conn.execute(select(accounts.c.id).limit(1)).scalar_one_or_none() is not None

    def all(self) -> tuple[Account, ...]:
        """Every account, by name."""
        rights: dict[int, list[Right]] = {}
        for row in self._conn.execute(select(account_rights).order_by(account_rights.c.node)):
            rights.setdefault(row.account, []).append(_right(row))
        rows = self._conn.execute(select(accounts).order_by(accounts.c.folded))
        return tuple(_account(row, rights.get(row.id, ())) for row in rows)

    def of_id(self, account: int) -> Account | None:
        row = self._conn.execute(select(accounts).where(accounts.c.id == account)).one_or_none()
        return None if row is None else _account(row, self._rights(row.id))

    def named(self, name: str) -> Credential | None:
        """The account with a name, however it is written."""
        row = self._conn.execute(select(accounts).where(accounts.c.folded == folded(name))).one_or_none()
        return None if row is None else Credential(_account(row, self._rights(row.id)), row.password)

    def elsewhere(self, issuer: str, subject: str) -> Account | None:
        """The account of somebody who logs in elsewhere."""
        here = (accounts.c.issuer == issuer, accounts.c.subject == subject)
        row = self._conn.execute(select(accounts).where(*here)).one_or_none()
        return None if row is None else _account(row, self._rights(row.id))

    def add(
        self, name: str, *, at: Instant, password: str | None = None, issuer: str | None = None, subject: str | None = None
    ) -> int:
        """Keep an account; its id. The name must be free."""
        row = {
            "name": " ".join(name.split()), "folded": folded(name), "password": password,
            "issuer": issuer, "subject": subject, "made_at": at,
        }  # fmt: skip
        return int(self._conn.execute(insert(accounts).returning(accounts.c.id), row).scalar_one())

    def set_password(self, account: int, password: str) -> None:
        """Keep another hash."""
        self._conn.execute(update(accounts).where(accounts.c.id == account).values(password=password))

    def entered(self, account: int, *, at: Instant) -> None:
        """Keep when somebody has logged in elsewhere."""
        self._conn.execute(update(accounts).where(accounts.c.id == account).values(entered_at=at))

    def disable(self, account: int, *, at: Instant | None) -> None:
        """Let somebody in no more from ``at`` on; None: let them in again."""
        self._conn.execute(update(accounts).where(accounts.c.id == account).values(disabled_at=at))

    def grant(self, account: int, rights: Collection[Right]) -> None:
        """Give exactly these rights."""
        self._conn.execute(delete(account_rights).where(account_rights.c.account == account))
        highest: dict[str, int] = {}
        for right in rights:
            highest[right.node or ""] = max(int(right.role), highest.get(right.node or "", 0))
        rows = [{"account": account, "node": node, "role": role} for node, role in highest.items()]
        if rows:
            self._conn.execute(insert(account_rights), rows)

    def _rights(self, account: int) -> list[Right]:
        table = account_rights
        rows = self._conn.execute(select(table).where(table.c.account == account).order_by(table.c.node))
        return [_right(row) for row in rows]


def _right(row: Row[Any]) -> Right:
    return Right(role=Role(row.role), node=row.node or None)


def _account(row: Row[Any], rights: Collection[Right]) -> Account:
    return Account(
        id=row.id, name=row.name, issuer=row.issuer, made_at=row.made_at, disabled_at=row.disabled_at,
        entered_at=row.entered_at, rights=tuple(rights),
    )  # fmt: skip
