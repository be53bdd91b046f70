"""``uow.settings``: by which tree, rules and people nodes were scored, from when on."""

from itertools import pairwise

from sqlalchemy import Connection, func, insert, select

from model.base import Instant, Record
from model.landscape import Teammate
from model.money import Money
from model.policy import Policy
from model.tree import Tree
from store.dialect import digest, json_member, lock
from store.tables import settings_kept

_MOST_LOOKED_AT = 30


class ScoringSettings(Record):
    """What the configuration gives to a roll-up. ``money`` None: kept before prices were; those of now count."""

    tree: Tree
    policies: dict[str, Policy]
    teammates: tuple[Teammate, ...] = ()
    timezone: str = "UTC"
    money: Money | None = None


class SettingsKept:
    """Settings are never changed: different ones are stored beside the old."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def keep(self, settings: ScoringSettings, *, at: Instant) -> bool:
        """Store the settings if they differ from the newest; whether they did. What is older than the newest is left out."""
        lock(self._conn, "settings")
        body = settings.model_dump_json(exclude_defaults=True)
        table = settings_kept
        newest = self._conn.execute(
            select(table.c.hash, table.c.known_from).order_by(table.c.known_from.desc()).limit(1)
        ).one_or_none()
        if newest is not None and (newest.hash == digest(body.encode()) or newest.known_from >= at):
            return False
        self._conn.execute(insert(table), {"known_from": at, "hash": digest(body.encode()), "body": body})
        return True

    def first_at(self) -> Instant | None:
        """When settings were first kept: the first roll-up of all that is remembered."""
        found: Instant | None = self._conn.execute(select(func.min(settings_kept.c.known_from))).scalar_one()
        return found

    def at(self, moment: Instant) -> ScoringSettings | None:
        """The settings that held at a moment; None before the first."""
        table = settings_kept
        statement = select(table.c.body).where(table.c.known_from <= moment)
        body = self._conn.execute(statement.order_by(table.c.known_from.desc()).limit(1)).scalar_one_or_none()
        return None if body is None else ScoringSettings.model_validate_json(body)

    def ruled_anew(self, *, since: Instant) -> tuple[Instant, ...]:
        """When other policies came to hold, from ``since`` on, oldest first; of the newest settings only, where many
        were kept."""
        table = settings_kept
        statement = select(table.c.known_from, json_member(table.c.body, "policies"))
        newest = self._conn.execute(statement.order_by(table.c.known_from.desc()).limit(_MOST_LOOKED_AT)).all()
        kept = [(at, policies) for at, policies in reversed(newest)]
        return tuple(at for (_, old), (at, new) in pairwise(kept) if new != old and at >= since)
