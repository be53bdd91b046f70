"""Traces, where the environment asks for them: commands, jobs and outgoing calls, told to a real OTLP receiver."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from model.jobs import POLL, name_of
from tests.support.scene import Scene
from tests.support.trace_receiver import Receiver, attributes, receiving
from tests.support.workers import PATIENCE_S, working

ROOT = Path(__file__).parents[2]
JIRA_POLL, ASANA_POLL = name_of(POLL, "northlight-jira"), name_of(POLL, "northlight-asana")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


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
    assert attributes(command) == {"bellwether.command": "sync"}
    assert len(requests) == spent > 0
    assert {attributes(span)["bellwether.connection"] for span in requests} == {"northlight-jira", "northlight-asana"}
    told = str(receiver.spans)
    for kept in ("WEB-", "LAUNCH-", "sandbox-jira-token", "example.test"):
        assert kept not in told


def test_a_failed_command_is_marked_with_its_slug(receiver: Receiver, tmp_path: Path) -> None:
    assert _run(receiver, "sync", "--config", str(tmp_path / "none.yaml")).returncode == 2
    (command,) = receiver.spans
    assert command.status.code == command.status.STATUS_CODE_ERROR
    assert command.status.message
    assert str(tmp_path) not in str(command)


def test_every_run_of_a_worker_s_jobs_is_one_line_and_one_span_and_so_is_the_worker_itself(
    scene: Scene, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of the last second: what waits to be sent is sent before the process ends at once."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "3600000")  # nothing is sent before its end, if not by being full
    with working(scene, f"sqlite:///{scene.folder / 'test.db'}") as workers:
        scene.asana.faults.set("html_login", times=10_000)
        worker = workers.start()
        workers.until(lambda: (job := workers.job(ASANA_POLL)) is not None and job.reason is not None)
        workers.until(lambda: (job := workers.job(JIRA_POLL)) is not None and job.told is not None)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=PATIENCE_S) == 0
        said = [json.loads(line) for line in workers.log().splitlines() if line.startswith("{")]
    lines = {(line["job"], line["run"]): line for line in said if line["event"] == "job"}
    assert len(lines) == sum(line["event"] == "job" for line in said)
    spans = {(attributes(one)["bellwether.job"], attributes(one)["bellwether.run"]): one for one in _named(receiver, "job")}
    assert spans.keys() == lines.keys()
    assert len(spans) == len(_named(receiver, "job"))
    made = Counter(request.trace_id for request in _named(receiver, "request"))
    for run, span in spans.items():
        line = lines[run]
        assert attributes(span).get("bellwether.connection") == line.get("connection")
        assert span.status.message == line.get("reason", "")
        assert made[span.trace_id] == line.get("requests", 0), line
    polls = [lines[run] for run in lines if run[0] in (JIRA_POLL, ASANA_POLL)]
    assert {(line["connection"], line["outcome"]) for line in polls} == {
        ("northlight-jira", "done"), ("northlight-asana", "put_off"),
    }  # fmt: skip
    assert all(line["requests"] > 0 for line in polls)
    (ended,) = [line for line in said if line["event"] == "command"]
    assert (ended["command"], ended["outcome"]) == ("worker", "done")
    (command,) = _named(receiver, "command")
    assert attributes(command) == {"bellwether.command": "worker"}
    assert {one.trace_id for one in spans.values()}.isdisjoint({command.trace_id})


def test_a_job_that_breaks_in_a_worker_is_one_crashed_line_and_nothing_of_what_it_worked_on_is_told(
    scene: Scene, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
    with working(scene, f"sqlite:///{scene.folder / 'test.db'}") as workers:
        worker = workers.start(str(Path(__file__).with_name("breaking_worker.py")), ASANA_POLL)
        assert worker.wait(timeout=PATIENCE_S) == 0
        log = workers.log()
    said = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    (crashed,) = [line for line in said if line["event"] == "job" and line["job"] == ASANA_POLL]
    assert (crashed["outcome"], crashed["reason"], crashed["connection"]) == ("crashed", "ValueError", "northlight-asana")
    (broke,) = [line for line in said if line["event"] == "job_broke" and line["job"] == ASANA_POLL]
    assert "breaking_worker.py" in broke["exception"]
    assert broke["exception"].splitlines()[-1] == "ValueError"
    assert "Ada Berg" not in log
    (span,) = [one for one in _named(receiver, "job") if attributes(one)["bellwether.job"] == ASANA_POLL]
    assert (span.status.code, span.status.message) == (span.status.STATUS_CODE_ERROR, "ValueError")
    assert "Ada Berg" not in str(receiver.spans)


def _named(receiver: Receiver, name: str) -> list[Span]:
    return [span for span in receiver.spans if span.name == name]
