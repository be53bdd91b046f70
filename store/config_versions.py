"""``uow.config_versions``: every version of the configuration that the pages made or met, with who, when and why."""

from hashlib import sha256

from sqlalchemy import Column, Connection, Integer, Table, Text, insert, select

from model.base import Instant, Record
from store.dialect import lock
from store.tables import METADATA
from store.types import UtcDateTime

config_versions = Table(
    "config_versions",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("digest", Text, nullable=False, index=True),
    Column("body", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)


class ConfigVersion(Record):
    """One version of the configuration. ``digest`` names its content; ``why``: what was changed, "" where nobody said."""

    number: int
    digest: str
    by: str
    why: str
    at: Instant


def digest_of(text: str) -> str:
    """The name of a text's content."""
    return sha256(text.encode()).hexdigest()


class ConfigVersions:
    """Versions are only ever added."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def lock(self) -> None:
        """Have the configuration to oneself until the end of this transaction."""
        lock(self._conn, "configuration")

    def keep(self, text: str, *, by: str, why: str, at: Instant) -> bool:
        """Add a version; False, and nothing done, when the newest one holds the same text."""
        table, digest = config_versions, digest_of(text)
        newest = self._conn.execute(select(table.c.digest).order_by(table.c.id.desc()).limit(1)).scalar_one_or_none()
        if newest == digest:
            return False
        self._conn.execute(insert(table), {"digest": digest, "body": text, "made_by": by, "why": why, "at": at})
        return True

    def text(self, digest: str) -> str | None:
        """The text of a version; None when it is not kept."""
        found: str | None = self._conn.execute(
            select(config_versions.c.body).where(config_versions.c.digest == digest).limit(1)
        ).scalar_one_or_none()
        return found

    def newest(self, *, limit: int, before: int | None = None) -> tuple[ConfigVersion, ...]:
        """The newest versions, newest first; ``before``: only those with a smaller number."""
        table = config_versions
        statement = select(table.c.id, table.c.digest, table.c.made_by, table.c.why, table.c.at).order_by(table.c.id.desc())
        if before is not None:
            statement = statement.where(table.c.id < before)
        return tuple(
            ConfigVersion(number=row.id, digest=row.digest, by=row.made_by, why=row.why, at=row.at)
            for row in self._conn.execute(statement.limit(limit))
        )
