"""A client whose address a page gave sends nothing into a private network, whatever its name answers and redirects say."""

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from config.outbound import Outward, refuse_private
from connector.sdk.http import requests_session, send_requests
from connector.sdk.httpx_transport import httpx_client, send_httpx
from connector.sdk.reach import Check, freely
from model.errors import ConnectionUnusableError

PUBLIC, PRIVATE = "93.184.215.14", "10.0.0.1"


@dataclass
class Inside:
    """Something inside the network, e.g. a metadata service. ``heard``: what each connection sent."""

    server: socket.socket
    heard: list[bytes] = field(default_factory=list)
    says: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"

    @property
    def port(self) -> int:
        return int(self.server.getsockname()[1])

    def listen(self) -> None:
        while True:
            try:
                opened, _ = self.server.accept()
            except OSError:
                return
            with opened:
                opened.settimeout(5)
                try:
                    self.heard.append(opened.recv(4096))
                    opened.sendall(self.says)
                except OSError:
                    self.heard.append(b"")


@pytest.fixture
def inside() -> Iterator[Inside]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        made = Inside(server)
        listening = threading.Thread(target=made.listen)
        listening.start()
        yield made
        server.shutdown(socket.SHUT_RDWR)
        listening.join(timeout=5)


def _by_requests(url: str, check: Check) -> int:
    with requests_session(check=check) as session:
        return send_requests(lambda: session.get(url)).status


def _by_httpx(url: str, check: Check) -> int:
    with httpx_client(check=check) as client:
        return send_httpx(lambda: client.get(url)).status


ways = pytest.mark.parametrize("way", [_by_requests, _by_httpx])
Way = Callable[[str, Check], int]


@dataclass
class Names:
    """A name server that answers each question with the next of its answers."""

    answers: list[str]

    def __call__(self, _host: str) -> tuple[str, ...]:
        return (self.answers.pop(0) if len(self.answers) > 1 else self.answers[0],)


def _page(resolve: Names, **allowed: tuple[str, ...]) -> Outward:
    return Outward(lambda _host: True, resolve=resolve, **allowed)


@ways
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_name_that_leads_elsewhere_when_it_is_connected_to_is_sent_nothing(way: Way, scheme: str, inside: Inside) -> None:
    """The names that are asked say a public address each time; the machine's own, asked to connect, says another."""
    url = f"{scheme}://localhost:{inside.port}/latest/meta-data"
    names = Names([PUBLIC])
    refuse_private(url, allowed=(), resolve=names)
    with pytest.raises(ConnectionUnusableError, match=r"localhost is inside a private network.*") as caught:
        way(url, _page(names)(url))
    assert caught.value.reason == "private_address"
    assert "BELLWETHER_ALLOWED_HOSTS=localhost" in caught.value.fix
    inside.server.settimeout(1)
    assert [one for one in inside.heard if one] == []


@ways
def test_a_name_that_has_moved_since_it_was_typed_is_not_even_connected_to(way: Way, inside: Inside) -> None:
    url = f"http://localhost:{inside.port}/"
    names = Names([PUBLIC, PRIVATE])
    refuse_private(url, allowed=(), resolve=names)
    with pytest.raises(ConnectionUnusableError):
        way(url, _page(names)(url))
    assert inside.heard == []


def test_a_redirect_into_the_network_is_not_followed_there(inside: Inside) -> None:
    url = f"http://localhost:{inside.port}/"
    inside.says = f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{inside.port}/inner\r\nContent-Length: 0\r\n\r\n".encode()
    check = _page(Names([PUBLIC]), allowed=("localhost",))(url)
    with pytest.raises(ConnectionUnusableError, match=r"127\.0\.0\.1"):
        _by_requests(url, check)
    assert [one.split(b" ")[1] for one in inside.heard if one] == [b"/"]


@ways
def test_what_the_operator_names_or_wrote_is_called_wherever_it_is(way: Way, inside: Inside) -> None:
    url = f"http://localhost:{inside.port}/"
    for reach in (
        _page(Names([PRIVATE]), allowed=("localhost",)), _page(Names(["127.0.0.1"]), allowed=("127.0.0.1",)),
        Outward(lambda _host: False, resolve=Names([PRIVATE])), freely,
    ):  # fmt: skip
        assert way(url, reach(url)) == 200


@ways
def test_a_proxy_of_the_operator_is_asked_as_it_is(way: Way, inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stands in a private network and looks names up itself."""
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{inside.port}")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{inside.port}")
    assert way("http://tool.example/x", _page(Names([PRIVATE]))("http://tool.example")) == 200
    assert inside.heard[0].startswith(b"GET http://tool.example/x")


@ways
def test_a_name_without_an_address_is_a_connection_that_failed(way: Way) -> None:
    def nowhere(_host: str) -> tuple[str, ...]:
        raise OSError("no such name")

    with pytest.raises(Exception, match="no connection to the host"):
        way("http://nobody.invalid/", Outward(lambda _host: True, resolve=nowhere)("http://nobody.invalid"))
