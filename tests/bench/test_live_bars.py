"""Bars: a figure beyond its own is told beside it, and fails the command."""

import json

import pytest

from bench.live_bars import AT_MOST, held, tell


def test_a_figure_that_is_exactly_its_bar_holds_it() -> None:
    row = held({"n": 40}, {"latency_p95_s": AT_MOST["latency_p95_s"]})
    assert row["n"] == 40
    assert row["within"] is True


def test_one_missed_bar_misses_all_and_is_told_beside_its_figure() -> None:
    row = held({}, {"burst_p95_s": 12.5, "burst_rollups_a_project": 4})
    assert row["within"] is False
    assert row["bars"]["burst_rollups_a_project"] == {"is": 4, "at_most": 3, "within": False}
    assert row["bars"]["burst_p95_s"]["within"] is True


def test_what_could_not_be_measured_is_missed() -> None:
    assert held({}, {"latency_p95_s": None})["within"] is False


def test_a_measurement_without_a_bar_is_not_judged() -> None:
    assert held({"idle": 1}, {}) == {"idle": 1}


def test_a_missed_bar_makes_the_exit_status_1_and_every_line_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    missed, kept = held({}, {"failover_s": 31.0}), held({}, {"failover_s": 3.0})
    assert tell([kept, {"what": "idle"}]) == 0
    assert tell([missed, kept]) == 1
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [kept, {"what": "idle"}, missed, kept]
