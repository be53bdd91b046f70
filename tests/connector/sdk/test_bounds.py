"""Answers that no tool sends: without an end, unpacking to more and more, or JSON that is no object."""

import gzip
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import ClassVar

import pytest

from connector.sdk.http import Answer, requests_session, send_requests
from connector.sdk.httpx_transport import httpx_client, send_httpx
from model.errors import ConnectionUnusableError
from tests.support.web_server import Silent, answering

MOST = 1_000_000


class Tool(Silent, BaseHTTPRequestHandler):
    """Answers in the way that its path names."""

    sent: ClassVar[int] = 0

    def do_GET(self) -> None:
        self.send_response(200)
        if self.path == "/packed":
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        if self.path == "/endless":
            try:
                for _ in range(200):
                    self.wfile.write(b" " * MOST)
                    Tool.sent += 1
            except OSError:
                return
        self.wfile.write(gzip.compress(b" " * 20 * MOST) if self.path == "/packed" else b"{}")


@pytest.fixture
def tool() -> Iterator[str]:
    with answering(Tool) as url:
        yield url


def _by_requests(url: str) -> Answer:
    with requests_session(most_bytes=MOST) as session:
        return send_requests(lambda: session.get(url))


def _by_httpx(url: str) -> Answer:
    with httpx_client(most_bytes=MOST) as client:
        return send_httpx(lambda: client.get(url))


@pytest.mark.parametrize("ask", [_by_requests, _by_httpx])
def test_an_answer_is_read_as_far_as_one_may_be(tool: str, ask: Callable[[str], Answer]) -> None:
    assert ask(f"{tool}/short").body == b"{}"
    for path in ("/endless", "/packed"):
        with pytest.raises(ConnectionUnusableError) as refused:
            ask(tool + path)
        assert refused.value.reason == "too_long"
    assert Tool.sent < 100, "the rest is not waited for"
    assert ask(f"{tool}/short").body == b"{}"
