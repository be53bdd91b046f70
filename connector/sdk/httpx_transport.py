"""``httpx`` as a transport under an SDK: apart, because it takes a while to load and not every tool needs it."""

import ssl
from collections.abc import Callable, Generator
from functools import cache
from typing import Any

import httpx

from connector.sdk.bounds import LARGEST_ANSWER, bounded
from connector.sdk.credentials import Credential
from connector.sdk.http import CONNECT_TIMEOUT_S, READ_TIMEOUT_S, USER_AGENT, Answer, TransportError
from connector.sdk.reach import Check, anywhere


class HttpxAuth(httpx.Auth):
    """A credential as ``httpx`` takes it."""

    def __init__(self, credential: Credential) -> None:
        self._credential = credential

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = self._credential.header()
        yield request


def httpx_client(
    *, base_url: str = "", connect_s: float = CONNECT_TIMEOUT_S, read_s: float = READ_TIMEOUT_S,
    transport: httpx.BaseTransport | None = None, check: Check = anywhere, most_bytes: int = LARGEST_ANSWER,
) -> httpx.Client:
    """An ``httpx`` client for many threads: HTTP/1.1, gzip, split time-outs, no redirects followed.

    ``check``: asked about every connection that it opens. ``most_bytes``: of an answer, unpacked.
    """
    return httpx.Client(
        base_url=base_url,
        verify=_trusted(),
        timeout=httpx.Timeout(read_s, connect=connect_s),
        limits=httpx.Limits(max_connections=16, max_keepalive_connections=8),
        headers={"User-Agent": USER_AGENT, "Accept": "application/json"},
        transport=transport,
        event_hooks={
            "request": [lambda request: _watch(request, check)],
            "response": [lambda response: _read(response, most_bytes)],
        },
    )


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities we trust, read once: each client would read their file anew, which takes longer than many answers."""
    return httpx.create_ssl_context()


def _read(response: httpx.Response, most: int) -> None:
    """Read an answer, as far as one may be."""
    try:
        body = b"".join(bounded(response.iter_bytes(), most))
    except BaseException:
        response.close()
        raise
    response._content = body  # where its own ``read`` looks, which has no bounds


def _watch(request: httpx.Request, check: Check) -> None:
    """Have the connection checked that is opened for a request. One to a proxy is not: the proxy looks the name up."""
    host, direct = request.url.raw_host.decode("ascii"), False

    def trace(event: str, about: dict[str, Any]) -> None:
        nonlocal direct
        if event == "connection.connect_tcp.started":
            direct = about["host"] == host
            if direct:
                check(host, None)
        elif event == "connection.connect_tcp.complete" and direct:
            stream = about["return_value"]
            try:
                check(host, str(stream.get_extra_info("server_addr")[0]))
            except BaseException:
                stream.close()
                raise

    request.extensions["trace"] = trace


def send_httpx(send: Callable[[], httpx.Response]) -> Answer:
    """Run a call that ends in ``httpx`` and give its answer. Raises TransportError when none came."""
    try:
        response = send()
        return Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, response.content)
    except httpx.ConnectTimeout as exc:
        raise TransportError("connecting took too long", sent=False) from exc
    except httpx.PoolTimeout as exc:
        raise TransportError("no connection was free", sent=False) from exc
    except httpx.TimeoutException as exc:
        raise TransportError("the answer took too long", sent=True) from exc
    except httpx.ConnectError as exc:
        raise TransportError("no connection to the host", sent=False) from exc
    except httpx.HTTPError as exc:
        raise TransportError(type(exc).__name__, sent=True) from exc
