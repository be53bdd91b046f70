"""``uow.page_hosts``: hosts that a page put into the configuration, and not whoever owns the machine."""

from collections.abc import Collection

from sqlalchemy import Column, Connection, Table, Text, select

from model.base import Instant
from store.dialect import upsert
from store.tables import METADATA
from store.types import UtcDateTime

page_hosts = Table(
    "page_hosts",
    METADATA,
    Column("host", Text, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)


class PageHosts:
    """Host names in lower case. None is ever forgotten: what was given by a page may come back by one."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def add(self, hosts: Collection[str], *, at: Instant) -> None:
        """Remember hosts, also those that are known already."""
        for host in hosts:
            self._conn.execute(upsert(self._conn, page_hosts).values(host=host, at=at).on_conflict_do_nothing())

    def has(self, host: str) -> bool:
        return self._conn.execute(select(page_hosts.c.host).where(page_hosts.c.host == host)).one_or_none() is not None
