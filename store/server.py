"""Connections to PostgreSQL that notice within seconds when the other side is gone without a word.

Places and lanes are locks of a session: until the server notices that a machine or its network died, nobody else gets
them, and by its own defaults it notices after two hours.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL

OURS = {
    "connect_timeout": 10,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 15_000,
}
"""How we notice that the server is gone, as libpq calls it: seconds, a count, and milliseconds."""

THEIRS = {
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "2",
    "tcp_user_timeout": "15000",
}
"""How the server notices that we are gone: settings of the session."""

# A setting that a server does not know (tcp_user_timeout came with PostgreSQL 12) is passed over.
_SET = """
    SELECT set_config(name, value, false) FROM unnest(%s::text[], %s::text[]) AS ours (name, value)
    WHERE current_setting(name, true) IS NOT NULL
"""


def server_engine(url: URL, *, max_overflow: int) -> Engine:
    """An engine whose errors and logs never show a parameter. What the URL itself says of all this counts."""
    ours = {name: value for name, value in OURS.items() if name not in url.query}
    engine = create_engine(
        url, hide_parameters=True, pool_pre_ping=True, pool_size=10, max_overflow=max_overflow, connect_args=ours
    )
    event.listen(engine, "connect", _asking(url))
    return engine


def _asking(url: URL) -> Callable[[Any, Any], None]:
    """Asks the server to look after a new connection. Not among its start-up options: poolers refuse those they don't know."""
    said = str(url.query.get("options", ""))
    theirs = {name: value for name, value in THEIRS.items() if name not in said}

    def ask(dbapi_connection: Any, _record: Any) -> None:
        dbapi_connection.autocommit = True
        dbapi_connection.execute(_SET, [list(theirs), list(theirs.values())])
        dbapi_connection.autocommit = False

    return ask
