"""Traces, where the environment asks for them: commands and outgoing calls, told to a real OTLP receiver."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.support.scene import Scene

ROOT = Path(__file__).parents[2]


class Receiver:
    """Takes spans by OTLP over HTTP."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        spans = self.spans

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                request = ExportTraceServiceRequest.FromString(body)
                spans.extend(s for r in request.resource_spans for scope in r.scope_spans for s in scope.spans)
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


def _attributes(span: Span) -> dict[str, str]:
    return {one.key: one.value.string_value for one in span.attributes}


def _run(receiver: Receiver, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url, "OTEL_EXPORTER_OTLP_COMPRESSION": "none"}
    command = [sys.executable, "-m", "app", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_a_command_and_its_requests_are_spans(scene: Scene, receiver: Receiver) -> None:
    done = _run(receiver, "sync", "--config", str(scene.write()), "--json")
    assert done.returncode == 0, done.stderr
    spent = sum(one["requests"] for one in json.loads(done.stdout)["connections"])
    (command,) = [span for span in receiver.spans if span.name == "command"]
    requests = [span for span in receiver.spans if span.name == "request"]
    assert _attributes(command) == {"bellwether.command": "sync"}
    assert len(requests) == spent > 0
    assert {_attributes(span)["bellwether.connection"] for span in requests} == {"northlight-jira", "northlight-asana"}
    told = str(receiver.spans)
    for kept in ("WEB-", "LAUNCH-", "sandbox-jira-token", "example.test"):
        assert kept not in told


def test_a_failed_command_is_marked_with_its_slug(receiver: Receiver, tmp_path: Path) -> None:
    assert _run(receiver, "sync", "--config", str(tmp_path / "none.yaml")).returncode == 2
    (command,) = receiver.spans
    assert command.status.code == command.status.STATUS_CODE_ERROR
    assert command.status.message
    assert str(tmp_path) not in str(command)
