"""The transports: what an answer and a failure are turned into."""

from datetime import UTC, datetime
from time import process_time

import httpx
import pytest
import requests
import responses

from connector.sdk.base import ConnectionSettings
from connector.sdk.http import (
    Call,
    TransportError,
    checked_url,
    error_of,
    json_messages,
    requests_session,
    retry_after_s,
    send_requests,
)
from connector.sdk.httpx_transport import httpx_client, send_httpx
from connector.sdk.pagination import token_pages
from connector.sdk.redaction import redact, redact_headers, redact_url
from connector.sdk.registry import create, tools
from model.errors import FatalError, UsageError
from model.mapping import Mapping

NOW = datetime(2026, 11, 20, tzinfo=UTC)
URL = "https://tool.example/things"


@pytest.mark.parametrize(("failure", "sent"), [
    (requests.exceptions.ConnectTimeout("x"), False), (requests.exceptions.ReadTimeout("x"), True),
    (requests.exceptions.ConnectionError("RemoteDisconnected"), True),
])
def test_a_failed_requests_call_says_whether_it_may_have_arrived(failure: Exception, sent: bool) -> None:
    with responses.RequestsMock() as mock:
        mock.get(URL, body=failure)
        with pytest.raises(TransportError) as caught:
            send_requests(lambda: requests_session().get(URL))
    assert caught.value.sent is sent


def test_a_refused_port_never_arrived() -> None:
    with pytest.raises(TransportError) as caught:
        send_requests(lambda: requests_session(connect_s=1).get("http://127.0.0.1:9/"))
    assert caught.value.sent is False


@pytest.mark.parametrize(("failure", "sent"), [(httpx.ConnectError("x"), False), (httpx.ReadTimeout("x"), True)])
def test_a_failed_httpx_call_says_whether_it_may_have_arrived(failure: Exception, sent: bool) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise failure

    with httpx_client(transport=httpx.MockTransport(fail)) as client, pytest.raises(TransportError) as caught:
        send_httpx(lambda: client.get(URL))
    assert caught.value.sent is sent


def test_an_html_page_with_status_200_is_an_error() -> None:
    with responses.RequestsMock() as mock:
        mock.get(URL, body="<html>log in</html>", content_type="text/html")
        answer = send_requests(lambda: requests_session().get(URL))
    error = error_of(Call("GET", "things"), answer, where="acme", now=NOW)
    assert error is not None
    assert error.reason == "html_answer"


def test_retry_after_may_be_a_number_or_a_date() -> None:
    assert retry_after_s({"retry-after": "12"}, NOW) == 12
    assert retry_after_s({"retry-after": "Fri, 20 Nov 2026 00:01:00 GMT"}, NOW) == 60
    assert retry_after_s({"retry-after": "later"}, NOW) is None


def test_error_bodies_of_both_vendors_are_understood() -> None:
    assert json_messages(b'{"errorMessages":["a"],"errors":{"f":"b"}}') == "a f: b"
    assert json_messages(b'{"errors":[{"message":"c"}]}') == "c"


@pytest.mark.parametrize("url", ["ftp://x.example", "no url", "https://u:p@x.example", "http://x.example"])
def test_a_url_that_would_not_do_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        checked_url(url, allow_insecure=False, where="connections.x.url")


def test_a_repeated_page_token_is_an_error() -> None:
    with pytest.raises(FatalError, match="twice"):
        list(token_pages(lambda _token: ("page", "same"), where="acme"))


def test_pages_end_where_no_token_comes() -> None:
    given = {None: ("a", "t"), "t": ("b", None)}
    assert [page for page, _ in token_pages(lambda token: given[token], where="acme")] == ["a", "b"]


@pytest.mark.parametrize("text", [
    "Authorization: Basic c2VjcmV0", "Bearer c2VjcmV0", "https://c2VjcmV0:x@host", "?token=c2VjcmV0&a=1",
    '{"password": "c2VjcmV0"}',
])
def test_a_secret_in_a_text_is_hidden(text: str) -> None:
    assert "c2VjcmV0" not in redact(text)


def test_exact_secrets_and_mail_addresses_are_hidden() -> None:
    assert redact("it is hush for ada@acme.example", ["hush"]) == "it is *** for <email>"


def test_urls_and_headers_lose_only_what_is_secret() -> None:
    begin = process_time()
    for word in ("a", "a.", "a_", "x@a-", "eyJ"):
        assert redact(word * 200_000)
    assert process_time() - begin < 5, "of a long text its length, not the square of it"
    assert redact_url("https://h.example/p?token=x&assignee=a") == "https://h.example/p?token=***&assignee=a"
    assert redact_headers({"Authorization": "Basic x", "Accept": "json"}) == {"Authorization": "***", "Accept": "json"}


def test_tools_are_found_by_being_there() -> None:
    assert {"asana", "jira"} <= tools().keys()


def test_an_unknown_tool_names_the_known_ones() -> None:
    settings = ConnectionSettings("x", "trello", {}, Mapping())
    with pytest.raises(UsageError, match="jira"):
        create(settings, None)  # type: ignore[arg-type]
