"""A web server on this machine that takes what is posted to it and answers as it is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

from tests.support.web_server import Silent, answering


@dataclass(frozen=True)
class Posted:
    """One request as it came in. Header names are lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What to answer; ``silent``: take the request and close the connection without a word."""

    status: int = 200
    body: bytes = b"ok"
    headers: dict[str, str] = field(default_factory=dict)
    silent: bool = False


@dataclass
class Receiver:
    """What came in, and the answers still to give; after the last one it answers 200."""

    port: int
    posted: list[Posted] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A receiver that runs until the end of the block."""

    class Handler(Silent, BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            running.posted.append(Posted(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            reply = running.replies.pop(0) if running.replies else Reply()
            self.close_connection = True
            if reply.silent:
                return
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(reply.body)), "Connection": "close", **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

    running = Receiver(0)
    with answering(Handler) as url:
        running.port = urlsplit(url).port or 0
        yield running
