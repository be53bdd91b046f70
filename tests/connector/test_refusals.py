"""Both tools with every tenth request refused: everything arrives, and nobody asks before the vendor's moment."""

import random
import threading
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from connector.sdk.base import ConnectionSettings, Connector, Surroundings
from connector.sdk.politeness import InProcessLedger
from connector.sdk.registry import create
from model.mapping import Mapping
from model.tree import Source
from sandbox.server import Credentials, Running, build, start
from tests.support.small_world import small_world
from tests.support.tokens import MemoryTokens

WAIT_S = 1
ON_ITS_WAY_S = 0.3
WORDS = Credentials()


class Refusing:
    """A WSGI application that answers every tenth request with 429, and notes when what came."""

    def __init__(self, inner: Any) -> None:
        self._inner, self._lock = inner, threading.Lock()
        self.every = 0
        self.came: list[float] = []
        self.refused: list[float] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with self._lock:
            self.came.append(time.monotonic())
            refuse = self.every and len(self.came) % self.every == 0
            if refuse:
                self.refused.append(time.monotonic())
        if not refuse:
            answer: Iterable[bytes] = self._inner(environ, start_response)
            return answer
        body = b'{"errorMessages":["Too many requests."],"errors":[]}'
        start_response("429 Too Many Requests", [
            ("Retry-After", str(WAIT_S)), ("Content-Type", "application/json"), ("Content-Length", str(len(body))),
        ])
        return [body]

    def early(self) -> list[float]:
        """Requests that came before the end of a Retry-After, save those already on their way when it was said."""
        return [
            at - refusal for refusal in self.refused for at in self.came
            if refusal + ON_ITS_WAY_S < at < refusal + WAIT_S
        ]


@pytest.fixture
def running() -> Iterator[Running]:
    made = start(build(small_world(datetime.now(UTC)), clock=lambda: datetime.now(UTC), speed=50.0))
    yield made
    made.stop()


def _connector(running: Running, tool: str) -> Connector:
    options: dict[str, dict[str, Any]] = {
        "jira": {"url": f"{running.url}/jira", "auth": {
            "type": "api_token", "email": WORDS.jira_email, "token": WORDS.jira_token,
        }},
        "asana": {"url": f"{running.url}/asana/api/1.0", "workspace": running.sandbox.asana.workspace.gid,
                  "auth": {"type": "token", "token": WORDS.asana_token}},
    }
    around = Surroundings(
        now=lambda: datetime.now(UTC), sleep=time.sleep, read_secret=str, tokens=MemoryTokens(),
        limits=InProcessLedger(), jitter=random.Random(3).random,
    )
    return create(ConnectionSettings("acme", tool, options[tool], Mapping()), around)


def _sources(running: Running, tool: str) -> list[Source]:
    names = [project.gid for project in running.sandbox.asana.projects.values()] if tool == "asana" else [
        project.key for project in running.sandbox.jira.projects.values()
    ]
    return [Source(connection="acme", kind="project", value=name) for name in names]


def _pulled(running: Running, tool: str) -> tuple[set[tuple[str, str]], float]:
    connector, began = _connector(running, tool), time.monotonic()
    pages = list(connector.pull(_sources(running, tool), cursor=None, checkpoint=None))
    took_s = time.monotonic() - began
    connector.close()
    assert not any(page.skipped for page in pages)
    return {(raw.kind, raw.vendor_id) for page in pages for raw in page.raw}, took_s


@pytest.mark.parametrize("tool", ["jira", "asana"])
def test_with_every_tenth_request_refused_all_arrives_and_none_is_early(running: Running, tool: str) -> None:
    expected, undisturbed_s = _pulled(running, tool)
    refusing = Refusing(running.sandbox)
    running.server.app = refusing
    refusing.every = 10
    found, took_s = _pulled(running, tool)
    assert found == expected
    assert refusing.refused
    assert refusing.early() == []
    # Each refusal is waited for once, with up to a third more; the rest is the machine's own noise.
    assert took_s <= 2 * undisturbed_s + len(refusing.refused) * WAIT_S * 1.5 + 1.0
