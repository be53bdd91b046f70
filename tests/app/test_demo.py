"""The demo as a person starts it: a process of its own, the made company, and real issues played back."""

import itertools
import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

import jsonschema
import pytest

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"


def _demo(*arguments: str) -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-m", "app", "demo", "--once", "--json", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_the_demo_syncs_scores_writes_into_both_tools_and_says_how_to_ask_it_and_that_is_how() -> None:
    command = [sys.executable, "-u", "-m", "app", "demo", "--json", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as demo:
        try:
            assert demo.stdout is not None
            assert demo.stderr is not None
            document = json.loads(demo.stdout.readline())
            guide = _guide(demo.stderr)
            folder = Path(re.search(r"BELLWETHER_CONFIG=(\S+)", guide[0])[1]).parent  # type: ignore[index]
            asked = [line.split("#")[0] for line in guide if "bellwether report" not in line]
            done = subprocess.run(["sh", "-ec", "\n".join(asked)], cwd=ROOT, capture_output=True, text=True, check=False)
        finally:
            demo.send_signal(signal.SIGINT)
    assert not folder.exists()
    _is_of_both_tools(document)
    assert len(guide) == 6
    assert done.returncode == 0, done.stderr
    for told in ("How firm this is", "Since", "Declared better than computed: 1", "replayed", "Proposal for Growth"):
        assert told in done.stdout


def _guide(stream: IO[str]) -> list[str]:
    """The commands that are offered, until the page is served."""
    said = iter(stream.readline, "")
    assert "While this runs, ask it from another terminal in this folder:\n" in said
    return list(itertools.takewhile(lambda line: not line.startswith("Bellwether serves http"), filter(str.strip, said)))


def _is_of_both_tools(document: dict[str, Any]) -> None:
    bands = {node["id"]: node["band"] for node in document["rollup"]["nodes"]}
    assert len(bands) == 40  # 8 of them are candidates, which have no work yet
    assert {"ON_TRACK", "AT_RISK"} <= set(bands.values())
    assert bands["onb"] in ("AT_RISK", "OFF_TRACK")
    assert bands["help"] == "ON_TRACK"
    written = {write["connection"] for write in document["push"]["writes"] if write["result"] == "written"}
    assert written == {"northlight-jira", "northlight-asana"}
    schema = SHARED / "design" / "schemas" / "demo.schema.json"
    if schema.exists():
        jsonschema.validate(document, json.loads(schema.read_text()), format_checker=jsonschema.FormatChecker())


@pytest.mark.skipif(not (SHARED / "data").is_dir(), reason="the real issues (../shared/data) are not beside the checkout")
def test_real_issues_are_played_back_as_of_a_day_in_their_life() -> None:
    code, document = _demo("--jira-export", str(SHARED / "data" / "jira-apache2014"), "--as-of", "2013-06-30")
    assert code in (0, 1)
    assert document["rollup"]["as_of"].startswith("2013-06-30")
    assert {node["basis"] for node in document["rollup"]["nodes"]} == {"reconstructed"}
    assert document["sync"]["connections"][0]["created"] > 0
    assert document["push"]["writes"] == []
