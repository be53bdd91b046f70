"""Where a client may connect to: asked before it opens a connection, and again by the address that it has.

A name can have another address a moment after it was looked up. So what is checked is whom the open connection leads to,
before anything is sent over it.
"""

import socket
from collections.abc import Callable

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

Check = Callable[[str, str | None], None]
"""Asked with the host before a connection is opened, and with host and address once it stands. Raises AppError: not there."""

Reach = Callable[[str], Check]
"""The check of every connection that a client of a URL opens, whatever redirects lead to."""


def freely(_url: str) -> Check:
    """A client may connect to wherever its URL leads."""
    return anywhere


def anywhere(_host: str, _address: str | None) -> None:
    """Every address is fine."""


def pools(check: Check) -> dict[str, type[HTTPConnectionPool]]:
    """The pools of ``urllib3`` by scheme, whose connections are checked. Those through a proxy are not: it looks names up."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            check(self.host, None)
            return _checked(super()._new_conn(), self.host, check)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            check(self.host, None)
            return _checked(super()._new_conn(), self.host, check)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _checked(opened: socket.socket, host: str, check: Check) -> socket.socket:
    try:
        check(host, str(opened.getpeername()[0]))
    except BaseException:
        opened.close()
        raise
    return opened
