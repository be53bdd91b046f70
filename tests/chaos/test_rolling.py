"""A deployment whose processes are replaced while deliveries come, as an ingress or a supervisor does it."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
import pytest
from sqlalchemy import func, select

from service import hooks
from store.tables import hook_deliveries
from tests.support.hooked import JIRA, SECRET, jira_body, jira_signed
from tests.support.scene import Scene
from tests.support.workers import Workers, working

pytestmark = pytest.mark.long

EVERY_S = 0.02
TAKEN = 202


@dataclass
class Tool:
    """Tells of one change after the other, fifty a second, at the first address that takes a connection.

    ``answers``: the status of each; ``waited_s``: the longest that all addresses took none.
    """

    addresses: list[str]
    issue: str
    answers: list[int] = field(default_factory=list)
    waited_s: float = 0.0
    ended: threading.Event = field(default_factory=threading.Event)

    def tell(self) -> None:
        while not self.ended.is_set():
            body = jira_body(self.issue, timestamp=len(self.answers))
            began = time.monotonic()
            while (status := self._sent(body)) is None:
                time.sleep(EVERY_S)
            self.waited_s = max(self.waited_s, time.monotonic() - began)
            self.answers.append(status)
            time.sleep(EVERY_S)

    def _sent(self, body: bytes) -> int | None:
        for address in tuple(self.addresses):
            try:
                return httpx.post(f"{address}/webhooks/{JIRA}", content=body, headers=jira_signed(body), timeout=30).status_code
            except httpx.ConnectError:
                continue
        return None


@contextmanager
def telling(tool: Tool) -> Iterator[Tool]:
    thread = threading.Thread(target=tool.tell)
    thread.start()
    try:
        yield tool
    finally:
        tool.ended.set()
        thread.join()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _serve(workers: Workers, port: int) -> tuple[subprocess.Popen[bytes], str]:
    """Another `serve`, once it is ready; and its address."""
    process = workers.start("-m", "app", "serve", "-v", "--public-url", "", "--port", str(port), "--config")
    address = f"http://127.0.0.1:{port}"
    workers.until(lambda: _is_ready(address))
    return process, address


def _is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz", timeout=10).status_code == 200
    except httpx.TransportError:
        return False


def _kept(workers: Workers) -> int:
    with workers.workspace.db.transaction(write=False) as conn:
        return int(conn.execute(select(func.count()).select_from(hook_deliveries)).scalar_one())


def _all_worked_off(workers: Workers) -> bool:
    with workers.workspace.db.read() as uow:
        return not uow.inbox.waiting() and workers.settled()


@pytest.fixture
def deployment(scene: Scene, database_url: str) -> Iterator[Workers]:
    with working(scene, database_url) as workers:
        hooks.agree(workers.workspace, JIRA, SECRET)
        yield workers


def _tool(workers: Workers, *addresses: str) -> Tool:
    return Tool(list(addresses), str(workers.scene.jira.issue("WEB-101").id))


def test_processes_that_are_replaced_one_by_one_turn_no_delivery_away(deployment: Workers) -> None:
    first, address = _serve(deployment, _free_port())
    with telling(_tool(deployment, address)) as tool:
        for _ in range(2):
            second, beside = _serve(deployment, _free_port())
            tool.addresses[:] = [beside]  # as an ingress does before a process is asked to end
            first.terminate()
            assert first.wait(timeout=60) == 0
            first = second
    deployment.until(lambda: _all_worked_off(deployment))
    assert set(tool.answers) == {TAKEN}
    assert tool.waited_s < 2
    assert _kept(deployment) == len(tool.answers)


def test_one_process_that_is_started_anew_makes_the_tool_wait_and_loses_nothing(deployment: Workers) -> None:
    port = _free_port()
    process, address = _serve(deployment, port)
    with telling(_tool(deployment, address)) as tool:
        time.sleep(1)
        process.terminate()
        assert process.wait(timeout=60) == 0
        _serve(deployment, port)
        time.sleep(1)
    deployment.until(lambda: _all_worked_off(deployment))
    print(f"no address took a connection for {tool.waited_s:.1f} s", file=sys.stderr)
    assert set(tool.answers) == {TAKEN}
    assert _kept(deployment) == len(tool.answers)
