"""The look back at a whole run: what it says of made runs, and that it hears of every process."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.support import openapi
from tests.support.whole_run import Run, verdicts

ROOT = Path(__file__).resolve().parents[2]
CALL = {"tool": "jira", "call": "GET /a", "why": "w", "source": "s"}
DEVIATION = {"tool": "asana", "call": "GET /b", "side": "answer", "at": "data/*", "why": "w", "source": "s"}
GAPS = openapi.Gaps(calls=[CALL], deviations=[DEVIATION], statuses=[])
MET = frozenset({"jira GET /a", "asana GET /b answer data/*"})


def _failed(seen: int = 101, met: frozenset[str] = MET) -> list[str]:
    run = Run(seen=Counter(dict.fromkeys(openapi.FILES, seen)), met=set(met))
    return [one.name for one in verdicts(run, GAPS) if one.outcome == "failed"]


def test_a_run_that_watched_everything_and_needed_every_gap_passes() -> None:
    assert _failed() == []


def test_a_run_in_which_hardly_anything_passed_fails_for_every_tool() -> None:
    assert len(_failed(seen=100)) == len(openapi.FILES)


@pytest.mark.parametrize("gone", sorted(MET))
def test_a_gap_that_no_process_met_fails_the_run_and_is_named(gone: str) -> None:
    assert _failed(met=MET - {gone}) == ["every_listed_gap_was_needed_by_some_test"]
    assert [gone] == GAPS.unmet(MET - {gone})


def test_what_the_processes_told_is_added_up() -> None:
    run = Run()
    run.add({"seen": {"jira": 60}, "met": ["jira GET /a"], "files": ["a.py"]})
    run.add({"seen": {"jira": 41, "asana": 2}, "met": ["asana GET /b answer data/*"], "files": ["a.py", "b.py"]})
    assert (run.seen, run.met, run.files) == (Counter(jira=101, asana=2), set(MET), {"a.py", "b.py"})


def test_an_entry_is_met_under_the_name_it_is_missed_by() -> None:
    gaps = openapi.Gaps(calls=[CALL], deviations=[DEVIATION], statuses=[])
    assert gaps.call("jira", "GET", "/a")
    assert gaps.unmet(gaps.met) == ["asana GET /b answer data/*"]


ASKING = """
from tests.support.openapi import RECORDER
def test_that_asks():
    RECORDER.seen["jira"] += {exchanges}
"""


@pytest.mark.skipif(not openapi.at_hand(), reason=openapi.ABSENT)
@pytest.mark.parametrize("processes", ["0", "2"])
def test_every_process_of_a_run_is_heard_and_a_part_of_the_suite_is_called_so(tmp_path: Path, processes: str) -> None:
    files = [tmp_path / "test_one.py", tmp_path / "test_other.py"]
    for file, exchanges in zip(files, (100, 23), strict=True):
        file.write_text(ASKING.format(exchanges=exchanges))
    plugins = [word for name in ("openapi", "whole_run") for word in ("-p", f"tests.support.{name}")]
    command = [sys.executable, "-m", "pytest", "--noconftest", *plugins, "-rs", "-n", processes, "--dist", "loadfile"]
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run([*command, *map(str, files)], cwd=ROOT, capture_output=True, text=True, check=False, env=own)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "only a part of the suite was asked for" in done.stdout
    assert "jira: 123 exchanges" in done.stdout
