"""What stands under the official SDK instead of its own REST object: one ``httpx`` client, paced by politeness.

The SDK builds the request (path, query, body); everything after that is ours. See README.md for what its own transport
does and why it is not used.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
from asana.api_client import ApiClient

from connector.asana.payloads import loads
from connector.sdk.http import Answer, Call, Limit
from connector.sdk.httpx_transport import send_httpx
from connector.sdk.politeness import Politeness
from model.errors import ConnectionUnusableError

_BATCH = "/batch"
Query = Sequence[tuple[str, Any]] | Mapping[str, Any] | None


@dataclass
class SdkConfiguration:
    """The part of the SDK's ``Configuration`` that its calls read, without its log handlers, pools and singletons."""

    host: str
    safe_chars_for_path_param: str = ""
    return_page_iterator: bool = False
    page_limit: int = 100
    access_token: str = field(default="", repr=False)

    def auth_settings(self) -> dict[str, Any]:
        """Nothing: the credential is a header of our client, never of a call."""
        return {}


@dataclass(frozen=True)
class SdkAnswer:
    """An answer in the shape the SDK reads: ``data`` is the raw body."""

    status: int
    data: bytes
    headers: Mapping[str, str]

    def getheaders(self) -> Mapping[str, str]:
        """All headers, names in lower case."""
        return self.headers


class HttpxRest:
    """The SDK's REST object: the same calls, over ``httpx`` and politeness.

    Every answer above 299 has become one of ``model.errors`` by the time it leaves here.
    """

    def __init__(self, http: httpx.Client, polite: Politeness, limits: Callable[[str, int], tuple[Limit, ...]]) -> None:
        """``limits``: what a request to a path, with so many actions in it, is charged to."""
        self._http = http
        self._polite = polite
        self._limits = limits
        self._date: str | None = None

    def server_time(self) -> datetime | None:
        """Asana's clock, by the newest answer; None where none told it."""
        try:
            return parsedate_to_datetime(self._date).astimezone(UTC) if self._date else None
        except ValueError:
            return None

    def request(self, method: str, url: str, **kwargs: Any) -> SdkAnswer:
        """Send one request; keyword arguments are the SDK's: query_params, headers, body."""
        answer = self.send(method, url, kwargs.get("query_params"), kwargs.get("body"))
        return SdkAnswer(answer.status, answer.body, answer.headers)

    def send(self, method: str, url: str, query: Query, body: Any) -> Answer:
        """Send one request, repeated where that does no harm."""
        pairs = list(query.items()) if isinstance(query, Mapping) else list(query or ())
        # The SDK puts the body of the calls about options into the query as well; no parameter is called so.
        told = [(name, value) for name, value in pairs if value is not None and name != "body"]
        params = httpx.QueryParams([(name, _text(value)) for name, value in told])
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json"} if content else {}
        path = urlsplit(url).path
        actions = body["data"]["actions"] if path.endswith(_BATCH) else []
        reads = bool(actions) and all(action["method"] == "get" for action in actions)
        limits = self._limits(path, len(actions))
        call = Call(method=method, path=path, limits=limits, repeatable=True if reads else None)
        answer = self._polite.run(
            call,
            lambda: send_httpx(
                lambda: self._http.request(method, url, params=params, content=content, headers=headers)
            ),
        )
        self._date = answer.headers.get("date") or self._date
        return answer

    def GET(self, url: str, **kwargs: Any) -> SdkAnswer:  # noqa: N802 - the SDK calls it so
        return self.request("GET", url, **kwargs)

    def POST(self, url: str, **kwargs: Any) -> SdkAnswer:  # noqa: N802
        return self.request("POST", url, **kwargs)

    def PUT(self, url: str, **kwargs: Any) -> SdkAnswer:  # noqa: N802
        return self.request("PUT", url, **kwargs)

    def DELETE(self, url: str, **kwargs: Any) -> SdkAnswer:  # noqa: N802
        return self.request("DELETE", url, **kwargs)


class QuietApiClient(ApiClient):  # type: ignore[misc]  # the SDK has no types
    """The SDK's client over our REST object: no thread pool, no shared answer, every character kept."""

    def __init__(self, host: str, rest: HttpxRest) -> None:
        # The parent's __init__ would start a pool of threads and a urllib3 pool; nothing else of it is needed.
        self.configuration = SdkConfiguration(host=host)
        self.rest_client = rest
        self.default_headers: dict[str, str] = {}
        self.cookie = None

    def __del__(self) -> None:
        """Nothing to join: the parent's joins a pool that we never start."""

    def deserialize(self, response: SdkAnswer, response_type: object) -> Any:
        """The parsed body. The parent's replaces non-breaking spaces, which then differ from what Asana holds."""
        try:
            found = loads(response.data)
        except ValueError as exc:
            raise ConnectionUnusableError(
                "Asana answered with something that is not JSON.",
                fix="Check the connection's url.", reason="not_json",
            ) from exc
        if not isinstance(found, dict):
            raise ConnectionUnusableError(
                "This is not what Asana answers with.", fix="Check the connection's url.", reason="not_asana"
            )
        return found


def _text(value: Any) -> str:
    """A query value as Asana reads it: the SDK would send Python's own spelling of lists and booleans."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ",".join(str(each) for each in value)
    return str(value)
