"""Logs: one canonical line a command and a job, for people or machines, and never a secret or a person in it."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner

from app.cli import main
from app.cli.demo import SANDBOX_SECRETS
from app.logging import canonical, configure
from model.errors import RetryableError
from model.sync import Traffic
from tests.support.scene import Scene

ROOT = Path(__file__).parents[2]
TOKEN = "hunter2-hunter2-hunter2"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    yield io.StringIO()
    structlog.reset_defaults()


def _lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_job_ends_in_one_line_with_all_that_is_to_be_known(stream: io.StringIO) -> None:
    configure("json", verbose=False, stream=stream)
    ticks = iter((10.0, 12.5))
    with canonical("job", clock=lambda: next(ticks), job="sync", connection="acme") as line:
        line.add(created=3)
        line.traffic(Traffic(requests=5, bytes=30, waited_s=1.5))
    (said,) = _lines(stream)
    assert said.pop("timestamp").endswith("Z")
    assert said == {
        "event": "job", "level": "info", "job": "sync", "connection": "acme", "created": 3, "requests": 5, "bytes": 30,
        "wait_s": 1.5, "outcome": "done", "seconds": 2.5,
    }  # fmt: skip


def test_a_failure_names_its_slug_and_not_its_text(stream: io.StringIO) -> None:
    configure("json", verbose=False, stream=stream)
    with pytest.raises(RetryableError), canonical("job", job="push"):
        raise RetryableError(f"The tool said {TOKEN}.", reason="rate_limited")
    with pytest.raises(ZeroDivisionError), canonical("job", job="push"):
        raise ZeroDivisionError(TOKEN)
    failed, crashed = _lines(stream)
    assert (failed["outcome"], failed["reason"]) == ("failed", "rate_limited")
    assert (crashed["outcome"], crashed["reason"]) == ("crashed", "ZeroDivisionError")
    assert TOKEN not in stream.getvalue()


@pytest.mark.parametrize("style", ["human", "json"])
def test_secrets_and_addresses_are_taken_out_wherever_they_stand(stream: io.StringIO, style: str) -> None:
    configure(style, verbose=True, stream=stream)
    log = structlog.get_logger()
    log.info("event", token=TOKEN, authorization=TOKEN, url=f"https://ada:{TOKEN}@acme.example/x?access_token={TOKEN}")
    log.info("event", headers={"Authorization": f"Bearer {TOKEN}"}, said=[f"Bearer {TOKEN}", "ada@acme.example"])
    try:
        raise ValueError(f"Authorization: Bearer {TOKEN} for ada@acme.example")
    except ValueError:
        log.exception("failed")
    said = stream.getvalue()
    assert "failed" in said
    assert TOKEN not in said
    assert "ada@acme.example" not in said


def test_for_people_only_warnings_are_told_unless_they_ask(stream: io.StringIO) -> None:
    configure("human", verbose=False, stream=stream)
    with canonical("job", job="sync"):
        pass
    assert stream.getvalue() == ""


def test_a_command_s_run_leaks_no_secret_and_no_person(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELLWETHER_LOG", "json")
    path = str(scene.write())
    for arguments in (["sync"], ["rollup"], ["setup", "--apply"], ["push"], ["check"]):
        done = CliRunner().invoke(main, [*arguments, "--config", path, "--json", "-v"])
        lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
        (told,) = [line for line in lines if line["event"] == "command"]
        assert told["command"] == arguments[0]
        assert told["seconds"] > 0
        for kept in (*SANDBOX_SECRETS.values(), "Ada Berg", "Bo Lund", "Cy Holm", "example.test", "open 10"):
            assert kept not in done.stderr
    scene.jira.faults.set("html", times=1000)
    done = CliRunner().invoke(main, ["sync", "northlight-jira", "--config", path, "--json"])
    assert json.loads(done.stderr.splitlines()[-1])["outcome"] == "unusable"


def test_without_an_endpoint_nothing_of_opentelemetry_is_loaded() -> None:
    code = "import sys, app.cli; from app.cli import main; main(['config','schema'], standalone_mode=False)"
    after = "import atexit, sys; atexit.register(lambda: print([m for m in sys.modules if m.startswith('opentelemetry')]))"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    done = subprocess.run(
        [sys.executable, "-c", f"{after}; {code}"], capture_output=True, text=True, cwd=ROOT, env=environment, check=False
    )
    assert done.stdout.splitlines()[-1] == "[]"
