"""One step of push-back in a process of its own: ``python -m bench.pushing CONFIG setup|say|push|undo|days [JSON]``.

Prints one line of JSON: what became of the writes, the seconds.
"""

import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app import bootstrap
from config.loader import load
from config.settings import read_settings
from model.health import Band, Basis, Finding, NodeScore, Outcome, RollupResult, ScoredDimension
from model.push import Write, WriteResult
from service import push_back
from service import setup as set_up
from service import undo as undoing
from service.undo import Extent
from service.workspace import Workspace

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
BANDS = (Band.ON_TRACK, Band.AT_RISK, Band.OFF_TRACK)
LEVEL = {Band.ON_TRACK: 80.0, Band.AT_RISK: 55.0, Band.OFF_TRACK: 20.0}


def say(workspace: Workspace, at: datetime, *, first: int = 0, last: int | None = None, round_: int = 0) -> int:
    """Keep a score of the nodes with these numbers; with every round their figures are others, and every 30th their band."""
    nodes = [node for node in workspace.tree.projects() if node.publish][first:last]
    made = [_scored(node.id, int(node.id[1:]), round_) for node in nodes]
    with workspace.db.begin() as uow:
        uow.scores.save(RollupResult(as_of=at, known_at=at, policy="bench", nodes=tuple(made)))
    return len(nodes)


def _scored(node: str, number: int, round_: int) -> NodeScore:
    band = BANDS[(number + (number + round_) // 30) % 3]
    score = LEVEL[band] + random.Random(number * 1000 + round_).randrange(100) / 10
    finding = Finding(
        dimension="schedule", version=1, outcome=Outcome.MEASURED, score=score, reason=f"{round_ + 2} items are late",
        reason_code="late",
    )  # fmt: skip
    dimension = ScoredDimension(finding=finding, weight=30, effective_weight=1.0, measured_share=1.0)
    return NodeScore(
        id=node, kind="project", name=f"Node {number}", parent="every", score=score, band=band, computed_band=band,
        coverage=1.0, trust=1.0, basis=Basis.OBSERVED, dimensions=(dimension,), policy="bench",
    )  # fmt: skip


def told(writes: Sequence[Write]) -> dict[str, Any]:
    results = Counter(write.result.value for write in writes)
    places = {(write.target, write.channel) for write in writes if write.result is WriteResult.WRITTEN}
    return {
        "results": dict(results), "targets_written": len({target for target, _ in places}),
        "channels_written": dict(Counter(channel.value for _, channel in places)),
        "problems": sorted({write.why for write in writes if write.result is WriteResult.FAILED})[:3],
    }  # fmt: skip


def step(path: Path, what: str, given: dict[str, Any]) -> dict[str, Any]:
    configuration = load(path, environment=os.environ)
    with bootstrap.workspace(configuration, read_settings({})) as opened:
        at = NOW + timedelta(days=given.pop("day", 0))
        workspace = replace(opened, clock=lambda: max(at, NOW))
        started = time.monotonic()
        if what == "setup":
            results = set_up.setup(workspace, apply=True)
            steps = [one.what for result in results for one in result.steps if not one.done]
            done: dict[str, Any] = {"left": steps, "fields": all(result.fields for result in results)}
        elif what == "say":
            done = {"said": say(workspace, at, **given)}
        elif what == "push":
            done = told(push_back.push(opened if given.get("now") else workspace))
        elif what == "undo":
            done = told(undoing.undo(workspace, Extent(since=NOW - timedelta(days=1))))
        else:
            done = {"results": days(opened, given["days"])}
        return done | {"seconds": round(time.monotonic() - started, 2)}


def days(opened: Workspace, count: int) -> dict[str, int]:
    """A push a day; the figures of every node are others each day."""
    total: Counter[str] = Counter()
    for day in range(count):
        at = NOW + timedelta(days=day)
        workspace = replace(opened, clock=lambda at=at: at)  # type: ignore[misc]
        say(workspace, at, round_=day)
        total.update(write.result.value for write in push_back.push(workspace))
    return dict(total)


if __name__ == "__main__":
    print(json.dumps(step(Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3]) if len(sys.argv) > 3 else {})))
