"""Leases: so many of a thing may be held at once, each until a moment, so that a dead holder's come back."""

from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from store.dialect import lock, replace_row
from store.tables import leases


def take_lease(
    conn: Connection, scope: str, holder: str, wanted: int, *, capacity: int, now: datetime, until: datetime
) -> int:
    """Let ``holder`` have up to ``wanted`` of ``capacity`` until ``until``, in place of what it had; how many it has."""
    lock(conn, f"lease:{scope}")
    conn.execute(delete(leases).where(leases.c.scope == scope, (leases.c.until <= now) | (leases.c.holder == holder)))
    others: int = conn.execute(select(func.coalesce(func.sum(leases.c.slots), 0)).where(leases.c.scope == scope)).scalar_one()
    given = max(0, min(wanted, capacity - int(others)))
    if given:
        row = {"scope": scope, "holder": holder, "slots": given, "until": until}
        conn.execute(replace_row(conn, leases), row)
    return given
