"""First steps in odd orders, and tools that answer oddly: each page says what is the matter, and nothing that is not so."""

import html
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from typing import ClassVar

import pytest

from tests.support.first_steps import OWN, Desk
from tests.support.web_server import Silent, answering


class Odd(Silent, BaseHTTPRequestHandler):
    """Answers everything with one document."""

    told: ClassVar[bytes] = b""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.told)))
        self.end_headers()
        self.wfile.write(self.told)


@pytest.fixture
def odd() -> Iterator[str]:
    with answering(Odd) as url:
        yield url


@pytest.mark.parametrize("told", [b"[1, 2]", b"null", b'"yes"', b"7"])
def test_json_that_no_tool_answers_with_is_told_and_not_our_own_fault(
    desk: Desk, odd: str, monkeypatch: pytest.MonkeyPatch, told: bytes
) -> None:
    monkeypatch.setattr(Odd, "told", told)
    for tool, said in (("asana", "This is not what Asana answers with"), ("jira", "Jira of an unknown kind")):
        answer = desk.post(f"/start/connect?tool={tool}", {**desk.jira, "url": odd})
        assert (answer.status_code, said in answer.text) == (422, True), tool


def test_nobody_is_told_that_a_test_goes_on_by_itself(desk: Desk) -> None:
    desk.tools.sandbox.jira.faults.set("503", times=1_000, retry_after_s=3600)  # longer than anybody waits
    answer = desk.connect()
    told = html.unescape(answer.text)
    assert (answer.status_code, "The tool answered 503" in told) == (422, True)
    assert "Try again in a few minutes." in told
    assert "by itself" not in told


def test_nothing_is_reviewed_nor_gone_for_before_a_place_is_chosen(desk: Desk) -> None:
    """Going for nothing let Bellwether write, and told of a first health that was written nowhere."""
    desk.picked()
    desk.post("/start/tree", {"seen": desk.seen("/start/tree"), "portfolio": "Growth"})
    desk.until("/start/sync", "Your first scores")
    assert desk.client.get("/start/review").location == "/start/publish"
    assert desk.post("/start/review", {"do": "go"}).location == "/start/publish"
    assert "read_only: true" in desk.written()


def test_of_two_at_the_first_account_the_slower_one_is_led_to_the_login(desk: Desk) -> None:
    clients = [desk.deployment.app.test_client() for _ in range(3)]
    together = threading.Barrier(len(clients))
    form = {"password": "correct horse battery", "again": "correct horse battery"}

    def make(number: int) -> tuple[int, str]:
        together.wait()
        answer = clients[number].post("/accounts/first", data={**form, "name": f"Ada {number}"}, headers=OWN)
        return answer.status_code, html.unescape(answer.text)

    for one in clients:
        assert one.get("/accounts/first").status_code == 200
    with ThreadPoolExecutor(len(clients)) as pool:
        made = sorted(pool.map(make, range(len(clients))))
    assert made[0][0] == 303
    later = desk.deployment.app.test_client().post("/accounts/first", data={**form, "name": "Late"}, headers=OWN)
    for status, page in (*made[1:], (later.status_code, html.unescape(later.text))):
        assert status in (404, 409)
        assert "There is an account already." in page
        assert 'action="/login"' in page
