"""The benchmark of the roll-up says how each measurement stands to its bars, and ends badly only where one binds."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.bars import Bars, exit_code

ROOT = Path(__file__).resolve().parents[2]


def test_a_bar_is_reached_at_a_ratio_of_one_and_missed_beyond_it() -> None:
    assert Bars({"cpu": 1.0, "peak": 0.4}, at_size=True).within
    assert not Bars({"cpu": 1.001, "peak": 0.4}, at_size=True).within


def test_what_is_told_beside_a_bar_holds_nothing() -> None:
    bars = Bars({"cpu": 0.9}, at_size=True, beside={"clock": 3.0})
    assert bars.told() == {"ratio_cpu": 0.9, "ratio_clock": 3.0, "at_size": True, "within": True}
    assert exit_code([bars]) == 0


def test_a_missed_bar_ends_the_command_with_1_at_the_size_it_is_for_only() -> None:
    good, bad = Bars({"cpu": 0.9}, at_size=True), Bars({"cpu": 1.1}, at_size=True)
    assert exit_code([good, bad]) == 1
    assert exit_code([good, Bars({"cpu": 1.1}, at_size=False)]) == 0
    assert exit_code([]) == 0


@pytest.mark.parametrize(
    ("mode", "ratios"),
    [("full", {"ratio_cpu", "ratio_peak"}), ("trend", {"ratio_seconds"}), ("one", {"ratio_cpu", "ratio_clock"})],
)
def test_every_line_that_has_bars_tells_its_ratios_and_whether_they_hold(mode: str, ratios: set[str]) -> None:
    command = [sys.executable, "-m", "bench.rollup", mode, "2", "6"]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=300)
    assert ended.returncode == 0, ended.stderr
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    held = [line for line in lines if line["bench"] == mode]
    assert len(held) == (6 if mode == "one" else 1)
    for line in held:
        assert {name for name in line if name.startswith("ratio_")} == ratios
        assert line["within"] in (True, False)
        assert line["at_size"] is False
