"""How many connections a client keeps: as many as requests were under way at once, however many threads made them."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from connector.jira.client import JiraClient
from connector.jira.options import access
from connector.sdk.base import ConnectionSettings, Surroundings
from connector.sdk.politeness import InProcessLedger
from connector.sdk.reach import Check
from model.mapping import Mapping
from tests.support.tokens import MemoryTokens

AT_ONCE = 4


class Keeping(BaseHTTPRequestHandler):
    """Answers everything, and keeps connections open as the tools do."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Keeping) as server:
        server.daemon_threads = True
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        serving.join()


def client_of(url: str, opened: list[str]) -> JiraClient:
    def reach(_url: str) -> Check:
        return lambda _host, address: opened.append(address) if address else None

    auth = {"type": "api_token", "email": "bot@example.test", "token": "a token"}
    settings = ConnectionSettings("acme", "jira", {"url": url, "auth": auth}, Mapping())
    around = Surroundings(
        now=lambda: datetime.now(UTC), sleep=lambda _s: None, read_secret=str, tokens=MemoryTokens(),
        limits=InProcessLedger(), jitter=lambda: 0.0, reach=reach,
    )  # fmt: skip
    return JiraClient(access(settings, str), around)


def in_threads(count: int, work: Callable[[], object]) -> None:
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_threads_that_come_and_go_leave_no_connection_behind(url: str) -> None:
    opened: list[str] = []
    client, together = client_of(url, opened), threading.Barrier(AT_ONCE)

    def read() -> None:
        assert client.read("api/myself") == {}

    def read_together() -> None:
        together.wait()
        read()

    for _ in range(12):
        in_threads(1, read)
    assert len(opened) == 1
    for _ in range(5):
        in_threads(AT_ONCE, read_together)
    client.close()
    assert len(opened) <= AT_ONCE
