"""The bars of live operation, in one place: what a measurement is held against, and told as missed."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

Row = dict[str, Any]
AT_MOST: Mapping[str, float] = {
    "latency_p95_s": 5.0, "latency_not_written": 0,
    "burst_p95_s": 20.0, "burst_rollups_a_project": 3,
    "soak_memory_change": 0.10, "soak_left": 0, "soak_errors": 0,
    "kills_different": 0, "kills_twice": 0, "kills_unsettled": 0,
    "failover_s": 30.0,
    "acknowledge_p99_ms": 100.0, "acknowledge_lost": 0, "acknowledge_twice": 0,
}  # fmt: skip
"""Each is what a figure may be at most; ``soak_memory_change`` is a share of what was used after the warm-up."""
BURST_EVENTS, SOAK_MINUTES, SOAK_PER_SECOND = 5000, 30.0, 50.0
ACKNOWLEDGE_RATE, ACKNOWLEDGE_SECONDS = 500.0, 60.0
"""What the bars are for. Less load is held against them, too; more is told without judging."""


def held(row: Row, figures: Mapping[str, float | None]) -> Row:
    """The row with each figure beside its bar, and ``within``: whether all are. One that could not be measured is missed."""
    beside = {
        name: {"is": value, "at_most": AT_MOST[name], "within": value is not None and value <= AT_MOST[name]}
        for name, value in figures.items()
    }
    return {**row, "bars": beside, "within": all(one["within"] for one in beside.values())} if beside else row


def tell(rows: Iterable[Row]) -> int:
    """Print each row as a line of JSON. Returns the exit status: 1 when a bar was missed."""
    missed = False
    for row in rows:
        print(json.dumps(row), flush=True)
        missed = missed or row.get("within") is False
    return int(missed)
