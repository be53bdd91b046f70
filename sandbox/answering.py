"""How both fakes answer over HTTP: whole answers on connections that stay open for the next request, as the vendors' do.

Werkzeug's own handler closes each connection after one answer; a client then makes another for every single request.
"""

import socket
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler


class Answering(WSGIRequestHandler):
    """Answers the requests of one connection, and says nothing on the terminal."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # the body would wait until the client has confirmed the headers

    def setup(self) -> None:
        super().setup()
        _open_at(self.server).add(self.connection)

    def finish(self) -> None:
        _open_at(self.server).discard(self.connection)
        super().finish()

    def make_environ(self) -> dict[str, Any]:
        """The request with its whole body: what nobody reads of it would be taken for the next request."""
        environ = super().make_environ()
        if "wsgi.input_terminated" in environ:  # it came in chunks: they are read as far as the endpoint reads them
            self.close_connection = True
        else:
            environ["wsgi.input"] = BytesIO(self.rfile.read(int(environ.get("CONTENT_LENGTH") or 0)))
        return environ

    def run_wsgi(self) -> None:
        """Ask the application, and send its answer with its length."""
        self.environ = self.make_environ()
        told: list[Any] = []

        def begin(status: str, headers: list[tuple[str, str]], _problem: Any = None, /) -> Callable[[bytes], object]:
            told.extend((status, headers))
            return told.append

        parts = self.server.app(self.environ, begin)
        try:
            body = b"".join(parts)
        finally:
            if hasattr(parts, "close"):
                parts.close()
        code, _, words = told[0].partition(" ")
        self.send_response_only(int(code), words)
        for name, value in told[1]:
            self.send_header(name, value)
        if "content-length" not in {name.lower() for name, _ in told[1]} and code not in ("204", "304"):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: the one line of the process is about its start."""


def hang_up(server: BaseWSGIServer) -> None:
    """Break the connections that are still open to a server which answers no more."""
    for connection in list(_open_at(server)):
        with suppress(OSError):  # its client was quicker
            connection.shutdown(socket.SHUT_RDWR)


def _open_at(server: BaseWSGIServer) -> set[socket.socket]:
    found: set[socket.socket] = vars(server).setdefault("open_connections", set())
    return found
