"""``uow.logins``: sessions and tokens by the digest of what their owner holds, failed logins, and forms kept meanwhile."""

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from model.access import Scope
from model.base import Instant, Record
from store.account_tables import api_tokens, deployment_keys, kept_forms, login_failures, login_sessions
from store.dialect import lock, upsert
from store.secrets import Vault

_FORGOTTEN = timedelta(days=32)
"""Longer than any session may last."""

Fields = tuple[tuple[str, str], ...]


class LoginSession(Record):
    """A session of an account. ``agent``: what the browser calls itself."""

    id: int
    account: int
    made_at: Instant
    seen_at: Instant
    ended_at: Instant | None = None
    agent: str = ""


class ApiToken(Record):
    """A token of an account; its own text is nowhere."""

    id: int
    account: int
    name: str
    scope: Scope
    node: str | None = None
    made_at: Instant
    until: Instant
    used_at: Instant | None = None
    revoked_at: Instant | None = None

    def is_live(self, now: Instant) -> bool:
        """Whether it was neither revoked nor has run out."""
        return self.revoked_at is None and now < self.until


class KeptForm(Record):
    """What somebody typed when their session had ended, and where it was to go."""

    id: str
    path: str
    fields: Fields


class Logins:
    """What is looked for by its digest is found by an index, so that no comparison tells how much of it was right."""

    def __init__(self, conn: Connection, vault: Vault) -> None:
        self._conn, self._vault = conn, vault

    def begin(self, digest: str, account: int, *, at: Instant, agent: str) -> int:
        """Keep a new session; its id. Those that nobody has used for a long time are forgotten."""
        self._conn.execute(delete(login_sessions).where(login_sessions.c.seen_at < at - _FORGOTTEN))
        row = {"hash": digest, "account": account, "made_at": at, "seen_at": at, "agent": agent}
        return int(self._conn.execute(insert(login_sessions).returning(login_sessions.c.id), row).scalar_one())

    def session(self, digest: str) -> LoginSession | None:
        row = self._conn.execute(select(login_sessions).where(login_sessions.c.hash == digest)).one_or_none()
        return None if row is None else _session(row)

    def sessions(self, account: int, *, seen_since: Instant) -> tuple[LoginSession, ...]:
        """The sessions that have not ended, the last used first."""
        table = login_sessions
        mine = (table.c.account == account, table.c.ended_at.is_(None), table.c.seen_at > seen_since)
        return tuple(_session(row) for row in self._conn.execute(select(table).where(*mine).order_by(table.c.seen_at.desc())))

    def seen(self, session: int, *, at: Instant) -> None:
        self._conn.execute(update(login_sessions).where(login_sessions.c.id == session).values(seen_at=at))

    def end(self, account: int, *, at: Instant, only: int | None = None, but: int | None = None) -> int:
        """End an account's sessions: all, only one, or all but one; how many."""
        table = login_sessions
        mine = [table.c.account == account, table.c.ended_at.is_(None)]
        mine += [table.c.id == only] if only is not None else []
        mine += [table.c.id != but] if but is not None else []
        return self._conn.execute(update(table).where(*mine).values(ended_at=at)).rowcount

    def add_token(self, digest: str, token: ApiToken) -> None:
        """Keep a new token; its own id does not count."""
        row = token.model_dump(exclude={"id"}) | {"hash": digest, "scope": token.scope.value}
        self._conn.execute(insert(api_tokens), row)

    def token(self, digest: str) -> ApiToken | None:
        row = self._conn.execute(select(api_tokens).where(api_tokens.c.hash == digest)).one_or_none()
        return None if row is None else _token(row)

    def tokens(self, account: int) -> tuple[ApiToken, ...]:
        """An account's tokens, revoked and past ones too, the newest first."""
        table = api_tokens
        rows = self._conn.execute(select(table).where(table.c.account == account).order_by(table.c.id.desc()))
        return tuple(_token(row) for row in rows)

    def used(self, token: int, *, at: Instant) -> None:
        self._conn.execute(update(api_tokens).where(api_tokens.c.id == token).values(used_at=at))

    def revoke(self, account: int, *, at: Instant, only: int | None = None) -> int:
        """Make an account's tokens, or one of them, open nothing any more; how many."""
        table = api_tokens
        mine = [table.c.account == account, table.c.revoked_at.is_(None)]
        mine += [table.c.id == only] if only is not None else []
        return self._conn.execute(update(table).where(*mine).values(revoked_at=at)).rowcount

    def tried(self, key: str, *, at: Instant, window: timedelta) -> int:
        """Count one more try of a key; how many there were in this window, which begins with the first of them."""
        table = login_failures
        lock(self._conn, f"login:{key}")
        self._conn.execute(delete(table).where(or_(table.c.since <= at - window, table.c.since > at + window)))
        statement = upsert(self._conn, table).values(key=key, tries=1, since=at)
        self._conn.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"tries": table.c.tries + 1}))
        return int(self._conn.execute(select(table.c.tries).where(table.c.key == key)).scalar_one())

    def forgive(self, key: str, *, all_of_it: bool) -> None:
        """Take back one try of a key, or all."""
        table = login_failures
        if all_of_it:
            self._conn.execute(delete(table).where(table.c.key == key))
        else:
            self._conn.execute(update(table).where(table.c.key == key, table.c.tries > 0).values(tries=table.c.tries - 1))

    def keep_form(self, form: KeptForm, account: int, *, at: Instant, most: int) -> None:
        """Keep what somebody typed, sealed where there is a key; of each account the newest ``most``."""
        mine = select(kept_forms.c.id).where(kept_forms.c.account == account)
        older = mine.order_by(kept_forms.c.at.desc(), kept_forms.c.id).offset(most - 1)
        self._conn.execute(delete(kept_forms).where(kept_forms.c.id.in_(self._conn.execute(older).scalars().all())))
        row = {"id": form.id, "account": account, "path": form.path, "at": at}
        self._conn.execute(insert(kept_forms), row | {"sealed": self._vault.seal_if_possible(json.dumps(form.fields))})

    def kept_form(self, id_: str, account: int, *, since: Instant) -> KeptForm | None:
        """What this account typed, if it was after ``since``."""
        table = kept_forms
        mine = (table.c.id == id_, table.c.account == account, table.c.at > since)
        row = self._conn.execute(select(table).where(*mine)).one_or_none()
        if row is None:
            return None
        return KeptForm(id=row.id, path=row.path, fields=json.loads(self._vault.open(row.sealed)))

    def drop_forms(self, *, before: Instant, only: str | None = None) -> None:
        """Forget forms from before a moment, and ``only`` whenever it is from."""
        table = kept_forms
        old = table.c.at <= before
        self._conn.execute(delete(table).where(or_(old, table.c.id == only) if only else old))

    def key(self, name: str, fresh: str) -> str:
        """The deployment's key of this name; ``fresh`` becomes it where there is none yet."""
        table = deployment_keys
        row = {"name": name, "sealed": self._vault.seal_if_possible(fresh)}
        self._conn.execute(upsert(self._conn, table).values(row).on_conflict_do_nothing())
        return self._vault.open(self._conn.execute(select(table.c.sealed).where(table.c.name == name)).scalar_one())


def _session(row: Row[Any]) -> LoginSession:
    return LoginSession(
        id=row.id, account=row.account, made_at=row.made_at, seen_at=row.seen_at, ended_at=row.ended_at, agent=row.agent
    )


def _token(row: Row[Any]) -> ApiToken:
    values = {name: getattr(row, name) for name in ApiToken.model_fields}
    return ApiToken.model_validate(values)
