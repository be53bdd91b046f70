"""Weekly histories of real projects out of exports of issue trackers, read where they lie: ../shared/data."""

import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
COMPLETE = 0.8
"""A project of which so large a share of all keys up to the highest is there has a history; of the others it is a sample."""


@dataclass(frozen=True)
class History:
    """One project: weeks from its first resolution to its last. ``points``: story points finished in a week, where known.

    ``defects``: those of ``done`` that are bugs. ``open``: items open when each week began. ``complete``: the share of all keys
    up to the highest that is there.
    """

    name: str
    done: tuple[int, ...]
    arrived: tuple[int, ...]
    points: tuple[float, ...]
    defects: tuple[int, ...]
    open: tuple[int, ...]
    complete: float


def histories(folder: Path = DATA) -> Iterator[History]:
    """Every project of every export below a folder that finished anything."""
    for path in sorted(folder.glob("*/issues.jsonl.xz")):
        for key, issues in issues_by_project(path):
            if any(issue["fields"].get("resolutiondate") for issue in issues):
                yield _history(f"{path.parent.name}/{key}", issues)


def issues_by_project(path: Path) -> list[tuple[str, list[dict[str, Any]]]]:
    """The issues of an export as the tool gave them, by the key of their project."""
    projects: dict[str, list[dict[str, Any]]] = {}
    with lzma.open(path, "rt") as lines:
        for line in lines:
            issue = json.loads(line)
            projects.setdefault(issue["key"].rpartition("-")[0], []).append(issue)
    return sorted(projects.items())


def _history(name: str, issues: list[dict[str, Any]]) -> History:
    closed = [(_day(issue["fields"]["resolutiondate"]), issue) for issue in issues if issue["fields"].get("resolutiondate")]
    first, last = min(day for day, _ in closed), max(day for day, _ in closed)
    weeks = (last - first) // timedelta(weeks=1)
    done, arrived, points, defects = [0] * weeks, [0] * weeks, [0.0] * weeks, [0] * weeks
    for day, issue in closed:
        week = (day - first) // timedelta(weeks=1)
        if week < weeks:
            done[week] += 1
            defects[week] += issue["fields"]["issuetype"]["name"] == "Bug"
            points[week] += issue["fields"].get("customfield_10023") or 0.0
    for issue in issues:
        week = (_day(issue["fields"]["created"]) - first) // timedelta(weeks=1)
        if 0 <= week < weeks:
            arrived[week] += 1
    highest = max(int(issue["key"].rpartition("-")[2]) for issue in issues)
    open_ = [_open(issues, first + timedelta(weeks=week)) for week in range(weeks)]
    return History(name, tuple(done), tuple(arrived), tuple(points), tuple(defects), tuple(open_), len(issues) / highest)


def _open(issues: list[dict[str, Any]], at: date) -> int:
    """How many issues were there when a day began and not resolved."""
    spans = ((issue["fields"]["created"][:10], issue["fields"].get("resolutiondate")) for issue in issues)
    return sum(1 for came, went in spans if came < at.isoformat() and (went is None or went[:10] >= at.isoformat()))


def _day(text: str) -> date:
    return date.fromisoformat(text[:10])
